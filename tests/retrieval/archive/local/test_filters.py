"""How the embedded archive looks through a slice: in between changes, once, and by whole words of names."""

from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Card
from retrieval.archive.filters import matches, name_matches
from retrieval.archive.local import lexical
from retrieval.archive.local.archive import LocalArchive
from retrieval.types import Filters
from tests.contract.brute_force_filters import (
    DAYS,
    FAKE,
    Changes,
    an_article,
    changes,
    finds_as_brute_force,
    ids,
    nearest_in,
)
from tests.fakes import archive_at, take_in


@settings(max_examples=10, deadline=None)
@given(drawn=changes, named_in_query=st.sampled_from([0, 10_000]), written=st.booleans())
def test_a_slice_is_found_as_brute_force_finds_it_however_its_passages_are_named(
    tmp_path_factory: pytest.TempPathFactory, drawn: Changes, named_in_query: int, *, written: bool
) -> None:
    archive = archive_at(tmp_path_factory.mktemp("slices") / "archive", FAKE)

    def write_down() -> None:
        with archive.write_lock("test"):
            archive.indexes.save(always=written)

    with mock.patch.object(lexical, "MAX_NUMBERS_IN_QUERY", named_in_query):
        finds_as_brute_force(archive, drawn, write_down)


@pytest.mark.parametrize("named_in_query", [0, 10_000])
def test_what_came_later_is_not_taken_for_the_best_in_a_slice(
    tmp_path: Path, named_in_query: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "MAX_NUMBERS_IN_QUERY", named_in_query)
    archive = archive_at(tmp_path / "archive", FAKE)
    day = DAYS[0]
    first = [(["bridge"], None), (["bridge"], day), (["mayor"], None)]
    take_in(archive, FAKE, *(an_article(n, words, when, None, None) for n, (words, when) in enumerate(first)))
    with archive.write_lock("test"):
        archive.indexes.save(always=True)
    take_in(archive, FAKE, an_article(12, ["bridge"], day, None, None))
    everywhere = ids(archive.search_words("bridge", 9))
    assert ids(archive.search_words("bridge", 1, Filters(until=day))) == [one for one in everywhere if one != "id0"][:1]


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return archive_at(tmp_path / "archive", FAKE)


@pytest.mark.parametrize("when", ["before", "between"])
def test_a_writer_in_the_middle_of_a_search_hides_nothing(archive: LocalArchive, when: str) -> None:
    """An article that is written anew, and has a new number, is not missed because the old number was allowed."""
    filters = Filters(since=date(2014, 1, 1))
    take_in(archive, FAKE, an_article(1, ["bridge"], DAYS[2], None, None))
    archive.search_words("bridge", 9)
    within, changes = (
        archive.indexes._store.numbers_passing,
        iter([an_article(1, ["bridge", "river"], DAYS[3], None, None)]),
    )

    def busy(filters: Filters) -> Any:
        told = within(filters) if when == "between" else None
        for article in changes:
            take_in(archive, FAKE, article)
        return told or within(filters)

    with mock.patch.object(archive.indexes._store, "numbers_passing", busy):
        (found,) = archive.search_words("bridge", 9, filters)
    assert found.passage.article.published in {DAYS[2], DAYS[3]}
    assert next(changes, None) is None


def test_what_leaves_the_slice_while_it_is_searched_is_not_shown(archive: LocalArchive) -> None:
    take_in(archive, FAKE, *(an_article(n, ["bridge"], DAYS[2], None, None) for n in (1, 2)))
    found, moves = archive.passages_by_number, iter([an_article(1, ["bridge"], DAYS[0], None, None)])

    def late(numbers: list[int]) -> Any:
        for article in moves:
            take_in(archive, FAKE, article)
        return found(numbers)

    with mock.patch.object(archive, "passages_by_number", late):
        assert ids(nearest_in(archive, Filters(since=DAYS[1]))) == ["id2"]


def test_a_slice_is_read_once_for_both_searches_and_again_after_a_change(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, ["bridge"], DAYS[1], None, None))
    with mock.patch.object(
        archive.indexes._store, "numbers_passing", wraps=archive.indexes._store.numbers_passing
    ) as within:
        for change in range(2):
            for filters in (Filters(since=DAYS[1]), Filters(until=DAYS[0])):
                before = within.call_count
                nearest_in(archive, filters)
                archive.search_words("bridge", 9, filters)
                assert within.call_count == before + 1
            take_in(archive, FAKE, an_article(2 + change, ["bridge"], DAYS[0], None, None))
        assert ids(archive.search_words("bridge", 9, Filters(until=DAYS[0]))) == ["id2", "id3"]


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
    assert name_matches(asked, name) is is_it
    assert matches(Filters(source=asked), Card("id", "Title", source=name)) is is_it
    assert matches(Filters(author=asked), Card("id", "Title", author=name)) is is_it
