"""Rows of archive.db that a search found: enough to score a passage; only a few of them become records."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.article import Card
from retrieval.archive.contract import VECTOR_TYPE
from retrieval.archive.found_passages import FoundColumns, FoundPassage
from retrieval.archive.local import near_duplicate_groups
from retrieval.archive.local.archive_state import IN_USE
from retrieval.archive.local.reading import ARTICLES, PASSAGE, as_passage
from retrieval.archive.local.rows import as_card, marks, sound_vector
from retrieval.encode.encoder import embedded_text
from retrieval.types import Passage

# Looked up by number alone: otherwise the planner takes an index by spec, and reads every passage.
NUMBERED = f"passage NOT INDEXED {ARTICLES}"
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A passage's vector, the group of near duplicates that its article is in, and the columns of PASSAGE."""

    vector: bytes
    group: str
    columns: Sequence[Any]

    @property
    def card(self) -> Card:
        """The card of its article; raises ArchiveDamaged."""
        *_, card_digest, id_, title, url, source, author, published, language = self.columns
        return as_card((id_, title, url, source, author, published, language), card_digest)

    @property
    def passage(self) -> Passage:
        """The passage; raises ArchiveDamaged."""
        return as_passage(self.columns)

    @property
    def scored(self) -> tuple[str, str, str | None]:
        """The id of its article, headline and text as embedded, and the language of its article.

        Not compared with the digests, which are those of whole records. Raises ArchiveDamaged for no text at all.
        """
        _, _, _, text, _, _, _, article, title, *_, language = self.columns
        if not all(isinstance(column, str) for column in (article, title, text, self.group, language or "")):
            _ = self.passage
        return article, embedded_text(title, text), language


def rows_by_number(db: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, FoundRow]:
    """Return the rows of the passages with these numbers; numbers without one are left out. Raises ArchiveDamaged."""
    different = list(dict.fromkeys(numbers))
    rows = db.execute(
        f"SELECT number, vector, vector_digest, story, {PASSAGE} FROM {NUMBERED} "
        f"WHERE number IN ({marks(different)}) AND {IN_USE}",
        different,
    )
    return {number: FoundRow(sound_vector(vector, digest), group, row) for number, vector, digest, group, *row in rows}


def as_passages(db: sqlite3.Connection, rows: Iterable[FoundRow]) -> list[FoundPassage]:
    """Return the passages of rows; raises ArchiveDamaged."""
    rows = list(rows)
    # Cards are read once for each group, not for each passage: a search may find hundreds of near duplicates.
    members = near_duplicate_groups.members(db, {row.group for row in rows})
    cards = {group: [as_card(*member) for member in group_members] for group, group_members in members.items()}
    passages = []
    for row in rows:
        passage = row.passage
        also = tuple(card for card in cards.get(row.group, ()) if card.id != passage.article.id)
        passages.append(FoundPassage(passage, np.frombuffer(row.vector, VECTOR_TYPE), also))
    return passages


def in_columns(rows: Sequence[FoundRow], passages: Callable[[Sequence[FoundRow]], list[FoundPassage]]) -> FoundColumns:
    """Return rows in columns; `passages` reads those that are wanted as records. Raises ArchiveDamaged."""
    scored = [row.scored for row in rows]
    vectors = np.frombuffer(b"".join(row.vector for row in rows), VECTOR_TYPE)
    return FoundColumns(
        [article for article, _, _ in scored],
        [text for _, text, _ in scored],
        [language for _, _, language in scored],
        [row.group for row in rows],
        vectors.reshape(len(rows), -1 if rows else 0),
        lambda positions: passages([rows[position] for position in positions]),
    )


def find_passage(db: sqlite3.Connection, article: str, passage: str) -> FoundPassage | None:
    """Return the passage whose article's id and own part begin so; raises ArchiveDamaged."""
    query = f"SELECT number, id, article FROM passage WHERE {IN_USE} AND id BETWEEN ? AND ? ORDER BY id"
    for number, id_, article_id in db.execute(query, (article, article + LAST_CHARACTER)):
        if id_.removeprefix(article_id).startswith(f"-{passage}"):
            return as_passages(db, rows_by_number(db, [number]).values())[0]
    return None
