"""What a run of indexing reports: the articles it read, added, changed and removed, what it skipped, and warnings."""

from dataclasses import dataclass, field
from typing import NamedTuple

from corpus.reader_types import Skipped


class Warned(NamedTuple):
    """The warnings about an article or a file."""

    where: str
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """Counts of what a run did. `read` is the sum of `added`, `changed`, `unchanged` and `same`.

    `same` counts further occurrences of an article in the same run, and `others` the articles of other shards.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    same: int = 0
    removed: int = 0
    passages: int = 0
    embedded: int = 0
    others: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)
