"""Filtered searches of any kind of archive find what passes the filters, as if nothing else existed."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import wanted_spec
from retrieval.errors import UnknownName
from retrieval.indexing.reembed import reembed
from retrieval.types import NO_FILTERS, Filters
from tests.contract.archive_locations import Home
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
from tests.fakes import nearest, take_in


@pytest.fixture
def archive(home: Home) -> Archive:
    return home.open_or_create(FAKE)


# Shrinking an example would take minutes on a server.
@settings(
    max_examples=6,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(drawn=changes)
def test_filters_find_what_brute_force_finds_after_additions_changes_and_removals(home: Home, drawn: Changes) -> None:
    archive = home.open_or_create(FAKE)
    assert home.empty(archive.spec)
    finds_as_brute_force(archive, drawn, archive.checkpoint)
    archive.close()


def test_without_filters_everything_is_searched(archive: Archive) -> None:
    take_in(archive, FAKE, *(an_article(n, ["bridge"], None, None, None) for n in range(3)))
    assert len(archive.search_words("bridge", 9, NO_FILTERS)) == len(nearest(archive, FAKE, "bridge")) == 3


def test_only_what_is_added_is_new(archive: Archive) -> None:
    old = an_article(1, ["bridge"], DAYS[0], None, None)
    take_in(archive, FAKE, old)
    before = Filters(added_after=archive.generation().number)
    other = replace(FAKE, name="other")
    vector = other.encode_query(["bridge"])[0]
    take_in(archive, FAKE, replace(old, text="The bridge fell.", card=replace(old.card, title="Anew")))
    assert ids(nearest_in(archive, before)) == ids(archive.search_words("bridge", 9, before)) == []
    with archive.write_lock("test"):
        assert reembed(archive, other, wanted_spec(other, 0)) == 1
    assert (
        ids(archive.search_vectors(vector, 9, other.fingerprint, before))
        == ids(archive.search_words("bridge", 9, before))
        == []
    )
    take_in(archive, other, an_article(2, ["bridge"], None, None, None))
    assert ids(archive.search_vectors(vector, 9, other.fingerprint, before)) == ["id2"]
    with archive.write_lock("test"):
        archive.remove(["id1"])
    take_in(archive, other, old)
    assert set(ids(archive.search_words("bridge", 9, before))) == {"id1", "id2"}
    assert ids(archive.search_words("bridge", 9, Filters(added_after=archive.generation().number))) == []


def test_an_unknown_name_is_reported_with_the_nearest(archive: Archive) -> None:
    long = "Site " + "x" * 5000
    for number, source in enumerate(["The Guardian", "Site Default", "South China Morning Post", long, None]):
        take_in(archive, FAKE, an_article(number, ["bridge"], None, source, None))
    with pytest.raises(UnknownName) as caught:
        archive.search_words("bridge", 9, Filters(source="Gaurdian"))
    assert "has the source “Gaurdian”. The nearest: “The Guardian”, " in str(caught.value)
    with pytest.raises(UnknownName) as caught:
        nearest_in(archive, Filters(source=f"Sites {'y' * 5000}"))
    assert len(str(caught.value)) < 500
    with pytest.raises(UnknownName, match="No article in this archive names its author. Ask without author."):
        nearest_in(archive, Filters(author="Ann"))


@pytest.mark.parametrize("name", ["'; DROP TABLE article; --", '"]', "a\\u0000", "%", 'O\'Brien "Bo"'])
def test_a_name_is_never_anything_but_a_name(archive: Archive, name: str) -> None:
    take_in(archive, FAKE, *(an_article(n, ["bridge"], None, s, None) for n, s in enumerate([name, "Other"])))
    try:
        assert ids(archive.search_words("bridge", 9, Filters(source=name))) == ["id0"]
    except UnknownName:
        assert not any(character.isalnum() for character in name)
    assert archive.status().articles == 2
