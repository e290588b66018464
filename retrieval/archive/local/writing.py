"""Articles and passages into archive.db, inside the caller's transaction."""

import sqlite3

from retrieval.archive.contract import VECTOR_TYPE, IndexedArticle
from retrieval.archive.digests import card_digest, passage_digest, vector_digest
from retrieval.archive.local import clusters
from retrieval.archive.local.rows import CARD, as_json, fields_of, marks

TOLD = ("origin", "origin_key", "length")
READ = ("text", "headings", "place", "warnings", "traces")
WRITTEN = (*CARD.removeprefix("article.").split(", "), "card_digest", "digest", *TOLD, *READ)


def put_article(db: sqlite3.Connection, entry: IndexedArticle, generation: int) -> None:
    """Write an article in place of the one with its id, and link it to its story.

    It was added when that one was, unless the entry says when.
    """
    article = entry.article
    card = fields_of(article.card)
    told = (entry.origin, entry.key, len(article.text))
    found = (article.text, as_json(article.headings), entry.where, as_json(entry.warnings), as_json(entry.traces))
    added = generation if entry.added is None else entry.added
    columns = WRITTEN[1:] if entry.added is None else (*WRITTEN[1:], "added")
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    db.execute(
        f"INSERT INTO article ({', '.join(WRITTEN)}, story, signature, added) VALUES ({marks(range(20))}) "
        f"ON CONFLICT (id) DO UPDATE SET {changed}",
        (*card, card_digest(*card), article.digest, *told, *found, article.id, b"", added),
    )
    db.execute("DELETE FROM retold WHERE article = ? AND origin = ? AND origin_key = ?", (article.id, *told[:2]))
    clusters.join(db, article.id, entry.signature)


def put_passages(db: sqlite3.Connection, entry: IndexedArticle, spec: int, generation: int) -> None:
    """Bring an article's passages to what they are now; one whose key stays keeps its number and its vector."""
    article = entry.article.id
    rows = db.execute("SELECT id, number, key FROM passage WHERE article = ? AND making = ?", (article, spec))
    there = {id_: (number, key) for id_, number, key in rows}
    wanted = dict(zip((passage.id for passage in entry.passages), entry.keys, strict=True))
    stale = [(number,) for id_, (number, key) in there.items() if wanted.get(id_) != key]
    db.executemany("DELETE FROM passage WHERE number = ?", stale)
    for passage, key, vector in zip(entry.passages, entry.keys, entry.vectors, strict=True):
        place = (passage.start, passage.end, sentences := as_json(passage.sentences))
        digest = passage_digest(passage.id, article, passage.start, passage.end, passage.text, sentences)
        if there.get(passage.id, (0, b""))[1] == key:
            number = there[passage.id][0]
            db.execute(
                'UPDATE passage SET start = ?, "end" = ?, sentences = ?, digest = ? WHERE number = ? AND digest != ?',
                (*place, digest, number, digest),
            )
            continue
        stored = vector.astype(VECTOR_TYPE).tobytes()
        db.execute(
            'INSERT INTO passage (making, id, article, start, "end", sentences, text, digest, key, vector, '
            f"vector_digest, born) VALUES ({marks(range(12))})",
            (spec, passage.id, article, *place, passage.text, digest, key, stored, vector_digest(stored), generation),
        )
    made = (article, spec, entry.article.digest, len(entry.passages))
    db.execute("INSERT OR REPLACE INTO split VALUES (?, ?, ?, ?)", made)
