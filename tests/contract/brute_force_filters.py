"""Compares filtered searches with brute force over all articles, while the archive is changed at random."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.archive.contract import Archive
from retrieval.archive.found_passages import FoundPassage
from retrieval.encode.encoder import embedded_text
from retrieval.errors import UnknownName
from retrieval.types import Filters
from tests.fakes import FakeEncoder, take_in

FAKE = FakeEncoder()
TIE = 1e-5
DAYS = [date(2013, 12, 31), date(2014, 1, 1), date(2014, 2, 28), date(2014, 3, 1)]
# An article's words, date, source and author.
Drawn = tuple[list[str], date | None, str | None, str | None]
# A name in a filter, and the names of articles that it matches.
SOURCES = {"guardian": {"The Guardian", "Guardian Weekly"}, "SITE  default": {"Site Default"}, "Reuters": set()}
AUTHORS = {"yaxue CAO": {"Yaxue Cao", "Yaxue Cao, translated by X"}, "X": {"Yaxue Cao, translated by X"}}
WORDS = ["bridge", "mayor", "river", "court", "prison"]


def an_article(
    number: int, words: Sequence[str], published: date | None, source: str | None, author: str | None
) -> Article:
    card = Card(f"id{number}", f"Title {number}", None, source, author, published)
    # All have different lengths: BM25 would give equal ones the same score, and their order would be undefined.
    return Article(card, f"Here is {' '.join(words)} in text {number}{' so' * (number + 4 - len(words))}.")


cards = st.tuples(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.sampled_from([None, *DAYS]),
    st.sampled_from([None, "Guardians", *set().union(*SOURCES.values())]),
    st.sampled_from([None, "Cao", *AUTHORS["yaxue CAO"]]),
)
filters = st.builds(
    Filters,
    since=st.sampled_from([None, None, *DAYS]),
    until=st.sampled_from([None, None, *DAYS]),
    source=st.sampled_from([None, None, *SOURCES]),
    author=st.sampled_from([None, None, *AUTHORS]),
    # An index into the generations so far.
    added_after=st.sampled_from([None, None, 0, 1, 2, 3]),
)


def expected_in(articles: Iterable[Article], filters: Filters, added: Mapping[str, int]) -> set[str] | None:
    """Return the ids of the articles that pass the filters; None if a name in them is unknown.

    `added` has the generation that added each article.
    """
    cards = [article.card for article in articles]
    sources = SOURCES[filters.source] if filters.source else None
    authors = AUTHORS[filters.author] if filters.author else None
    if sources is not None and not sources & {card.source for card in cards}:
        return None
    if authors is not None and not authors & {card.author for card in cards}:
        return None
    first, last = filters.since or date.min, filters.until or date.max
    dated = bool(filters.since or filters.until)
    return {
        card.id
        for card in cards
        if (not dated or (card.published is not None and first <= card.published <= last))
        and (sources is None or card.source in sources)
        and (authors is None or card.author in authors)
        and (filters.added_after is None or added[card.id] > filters.added_after)
    }


def check_nearest(
    archive: Archive,
    articles: dict[str, Article],
    allowed: set[str] | None,
    filters: Filters,
    words: str,
    count: int,
) -> None:
    query = FAKE.encode_query([words])[0]
    if allowed is None:
        with pytest.raises(UnknownName):
            archive.search_vectors(query, count, FAKE.fingerprint, filters)
        return
    texts = {id_: embedded_text(articles[id_].title, articles[id_].text) for id_ in allowed}
    cosines = {
        id_: float(FAKE.encode_passages([text])[0].astype(np.float16).astype(np.float32) @ query)
        for id_, text in texts.items()
    }
    found_ids = ids(archive.search_vectors(query, count, FAKE.fingerprint, filters))
    assert len(set(found_ids)) == len(found_ids) == min(count, len(allowed))
    best = sorted(cosines.values(), reverse=True)[:count]
    np.testing.assert_allclose([cosines[id_] for id_ in found_ids], best, atol=TIE)


def check_matching(
    archive: Archive,
    articles: dict[str, Article],
    allowed: set[str] | None,
    filters: Filters,
    words: str,
    count: int,
) -> None:
    if allowed is None:
        with pytest.raises(UnknownName):
            archive.search_words(words, count, filters)
        return
    everywhere = ids(archive.search_words(words, 999))
    assert set(everywhere) == {
        id_ for id_, article in articles.items() if set(words.split()) & set(article.text.split())
    }
    assert ids(archive.search_words(words, count, filters)) == [id_ for id_ in everywhere if id_ in allowed][:count]


def ids(hits: Iterable[FoundPassage]) -> list[str]:
    return [hit.passage.article.id for hit in hits]


@dataclass(frozen=True)
class Changes:
    """Articles to add, change and remove, and the filters, words and count to search with in between."""

    first: list[Drawn]
    second: list[Drawn]
    gone: set[int]
    redated: dict[int, date | None]
    filters: list[Filters]
    words: str
    count: int


changes = st.builds(
    Changes,
    first=st.lists(cards, min_size=1, max_size=12),
    second=st.lists(cards, max_size=8),
    gone=st.sets(st.integers(0, 11), max_size=4),
    redated=st.dictionaries(st.integers(0, 11), st.sampled_from([None, *DAYS]), max_size=4),
    filters=st.lists(filters, min_size=2, max_size=5),
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(" ".join),
    count=st.integers(1, 4),
)


def finds_as_brute_force(archive: Archive, drawn: Changes, between: Callable[[], object]) -> None:
    """Change an empty archive, calling `between` in the middle, and compare filtered searches with brute force."""
    articles = {f"id{number}": an_article(number, *card) for number, card in enumerate(drawn.first)}
    generations, added = [0, archive.generation().number], dict[str, int]()

    def add() -> None:
        take_in(archive, FAKE, *articles.values())
        generations.append(archive.generation().number)
        for id_ in articles:
            added.setdefault(id_, generations[-1])

    def check() -> None:
        for drawn_filters in drawn.filters:
            after = drawn_filters.added_after
            filters = (
                drawn_filters
                if after is None
                else replace(drawn_filters, added_after=generations[min(after, len(generations) - 1)])
            )
            allowed = expected_in(articles.values(), filters, added)
            check_nearest(archive, articles, allowed, filters, drawn.words, drawn.count)
            check_matching(archive, articles, allowed, filters, drawn.words, drawn.count)

    add()
    check()
    between()
    # A new date keeps the passages' numbers. A removed passage stays in the base of the index of words. A passage added
    # later is in its delta.
    for number, day in drawn.redated.items():
        if article := articles.get(f"id{number}"):
            articles[article.id] = replace(article, card=replace(article.card, published=day))
    later = {f"id{number}": an_article(number, *card) for number, card in enumerate(drawn.second, start=12)}
    articles |= later
    add()
    removed = [id_ for number in drawn.gone if (id_ := f"id{number}") in articles]
    with archive.write_lock("test"):
        archive.remove(removed)
    for id_ in removed:
        del articles[id_], added[id_]
    check()
    # An article that was removed and added again counts as new.
    articles |= {
        f"id{number}": an_article(number, *drawn.first[number]) for number in drawn.gone if number < len(drawn.first)
    }
    add()
    check()


def nearest_in(archive: Archive, filters: Filters) -> list[FoundPassage]:
    return archive.search_vectors(FAKE.encode_query(["bridge"])[0], 9, FAKE.fingerprint, filters)
