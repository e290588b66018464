"""Articles of an archive on Milvus as they were taken in, to be taken in elsewhere."""

from collections.abc import Sequence

import numpy as np

from retrieval.archive.contract import Entry
from retrieval.archive.local.rows import VECTOR_TYPE
from retrieval.archive.milvus.filters import one_of
from retrieval.archive.milvus.notes import Notes
from retrieval.archive.milvus.reading import FOUND, Reading
from retrieval.archive.milvus.rows import as_article, as_body, as_passage, as_vector, whole
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import Row, Server
from retrieval.batching import in_turns

ARTICLES = 256  # a request


def entries(
    server: Server, names: Names, reading: Reading, notes: Notes, collection: str, ids: Sequence[str]
) -> list[Entry]:
    """Return the articles with these ids, those that there are; raises ArchiveDamaged."""
    found: list[Entry] = []
    for some in in_turns(ids, ARTICLES):
        articles, noted = reading.bodies(some, strong=True), notes.of(some, strong=True)
        server.catch_up(collection)
        passages: dict[str, list[Row]] = {id_: [] for id_ in articles}
        for row in server.every(collection, one_of("article", list(articles)), FOUND) if articles else ():
            if articles[row["article"]]["version"] == row["version"]:
                passages[row["article"]].append(row)
        for id_ in some:
            if id_ not in articles:
                continue
            row, place = articles[id_], server.place
            article = as_article(row, place)
            _, _, where, warnings, traces, *_ = as_body(row, place)
            note = noted.get(id_)
            stands = note.occurrences[0] if note and note.occurrences else None
            rows = sorted(passages[id_], key=lambda one: int(one["begin"]))
            whole(server, names.texts, {one["id"]: one for one in rows}, "body", strong=True)
            vectors = [as_vector(one, place) for one in rows]
            dimension = len(vectors[0]) if vectors else 0
            found.append(
                Entry(
                    article,
                    stands.origin if stands else None,
                    note.signature if note else b"",
                    tuple(as_passage(one, article.card, place) for one in rows),
                    tuple(bytes.fromhex(one["embedded"]) for one in rows),
                    np.stack(vectors) if vectors else np.empty((0, dimension), VECTOR_TYPE),
                    stands.key if stands else "",
                    where,
                    tuple(warnings),
                    tuple((field, how) for field, how in traces),
                    row["added"],
                )
            )
    return found
