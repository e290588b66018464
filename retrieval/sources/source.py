"""A source: a link or a folder that is visited again and again for articles."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.reader_types import DEFAULT_OPTIONS, ReadOptions

MAX_LINKS = 500  # links that a visit follows by default


class Entry(Protocol):
    """A [[source]] as the settings have it."""

    @property
    def called(self) -> str: ...  # noqa: D102 - described in config/settings.py
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
    """A feed, a sitemap or a page at `url` (its content decides which), or a folder.

    `name` is unique. `every` is the number of seconds between two visits. `max_links` is the number of links that a
    visit follows. `options` say how to read its articles. `private` allows a server in a private network.
    """

    name: str
    url: str = ""
    folder: Path | None = None
    every: float = 3600
    max_links: int = MAX_LINKS
    options: ReadOptions = DEFAULT_OPTIONS
    private: bool = False

    @classmethod
    def from_settings(cls, entry: Entry, post_types: tuple[str, ...] = DEFAULT_OPTIONS.post_types) -> "Source":
        """Return the source that a [[source]] of the settings describes, with the setting `post_types`."""
        return cls(
            entry.called,
            entry.url,
            Path(entry.folder) if entry.folder else None,
            entry.seconds,
            entry.most,
            ReadOptions(entry.day_first, entry.language or None, entry.name or None, post_types),
            entry.private,
        )
