"""Filters of a local archive: during changes, read once for both searches, and by whole words of names."""

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


@settings(max_examples=10)
@given(drawn=changes, max_numbers_in_query=st.sampled_from([0, 10_000]), written=st.booleans())
def test_filters_find_what_brute_force_finds_with_their_numbers_in_the_query_or_not(
    tmp_path_factory: pytest.TempPathFactory, drawn: Changes, max_numbers_in_query: int, *, written: bool
) -> None:
    archive = archive_at(tmp_path_factory.mktemp("filters") / "archive", FAKE)

    def save() -> None:
        with archive.write_lock("test"):
            archive.indexes.save(always=written)

    with mock.patch.object(lexical, "MAX_NUMBERS_IN_QUERY", max_numbers_in_query):
        finds_as_brute_force(archive, drawn, save)


@pytest.mark.parametrize("max_numbers_in_query", [0, 10_000])
def test_base_and_delta_are_ranked_together_when_filtered(
    tmp_path: Path, max_numbers_in_query: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical, "MAX_NUMBERS_IN_QUERY", max_numbers_in_query)
    archive = archive_at(tmp_path / "archive", FAKE)
    day = DAYS[0]
    first = [(["bridge"], None), (["bridge"], day), (["mayor"], None)]
    take_in(archive, FAKE, *(an_article(n, words, when, None, None) for n, (words, when) in enumerate(first)))
    with archive.write_lock("test"):
        archive.indexes.save(always=True)
    take_in(archive, FAKE, an_article(12, ["bridge"], day, None, None))
    everywhere = ids(archive.search_words("bridge", 9))
    assert ids(archive.search_words("bridge", 1, Filters(until=day))) == [id_ for id_ in everywhere if id_ != "id0"][:1]


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return archive_at(tmp_path / "archive", FAKE)


@pytest.mark.parametrize("when", ["before", "between"])
def test_a_writer_in_the_middle_of_a_search_hides_nothing(archive: LocalArchive, when: str) -> None:
    """An article that is replaced, and has a new number, is found although the filter has the old number."""
    filters = Filters(since=date(2014, 1, 1))
    take_in(archive, FAKE, an_article(1, ["bridge"], DAYS[2], None, None))
    archive.search_words("bridge", 9)
    numbers_passing, changes = (
        archive.indexes._store.numbers_passing,
        iter([an_article(1, ["bridge", "river"], DAYS[3], None, None)]),
    )

    def busy(filters: Filters) -> Any:
        result = numbers_passing(filters) if when == "between" else None
        for article in changes:
            take_in(archive, FAKE, article)
        return result or numbers_passing(filters)

    with mock.patch.object(archive.indexes._store, "numbers_passing", busy):
        (hit,) = archive.search_words("bridge", 9, filters)
    assert hit.passage.article.published in {DAYS[2], DAYS[3]}
    assert next(changes, None) is None


def test_an_article_that_fails_the_filters_during_a_search_is_not_returned(archive: LocalArchive) -> None:
    take_in(archive, FAKE, *(an_article(n, ["bridge"], DAYS[2], None, None) for n in (1, 2)))
    rows_by_number, moves = archive.rows_by_number, iter([an_article(1, ["bridge"], DAYS[0], None, None)])

    def late(numbers: list[int]) -> Any:
        for article in moves:
            take_in(archive, FAKE, article)
        return rows_by_number(numbers)

    with mock.patch.object(archive, "rows_by_number", late):
        assert ids(nearest_in(archive, Filters(since=DAYS[1]))) == ["id2"]


def test_filtered_numbers_are_read_once_for_both_searches_and_again_after_a_change(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, ["bridge"], DAYS[1], None, None))
    with mock.patch.object(
        archive.indexes._store, "numbers_passing", wraps=archive.indexes._store.numbers_passing
    ) as numbers_passing:
        for change in range(2):
            for filters in (Filters(since=DAYS[1]), Filters(until=DAYS[0])):
                before = numbers_passing.call_count
                nearest_in(archive, filters)
                archive.search_words("bridge", 9, filters)
                assert numbers_passing.call_count == before + 1
            take_in(archive, FAKE, an_article(2 + change, ["bridge"], DAYS[0], None, None))
        assert ids(archive.search_words("bridge", 9, Filters(until=DAYS[0]))) == ["id2", "id3"]


@pytest.mark.parametrize(
    ("wanted", "name", "expected"),
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
def test_names_match_by_whole_words(wanted: str, name: str, expected: bool) -> None:
    assert name_matches(wanted, name) is expected
    assert matches(Filters(source=wanted), Card("id", "Title", source=name)) is expected
    assert matches(Filters(author=wanted), Card("id", "Title", author=name)) is expected
