"""What a source is: a link, or a folder, that is read again and again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.documents import DEFAULT_OPTIONS, ReadOptions

# The links that one visit follows, where nobody has said.
MOST = 500


class Entry(Protocol):
    """A [[source]] as the settings have it."""

    @property
    def called(self) -> str: ...  # noqa: D102 - as config/settings.py has them
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def folder(self) -> str: ...  # noqa: D102
    @property
    def seconds(self) -> int: ...  # noqa: D102
    @property
    def most(self) -> int: ...  # noqa: D102
    @property
    def day_first(self) -> bool | None: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102
    @property
    def private(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Source:
    """A feed, a sitemap or a page at `url`, told by its content; or a folder.

    `name` tells it from the others, and `every` is the seconds between two visits. `most` is how many links one visit
    follows. `options` is how its articles are read.
    `private` allows that its server is in a private network.
    """

    name: str
    url: str = ""
    folder: Path | None = None
    every: float = 3600
    most: int = MOST
    options: ReadOptions = DEFAULT_OPTIONS
    private: bool = False

    @classmethod
    def from_settings(cls, entry: Entry) -> "Source":
        """Return the source that an entry of the settings means."""
        return cls(
            entry.called,
            entry.url,
            Path(entry.folder) if entry.folder else None,
            entry.seconds,
            entry.most,
            ReadOptions(entry.day_first, entry.language or None, entry.name or None),
            entry.private,
        )
