"""A slice of an archive is found as if the rest did not exist, whatever has happened to the archive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.archive import lexical
from retrieval.archive.archive import Found
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.making import wanted_making
from retrieval.archive.reembed import reembed
from retrieval.archive.slices import has, named
from retrieval.encode.encoder import embedded_text
from retrieval.errors import UnknownName
from retrieval.types import EVERYTHING, Slice
from tests.fakes import FakeEncoder, archive_at, nearest, take_in

FAKE = FakeEncoder()
TIE = 1e-5
DAYS = [date(2013, 12, 31), date(2014, 1, 1), date(2014, 2, 28), date(2014, 3, 1)]
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
slices = st.builds(
    Slice,
    since=st.sampled_from([None, None, *DAYS]),
    until=st.sampled_from([None, None, *DAYS]),
    source=st.sampled_from([None, None, *SOURCES]),
    author=st.sampled_from([None, None, *AUTHORS]),
    # Which of the generations so far, until the archive is there.
    added_after=st.sampled_from([None, None, 0, 1, 2, 3]),
)


def expected_in(articles: Iterable[Article], slice: Slice, added: Mapping[str, int]) -> set[str] | None:
    """Return the ids of the articles in a slice; None where one of its names is nobody's.

    `added` is the generation that each article came in with.
    """
    cards = [article.card for article in articles]
    sources = SOURCES[slice.source] if slice.source else None
    authors = AUTHORS[slice.author] if slice.author else None
    if sources is not None and not sources & {card.source for card in cards}:
        return None
    if authors is not None and not authors & {card.author for card in cards}:
        return None
    first, last = slice.since or date.min, slice.until or date.max
    dated = bool(slice.since or slice.until)
    return {
        card.id
        for card in cards
        if (not dated or (card.published is not None and first <= card.published <= last))
        and (sources is None or card.source in sources)
        and (authors is None or card.author in authors)
        and (slice.added_after is None or added[card.id] > slice.added_after)
    }


def check_nearest(
    archive: EmbeddedArchive,
    articles: dict[str, Article],
    allowed: set[str] | None,
    slice: Slice,
    words: str,
    count: int,
) -> None:
    query = FAKE.encode([words])[0]
    if allowed is None:
        with pytest.raises(UnknownName):
            archive.nearest(query, count, FAKE.fingerprint, slice)
        return
    texts = {id_: embedded_text(articles[id_].title, articles[id_].text) for id_ in allowed}
    cosines = {
        id_: float(FAKE.encode([text])[0].astype(np.float16).astype(np.float32) @ query) for id_, text in texts.items()
    }
    found = ids(archive.nearest(query, count, FAKE.fingerprint, slice))
    assert len(set(found)) == len(found) == min(count, len(allowed))
    best = sorted(cosines.values(), reverse=True)[:count]
    np.testing.assert_allclose([cosines[id_] for id_ in found], best, atol=TIE)


def check_matching(
    archive: EmbeddedArchive,
    articles: dict[str, Article],
    allowed: set[str] | None,
    slice: Slice,
    words: str,
    count: int,
) -> None:
    if allowed is None:
        with pytest.raises(UnknownName):
            archive.matching(words, count, slice)
        return
    everywhere = ids(archive.matching(words, 999))
    assert set(everywhere) == {
        id_ for id_, article in articles.items() if set(words.split()) & set(article.text.split())
    }
    assert ids(archive.matching(words, count, slice)) == [id_ for id_ in everywhere if id_ in allowed][:count]


def ids(found: Iterable[Found]) -> list[str]:
    return [one.passage.article.id for one in found]


@settings(max_examples=10, deadline=None)
@given(
    first=st.lists(cards, min_size=1, max_size=12),
    second=st.lists(cards, max_size=8),
    gone=st.sets(st.integers(0, 11), max_size=4),
    redated=st.dictionaries(st.integers(0, 11), st.sampled_from([None, *DAYS]), max_size=4),
    asked=st.lists(slices, min_size=2, max_size=5),
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(" ".join),
    count=st.integers(1, 4),
    named_in_query=st.sampled_from([0, 10_000]),
    written=st.booleans(),
)
def test_a_slice_is_found_as_brute_force_finds_it_after_additions_changes_and_removals(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[Any],
    second: list[Any],
    gone: set[int],
    redated: dict[int, date | None],
    asked: list[Slice],
    words: str,
    count: int,
    named_in_query: int,
    *,
    written: bool,
) -> None:
    archive = archive_at(tmp_path_factory.mktemp("slices") / "archive", FAKE)
    articles = {f"id{number}": an_article(number, *card) for number, card in enumerate(first)}
    generations, added = [0, archive.generation()], dict[str, int]()

    def took_in() -> None:
        take_in(archive, FAKE, *articles.values())
        generations.append(archive.generation())
        for id_ in articles:
            added.setdefault(id_, generations[-1])

    def check() -> None:
        for one in asked:
            after = one.added_after
            slice = one if after is None else replace(one, added_after=generations[min(after, len(generations) - 1)])
            allowed = expected_in(articles.values(), slice, added)
            check_nearest(archive, articles, allowed, slice, words, count)
            check_matching(archive, articles, allowed, slice, words, count)

    with mock.patch.object(lexical, "NAMED_IN_QUERY", named_in_query):
        took_in()
        check()
        if written:
            with archive.writing("test"):
                archive.indexes.save(always=True)
        # A new date changes no passage's number, a removal leaves one in the index of words, and what comes later lies
        # beside what was written down.
        for number, day in redated.items():
            if there := articles.get(f"id{number}"):
                articles[there.id] = replace(there, card=replace(there.card, published=day))
        later = {f"id{number}": an_article(number, *card) for number, card in enumerate(second, start=12)}
        articles |= later
        took_in()
        removed = [id_ for number in gone if (id_ := f"id{number}") in articles]
        with archive.writing("test"):
            archive.remove(removed)
        for id_ in removed:
            del articles[id_], added[id_]
        check()
        # One that was gone and is back is new.
        articles |= {f"id{number}": an_article(number, *first[number]) for number in gone if number < len(first)}
        took_in()
        check()


@pytest.mark.parametrize("named_in_query", [0, 10_000])
def test_what_came_later_is_not_taken_for_the_best_in_a_slice(
    tmp_path: Path, named_in_query: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "NAMED_IN_QUERY", named_in_query)
    archive = archive_at(tmp_path / "archive", FAKE)
    day = DAYS[0]
    first = [(["bridge"], None), (["bridge"], day), (["mayor"], None)]
    take_in(archive, FAKE, *(an_article(n, words, when, None, None) for n, (words, when) in enumerate(first)))
    with archive.writing("test"):
        archive.indexes.save(always=True)
    take_in(archive, FAKE, an_article(12, ["bridge"], day, None, None))
    everywhere = ids(archive.matching("bridge", 9))
    assert ids(archive.matching("bridge", 1, Slice(until=day))) == [one for one in everywhere if one != "id0"][:1]


@pytest.fixture
def archive(tmp_path: Path) -> EmbeddedArchive:
    return archive_at(tmp_path / "archive", FAKE)


def test_without_a_slice_everything_is_asked(archive: EmbeddedArchive) -> None:
    take_in(archive, FAKE, *(an_article(n, ["bridge"], None, None, None) for n in range(3)))
    assert len(archive.matching("bridge", 9, EVERYTHING)) == len(nearest(archive, FAKE, "bridge")) == 3


def test_only_what_is_added_is_new(archive: EmbeddedArchive) -> None:
    old = an_article(1, ["bridge"], DAYS[0], None, None)
    take_in(archive, FAKE, old)
    before = Slice(added_after=archive.generation())
    other = replace(FAKE, name="other")
    vector = other.encode(["bridge"])[0]
    take_in(archive, FAKE, replace(old, text="The bridge fell.", card=replace(old.card, title="Anew")))
    assert ids(nearest_in(archive, before)) == ids(archive.matching("bridge", 9, before)) == []
    with archive.writing("test"):
        assert reembed(archive, other, wanted_making(other, 0)) == 1
    assert (
        ids(archive.nearest(vector, 9, other.fingerprint, before)) == ids(archive.matching("bridge", 9, before)) == []
    )
    take_in(archive, other, an_article(2, ["bridge"], None, None, None))
    assert ids(archive.nearest(vector, 9, other.fingerprint, before)) == ["id2"]
    with archive.writing("test"):
        archive.remove(["id1"])
    take_in(archive, other, old)
    assert set(ids(archive.matching("bridge", 9, before))) == {"id1", "id2"}
    assert ids(archive.matching("bridge", 9, Slice(added_after=archive.generation()))) == []


@pytest.mark.parametrize("when", ["before", "between"])
def test_a_writer_in_the_middle_of_a_search_hides_nothing(archive: EmbeddedArchive, when: str) -> None:
    """An article that is written anew, and has a new number, is not missed because the old number was allowed."""
    slice = Slice(since=date(2014, 1, 1))
    take_in(archive, FAKE, an_article(1, ["bridge"], DAYS[2], None, None))
    archive.matching("bridge", 9)
    within, changes = archive.store.within, iter([an_article(1, ["bridge", "river"], DAYS[3], None, None)])

    def busy(slice: Slice) -> Any:
        told = within(slice) if when == "between" else None
        for article in changes:
            take_in(archive, FAKE, article)
        return told or within(slice)

    with mock.patch.object(archive.store, "within", busy):
        (found,) = archive.matching("bridge", 9, slice)
    assert found.passage.article.published in {DAYS[2], DAYS[3]}
    assert next(changes, None) is None


def test_what_leaves_the_slice_while_it_is_searched_is_not_shown(archive: EmbeddedArchive) -> None:
    take_in(archive, FAKE, *(an_article(n, ["bridge"], DAYS[2], None, None) for n in (1, 2)))
    found, moves = archive.store.found, iter([an_article(1, ["bridge"], DAYS[0], None, None)])

    def late(numbers: list[int]) -> Any:
        for article in moves:
            take_in(archive, FAKE, article)
        return found(numbers)

    with mock.patch.object(archive.store, "found", late):
        assert ids(nearest_in(archive, Slice(since=DAYS[1]))) == ["id2"]


def nearest_in(archive: EmbeddedArchive, slice: Slice) -> list[Found]:
    return archive.nearest(FAKE.encode(["bridge"])[0], 9, FAKE.fingerprint, slice)


def test_a_slice_is_read_once_for_both_searches_and_again_after_a_change(archive: EmbeddedArchive) -> None:
    take_in(archive, FAKE, an_article(1, ["bridge"], DAYS[1], None, None))
    with mock.patch.object(archive.store, "within", wraps=archive.store.within) as within:
        for change in range(2):
            for slice in (Slice(since=DAYS[1]), Slice(until=DAYS[0])):
                before = within.call_count
                nearest_in(archive, slice)
                archive.matching("bridge", 9, slice)
                assert within.call_count == before + 1
            take_in(archive, FAKE, an_article(2 + change, ["bridge"], DAYS[0], None, None))
        assert ids(archive.matching("bridge", 9, Slice(until=DAYS[0]))) == ["id2", "id3"]


@pytest.mark.parametrize(
    ("asked", "name", "is_it"),
    [
        ("guardian", "The Guardian", True),
        ("THE  GUARDIAN", "The Guardian", True),
        ("guard", "The Guardian", False),
        ("guardian the", "The Guardian", False),
        ("Yaxue Cao", "Yaxue Cao, translated by X", True),
        ("yaxue x", "Yaxue Cao, translated by X", False),
        ("site_default", "Site Default", True),
        ("strasse", "Die Straße", True),
        ("Ｓｉｔｅ", "Site Default", True),
        ("zoe\u0308", "Zo\u00eb", True),
        ("", "The Guardian", False),
        ("…!", "The Guardian", False),
        ("%", "The Guardian", False),
    ],
)
def test_a_name_is_met_as_whole_words(asked: str, name: str, is_it: bool) -> None:
    assert named(asked, name) is is_it
    assert has(Slice(source=asked), Card("id", "Title", source=name)) is is_it
    assert has(Slice(author=asked), Card("id", "Title", author=name)) is is_it


def test_a_name_that_is_nobodys_is_said_with_the_nearest(archive: EmbeddedArchive) -> None:
    long = "Site " + "x" * 5000
    for number, source in enumerate(["The Guardian", "Site Default", "South China Morning Post", long, None]):
        take_in(archive, FAKE, an_article(number, ["bridge"], None, source, None))
    with pytest.raises(UnknownName) as caught:
        archive.matching("bridge", 9, Slice(source="Gaurdian"))
    assert "has the source 'Gaurdian'. The nearest: 'The Guardian', " in str(caught.value)
    with pytest.raises(UnknownName) as caught:
        nearest_in(archive, Slice(source=f"Sites {'y' * 5000}"))
    assert len(str(caught.value)) < 500
    with pytest.raises(UnknownName, match="No article in this archive names its author. Ask without author."):
        nearest_in(archive, Slice(author="Ann"))


@pytest.mark.parametrize("name", ["'; DROP TABLE article; --", '"]', "a\\u0000", "%", 'O\'Brien "Bo"'])
def test_a_name_is_never_anything_but_a_name(archive: EmbeddedArchive, name: str) -> None:
    take_in(archive, FAKE, *(an_article(n, ["bridge"], None, s, None) for n, s in enumerate([name, "Other"])))
    try:
        assert ids(archive.matching("bridge", 9, Slice(source=name))) == ["id0"]
    except UnknownName:
        assert not any(character.isalnum() for character in name)
    assert archive.status().articles == 2
