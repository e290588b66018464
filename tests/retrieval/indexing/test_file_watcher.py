import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest

from corpus.reader_types import Reading
from corpus.reading import find_files, read_files
from retrieval.answer.answerer import Answerer
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.indexing.file_watcher import batches
from retrieval.indexing.reembed import reembed
from tests.fakes import archive_at, take_in

ROOT = Path(__file__).parents[3]


@contextmanager
def watching(folder: Path) -> Iterator[Callable[[], list[str]]]:
    """Watch a folder; yield a function that waits for the next batch and returns its paths below the folder."""
    stop, noticed, seen = threading.Event(), threading.Event(), Queue[list[Path]]()

    def run() -> None:
        for batch in batches([folder], noticed.set, stop):
            seen.put(batch)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert noticed.wait(10)
        yield lambda: [path.relative_to(folder).as_posix() for path in seen.get(timeout=10)]
    finally:
        stop.set()
        thread.join(10)


def test_files_written_changed_moved_and_deleted_are_noticed(tmp_path: Path) -> None:
    with watching(tmp_path) as next_batch:
        (tmp_path / "a.txt").write_text("one")
        assert next_batch() == ["a.txt"]
        (tmp_path / "a.txt").write_text("two")
        assert next_batch() == ["a.txt"]
        (tmp_path / "a.txt").rename(tmp_path / "b.txt")
        assert next_batch() == ["a.txt", "b.txt"]
        (tmp_path / "b.txt").unlink()
        assert next_batch() == ["b.txt"]


def test_hidden_files_are_not_noticed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with watching(tmp_path) as next_batch:
        (tmp_path / ".git" / "index").write_text("x")
        (tmp_path / ".a.txt.swp").write_text("x")
        (tmp_path / "seen.txt").write_text("x")
        assert next_batch() == ["seen.txt"]


@contextmanager
def index_watching(folder: Path | None, archive: Path, *options: str, **settings: str) -> Iterator[Iterator[str]]:
    """Run `index --watch`; yield the lines that it prints."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "retrieval",
        "index",
        "--watch",
        *options,
        *([str(folder)] if folder else []),
    ]
    environment = os.environ | {"CLIPPINGS_ARCHIVE": str(archive)} | settings
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield iter(process.stdout)
        finally:
            process.terminate()


def article(title: str, text: str) -> str:
    return f"{title}\n\n{text}\n"


def test_an_open_archive_answers_from_what_a_watching_index_adds(tmp_path: Path, encoder: Encoder) -> None:
    folder, archive = tmp_path / "articles", tmp_path / "archive"
    (folder / "sub").mkdir(parents=True)
    for number, town in enumerate(["Linz", "Graz", "Wels", "Steyr"]):
        (folder / f"{number}.txt").write_text(article(town, f"The mayor of {town} opened a school."), encoding="utf-8")
    with index_watching(folder, archive) as lines:
        assert next(line for line in lines if line.endswith(" 4 added\n"))
        assert next(line for line in lines if line.startswith("Watching"))
        answerer = Answerer(LocalArchive.open(archive), encoder)
        question = "Who built a lighthouse in Bregenz?"
        assert not answerer.answer(question).answered

        (folder / "sub" / "new.txt").write_text(article("Bregenz", "Ida Moser built a lighthouse in Bregenz."))
        assert "1 added, 0 changed" in next(lines)
        assert "Ida Moser" in answerer.answer(question).hits[0].passage.text

        (folder / "sub" / "new.txt").write_text(article("Bregenz", "Eva Huber built a lighthouse in Bregenz."))
        assert "0 added, 1 changed" in next(lines)
        assert "Eva Huber" in answerer.answer(question).hits[0].passage.text

        (folder / "sub" / "new.txt").unlink()
        assert "1 removed" in next(lines)
        assert not answerer.answer(question).answered

        # So many removals at once may be a mistake: they are reported, and nothing is removed.
        for number in range(3):
            (folder / f"{number}.txt").unlink()
        assert next(line for line in lines if "--allow-removals" in line)


@pytest.mark.parametrize("with_path", [False, True])
def test_an_archive_is_embedded_again_and_then_watched(tmp_path: Path, encoder: Encoder, *, with_path: bool) -> None:
    folder, archive = tmp_path / "articles", tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text(article("Linz", "The mayor of Linz opened a school."))
    readings = list(read_files(find_files([folder / "a.txt"]), 1_000_000))
    take_in(archive_at(archive, encoder, 128), encoder, *(each for each in readings if isinstance(each, Reading)))
    with index_watching(folder if with_path else None, archive, "--re-embed") as lines:
        assert next(line for line in lines if "1 passages embedded" in line)
        assert next(line for line in lines if line.startswith("Watching"))
    assert LocalArchive.open(archive).spec == wanted_spec(encoder, 0)


def test_watching_ends_if_another_process_embeds_the_archive_in_another_way(tmp_path: Path, encoder: Encoder) -> None:
    folder, archive = tmp_path / "articles", tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text(article("Linz", "The mayor of Linz opened a school."))
    with index_watching(folder, archive) as lines:
        assert next(line for line in lines if line.startswith("Watching"))
        other = LocalArchive.open(archive)
        with other.write_lock("index --re-embed"):
            reembed(other, encoder, wanted_spec(encoder, 100))
        (folder / "b.txt").write_text(article("Graz", "The mayor of Graz opened a school."))
        assert "passages of 100 tokens, and the settings ask for 256" in next(lines)
        assert list(lines) == []
    assert [card.title for card in other.cards()] == ["Linz"]


@pytest.mark.parametrize("content", [b"\x00", b"", b"Only a title"])
def test_a_bad_file_is_named_and_watching_goes_on(tmp_path: Path, content: bytes) -> None:
    folder, archive = tmp_path / "articles", tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text(article("Linz", "The mayor of Linz opened a school."))
    with index_watching(folder, archive) as lines:
        assert next(line for line in lines if "Watching" in line)
        (folder / "bad.txt").write_bytes(content)
        assert "skipped" in next(lines)
        assert "1 skipped" in next(lines)
        (folder / "b.txt").write_text(article("Graz", "The mayor of Graz opened a school."))
        assert "1 added" in next(line for line in lines if "added" in line)
