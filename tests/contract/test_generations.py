"""Every kind of archive counts generations, stores occurrences, is embedded again, and is copied."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.reader_types import Reading
from retrieval.archive.contract import Generation, Occurrence
from retrieval.archive.index_spec import wanted_spec
from retrieval.errors import ArchiveBusy, ModelChanged
from retrieval.indexing.copy import copy
from retrieval.indexing.pipeline import draft
from retrieval.indexing.reembed import reembed
from retrieval.text.near_duplicates import signature
from retrieval.types import Filters
from tests.articles import FAKE, OTHER, STORY, an_article, embed, ids_of, put, with_card
from tests.contract.archive_locations import Home
from tests.fakes import FakeEncoder, archive_at, nearest, take_in

# ── Generations ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_change_begins_a_generation_and_filters_find_what_is_new(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    numbers = [archive.generation().number]

    def note() -> None:
        numbers.append(archive.generation().number)
        assert numbers[-2] < numbers[-1] == archive.status().generation == archive.generation().number

    for number in range(1, 4):
        take_in(archive, FAKE, an_article(number))
        note()
    take_in(archive, FAKE, an_article(1))
    assert archive.generation().number == numbers[-1]
    with archive.write_lock("test"):
        archive.remove(["id2"])
    note()
    # A changed article is not new.
    put(archive, an_article(1, "It has changed."))
    note()
    new = [ids_of(archive, "text changed", Filters(added_after=after)) for after in numbers]
    assert new == [{"id1", "id3"}, {"id3"}, {"id3"}, set(), set(), set()]


def test_a_generation_differs_from_that_of_another_archive(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    generations = [archive.generation()]
    for number in range(2):
        take_in(archive, FAKE, an_article(number))
        generations.append(archive.generation())
    assert all(map(archive.had_generation, generations))
    assert all(map(home.open().had_generation, generations))
    assert not archive.had_generation(Generation(generations[-1].number, "another"))
    assert not archive.had_generation(Generation(generations[-1].number + 1_000_000_000, generations[-1].token))


def test_a_renewed_archive_goes_on_from_a_later_generation(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    put(archive, an_article(1), added=7)
    later = archive.generation().number + 5_000
    with archive.write_lock("test"):
        archive.begin_generation(later)
    assert archive.generation().number > later
    assert ids_of(archive, "text", Filters(added_after=7)) == set()
    assert ids_of(archive, "text", Filters(added_after=6)) == {"id1"}
    take_in(archive, FAKE, an_article(2))
    assert ids_of(archive, "text", Filters(added_after=later)) == {"id2"}
    assert archive.verify() == []


# ── Occurrences ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_occurrences_are_stored(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    put(archive, an_article(1), an_article(2))
    before = archive.generation().number
    occurrences = (
        Occurrence("/files/id1", "", 52),
        Occurrence("/feed.xml", "3", 9),
        Occurrence("https://example.org", "", 4),
    )
    with archive.write_lock("test"):
        archive.set_occurrences({"id1": occurrences})
    assert archive.known_articles()["id1"].occurrences == occurrences
    assert archive.generation().number == before
    many = tuple(Occurrence(f"/{'long' * 50}/{n}.xml", "key" * 20, n) for n in range(400, 0, -1))
    archive.set_occurrences({"id2": many})
    assert home.open().known_articles()["id2"].occurrences[0] == many[0]
    assert set(home.open().known_articles()["id2"].occurrences) == set(many)
    provenance = archive.provenance("id2")
    assert provenance is not None
    assert set(provenance.occurrences) == set(many)
    # The file that an article is put from becomes its canonical occurrence, and is stored once.
    put(archive, an_article(1, "A longer text, from the feed."))
    assert archive.known_articles()["id1"].occurrences[0] == Occurrence(
        "/files/id1", "", len("A longer text, from the feed.")
    )
    assert archive.verify() == []


def test_a_signature_is_stored(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    put(archive, an_article(1, STORY))
    assert archive.indexed_articles(["id1"])[0].signature == signature(STORY)


# ── Embedded again ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_embedding_again_switches_in_one_step_also_for_open_archives(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, *map(an_article, range(4)))
    opened, wanted = home.open(), wanted_spec(OTHER, 0)
    assert nearest(opened, FAKE, "number 3")
    with archive.write_lock("test"):
        shadow = archive.shadow_index(wanted)
        assert sorted(shadow.pending()) == ["id0", "id1", "id2", "id3"]
        entries = embed([draft(Reading(an_article(n), ""), OTHER, 64) for n in (0, 1)], OTHER, wanted)
        shadow.put(entries)
        # Interrupted here: the old index is still in use, and what was embedded is not embedded again.
        assert nearest(opened, FAKE, "number 3")[0].passage.article.id == "id3"
        assert opened.spec == wanted_spec(FAKE, 0)
        assert sorted(archive.shadow_index(wanted).pending()) == ["id2", "id3"]
        assert set(archive.shadow_index(wanted).stored_vectors(entries[0].keys)) == set(entries[0].keys)
        assert reembed(archive, OTHER, wanted) == 2
    assert archive.spec == opened.spec == home.open().spec == wanted
    with pytest.raises(ModelChanged):
        nearest(opened, FAKE, "number 3")
    assert nearest(opened, OTHER, "number 3")[0].passage.article.id == "id3"
    assert ids_of(opened, "number") == {"id0", "id1", "id2", "id3"}
    assert archive.verify() == home.open().verify() == []
    take_in(archive, OTHER, an_article(4))
    with archive.write_lock("test"):
        archive.remove(["id0"])
    archive.checkpoint()
    assert archive.verify() == []


def test_embedding_again_keeps_others_waiting_until_it_ends_or_is_interrupted(home: Home) -> None:
    archive, wanted = home.open_or_create(FAKE), wanted_spec(OTHER, 0)
    take_in(archive, FAKE, *map(an_article, range(3)))
    other = home.open()
    with suppress(KeyboardInterrupt), archive.write_lock("test"):
        entries = embed([draft(Reading(an_article(n), ""), OTHER, 64) for n in range(3)], OTHER, wanted)
        archive.shadow_index(wanted).put(entries)
        with pytest.raises(ArchiveBusy), other.write_lock("test", wait=False):
            raise AssertionError("two change it at once")
        raise KeyboardInterrupt
    with other.write_lock("test", wait=False):
        other.remove(["id1"])
    put(other, an_article(2, "It has changed meanwhile."))
    with other.write_lock("test", wait=False):
        other.checkpoint()
        assert reembed(other, OTHER, wanted) == 1
    # Passages that were embedded and have changed since are dropped.
    assert archive.status().passages == 2
    assert {hit.passage.text for hit in nearest(archive, OTHER, "it")} == {
        passage.text for id_ in ("id0", "id2") for passage in archive.passages_of(id_)
    }
    assert archive.verify() == []
    with archive.write_lock("test", wait=False):
        archive.remove(["id2"])
    assert [hit.passage.article.id for hit in nearest(archive, OTHER, "number")] == ["id0"]
    assert archive.verify() == []


def test_another_index_spec_replaces_one_that_was_begun(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, *map(an_article, range(2)))
    third = FakeEncoder(name="third", dimension=8)
    with archive.write_lock("test"):
        entries = embed([draft(Reading(an_article(0), ""), OTHER, 64)], OTHER, wanted_spec(OTHER, 0))
        archive.shadow_index(wanted_spec(OTHER, 0)).put(entries)
        assert reembed(archive, third, wanted_spec(third, 0)) == 2
    assert archive.spec == wanted_spec(third, 0)
    assert archive.verify() == []


# ── Copied ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_archive_is_copied_there_and_back_without_a_difference(home: Home, tmp_path: Path) -> None:
    source = archive_at(tmp_path / "source", FAKE)
    undated = with_card(an_article(3, STORY), published=None, author="Ann " * 20_000)
    take_in(source, FAKE, an_article(1), an_article(2, STORY), undated, an_article(4, "word " * 20_000))
    with source.write_lock("test"):
        source.set_occurrences({"id1": (Occurrence("/files/id1.txt", "", 52), Occurrence("/feed.xml", "1", 9))})
    copied = copy(tmp_path / "source", home.where)
    assert (copied.articles, copied.written) == (4, 4)
    archive = home.open()
    assert archive.generation().number >= source.generation().number
    assert ids_of(archive, "text mayor word", Filters(added_after=source.generation().number)) == set()
    assert archive.known_articles() == source.known_articles()
    assert archive.verify() == []
    # Half of the copy is lost: only what is missing is written.
    with archive.write_lock("test"):
        archive.remove(["id1", "id4"])
    assert copy(tmp_path / "source", home.where) == replace(copied, written=2)
    back = copy(home.where, tmp_path / "back")
    assert back == replace(copied, written=4)
    assert copy(tmp_path / "source", tmp_path / "back") == replace(copied, written=0)
    (hit, *_) = archive_at(tmp_path / "back", FAKE).search_words("mayor", 1)
    assert len(hit.also) == 1
