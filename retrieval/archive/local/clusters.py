"""Clusters of near duplicates in archive.db: articles that tell the same story share a value in the column `story`."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from retrieval.text.near_duplicates import SAME, band_hashes, similarity


def join(db: sqlite3.Connection, article: str, mark: bytes) -> None:
    """Link an article, whose row is there, to the story that it tells, where it is not linked already."""
    (before,) = db.execute("SELECT signature FROM article WHERE id = ?", (article,)).fetchone()
    if before == mark:
        return
    leave(db, article)
    db.execute("DELETE FROM band WHERE article = ?", (article,))
    bands = band_hashes(mark)
    marks = ", ".join("?" * len(bands))
    candidates = db.execute(
        "SELECT story, signature FROM article WHERE id IN "
        f"(SELECT article FROM band WHERE hash IN ({marks})) AND id != ? ORDER BY story",
        (*bands, article),
    ).fetchall()
    same = dict.fromkeys(story for story, other in candidates if similarity(mark, other) >= SAME)
    story = min(same, default=article)
    db.execute("UPDATE article SET story = ?, signature = ? WHERE id = ?", (story, mark, article))
    db.executemany("UPDATE article SET story = ? WHERE story = ?", [(story, other) for other in same if other != story])
    db.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", [(band, article) for band in bands])


def leave(db: sqlite3.Connection, article: str) -> None:
    """Take an article out of its story. A story is named after one of its articles: another one, if it was this."""
    rest = db.execute(
        "SELECT min(id) FROM article WHERE story = (SELECT story FROM article WHERE id = ?1) AND id != ?1", (article,)
    ).fetchone()[0]
    if rest is not None:
        db.execute("UPDATE article SET story = ? WHERE story = ? AND id != ?", (rest, article, article))
    db.execute("UPDATE article SET story = id WHERE id = ?", (article,))


def members(db: sqlite3.Connection, names: Iterable[str]) -> dict[str, list[tuple[list[Any], bytes]]]:
    """Return the cards, as rows and their digests, of the articles of each story that has more than one."""
    there = list(names)
    told = defaultdict[str, list[tuple[list[Any], bytes]]](list)
    rows = db.execute(
        "SELECT story, card_digest, id, title, url, source, author, published, language FROM article "
        f"WHERE story IN ({', '.join('?' * len(there))}) ORDER BY published IS NULL, published, id",
        there,
    )
    for story, sealed, *fields in rows:
        told[story].append((fields, sealed))
    return {story: cards for story, cards in told.items() if len(cards) > 1}
