"""Everything in an archive on Milvus held against everything else."""

from collections.abc import Iterator

import numpy as np

from corpus.article import Article
from retrieval.archive.digests import key_of
from retrieval.archive.local.verify import ROUNDING
from retrieval.archive.milvus.filters import one_of
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.notes import NOTED, Notes
from retrieval.archive.milvus.reading import FOUND, Reading
from retrieval.archive.milvus.rows import as_article, as_passage, as_vector, whole
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import Row, Server
from retrieval.batching import in_turns
from retrieval.errors import ArchiveDamaged

ARTICLES = 400  # looked at at once


def verify(server: Server, names: Names, ledger: Ledger, reading: Reading, notes: Notes, collection: str) -> list[str]:
    """Look at every row; return what is wrong, one line each. What is being written the while is left alone."""
    swept, dimension = ledger.swept(), ledger.spec(collection).dimension
    server.catch_up(names.articles, names.notes, names.texts, collection)
    wrong = []
    for some in in_turns(sorted(row["id"] for row in server.every(names.articles, 'version != ""', [])), ARTICLES):
        faults = _of(some, server, names, reading, notes, collection, dimension)
        if faults:
            # A writer may have been at work: what is true is true once everything is seen that it has done.
            server.catch_up(names.articles, names.notes, names.texts, collection)
            faults = _of(some, server, names, reading, notes, collection, dimension)
        wrong += faults
    return wrong + _garbage(server, names, reading, collection, swept) + _stories(server, names)


def _of(
    ids: list[str], server: Server, names: Names, reading: Reading, notes: Notes, collection: str, dimension: int
) -> list[str]:
    """Return what is wrong with articles."""
    wrong, articles, contents = [], {}, dict[str, Article]()
    for id_, row in reading.bodies(ids).items():
        try:
            contents[id_] = as_article(row, server.place)
            articles[id_] = row
        except ArchiveDamaged as error:
            wrong.append(str(error))
    rows = list(server.every(collection, one_of("article", ids), [*FOUND, "amount"]))
    # A writer may have replaced one since its row was read: then there is nothing to say of it.
    after = reading.articles(ids, strong=True)
    same = {id_: row for id_, row in articles.items() if id_ in after and after[id_]["version"] == row["version"]}
    rows = [row for row in rows if row["article"] in same and row["version"] == same[row["article"]]["version"]]
    wrong += _articles(same, rows, collection)
    for row in rows:
        wrong += _passage(server, names, row, contents[row["article"]], dimension)
    noted = notes.of(list(same))
    return wrong + [f"article {id_} has no note of its story" for id_ in same if id_ not in noted]


def _articles(articles: dict[str, Row], rows: list[Row], collection: str) -> Iterator[str]:
    counted: dict[str, list[int]] = {id_: [] for id_ in articles}
    for row in rows:
        counted[row["article"]].append(row["amount"])
    for id_, amounts in counted.items():
        article = articles[id_]
        wanted = article["amount"] if article["making"] == collection else (amounts or [article["amount"]])[0]
        if len(amounts) != wanted or set(amounts) - {wanted}:
            yield f"article {id_} has not as many passages as were stored"


def _passage(server: Server, names: Names, row: Row, article: Article, dimension: int) -> list[str]:
    try:
        whole(server, names.texts, {row["id"]: row}, "body", strong=True)
        passage = as_passage(row, article.card, server.place)
        vector = as_vector(row, server.place).astype(np.float32)
    except ArchiveDamaged as error:
        return [str(error)]
    text = passage.text
    faults = {
        "does not lie in its article": article.text[passage.start : passage.end] != text,
        "has sentences outside itself": any(not 0 <= s < e <= len(text) for s, e in passage.sentences),
        "was embedded from another text": key_of(article.title, text).hex() != row["embedded"],
        "has a vector of another length": len(vector) != dimension,
        "has a vector that is none": not np.isfinite(vector).all() or abs(float(np.linalg.norm(vector)) - 1) > ROUNDING,
    }
    return [f"passage {passage.id} {fault}" for fault, is_so in faults.items() if is_so]


def _garbage(server: Server, names: Names, reading: Reading, collection: str, swept: int) -> list[str]:
    """Tell of what counts for nobody, and should have been swept."""
    wrong = []
    for kind, where in (("passage", collection), ("text", names.texts)):
        for some in in_turns(server.every(where, f"stamp <= {swept}", ["article", "version"]), ARTICLES):
            counts = reading.articles(sorted({row["article"] for row in some}), strong=True)
            # What an article had before it was changed since is for the next sweep.
            wrong += [
                f"{kind} {row['id']} is of no article, or of a version that was replaced"
                for row in some
                if (now := counts.get(row["article"], {"version": "", "stamp": 0}))["stamp"] <= swept
                and row["version"] not in (now["version"], NOTED)
            ]
    return wrong


def _stories(server: Server, names: Names) -> list[str]:
    stories = {row["id"]: row["story"] for row in server.every(names.notes, "", ["story"])}
    return [f"article {id_} tells a story that is not there" for id_, story in stories.items() if story not in stories]
