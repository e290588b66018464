"""The same story once: near-identical articles are linked, by MinHash and locality-sensitive hashing.

Broder, "On the resemblance and containment of documents" (1997): the share of equal entries in two signatures
estimates the Jaccard similarity of the sets of three-word shingles. Bands of entries put similar signatures into the
same buckets.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

from retrieval.text.analysis import spaced

if TYPE_CHECKING:
    from datasketch import MinHash

WORD = re.compile(r"\w+")
SHINGLE = 3
PERMUTATIONS = 128
ROWS_A_BAND = 4
# Two texts are the same story from this estimated similarity on. With 32 bands of 4 rows, two of similarity .6 share a
# band with probability 1 - (1 - .6^4)^32 = .99.
SAME = 0.6
# Texts of fewer shingles than this are the same only if they are equal: "Photo gallery." tells no story.
FEW = 20


def signature(text: str) -> bytes:
    """Return the MinHash of a text's three-word shingles: 128 little-endian 32-bit numbers; b"" without any word."""
    words = [word.lower() for word in WORD.findall(spaced(text))]
    if not words:
        return b""
    joined = [" ".join(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1))]
    shingles = set(joined) if len(joined) >= FEW else {" ".join(words)}
    minhash = _empty().copy()
    minhash.update_batch([shingle.encode() for shingle in shingles])
    return bytes(minhash.hashvalues.astype("<u4").tobytes())


@lru_cache
def _empty() -> "MinHash":
    from datasketch import MinHash

    return MinHash(PERMUTATIONS, seed=1, hashfunc=lambda data: xxhash.xxh3_64_intdigest(data) & 0xFFFFFFFF)


def similarity(one: bytes, other: bytes) -> float:
    """Estimate the Jaccard similarity of two texts from their signatures."""
    if not one or not other:
        return 0.0
    return float((np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")).mean())


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


def band_hashes(mark: bytes) -> list[int]:
    """Return the hashes of a signature's bands, as signed 64-bit numbers: of two that are alike, one is the same."""
    return [int.from_bytes(xxhash.xxh3_64_digest(band), "big", signed=True) for band in _bands(mark)]


def _bands(mark: bytes) -> list[bytes]:
    """Cut a signature into bands, each with its position, so that equal bands at other places do not meet."""
    size = ROWS_A_BAND * 4
    return [
        number.to_bytes(2, "big") + mark[start : start + size] for number, start in enumerate(range(0, len(mark), size))
    ]
