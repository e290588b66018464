"""Checks a local archive: every row against its digest, rows against each other, and the indexes against the rows."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from corpus.article import Span
from retrieval.archive.contract import MAX_LENGTH_ERROR, VECTOR_TYPE
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.local.record_store import Store
from retrieval.archive.local.rows import sound_codes
from retrieval.archive.local.shadow_index import LocalShadowIndex
from retrieval.archive.row_digests import key_of, passage_digest
from retrieval.encode.token_codes import decoded
from retrieval.errors import ArchiveDamaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrieval.archive.local.indexes import Indexes

# Cut in Python: SQLite's substr() ends at a null character.
TEXT = "SELECT coalesce(text, '') FROM article WHERE id = ?"


def verify(store: Store, indexes: "Callable[[], Indexes]") -> list[str]:
    """Check every row of archive.db, and if these are right the indexes; return one line for each fault."""
    try:
        return verify_rows(store) or indexes().verify()
    except ArchiveDamaged as error:
        return [str(error)]


def verify_rows(store: Store) -> list[str]:
    """Check every row of archive.db, but no index; return one line for each fault. Raises ArchiveDamaged."""
    return _database(store) + _articles(store) + _passages(store)


def _database(store: Store) -> list[str]:
    with store.database.read() as db:
        faults = [row[0] for row in db.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
        orphans = db.execute("PRAGMA foreign_key_check").fetchall()
        lost = db.execute("SELECT id FROM article WHERE story NOT IN (SELECT id FROM article)").fetchall()
        short = db.execute(
            "SELECT split.article FROM split LEFT JOIN passage USING (article, making) "
            "GROUP BY split.article, split.making HAVING count(number) != passages"
        ).fetchall()
        numbers = db.execute("SELECT count(*) FROM gone JOIN passage USING (number)").fetchone()[0]
        twice = db.execute(
            "SELECT id FROM article JOIN retold ON article = id AND retold.origin = article.origin "
            "AND retold.origin_key = article.origin_key"
        ).fetchall()
        early = db.execute("SELECT id FROM article WHERE added > (SELECT max(number) FROM generation)").fetchall()
    wrong = [f"archive.db: {line}" for line in faults]
    wrong += [f"article {id_} was added after the last change" for (id_,) in early]
    wrong += [f"article {id_} is told twice from one place" for (id_,) in twice]
    wrong += [f"archive.db: a row of {table} belongs to nothing" for table, *_ in orphans]
    wrong += [f"article {id_} tells a story that is not there" for (id_,) in lost]
    wrong += [f"article {id_} has not as many passages as were stored" for (id_,) in short]
    return wrong + ([f"{numbers} passages are said to be gone and are there"] if numbers else [])


def _articles(store: Store) -> list[str]:
    wrong = []
    for card in store.cards():
        try:
            if store.article(card.id) is None and card in store.cards():
                wrong.append(f"article {card.id} is gone")
            store.provenance(card.id)
        except ArchiveDamaged as error:
            wrong.append(str(error))
    spec_id, _ = store.current_spec()
    return wrong + [f"article {id_} has no passages, or old ones" for id_ in LocalShadowIndex(store, spec_id).pending()]


def _passages(store: Store) -> list[str]:
    query = (
        'SELECT passage.id, article.id, start, "end", passage.text, sentences, passage.digest, key, vector, codes, '
        "token_codes.digest, title FROM passage JOIN article ON article.id = passage.article "
        "LEFT JOIN token_codes USING (number) WHERE making = ? ORDER BY article.id"
    )
    spec_id, spec = store.current_spec()
    wrong = []
    with store.database.read() as db:
        text_of = lru_cache(maxsize=1)(lambda id_: db.execute(TEXT, (id_,)).fetchone()[0])
        for id_, article, start, end, text, sentences, digest, key, blob, codes, codes_digest, title in db.execute(
            query, (spec_id,)
        ):
            if passage_digest(id_, article, start, end, text, sentences) != digest:
                wrong.append(f"passage {id_} is not what was stored")
                continue
            if not isinstance(blob, bytes) or len(blob) % VECTOR_TYPE.itemsize:
                wrong.append(f"passage {id_} has a vector that is none")
                continue
            vector = np.frombuffer(blob, VECTOR_TYPE).astype(np.float32)
            spans = [Span(*span) for span in json.loads(sentences)]
            faults = {
                "does not lie in its article": text_of(article)[start:end] != text,
                "has sentences outside itself": any(not 0 <= s < e <= len(text) for s, e in spans),
                "was embedded from another text": key_of(title, text) != key,
                "has a vector of another length": len(vector) != spec.dimension,
                "has a vector that is none": not np.isfinite(vector).all()
                or abs(float(np.linalg.norm(vector)) - 1) > MAX_LENGTH_ERROR,
                "has token codes that are none": codes is not None and not _are_codes(codes, codes_digest, spec),
            }
            wrong += [f"passage {id_} {fault}" for fault, is_true in faults.items() if is_true]
    return wrong


def _are_codes(codes: bytes, digest: bytes, spec: IndexSpec) -> bool:
    try:
        decoded(sound_codes(codes, digest), spec.dimension)
    except (ArchiveDamaged, ValueError):
        return False
    return True
