"""What a slice of an archive is to hold, told by looking at every article, and a run of changes to hold it against."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.archive.contract import Archive, FoundPassage
from retrieval.encode.encoder import embedded_text
from retrieval.errors import UnknownName
from retrieval.types import Filters
from tests.fakes import FakeEncoder, take_in

FAKE = FakeEncoder()
TIE = 1e-5
DAYS = [date(2013, 12, 31), date(2014, 1, 1), date(2014, 2, 28), date(2014, 3, 1)]
# An article's words, date, source and author.
Drawn = tuple[list[str], date | None, str | None, str | None]
# What is asked for, and which of the names below that is.
SOURCES = {"guardian": {"The Guardian", "Guardian Weekly"}, "SITE  default": {"Site Default"}, "Reuters": set()}
AUTHORS = {"yaxue CAO": {"Yaxue Cao", "Yaxue Cao, translated by X"}, "X": {"Yaxue Cao, translated by X"}}
WORDS = ["bridge", "mayor", "river", "court", "prison"]


def an_article(
    number: int, words: Sequence[str], published: date | None, source: str | None, author: str | None
) -> Article:
    card = Card(f"id{number}", f"Title {number}", None, source, author, published)
    # No two are of one length, as BM25 would give them the same score, and the order of those is anyone's.
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
    # Which of the generations so far, until the archive is there.
    added_after=st.sampled_from([None, None, 0, 1, 2, 3]),
)


def expected_in(articles: Iterable[Article], filters: Filters, added: Mapping[str, int]) -> set[str] | None:
    """Return the ids of the articles in a slice; None where one of its names is nobody's.

    `added` is the generation that each article came in with.
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
    query = FAKE.encode([words])[0]
    if allowed is None:
        with pytest.raises(UnknownName):
            archive.search_vectors(query, count, FAKE.fingerprint, filters)
        return
    texts = {id_: embedded_text(articles[id_].title, articles[id_].text) for id_ in allowed}
    cosines = {
        id_: float(FAKE.encode([text])[0].astype(np.float16).astype(np.float32) @ query) for id_, text in texts.items()
    }
    found = ids(archive.search_vectors(query, count, FAKE.fingerprint, filters))
    assert len(set(found)) == len(found) == min(count, len(allowed))
    best = sorted(cosines.values(), reverse=True)[:count]
    np.testing.assert_allclose([cosines[id_] for id_ in found], best, atol=TIE)


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


def ids(found: Iterable[FoundPassage]) -> list[str]:
    return [one.passage.article.id for one in found]


@dataclass(frozen=True)
class Changes:
    """What comes, changes and goes, what is asked for in between, and how many are wanted."""

    first: list[Drawn]
    second: list[Drawn]
    gone: set[int]
    redated: dict[int, date | None]
    asked: list[Filters]
    words: str
    count: int


changes = st.builds(
    Changes,
    first=st.lists(cards, min_size=1, max_size=12),
    second=st.lists(cards, max_size=8),
    gone=st.sets(st.integers(0, 11), max_size=4),
    redated=st.dictionaries(st.integers(0, 11), st.sampled_from([None, *DAYS]), max_size=4),
    asked=st.lists(filters, min_size=2, max_size=5),
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(" ".join),
    count=st.integers(1, 4),
)


def finds_as_brute_force(archive: Archive, drawn: Changes, between: Callable[[], object]) -> None:
    """Do changes to an empty archive, something else between them, and hold its slices against every article."""
    articles = {f"id{number}": an_article(number, *card) for number, card in enumerate(drawn.first)}
    generations, added = [0, archive.generation().number], dict[str, int]()

    def took_in() -> None:
        take_in(archive, FAKE, *articles.values())
        generations.append(archive.generation().number)
        for id_ in articles:
            added.setdefault(id_, generations[-1])

    def check() -> None:
        for one in drawn.asked:
            after = one.added_after
            filters = one if after is None else replace(one, added_after=generations[min(after, len(generations) - 1)])
            allowed = expected_in(articles.values(), filters, added)
            check_nearest(archive, articles, allowed, filters, drawn.words, drawn.count)
            check_matching(archive, articles, allowed, filters, drawn.words, drawn.count)

    took_in()
    check()
    between()
    # A new date changes no passage's number, a removal leaves one in the index of words, and what comes later lies
    # beside what was written down.
    for number, day in drawn.redated.items():
        if there := articles.get(f"id{number}"):
            articles[there.id] = replace(there, card=replace(there.card, published=day))
    later = {f"id{number}": an_article(number, *card) for number, card in enumerate(drawn.second, start=12)}
    articles |= later
    took_in()
    removed = [id_ for number in drawn.gone if (id_ := f"id{number}") in articles]
    with archive.write_lock("test"):
        archive.remove(removed)
    for id_ in removed:
        del articles[id_], added[id_]
    check()
    # One that was gone and is back is new.
    articles |= {
        f"id{number}": an_article(number, *drawn.first[number]) for number in drawn.gone if number < len(drawn.first)
    }
    took_in()
    check()


def nearest_in(archive: Archive, filters: Filters) -> list[FoundPassage]:
    return archive.search_vectors(FAKE.encode(["bridge"])[0], 9, FAKE.fingerprint, filters)
