"""Verification of an archive on Milvus: every row against its digest and against the other rows."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from corpus.article import Article
from retrieval.archive.contract import MAX_LENGTH_ERROR
from retrieval.archive.milvus.collection import Collection, Row, any_of, catch_up
from retrieval.archive.milvus.counts import IS_CURRENT
from retrieval.archive.milvus.groups_and_occurrences import NOTE_VERSION
from retrieval.archive.milvus.reading import ReadableArchive
from retrieval.archive.milvus.rows import (
    PASSAGE_FIELDS,
    VECTOR_FIELDS,
    as_article,
    as_passage,
    as_vector,
    join_text_parts,
)
from retrieval.archive.row_digests import key_of
from retrieval.batch_and_prefetch import batched
from retrieval.errors import ArchiveDamaged

ARTICLES_PER_REQUEST = 400


def verify(archive: ReadableArchive, passages: Collection) -> list[str]:
    """Check every row of an archive and of a collection of its passages; return what is wrong, one line each.

    Articles that are being written meanwhile are left out.
    """
    swept = archive.ledger.swept()
    collections = archive.collections
    all_collections = (collections.articles, collections.notes, collections.texts, passages)
    catch_up(*all_collections)
    faults = list[str]()
    ids = sorted(row["id"] for row in collections.articles.iterate(IS_CURRENT, []))
    for batch in batched(ids, ARTICLES_PER_REQUEST):
        if _article_faults(archive, passages, batch):
            # A writer may be at work. A fault counts only if it is still there when all earlier writes are visible.
            catch_up(*all_collections)
            faults += _article_faults(archive, passages, batch)
    return [*faults, *_garbage(archive, passages, swept), *_missing_groups(archive)]


def _article_faults(archive: ReadableArchive, passages: Collection, ids: Sequence[str]) -> list[str]:
    faults, rows_read, articles = [], dict[str, Row](), dict[str, Article]()
    for id_, row in archive.whole_articles(ids).items():
        try:
            articles[id_] = as_article(row, archive.place)
            rows_read[id_] = row
        except ArchiveDamaged as error:
            faults.append(str(error))
    fields = [*PASSAGE_FIELDS, *VECTOR_FIELDS, "amount"]
    rows = list(passages.iterate(any_of("article", ids), fields))
    # Articles that a writer has replaced since their rows were read are left out.
    now = archive.article_rows(ids, strong=True)
    unchanged = {id_: row for id_, row in rows_read.items() if id_ in now and now[id_]["version"] == row["version"]}
    rows = [
        row for row in rows if row["article"] in unchanged and row["version"] == unchanged[row["article"]]["version"]
    ]
    faults += _wrong_counts(unchanged, rows, passages.name)
    dimension = archive.ledger.spec(passages.name).dimension
    for row in rows:
        faults += _passage_faults(archive, row, articles[row["article"]], dimension)
    notes = archive.notes.get(list(unchanged))
    return faults + [f"article {id_} has no note of its story" for id_ in unchanged if id_ not in notes]


def _wrong_counts(articles: Mapping[str, Row], passages: Sequence[Row], passages_name: str) -> Iterator[str]:
    amounts: dict[str, list[int]] = {id_: [] for id_ in articles}
    for row in passages:
        amounts[row["article"]].append(row["amount"])
    for id_, row_amounts in amounts.items():
        article = articles[id_]
        # An article's row counts the passages of the spec it was put with. A passage's row counts those of its own.
        wanted = article["amount"] if article["making"] == passages_name else (row_amounts or [article["amount"]])[0]
        if len(row_amounts) != wanted or set(row_amounts) - {wanted}:
            yield f"article {id_} has not as many passages as were stored"


def _passage_faults(archive: ReadableArchive, row: Row, article: Article, dimension: int) -> list[str]:
    try:
        join_text_parts(archive.collections.texts, {row["id"]: row}, "body", strong=True)
        passage = as_passage(row, article.card, archive.place)
        vector = as_vector(row, archive.place).astype(np.float32)
    except ArchiveDamaged as error:
        return [str(error)]
    text = passage.text
    length_error = abs(float(np.linalg.norm(vector)) - 1)
    faults = {
        "does not lie in its article": article.text[passage.start : passage.end] != text,
        "has sentences outside itself": any(not 0 <= s < e <= len(text) for s, e in passage.sentences),
        "was embedded from another text": key_of(article.title, text).hex() != row["embedded"],
        "has a vector of another length": len(vector) != dimension,
        "has a vector that is none": not np.isfinite(vector).all() or length_error > MAX_LENGTH_ERROR,
    }
    return [f"passage {passage.id} {fault}" for fault, is_so in faults.items() if is_so]


def _garbage(archive: ReadableArchive, passages: Collection, swept: int) -> Iterator[str]:
    """Yield rows that are not current and should have been swept."""
    removed = {"version": "", "stamp": 0}
    for kind, collection in (("passage", passages), ("text", archive.collections.texts)):
        rows = collection.iterate(f"stamp <= {swept}", ["article", "version"])
        for batch in batched(rows, ARTICLES_PER_REQUEST):
            articles = archive.article_rows(sorted({row["article"] for row in batch}), strong=True)
            for row in batch:
                article = articles.get(row["article"], removed)
                # The next sweep will remove rows of articles that were changed since the last one.
                is_swept = article["stamp"] <= swept
                if is_swept and row["version"] not in (article["version"], NOTE_VERSION):
                    yield f"{kind} {row['id']} is of no article, or of a version that was replaced"


def _missing_groups(archive: ReadableArchive) -> Iterator[str]:
    groups = archive.notes.groups()
    for id_, group in groups.items():
        if group not in groups:
            yield f"article {id_} tells a story that is not there"
