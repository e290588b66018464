"""Shards, run in any order, leave the archive that a single process would leave."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.reader_types import Reading
from corpus.reading import find_files, read_files
from retrieval.archive.contract import Archive
from retrieval.cli.main import main
from retrieval.indexing.copy import entry_digest
from retrieval.indexing.pipeline import missing_files, survey, sync
from retrieval.indexing.reconciler import Scope
from retrieval.indexing.report import Report
from retrieval.indexing.shard import WHOLE, Shard
from tests.fakes import FakeEncoder, archive_at

FAKE = FakeEncoder()
MAX_BYTES = 1_000_000
Capture = pytest.CaptureFixture[str]
# The articles of a file: each a headline, a link or an empty string, and a text.
Contents = Sequence[tuple[str, str, str]]


def test_every_article_is_in_one_shard_and_always_in_the_same() -> None:
    ids = [f"{number:016x}" for number in range(2000)]
    shards = [Shard(number, 7) for number in range(1, 8)]
    parts = [[id_ for id_ in ids if shard.has(id_)] for shard in shards]
    assert sorted(id_ for part in parts for id_ in part) == ids
    assert all(200 < len(part) < 400 for part in parts)
    assert [Shard(1, 7).has(id_) for id_ in ids[:9]] == [id_ in parts[0] for id_ in ids[:9]]
    assert [number for number in range(1, 8) if Shard(number, 7).has("0f3a5c9d00112233")] == [6]
    assert all(WHOLE.has(id_) for id_ in ids)


def write(top: Path, files: Mapping[str, Contents]) -> None:
    """Write these files below a folder, and remove all others."""
    for gone in [file for file in top.rglob("*.*") if str(file.relative_to(top)) not in files]:
        gone.unlink()
    for name, articles_of_file in files.items():
        file = top / name
        file.parent.mkdir(exist_ok=True)
        if file.suffix == ".jsonl":
            lines = [
                json.dumps({"title": title, "url": link or None, "text": text})
                for title, link, text in articles_of_file
            ]
            file.write_text("\n".join(lines), encoding="utf-8")
        else:
            title, link, text = articles_of_file[0]
            file.write_text("\n\n".join(filter(None, (title, link, text))), encoding="utf-8")


def run(archive: Archive, roots: Sequence[Path], shard: Shard = WHOLE) -> Report:
    """Index what is below the roots."""
    with archive.write_lock("test"):
        files = find_files(root for root in roots if root.exists())
        known, present = archive.known_articles(), {str(place.origin) for place in files}
        missing = missing_files(known, roots, present, allow_removals=True)
        return sync(
            read_files(files, MAX_BYTES),
            archive,
            FAKE,
            Scope(known, missing, True, shard),
            read_again=lambda origins: read_files(
                (place for place in files if str(place.origin) in origins), MAX_BYTES
            ),
        )


def stored(archive: Archive) -> dict[str, tuple[str, set[object], bytes]]:
    """Return everything in an archive except the generations that added it."""
    known = archive.known_articles()
    return {
        entry.article.id: (
            entry.article.text,
            set(known[entry.article.id].occurrences),
            entry_digest(replace(entry, added=0), known[entry.article.id].occurrences),
        )
        for entry in archive.indexed_articles(list(known))
    }


titles, links = st.sampled_from(["Rain", "Sun"]), st.sampled_from(["", "", "https://a.org/1", "https://a.org/2"])
texts = st.sampled_from(["It rained on Monday.", "It rained on Monday, and on Tuesday.", "The sun shone.", "Nothing."])
articles = st.lists(st.tuples(titles, links, texts), min_size=1, max_size=4)
folders = st.dictionaries(st.sampled_from(["a/x.txt", "b/x.txt", "a/y.txt", "a/r.jsonl", "b/r.jsonl"]), articles)
roots = st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=2, unique=True)
rounds = st.lists(st.tuples(folders, roots), min_size=1, max_size=3)


@settings(max_examples=30)
@given(rounds, st.integers(2, 4), st.data())
def test_shards_run_one_after_the_other_leave_what_a_single_run_does(
    drawn: list[tuple[dict[str, Contents], list[str]]], shard_count: int, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as place:
        top = Path(place, "files")
        top.mkdir()
        whole, shared = archive_at(Path(place, "whole"), FAKE), archive_at(Path(place, "shared"), FAKE)
        for files, names in drawn:
            write(top, files)
            below = [top / name for name in names]
            once = run(whole, below)
            shards = data.draw(st.permutations([Shard(number, shard_count) for number in range(1, shard_count + 1)]))
            reports = [run(shared, below, shard) for shard in shards]
            assert stored(shared) == stored(whole)
            assert {report.read + report.others for report in reports} == {once.read}
            assert sum(report.read for report in reports) == once.read
            generation = shared.generation().number
            assert all((again.added, again.changed, again.removed) == (0, 0, 0) for again in [run(shared, below)])
            assert shared.generation().number == generation
        assert shared.verify() == []


def test_a_shard_counts_articles_of_other_shards_and_leaves_them_alone(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    write(files, {f"{number}.txt": [(f"Title {number}", "", f"Text {number}.")] for number in range(12)})
    archive = archive_at(tmp_path / "archive", FAKE)
    first = run(archive, [files], Shard(1, 2))
    assert first.read + first.others == 12
    assert 0 < first.added == first.read == len(archive.cards())
    before = stored(archive)
    write(files, {})
    second = run(archive, [files], Shard(2, 2))
    assert (second.removed, stored(archive)) == (0, before)
    assert run(archive, [files], Shard(1, 2)).removed == len(before)


def test_a_survey_of_a_shard_counts_what_it_would_do(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    write(files, {f"{number}.txt": [(f"Title {number}", "", f"Text {number}.")] for number in range(12)})
    readings = list(read_files(find_files([files]), MAX_BYTES))
    ids = [reading.article.id for reading in readings if isinstance(reading, Reading)]
    report = survey(readings, Scope({}, shard=Shard(2, 3)))
    assert report.added == report.read == sum(map(Shard(2, 3).has, ids))
    assert report.others == 12 - report.read


def test_the_command_indexes_a_shard_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / "files").mkdir()
    write(tmp_path / "files", {f"{number}.txt": [(f"Title {number}", "", f"Text {number}.")] for number in range(9)})
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(tmp_path / "archive"))
    for shard in ("1/2", "2/2"):
        assert main(["index", "files", "--shard", shard, "--dry-run"]) == 0
        assert f"index shard {shard} of files into" in capsys.readouterr().out
        assert main(["index", "files", "--shard", shard]) == 0
        out = capsys.readouterr().out
        assert f"Indexed shard {shard} of files into" in out
        assert "of other shards" in out
    assert main(["list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 9


@pytest.mark.parametrize("shard", ["3", "0/2", "3/2", "1/0", "-1/2", "a/b", "1/2/3", "1 /2"])
def test_an_invalid_shard_is_refused_in_one_line(shard: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["index", f"--shard={shard}"])
    assert ended.value.code == 2
    assert "3/20" in capsys.readouterr().err


@pytest.mark.parametrize("also", ["https://example.org/feed.xml", "--re-embed"])
def test_links_and_embedding_again_are_not_shared(also: str, capsys: Capture) -> None:
    assert main(["index", "--shard", "1/2", also]) == 2
    assert "without --shard" in capsys.readouterr().err
