"""Filters by date, source, author and generation as a filter expression of Milvus, for articles and for passages."""

from retrieval.archive.filters import matching_names, name_matches
from retrieval.archive.milvus.collection import Collection, all_of, any_of, quoted
from retrieval.archive.milvus.rows import day_number
from retrieval.archive.milvus.writer_ledger import Ledger
from retrieval.types import Filters


def filter_expression(filters: Filters, ledger: Ledger, articles: Collection) -> str:
    """Return filters as a filter expression; raises UnknownName."""
    expressions = []
    if filters.since:
        expressions.append(f"published >= {day_number(filters.since)}")
    if filters.until:
        expressions.append(f"published > 0 and published <= {day_number(filters.until)}")
    if filters.added_after is not None:
        expressions.append(f"added > {filters.added_after}")
    for field, words in (("source", filters.source), ("author", filters.author)):
        if words is not None:
            expressions.append(any_of(field, _name_keys(field, words, ledger, articles)))
    return all_of(*expressions)


def _name_keys(field: str, words: str, ledger: Ledger, articles: Collection) -> list[str]:
    """Return the keys of the names that have these words; raises UnknownName."""
    names = ledger.names(field)
    keys = [key for key, name in names.items() if name_matches(words, name) and has_articles(field, key, articles)]
    if not keys:
        # Raises UnknownName with the nearest names.
        matching_names(field, words, [name for key, name in names.items() if has_articles(field, key, articles)])
    return keys


def has_articles(field: str, key: str, articles: Collection) -> bool:
    """Tell whether an article has this value."""
    return bool(articles.query(f"{field} == {quoted(key)}", [], limit=1))
