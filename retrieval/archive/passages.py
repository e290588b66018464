"""Passages out of the truth, as they are shown: each held against its digest."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np

from retrieval.archive.contract import FoundPassage
from retrieval.archive.digests import passage_digest
from retrieval.archive.local.database import RESTORE
from retrieval.archive.local.rows import CARD, VECTOR_TYPE, as_card, as_spans, marks, sound_vector
from retrieval.errors import ArchiveDamaged
from retrieval.text import near_duplicates
from retrieval.types import Passage

PASSAGE = f'passage.id, start, "end", passage.text, sentences, passage.digest, card_digest, {CARD}'
IN_USE = "making = (SELECT value FROM manifest WHERE key = 'making')"
ARTICLES = "JOIN article ON article.id = passage.article"
TABLES = f"passage {ARTICLES}"
# By their numbers alone: the planner would else take an index of the making, and look at every passage there is.
NUMBERED = f"passage NOT INDEXED {ARTICLES}"
LAST_CHARACTER = "\U0010ffff"


def found(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, FoundPassage]:
    """Return the passages with these numbers, those that there are; raises ArchiveDamaged."""
    rows = db.execute(
        f"SELECT number, vector, vector_digest, story, {PASSAGE} FROM {NUMBERED} "
        f"WHERE number IN ({marks(numbers)}) AND {IN_USE}",
        list(numbers),
    ).fetchall()
    # Once a story and not once a passage: hundreds of papers may have printed it, and all be found.
    told = near_duplicates.members(db, {story for _, _, _, story, *_ in rows})
    others = {story: [as_card(fields, seal) for fields, seal in cards] for story, cards in told.items()}
    shown = {}
    for number, vector, digest, story, *row in rows:
        passage = as_passage(row)
        also = tuple(card for card in others.get(story, ()) if card.id != passage.article.id)
        shown[number] = FoundPassage(passage, np.frombuffer(sound_vector(vector, digest), VECTOR_TYPE), also)
    return shown


def of_article(db: sqlite3.Connection, article: str) -> list[Passage]:
    """Return an article's passages, in order; raises ArchiveDamaged."""
    query = f"SELECT {PASSAGE} FROM {TABLES} WHERE article = ? AND {IN_USE} ORDER BY start"
    return [as_passage(row) for row in db.execute(query, (article,))]


def like(db: sqlite3.Connection, article: str, passage: str) -> FoundPassage | None:
    """Find a passage by how its article's id begins, and how the rest of its own does; raises ArchiveDamaged."""
    query = f"SELECT number, id, article FROM passage WHERE {IN_USE} AND id BETWEEN ? AND ? ORDER BY id"
    for number, id_, of in db.execute(query, (article, article + LAST_CHARACTER)):
        if id_.removeprefix(of).startswith(f"-{passage}"):
            return found(db, [number])[number]
    return None


def as_passage(row: Sequence[Any]) -> Passage:
    """Return a passage from its columns, PASSAGE; raises ArchiveDamaged."""
    id_, start, end, text, sentences, digest, sealed, *fields = row
    card = as_card(fields, sealed)
    if passage_digest(id_, card.id, start, end, text, sentences) != digest:
        raise ArchiveDamaged(f"archive.db is damaged: passage {id_} is not what was stored. {RESTORE}")
    return Passage(id_, card, text, start, end, as_spans(sentences))
