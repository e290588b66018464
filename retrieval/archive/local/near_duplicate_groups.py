"""Clusters of near duplicates in archive.db: the articles of a cluster have the same value in the column `story`.

A cluster is named after the id of one of its articles.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from retrieval.text.near_duplicates import SAME, band_hashes, similarity


def join(db: sqlite3.Connection, article: str, signature: bytes) -> None:
    """Put a stored article into the cluster of its near duplicates, merging their clusters; store its signature."""
    (before,) = db.execute("SELECT signature FROM article WHERE id = ?", (article,)).fetchone()
    if before == signature:
        return
    leave(db, article)
    db.execute("DELETE FROM band WHERE article = ?", (article,))
    bands = band_hashes(signature)
    marks = ", ".join("?" * len(bands))
    candidates = db.execute(
        "SELECT story, signature FROM article WHERE id IN "
        f"(SELECT article FROM band WHERE hash IN ({marks})) AND id != ? ORDER BY story",
        (*bands, article),
    ).fetchall()
    clusters = dict.fromkeys(cluster for cluster, other in candidates if similarity(signature, other) >= SAME)
    name = min(clusters, default=article)
    db.execute("UPDATE article SET story = ?, signature = ? WHERE id = ?", (name, signature, article))
    db.executemany(
        "UPDATE article SET story = ? WHERE story = ?", [(name, other) for other in clusters if other != name]
    )
    db.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", [(band, article) for band in bands])


def leave(db: sqlite3.Connection, article: str) -> None:
    """Take an article out of its cluster. If the cluster is named after it, the cluster gets another name."""
    name = db.execute(
        "SELECT min(id) FROM article WHERE story = (SELECT story FROM article WHERE id = ?1) AND id != ?1", (article,)
    ).fetchone()[0]
    if name is not None:
        db.execute("UPDATE article SET story = ? WHERE story = ? AND id != ?", (name, article, article))
    db.execute("UPDATE article SET story = id WHERE id = ?", (article,))


def members(db: sqlite3.Connection, names: Iterable[str]) -> dict[str, list[tuple[list[Any], bytes]]]:
    """Return the cards in each cluster, as rows with their digests; clusters of a single article are left out."""
    names = list(names)
    cards = defaultdict[str, list[tuple[list[Any], bytes]]](list)
    rows = db.execute(
        "SELECT story, card_digest, id, title, url, source, author, published, language FROM article "
        f"WHERE story IN ({', '.join('?' * len(names))}) ORDER BY published IS NULL, published, id",
        names,
    )
    for name, digest, *fields in rows:
        cards[name].append((fields, digest))
    return {name: members for name, members in cards.items() if len(members) > 1}
