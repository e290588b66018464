"""Every kind of archive takes only passages of the index spec that it has at that moment."""

from dataclasses import replace

import pytest

from corpus.reader_types import Reading
from retrieval.archive.contract import IndexedArticle
from retrieval.archive.index_spec import IndexSpec, wanted_spec
from retrieval.errors import ArchiveMismatch
from retrieval.indexing.pipeline import draft, sync
from retrieval.indexing.reembed import reembed
from tests.articles import FAKE, OTHER, an_article, embed, ids_of
from tests.contract.archive_locations import Home
from tests.fakes import FakeEncoder, nearest, take_in

# Of another model, but of the same dimension: nothing else would tell its vectors from ours.
TWIN = FakeEncoder(name="twin")
SPEC = wanted_spec(FAKE, 0)


def embedded(number: int, encoder: FakeEncoder, spec: IndexSpec) -> IndexedArticle:
    """Return an article embedded by an encoder."""
    (entry,) = embed([draft(Reading(an_article(number), f"/files/{number}"), encoder, 64)], encoder, spec)
    return entry


@pytest.mark.parametrize(
    "spec",
    [
        wanted_spec(TWIN, 0),
        replace(SPEC, fingerprint=f"{SPEC.fingerprint}.int8"),
        replace(SPEC, passage_tokens=100),
        replace(SPEC, splitter=SPEC.splitter - 1),
        replace(SPEC, dimension=16),
        None,
    ],
)
def test_passages_of_another_spec_are_refused_and_nothing_is_stored(home: Home, spec: IndexSpec | None) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, an_article(1))
    before = archive.generation()
    good, bad = embedded(2, FAKE, SPEC), replace(embedded(3, TWIN, SPEC), spec=spec)
    with archive.write_lock("test"), pytest.raises(ArchiveMismatch, match="Article id3 was embedded with .*'fake'"):
        archive.put([good, bad])
    assert set(archive.known_articles()) == {"id1"}
    assert archive.had_generation(before)
    # Nobody has to wait for the change that was refused.
    with home.open().write_lock("test", wait=False):
        archive.put([good])
    assert ids_of(archive, "number") == {"id1", "id2"}
    assert archive.verify() == []


def test_the_name_of_the_model_does_not_matter(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    with archive.write_lock("test"):
        archive.put([embedded(1, FAKE, replace(SPEC, model="/models/fake"))])
    assert nearest(archive, FAKE, "number 1")[0].passage.article.id == "id1"


def test_what_is_read_from_an_archive_can_be_put_into_it(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, *map(an_article, range(3)))
    entries = archive.indexed_articles(["id0", "id1", "id2"])
    assert [entry.spec for entry in entries] == [SPEC] * 3
    with archive.write_lock("test"):
        archive.put(entries)
    assert archive.verify() == []


def test_a_shadow_index_takes_only_passages_of_its_own_spec(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, an_article(1))
    with archive.write_lock("test"):
        shadow = archive.shadow_index(wanted_spec(TWIN, 0))
        with pytest.raises(ArchiveMismatch, match="Article id1"):
            shadow.put([embedded(1, FAKE, SPEC)])
        assert shadow.pending() == ["id1"]


@pytest.mark.parametrize("other", [TWIN, OTHER, FakeEncoder(name="long", max_tokens=512)], ids=lambda model: model.name)
def test_a_sync_is_refused_if_the_archive_was_embedded_again_since_it_was_opened(
    home: Home, other: FakeEncoder
) -> None:
    archive, writer = home.open_or_create(FAKE), home.open()
    take_in(archive, FAKE, an_article(1))
    with writer.write_lock("test"):
        reembed(writer, other, wanted_spec(other, 0))
    with archive.write_lock("test"), pytest.raises(ArchiveMismatch, match=f"made with the model '{other.name}'"):
        sync([Reading(an_article(2), "/files/2")], archive, FAKE)
    assert set(archive.known_articles()) == {"id1"}
    assert archive.verify() == []
    assert take_in(archive, other, an_article(2)).added == 1


def test_a_sync_keeps_to_the_length_of_passages_that_the_settings_ask_for(home: Home) -> None:
    long = FakeEncoder(name="long", max_tokens=512)
    archive = home.open_or_create(long, 100)
    reading = Reading(an_article(1), "/files/1")
    with archive.write_lock("test"):
        with pytest.raises(ArchiveMismatch, match="passages of 100 tokens, and the settings ask for 256"):
            sync([reading], archive, long, passage_tokens=0)
        assert sync([reading], archive, long, passage_tokens=100).added == 1
        assert sync([reading], archive, long).unchanged == 1
