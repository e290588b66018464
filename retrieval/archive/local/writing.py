"""Writes articles and passages to archive.db, in the caller's transaction."""

import sqlite3

from retrieval.archive.contract import VECTOR_TYPE, IndexedArticle
from retrieval.archive.local import near_duplicate_groups, token_codes_table
from retrieval.archive.local.rows import CARD, as_json, fields_of, marks
from retrieval.archive.row_digests import card_digest, passage_digest, vector_digest

OCCURRENCE = ("origin", "origin_key", "length")
CONTENT = ("text", "headings", "place", "warnings", "traces")
COLUMNS = (*CARD.removeprefix("article.").split(", "), "card_digest", "digest", *OCCURRENCE, *CONTENT)


def put_article(db: sqlite3.Connection, entry: IndexedArticle, generation: int) -> None:
    """Write an article, replacing the one with its id, and link it to its near duplicates.

    A replaced article keeps the generation that added it, unless the entry has another.
    """
    article = entry.article
    card = fields_of(article.card)
    occurrence = (entry.origin, entry.key, len(article.text))
    content = (article.text, as_json(article.headings), entry.where, as_json(entry.warnings), as_json(entry.traces))
    added = generation if entry.added is None else entry.added
    columns = COLUMNS[1:] if entry.added is None else (*COLUMNS[1:], "added")
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    db.execute(
        f"INSERT INTO article ({', '.join(COLUMNS)}, story, signature, added) VALUES ({marks(range(20))}) "
        f"ON CONFLICT (id) DO UPDATE SET {changed}",
        (*card, card_digest(*card), article.digest, *occurrence, *content, article.id, b"", added),
    )
    db.execute("DELETE FROM retold WHERE article = ? AND origin = ? AND origin_key = ?", (article.id, *occurrence[:2]))
    near_duplicate_groups.join(db, article.id, entry.signature)


def forget_words(db: sqlite3.Connection, entry: IndexedArticle, spec: int) -> None:
    """Remove an article's passages if it changes its language: new ones have new numbers, so their words are indexed.

    Call it before `put_article`.
    """
    article = entry.article
    query = "SELECT 1 FROM article WHERE id = ? AND language IS NOT ?"
    if db.execute(query, (article.id, article.card.language)).fetchone():
        db.execute("DELETE FROM passage WHERE article = ? AND making = ?", (article.id, spec))


def put_passages(db: sqlite3.Connection, entry: IndexedArticle, spec: int, generation: int) -> None:
    """Replace an article's passages; a passage whose key is unchanged keeps its number and its vector."""
    article = entry.article.id
    rows = db.execute("SELECT id, number, key FROM passage WHERE article = ? AND making = ?", (article, spec))
    stored = {id_: (number, key) for id_, number, key in rows}
    wanted = dict(zip((passage.id for passage in entry.passages), entry.keys, strict=True))
    stale = [(number,) for id_, (number, key) in stored.items() if wanted.get(id_) != key]
    db.executemany("DELETE FROM passage WHERE number = ?", stale)
    codes = entry.token_codes if token_codes_table.are_stored(db) else {}
    for passage, key, vector in zip(entry.passages, entry.keys, entry.vectors, strict=True):
        place = (passage.start, passage.end, sentences := as_json(passage.sentences))
        digest = passage_digest(passage.id, article, passage.start, passage.end, passage.text, sentences)
        if stored.get(passage.id, (0, b""))[1] == key:
            number = stored[passage.id][0]
            db.execute(
                'UPDATE passage SET start = ?, "end" = ?, sentences = ?, digest = ? WHERE number = ? AND digest != ?',
                (*place, digest, number, digest),
            )
            continue
        vector_bytes = vector.astype(VECTOR_TYPE).tobytes()
        inserted = db.execute(
            'INSERT INTO passage (making, id, article, start, "end", sentences, text, digest, key, vector, '
            f"vector_digest, born) VALUES ({marks(range(12))})",
            (
                spec,
                passage.id,
                article,
                *place,
                passage.text,
                digest,
                key,
                vector_bytes,
                vector_digest(vector_bytes),
                generation,
            ),
        )
        if key in codes:
            token_codes_table.put_codes(db, int(inserted.lastrowid or 0), codes[key])
    split = (article, spec, entry.article.digest, len(entry.passages))
    db.execute("INSERT OR REPLACE INTO split VALUES (?, ?, ?, ?)", split)
