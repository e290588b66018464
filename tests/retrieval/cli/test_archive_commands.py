"""The commands that change an archive or read it."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.cli.main import main

ROOT = Path(__file__).parents[3]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in the current folder; return its exit status and what it printed."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (status, *capsys.readouterr())

    return run


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder of four articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for day, town in enumerate(["Linz", "Graz", "Wels", "Steyr"], start=1):
        text = f"{town} opens a school\n\nOn {day:02}/03/2020 by Paper\n\nThe mayor of {town} opened a school.\n"
        (folder / f"{town}.txt").write_text(text, encoding="utf-8")
    return folder


def ids(out: str) -> dict[str, str]:
    """Return each article's id by the first word of its headline, from what `list` prints."""
    return {line.rsplit("  ", 1)[1].split()[0]: line.split()[0] for line in out.splitlines()}


def table(out: str) -> dict[str, int]:
    """Return the numbers in the table at the end of `index`, by their names."""
    rows = [line.split(maxsplit=1) for line in out.splitlines() if line.startswith(" ")]
    return {name: int(count.replace(",", "")) for count, name in rows}


def test_list_and_show_print_the_articles(run: Run, articles: Path) -> None:
    run("index", str(articles))
    _, listed, _ = run("list")
    assert [line.split(maxsplit=1)[1] for line in listed.splitlines()] == [
        f"{day} March 2020  {town} opens a school"
        for day, town in [(4, "Steyr"), (3, "Wels"), (2, "Graz"), (1, "Linz")]
    ]
    status, shown, _ = run("show", ids(listed)["Linz"])
    assert status == 0
    assert f"file       {articles / 'Linz.txt'}" in shown
    assert "published  1 March 2020" in shown
    assert shown.endswith("\n\nThe mayor of Linz opened a school.\n")


def test_show_prints_each_paragraph_that_was_left_out(run: Run, tmp_path: Path) -> None:
    kept = "<p>The mayor of Enns opened a school on Monday, and the children sang to her in the rain.</p>"
    (tmp_path / "enns.md").write_text(f"# Enns opens a school\n\n{kept}\n\nRead more\n\nShare this article\n\n{kept}\n")
    run("index", "enns.md")
    _, shown, _ = run("show", ids(run("list")[1])["Enns"])
    assert "left out   (Read more)\nleft out   (Share this article)\n" in shown


def test_add_adds_files_and_removes_nothing(run: Run, articles: Path, tmp_path: Path) -> None:
    run("index", str(articles))
    (articles / "Linz.txt").unlink()
    (tmp_path / "one.txt").write_text("Enns opens a school\n\nThe mayor of Enns opened a school.")
    status, out, _ = run("add", "one.txt")
    assert status == 0
    assert table(out) == {"read": 1, "added": 1, "passages embedded": 1}
    assert set(ids(run("list")[1])) == {"Linz", "Graz", "Wels", "Steyr", "Enns"}


def test_remove_removes_all_or_nothing_and_says_which_files_still_exist(run: Run, articles: Path) -> None:
    run("index", str(articles))
    id_of = ids(run("list")[1])
    status, out, err = run("remove", id_of["Linz"], "nonsense")
    assert (status, out) == (2, "")
    assert err == "There is no article nonsense. See: python -m retrieval list\n"
    (articles / "Graz.txt").unlink()
    status, out, _ = run("remove", id_of["Linz"], id_of["Graz"])
    assert status == 0
    assert f"the next index takes it in again: {articles / 'Linz.txt'}" in out
    assert "Graz.txt" not in out
    assert set(ids(run("list")[1])) == {"Wels", "Steyr"}
    assert run("show", id_of["Linz"])[0] == 2


def test_a_folder_that_shrinks_is_refused_until_removals_are_allowed(run: Run, articles: Path) -> None:
    run("index", str(articles))
    for town in ("Linz", "Graz"):
        (articles / f"{town}.txt").unlink()
    status, out, err = run("index", str(articles))
    assert (status, out) == (2, "")
    assert "of 4 articles that came from" in err
    assert "2 are no longer there" in err
    assert "2 removed" in run("index", "--allow-removals", str(articles))[1]


def test_a_folder_that_is_empty_or_gone_is_refused_too(run: Run, articles: Path) -> None:
    run("index", str(articles))
    for file in articles.iterdir():
        file.unlink()
    assert "4 are no longer there" in run("index", str(articles))[2]
    articles.rmdir()
    assert "4 are no longer there" in run("index", str(articles))[2]
    assert run("status")[1].splitlines()[1].split() == ["articles", "4"]
    assert "4 removed" in run("index", "--allow-removals", str(articles))[1]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(run: Run, articles: Path, tmp_path: Path) -> None:
    assert "Nothing was done" in (out := run("index", "--dry-run", str(articles))[1])
    assert "4 added" in out
    assert not (tmp_path / "data").exists()
    run("index", str(articles))
    (articles / "Linz.txt").unlink()
    (articles / "Graz.txt").write_text("Graz opens a school\n\nIt is a big one.")
    out = run("index", "--dry-run", str(articles))[1]
    assert table(out) == {"read": 3, "changed": 1, "unchanged": 2, "removed": 1}
    assert len(ids(run("list")[1])) == 4


def test_a_backup_brings_the_archive_back(run: Run, articles: Path, tmp_path: Path) -> None:
    run("index", str(articles))
    assert run("backup", "copy.db")[0] == 0
    id_of = ids(run("list")[1])
    run("remove", *id_of.values())
    assert run("ask", "Who opened a school in Linz?")[0] == 1
    status, out, _ = run("restore", "copy.db")
    assert status == 0
    assert out == "data is what copy.db was: 4 articles.\n"
    assert run("verify")[0] == 0
    assert run("ask", "Who opened a school in Linz?")[0] == 0
    assert ids(run("list")[1]) == id_of
    # Also where the archive is damaged, or gone.
    (tmp_path / "data" / "archive.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    status, _, err = run("ask", "Who opened a school in Linz?")
    assert status == 2
    assert "restore FILE" in err
    assert run("restore", "copy.db")[0] == 0
    assert run("verify")[0] == 0
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            file.unlink()
    assert run("restore", "copy.db")[0] == 0
    assert run("verify")[1].startswith("data is whole: 4 articles")


def test_a_backup_in_the_archives_own_folder_is_refused(run: Run, articles: Path) -> None:
    run("index", str(articles))
    for command in ("backup", "restore"):
        status, _, err = run(command, "data/archive.db")
        assert status == 2
        assert "in the archive's own folder. Name a place outside it" in err
    assert run("verify")[0] == 0


@pytest.mark.parametrize("content", [None, b"", b"no database", b"SQLite format 3\0" + b"\xff" * 9000])
def test_only_a_backup_is_restored(run: Run, articles: Path, tmp_path: Path, content: bytes | None) -> None:
    run("index", str(articles))
    if content is not None:
        (tmp_path / "copy.db").write_bytes(content)
    status, _, err = run("restore", "copy.db")
    assert status == 2
    assert "copy.db" in err
    assert run("verify")[0] == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE passage SET text = replace(text, 'mayor', 'baker')",
        "UPDATE article SET text = replace(text, 'mayor', 'baker')",
        "UPDATE passage SET vector = zeroblob(length(vector))",
    ],
)
def test_a_backup_with_a_damaged_row_is_refused_and_the_archive_stays(
    run: Run, articles: Path, tmp_path: Path, damage: str
) -> None:
    run("index", str(articles))
    run("backup", "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as db, db:
        db.execute(damage)
    status, _, err = run("restore", "copy.db")
    assert status == 2
    assert "copy.db is damaged: " in err
    assert "Nothing was changed." in err
    assert run("verify")[0] == 0
    assert not list((tmp_path / "data").glob("checked-*"))


def test_a_backup_replaces_only_a_backup(run: Run, articles: Path, tmp_path: Path) -> None:
    run("index", str(articles))
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary. " * 20, encoding="utf-8")
    status, _, err = run("backup", "diary.txt")
    assert status == 2
    assert "diary.txt is there already and is no backup of an archive. Name another file." in err
    assert diary.read_text(encoding="utf-8").startswith("Dear diary.")
    assert run("backup", "copy.db")[0] == 0
    assert run("backup", "copy.db")[0] == 0


def test_verify_reports_a_passage_that_was_changed_from_outside_and_ask_does_not_show_it(
    run: Run, articles: Path, tmp_path: Path
) -> None:
    run("index", str(articles))
    with closing(sqlite3.connect(tmp_path / "data" / "archive.db")) as db, db:
        db.execute("UPDATE passage SET text = replace(text, 'mayor', 'baker')")
    status, _, err = run("verify")
    assert status == 2
    assert "is not what was stored" in err
    status, out, err = run("ask", "Who opened a school in Linz?")
    assert (status, out) == (2, "")
    assert "Restore a backup: python -m retrieval restore FILE" in err


def test_another_index_spec_is_refused_until_the_archive_is_embedded_again(
    run: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", str(articles))
    monkeypatch.setenv("CLIPPINGS_PASSAGE_TOKENS", "100")
    for command in (["ask", "Who?"], ["index", str(articles)], ["add", str(articles / "Linz.txt")]):
        status, _, err = run(*command)
        assert status == 2
        assert "passages of 256 tokens, and the settings ask for 100" in err
        assert "index --re-embed" in err
    assert run("index", "--re-embed")[:2] == (0, "data is embedded with the model bundled: 4 passages embedded.\n")
    assert run("ask", "Who opened a school in Linz?")[0] == 0
    assert run("verify")[0] == 0


def test_a_dry_run_of_embedding_again_embeds_nothing_and_says_what_would_be_done(
    run: Run, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", str(articles))
    before = archive_state(tmp_path / "data")
    status, out, err = run("index", "--re-embed", "--dry-run")
    assert (status, err) == (0, "")
    assert out == "Nothing was done. data is embedded as the settings say: nothing is to be done.\n"
    monkeypatch.setenv("CLIPPINGS_PASSAGE_TOKENS", "100")
    (articles / "Ried.txt").write_text("Ried\n\nThe mayor of Ried opened a school.\n", encoding="utf-8")
    for paths in [], [str(articles)]:
        status, out, err = run("index", "--dry-run", "--re-embed", *paths)
        assert (status, err) == (0, "")
        assert "Nothing was done. To embed data again would be to embed 4 articles, now in 4 passages" in out
        assert "passages of 256 tokens" in out
        assert "passages of 100 tokens" in out
        assert ("1 added" in out) is bool(paths)
    assert archive_state(tmp_path / "data") == before
    assert run("index", "--re-embed")[1] == "data is embedded with the model bundled: 4 passages embedded.\n"


def archive_state(folder: Path) -> dict[str, list[object]]:
    """Return every row of archive.db that a change would change."""
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        return {
            table: db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in ("generation", "making", "passage", "split", "article")
        }


def test_a_dry_run_of_embedding_again_needs_an_archive(run: Run) -> None:
    status, out, err = run("index", "--re-embed", "--dry-run")
    assert (status, out) == (2, "")
    assert "No archive at data" in err


def test_a_second_writer_names_the_first_and_waits_unless_told_not_to(run: Run, articles: Path) -> None:
    run("index", str(articles))
    holder = (
        "import sys, signal; from pathlib import Path; from retrieval.archive.lock import write_lock\n"
        "with write_lock(Path(sys.argv[1]), 'index'):\n"
        "    print('held', flush=True); signal.pause()"
    )
    command = [sys.executable, "-c", holder, str(Path("data").absolute())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        status, _, err = run("index", "--no-wait", str(articles))
        assert status == 2
        assert f"process {process.pid} (index)" in err
        waiting = subprocess.Popen(
            [sys.executable, "-m", "retrieval", "index", str(articles)],
            cwd=ROOT,
            env=os.environ | {"CLIPPINGS_ARCHIVE": str(Path("data").absolute())},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        assert f"Waiting for process {process.pid} (index)" in waiting.stderr.readline()
        # A killed process holds no lock.
        process.send_signal(signal.SIGKILL)
        out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert "4 unchanged" in out
    assert run("index", "--no-wait", str(articles))[0] == 0


def test_commands_that_embed_nothing_load_no_model(articles: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from retrieval.cli.main import main\n"
        "articles = sys.argv[1]\n"
        "commands = [['index', articles], ['index', '--dry-run', articles], ['list'], ['status'], ['verify'],\n"
        "    ['backup', 'b.db'], ['restore', 'b.db']]\n"
        "if len(sys.argv) == 2:\n"
        "    assert [main(command) for command in commands] == [0] * 7\n"
        "    print(sorted({'torch', 'transformers', 'sentence_transformers', 'telegram'} & set(sys.modules)))\n"
        "else: main(['index', articles])"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(articles)]
    subprocess.run([*command, "first"], cwd=tmp_path, env=environment, capture_output=True, check=True)
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert process.stdout.splitlines()[-1] == "[]"
