"""`sync`, links given to `index` and `add`, and the status of sources."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.cli.main import main
from tests.fakes import FakeEncoder
from tests.news_site import Site, site

__all__ = ["site"]

MOMENT = r"\d+ \w+ 20\d\d, \d\d:\d\d"  # 4 May 2021, 09:30
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the current folder; return its exit status and what it printed."""
    monkeypatch.setattr("retrieval.encode.open.open_encoder", lambda *_, **__: FakeEncoder())

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (status, *capsys.readouterr())

    return run


@pytest.fixture
def settings(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with a feed, a folder, and a link that answers 404."""
    for name in ("one", "two"):
        site.page(f"/{name}", f"Headline {name}", f"The text of {name}.")
    site.feed("/feed", ("one", None), ("two", None))
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "own.txt").write_text("Own headline\n\nOwn text.\n", encoding="utf-8")
    file = tmp_path / "own.toml"
    file.write_text(
        f"""
        [[source]]
        name = "The Paper"
        url = "{site.url}/feed"
        private = true
        [[source]]
        folder = "articles"
        every = "1d"
        [[source]]
        name = "Gone"
        url = "{site.url}/gone"
        private = true
        """,
        encoding="utf-8",
    )
    monkeypatch.setenv("CLIPPINGS_SETTINGS", str(file))
    return file


@pytest.mark.usefixtures("settings")
def test_sync_reads_every_source_once_and_the_second_time_nothing_is_new(run: Run, site: Site) -> None:
    status, out, err = run("sync")
    assert status == 2  # one source fails
    assert "The Paper: 2 added, 0 changed" in out
    assert "articles: 1 added" in out
    assert err.startswith("Gone failed: ")
    assert "404" in err
    site.new_requests()
    status, out, err = run("sync", "The Paper", "articles")
    assert (status, err) == (0, "")
    assert "The Paper: 0 added, 0 changed, 0 unchanged, 0 removed, 0 skipped; 0 passages embedded." in out
    assert "articles: 0 added, 0 changed, 1 unchanged" in out
    assert [(request.path, request.conditional) for request in site.new_requests()] == [("/feed", True)]


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("failures", [1_023, 1_024, 2**40])
def test_sync_goes_on_after_any_number_of_failures_of_a_source_and_of_a_link(
    run: Run, site: Site, tmp_path: Path, failures: int
) -> None:
    site.fails("/two", 503)
    run("sync")
    with closing(sqlite3.connect(tmp_path / "data" / "sources.db")) as db, db:
        db.execute("UPDATE source SET failures = ? WHERE reason IS NOT NULL", (failures,))
        db.execute("UPDATE link SET failures = ?, next = 0 WHERE reason IS NOT NULL", (failures,))
    status, out, err = run("sync", "Gone", "The Paper", "articles")
    assert status == 2
    assert err.startswith("Gone failed: the server answered 404\n")
    assert "/two: the server answered 503" in err
    assert "The Paper: 0 added" in out
    assert "articles: 0 added" in out
    status, out, _ = run("status")
    assert status == 0
    assert re.search(rf"tries so far: {failures + 1:,}; next try {MOMENT}", out)


@pytest.mark.usefixtures("settings")
def test_status_shows_what_was_added_what_fails_and_when_the_next_try_is(run: Run, site: Site) -> None:
    site.fails("/two", 503)
    run("sync", "The Paper", "Gone")
    status, out, _ = run("status")
    assert status == 0
    paper, _, rest = out.partition("sources\n")[2].partition("  articles\n")
    assert re.match(f"  The Paper\n    read {MOMENT}: 1 added, 0 changed; next {MOMENT}\n", paper)
    assert re.search(f"    {site.url}/two: the server answered 503; next try {MOMENT}", paper)
    own, _, gone = rest.partition("  Gone\n")
    assert own == "    not read yet\n"
    assert re.search(
        f"    failing since {MOMENT}: the server answered 404\n    tries so far: 1; next try {MOMENT}", gone
    )


@pytest.mark.usefixtures("settings")
def test_a_link_is_read_once_by_index_or_add_and_again_only_if_it_has_changed(run: Run, site: Site) -> None:
    for command in ("index", "add"):
        status, out, err = run(command, f"{site.url}/feed")
        assert (status, err) == (0, "")
        assert ("2 added" in out) is (command == "index")
    assert [(request.path, request.conditional) for request in site.new_requests() if request.path == "/feed"] == [
        ("/feed", False),
        ("/feed", True),
    ]
    status, out, err = run("index", f"{site.url}/gone")
    assert (status, out) == (2, "")
    assert err == "Gone failed: the server answered 404\n"


@pytest.mark.usefixtures("settings")
def test_a_link_and_a_folder_may_be_given_together(run: Run, site: Site) -> None:
    status, _, err = run("index", f"{site.url}/feed", "articles")
    assert (status, err) == (0, "")
    _, out, _ = run("list")
    assert out.count("\n") == 3


def test_invalid_arguments_are_errors_of_one_line(run: Run, site: Site, settings: Path) -> None:
    for arguments, error in [
        (("sync", "Other"), "There is no source 'Other'. There are: 'The Paper', 'articles', 'Gone'."),
        (("index", "--watch", "https://example.org/feed"), "--dry-run and --watch are for files."),
        (("index", "--dry-run", "https://example.org/feed"), "--dry-run and --watch are for files."),
        (("add", f"{site.url}/feed2"), "failed: a private address"),
    ]:
        status, out, err = run(*arguments)
        assert (status, out) == (2, "")
        assert error in err
        assert err.count("\n") == 1
    settings.write_text("")
    assert run("sync")[2] == "There are no sources yet. Name them in the settings, each under a [[source]].\n"
