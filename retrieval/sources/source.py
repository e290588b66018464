"""What a source is: a link, or a folder, that is read again and again."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from corpus.documents import Reading

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
    follows. `paper` is the source of its articles that name none themselves, `language` theirs where it is known.
    `private` allows that its server is at an address of a private network.
    """

    name: str
    url: str = ""
    folder: Path | None = None
    every: float = 3600
    most: int = MOST
    day_first: bool | None = None
    language: str | None = None
    paper: str | None = None
    private: bool = False

    @classmethod
    def of(cls, entry: Entry) -> "Source":
        """Return the source that an entry of the settings means."""
        return cls(
            entry.called,
            entry.url,
            Path(entry.folder) if entry.folder else None,
            entry.seconds,
            entry.most,
            entry.day_first,
            entry.language or None,
            entry.name or None,
            entry.private,
        )

    def ours(self, reading: Reading) -> Reading:
        """Return an article with what is known of all of the source's."""
        card = reading.article.card
        card = replace(card, source=card.source or self.paper, language=self.language or card.language)
        return replace(reading, article=replace(reading.article, card=card))
