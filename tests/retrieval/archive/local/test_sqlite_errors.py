"""An archive that cannot be read just now is not called damaged, and no backup replaces it."""

import gc
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.archive.local import database
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, restore
from retrieval.archive.local.database import FILE
from retrieval.archive.local.sqlite_errors import read_error
from retrieval.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, ArchiveUnreadable
from tests.articles import FAKE, an_article
from tests.fakes import archive_at, take_in

ROOT = Path(__file__).parents[4]
SCRIPT = """
import sys
from pathlib import Path
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import restore
from retrieval.errors import ArchiveError
try:
    archive = LocalArchive.open(Path(sys.argv[1]))
    print(archive.cards()[0].title)
except ArchiveError as error:
    print(type(error).__name__, error)
if len(sys.argv) > 2:
    try:
        restore(Path(sys.argv[1]), Path(sys.argv[2]))
    except ArchiveError as error:
        print(type(error).__name__, error)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    take_in(archive_at(folder, FAKE), FAKE, an_article(1))
    return folder


def opened_by_an_ordinary_user(folder: Path, *more: Path) -> str:
    return by_an_ordinary_user(SCRIPT, folder, *more)


def by_an_ordinary_user(script: str, *arguments: Path) -> str:
    """Run a script; return what it prints."""
    # Permissions bind root only where it gives up overriding them.
    powerless = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    command = [*powerless, sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def the_file(folder: Path) -> None:
    (folder / FILE).chmod(0)


def the_folder(folder: Path) -> None:
    folder.chmod(0)


def the_folder_above(folder: Path) -> None:
    folder.parent.chmod(0)


@pytest.mark.parametrize("forbid", [the_file, the_folder, the_folder_above])
def test_an_archive_that_the_user_may_not_read_is_not_called_damaged(
    folder: Path, forbid: Callable[[Path], None]
) -> None:
    forbid(folder)
    try:
        printed = opened_by_an_ordinary_user(folder)
    finally:
        for path in (folder.parent, folder, folder / FILE):
            path.chmod(0o700)
    assert printed.startswith("ArchiveUnreadable ")
    assert "Permission denied" in printed
    assert f"may read {folder} and every file in it" in printed
    assert "restore" not in printed
    assert LocalArchive.open(folder).verify() == []


def test_no_backup_replaces_an_archive_that_the_user_may_not_read(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(LocalArchive.open(folder), copy)
    take_in(LocalArchive.open(folder), FAKE, an_article(2))
    (folder / FILE).chmod(0)
    printed = opened_by_an_ordinary_user(folder, copy)
    (folder / FILE).chmod(0o600)
    assert printed.count("ArchiveUnreadable") == 2
    assert len(LocalArchive.open(folder).cards()) == 2
    assert not list(folder.glob("*.damaged"))


def test_a_backup_that_the_user_may_not_read_is_not_called_damaged(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(LocalArchive.open(folder), copy)
    copy.chmod(0)
    script = "import sys; from pathlib import Path; from retrieval.archive.local.backup import check_backup\n"
    script += "try: check_backup(Path(sys.argv[1]))\nexcept Exception as error: print(type(error).__name__, error)"
    printed = by_an_ordinary_user(script, copy)
    assert printed.startswith("ArchiveUnreadable ")
    assert "copy.db cannot be read (Permission denied)" in printed


def test_an_archive_that_another_program_has_locked_is_busy(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    copy = tmp_path / "copy.db"
    backup(LocalArchive.open(folder), copy)
    gc.collect()  # the archives above keep a connection for their next question
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as browser:
        # As some database browsers open a file: nobody else may even read it.
        browser.execute("PRAGMA locking_mode = EXCLUSIVE")
        browser.execute("BEGIN EXCLUSIVE")
        for use in (lambda: LocalArchive.open(folder), lambda: restore(folder, copy)):
            with pytest.raises(ArchiveBusy, match="is locked by another program.* It is not damaged"):
                use()
        browser.execute("COMMIT")
    assert len(LocalArchive.open(folder).cards()) == 1
    assert not list(folder.glob("*.damaged"))


def test_an_open_archive_says_that_it_is_locked_when_it_is_read_or_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 50)
    archive = LocalArchive.open(folder)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        assert len(archive.cards()) == 1
        with archive.write_lock("test"), pytest.raises(ArchiveBusy, match="is locked by another program"):
            archive.remove(["id1"])
        browser.execute("ROLLBACK")
    with archive.write_lock("test"):
        archive.remove(["id1"])
    assert archive.cards() == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, ArchiveBusy),
        (sqlite3.SQLITE_PROTOCOL, ArchiveBusy),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, ArchiveUnreadable),
        (sqlite3.SQLITE_READONLY_CANTINIT, ArchiveUnreadable),
        (sqlite3.SQLITE_IOERR_LOCK, ArchiveUnreadable),
        (sqlite3.SQLITE_IOERR_SHMOPEN, ArchiveUnreadable),
        (sqlite3.SQLITE_IOERR_READ, ArchiveDamaged),
        (sqlite3.SQLITE_IOERR_SHORT_READ, ArchiveDamaged),
        (sqlite3.SQLITE_ERROR, ArchiveDamaged),
    ],
)
def test_only_for_damage_is_a_backup_the_mend(folder: Path, code: int, kind: type[ArchiveError]) -> None:
    error = sqlite3.OperationalError("reason")
    error.sqlite_errorcode = code
    translated = read_error(error, folder / FILE)
    assert type(translated) is kind
    assert ("restore" in str(translated)) is (kind is ArchiveDamaged)
