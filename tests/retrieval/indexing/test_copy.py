import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card, Span
from corpus.reader_types import Reading
from retrieval.archive.contract import Archive, IndexedArticle, Occurrence
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.location import Where
from retrieval.archive.open import open_archive, open_or_create
from retrieval.cli import main
from retrieval.errors import ArchiveBusy, ArchiveMismatch, ArchiveMissing, CopyFailed, CopyRefused, NotAnArchive
from retrieval.indexing.copy import copy, entry_digest
from retrieval.types import Filters
from tests.fakes import FakeEncoder, take_in

Place = Callable[[str], Where]
FAKE = FakeEncoder()
STORY = "The mayor opened the new bridge over the river, and a hundred boats came up from the harbour to see it. " * 3


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return the location of an archive by its name."""
    return lambda name: tmp_path / name


def an_article(number: int, text: str = "") -> Article:
    card = Card(f"id{number:02}", f"Title {number}", None, "Paper", "Ann", date(2020, 1, number % 28 + 1), "en")
    return Article(card, text or f"Heading\n\nText number {number} is here. It has two sentences.", (Span(0, 7),))


def archive_in(where: Where, *articles: Article | Reading) -> Archive:
    archive = open_or_create(where, lambda: wanted_spec(FAKE, 0))
    take_in(archive, FAKE, *articles)
    return archive


def a_varied_archive(where: Where) -> Archive:
    """Create an archive with articles of every kind."""
    archive = archive_in(where, *map(an_article, range(9)))
    linked = replace(an_article(20), card=replace(an_article(20).card, url="https://example.org/20"))
    longer = replace(linked, text=f"{linked.text} It has a third one.")
    odd = Reading(longer, "/pages/20.html", where="page 20", warnings=("no date",), traces=(("title", "<h1>"),))
    take_in(archive, FAKE, Reading(linked, "/feed.xml", key="[3]"), odd, Reading(linked, "https://example.org/20"))
    take_in(archive, FAKE, an_article(30, STORY), an_article(31, STORY + "Then it rained."))
    take_in(
        archive, FAKE, an_article(40, "市长星期一为新大桥剪彩。 \N{CYCLONE}\ud800"[:-1]), an_article(3, "Another text.")
    )
    archive.put([IndexedArticle(an_article(50), None, b"", (), (), np.empty((0, FAKE.dimension), np.float16))])
    archive.remove(["id05"])
    archive.checkpoint()
    return archive


def everything(archive: Archive) -> dict[str, bytes]:
    known = archive.known_articles()
    return {
        entry.article.id: entry_digest(entry, known[entry.article.id].occurrences)
        for entry in archive.indexed_articles(sorted(known))
    }


def answers(archive: Archive) -> list[object]:
    """Return the results of all methods that read an archive."""
    vector = FAKE.encode_query(["the bridge"])[0]
    ids = [card.id for card in archive.cards()]
    return [
        archive.cards(),
        archive.sources(),
        [archive.article(id_) for id_ in ids],
        [archive.provenance(id_) for id_ in ids],
        [archive.passages_of(id_) for id_ in ids],
        archive.search_vectors(vector, 50, FAKE.fingerprint),
        {hit.passage.id for hit in archive.search_words("mayor bridge number", 50)},
        replace(archive.status(), size_bytes=0, generation=0),
    ]


def test_a_copy_is_what_was_copied_and_a_second_one_writes_nothing(place: Place) -> None:
    source = a_varied_archive(place("source"))
    done = copy(place("source"), place("target"))
    target = open_archive(place("target"))
    assert (done.articles, done.passages) == (source.status().articles, source.status().passages) == (13, 14)
    assert done.written == 13
    assert everything(target) == everything(source)
    assert answers(target) == answers(source)
    assert target.verify() == []
    state = target.generation()
    assert copy(place("source"), place("target")) == replace(done, written=0)
    assert target.generation() == state


def test_there_and_back_is_the_same_archive(place: Place) -> None:
    source = a_varied_archive(place("source"))
    forth = copy(place("source"), place("target"))
    back = copy(place("target"), place("again"))
    assert back == forth
    assert answers(open_archive(place("again"))) == answers(source)


@pytest.mark.parametrize("stopped_at", range(1, 13, 3))
def test_an_interrupted_copy_is_resumed(place: Place, stopped_at: int) -> None:
    source = a_varied_archive(place("source"))

    def interrupt(_what: str, done: int, _all: int) -> None:
        if done == stopped_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(place("source"), place("target"), progress=interrupt, batch_articles=1, checkpoint_passages=2)
    assert open_archive(place("target")).verify() == []
    assert len(open_archive(place("target")).cards()) == stopped_at
    assert copy(place("source"), place("target")).written == 13 - stopped_at
    assert everything(open_archive(place("target"))) == everything(source)


def test_any_difference_in_the_copy_is_written_again(place: Place) -> None:
    source = a_varied_archive(place("source"))
    copy(place("source"), place("target"))
    target = open_archive(place("target"))
    first, second, third, fourth = target.indexed_articles(["id01", "id02", "id03", "id04"])
    with target.write_lock("test"):
        target.put(
            [replace(first, added=1), replace(second, vectors=-second.vectors, keys=(b"k" * 16,) * len(second.keys))]
        )
        target.put([replace(third, article=an_article(3, "Damaged.")), replace(fourth, warnings=("odd",))])
        target.set_occurrences({"id06": [Occurrence("/elsewhere", "", 3)]})
    assert copy(place("source"), place("target")).written == 5
    assert everything(target) == everything(source)
    assert target.verify() == []


def test_a_copy_is_updated_when_its_source_has_changed(place: Place) -> None:
    source = a_varied_archive(place("source"))
    copy(place("source"), place("target"))
    take_in(source, FAKE, an_article(60), an_article(1, "It has changed."))
    assert copy(place("source"), place("target")).written == 2
    assert everything(open_archive(place("target"))) == everything(source)


def test_filters_by_generation_find_the_same_in_both(place: Place) -> None:
    source = archive_in(place("source"), an_article(1))
    seen = source.generation().number
    take_in(source, FAKE, an_article(2))
    copy(place("source"), place("target"))
    target = open_archive(place("target"))
    assert target.generation().number >= source.generation().number
    copied_at = source.generation().number
    take_in(target, FAKE, an_article(3))

    def since(generation: int) -> set[str]:
        return {hit.passage.article.id for hit in target.search_words("number", 9, Filters(added_after=generation))}

    assert since(seen) == {"id02", "id03"}
    assert since(copied_at) == {"id03"}


def test_articles_that_only_the_target_has_are_named_and_nothing_is_written(place: Place) -> None:
    archive_in(place("source"), an_article(1))
    target = archive_in(place("target"), *map(an_article, range(2, 9)))
    before = target.generation()
    with pytest.raises(CopyRefused, match=r"7 of them: id02, id03, id04, id05, id06, …\. .*remove ID"):
        copy(place("source"), place("target"))
    assert target.generation() == before


def test_another_model_is_refused_naming_both(place: Place) -> None:
    archive_in(place("source"), an_article(1))
    open_or_create(place("target"), lambda: wanted_spec(FakeEncoder(name="other"), 64))
    with pytest.raises(ArchiveMismatch, match=r"'other' .*'fake' .*--re-embed"):
        copy(place("source"), place("target"))


def test_a_missing_source_creates_no_target(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing, match="source"):
        copy(tmp_path / "source", tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_an_archive_is_not_copied_to_itself_nor_among_other_files(place: Place, tmp_path: Path) -> None:
    archive_in(place("source"), an_article(1))
    with pytest.raises(CopyRefused, match="to itself"):
        copy(place("source"), place("source"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("Dear Ann,", encoding="utf-8")
    with pytest.raises(NotAnArchive, match="full"):
        copy(place("source"), tmp_path / "full")


def test_without_wait_another_writer_of_the_target_is_an_error(tmp_path: Path) -> None:
    archive_in(tmp_path / "source", an_article(1))
    target = archive_in(tmp_path / "target")
    with target.write_lock("test"), pytest.raises(ArchiveBusy, match="test"):
        copy(tmp_path / "source", tmp_path / "target", wait=False)


def test_a_source_that_changes_meanwhile_is_reported_and_the_next_run_follows(place: Place) -> None:
    source = archive_in(place("source"), *map(an_article, range(4)))
    changes = iter([an_article(0, "It changed."), an_article(9)])

    def change(what: str, done: int, _all: int) -> None:
        if what == "Copying" and done in {2, 3}:
            take_in(source, FAKE, next(changes))

    with pytest.raises(CopyFailed, match=r"2 articles: id00, id09\. .*was changed meanwhile"):
        copy(place("source"), place("target"), progress=change, batch_articles=1)
    assert copy(place("source"), place("target")).written == 2
    assert open_archive(place("target")).verify() == []


def test_a_change_of_the_copy_by_another_process_is_found(place: Place) -> None:
    archive_in(place("source"), *map(an_article, range(4)))

    def change(what: str, _done: int, _all: int) -> None:
        if what == "Copying":
            open_archive(place("target")).remove(["id02"])

    with pytest.raises(CopyFailed, match=r"1 articles: id02\. .*verify"):
        copy(place("source"), place("target"), progress=change)


words = st.text(st.sampled_from("ab é字\n.,#\U0001f300"), min_size=1, max_size=80).filter(str.strip)
corpora = st.lists(st.tuples(st.integers(0, 5), words, st.sampled_from(["/a", "/b", "https://c"])), max_size=8)


@settings(max_examples=20)
@given(corpora, corpora)
def test_any_archive_is_copied_whole_and_copied_again_after_changes(
    first: list[tuple[int, str, str]], then: list[tuple[int, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        for run, drawn in enumerate((first, then)):
            readings = [Reading(an_article(n, text.strip()), f"{on}{run}", str(n)) for n, text, on in drawn]
            archive = archive_in(source, *readings)
            copy(source, target)
            copied = open_archive(target)
            assert everything(copied) == everything(archive)
            assert copied.verify() == []
            assert replace(copied.status(), size_bytes=0, generation=0) == replace(
                archive.status(), size_bytes=0, generation=0
            )


def test_the_command_reports_what_was_copied_and_a_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive_in(tmp_path / "source", *map(an_article, range(3)))
    arguments = ["copy", str(tmp_path / "source"), str(tmp_path / "target")]
    assert main.main(arguments) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == f"{tmp_path}/target is what {tmp_path}/source is: 3 articles, 3 passages."
    assert "Articles written: 3. Digest of both" in out
    assert err == ""
    assert main.main(arguments) == 0
    assert "Articles written: 0." in capsys.readouterr().out
    assert main.main([*arguments[:2], arguments[1]]) == 2
    assert capsys.readouterr().err.count("\n") == 1
