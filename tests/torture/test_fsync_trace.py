"""A trace of the system calls shows the syncs that a power loss needs, around each rename and each commit."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retrieval.archive.local.database import FILE

ROOT = Path(__file__).parents[2]
WAL = f"{FILE}-wal"
CALLS = (
    "openat,mkdir,mkdirat,link,linkat,write,pwrite64,sendfile,copy_file_range,fsync,fdatasync,"
    "rename,renameat,renameat2,unlink,unlinkat,rmdir"
)
# With the argument "without syncs", the archive's own syncs are left out.
RUN = """
import os, sqlite3, sys
from pathlib import Path
from retrieval.archive.local import backup, database, index_snapshots
from retrieval.archive.local.shadow_index import LocalShadowIndex
from retrieval.archive.local.record_store import Store
from tests.torture import archive_changes

folder, marks = Path(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)

def acknowledged(call):
    def marked(*args):
        result = call(*args)
        os.write(marks, b"acknowledged")
        return result
    return marked

for owner, names in ((Store, ("put", "remove")), (LocalShadowIndex, ("put", "switch"))):
    for name in names:
        setattr(owner, name, acknowledged(getattr(owner, name)))
if sys.argv[3:] == ["without syncs"]:
    class Careless(sqlite3.Connection):
        def execute(self, sql, *values):
            return super().execute(sql.replace("synchronous = FULL", "synchronous = OFF"), *values)
    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **how: connect(*args, factory=Careless, **how)
    backup.sync_to_disk = database.sync_to_disk = index_snapshots.sync_to_disk = lambda path: None
archive_changes.small_steps()
archive_changes.index(folder, archive_changes.before()[:60])
# While a connection reads, committed pages stay in the WAL.
reader = sqlite3.connect(folder / "archive.db")
reader.execute("BEGIN")
reader.execute("SELECT count(*) FROM article").fetchone()
archive_changes.index(folder, archive_changes.after()[:60])
archive_changes.re_embed(folder)
backup.backup(Store.open(folder), folder.parent / "news.backup")
"""
LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
UNFINISHED = re.compile(r"^(\d+) +(\w+\(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
OPEN_FILE = re.compile(r"\d+<([^>]*)>")
NAME = re.compile(r'(?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"([^"]*)"')


@dataclass(frozen=True)
class Call:
    """A system call that succeeded, its files, and its arguments."""

    name: str
    paths: tuple[str, ...]
    arguments: str


def calls(trace: str) -> Iterator[Call]:
    """Read strace's lines; a call that other threads interrupt counts at its end."""
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        if cut := UNFINISHED.match(line):
            begun[cut[1]] = cut[2]
            continue
        whole = f"{again[1]} {begun.pop(again[1])}{again[2]}" if (again := RESUMED.match(line)) else line
        if not (match := LINE.match(whole)) or int(match[4]) < 0:
            continue
        _, name, arguments, _ = match.groups()
        if name in {"write", "pwrite64", "fsync", "fdatasync", "sendfile", "copy_file_range"}:
            paths = OPEN_FILE.findall(arguments)
            paths = paths[-1:] if name == "copy_file_range" else paths[:1]
        else:
            paths = [str(Path(folder or "/", file)) for folder, file in NAME.findall(arguments)]
        yield Call(name, tuple(paths), arguments)


@dataclass
class Disk:
    """What a power cut could lose after each call: contents and names that have not been synced since they changed."""

    archive: Path
    contents: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def watch(self, call: Call) -> None:
        if not any(path.startswith(str(self.archive.parent)) for path in call.paths):
            return
        self.seen[call.name] = self.seen.get(call.name, 0) + 1
        if call.name in {"write", "pwrite64", "sendfile", "copy_file_range"}:
            self._written(call)
        elif call.name in {"fsync", "fdatasync"}:
            self.contents.discard(call.paths[0])
            self.names.pop(call.paths[0], None)
        elif call.name in {"unlink", "unlinkat", "rmdir"}:
            self._removed(call.paths[0])
        elif call.name.startswith("rename"):
            self._renamed(*call.paths)
        elif call.name.startswith("link"):
            source, target = call.paths
            self._add_name(target)
            if source in self.contents:
                self.contents.add(target)
        elif call.name.startswith("mkdir") or ("O_CREAT" in call.arguments and call.paths[0] not in self.present):
            self._add_name(call.paths[0])

    def _add_name(self, path: str) -> None:
        self.present.add(path)
        self.names.setdefault(str(Path(path).parent), set()).add(path)

    def _written(self, call: Call) -> None:
        (path,) = call.paths
        if path.endswith("/marks"):
            self._expect(not self._unsynced(str(self.archive / WAL)), "acknowledged before its WAL is on the disk")
            self._expect(not self._unsynced(str(self.archive / FILE)), "acknowledged before archive.db is on the disk")
            self._expect(not self._unsynced(str(self.archive)), "acknowledged before the archive's folder is")
            return
        if path == str(self.archive / FILE):
            self._expect(not self._unsynced(str(self.archive / WAL)), "archive.db is written before its WAL is synced")
        self.contents.add(path)

    def _unsynced(self, path: str) -> bool:
        """Tell whether a power cut could lose a file's content or its name."""
        return path in self.contents or path in self.names.get(str(Path(path).parent), ())

    def _removed(self, path: str) -> None:
        if path == str(self.archive / WAL):
            self._expect(str(self.archive / FILE) not in self.contents, "the WAL goes before archive.db is synced")
        for name in ("dense", "lexical"):
            if path.startswith(str(self.archive / f"{name}-")):
                seal = str(self.archive / f"{name}.json")
                self._expect(not self._unsynced(seal), f"an old {name} goes before the new seal is on the disk")
        self._forget(path)

    def _renamed(self, source: str, target: str) -> None:
        if source.endswith(".new"):
            self._expect(source not in self.contents, f"{Path(source).name} is renamed before it is synced")
        for name in ("dense", "lexical"):
            if target == str(self.archive / f"{name}.json"):
                folder = max((path for path in self.present if re.fullmatch(f".*/{name}-[^/]*", path)), key=self._age)
                files = [path for path in self.present if path.startswith(f"{folder}/")]
                self._expect(bool(files), f"a seal on an empty {name}")
                self._expect(not self._unsynced(folder), f"{name} is sealed before its folder's name is synced")
                for path in files:
                    self._expect(not self._unsynced(path), f"{name} is sealed before {Path(path).name} is synced")
        unsynced = source in self.contents
        self._forget(source)
        self._add_name(target)
        if unsynced:
            self.contents.add(target)

    def _age(self, path: str) -> int:
        return int(Path(path).name.split("-")[1])

    def _forget(self, path: str) -> None:
        self.present.discard(path)
        self.contents.discard(path)
        self.names.get(str(Path(path).parent), set()).discard(path)

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)


def traced(tmp_path: Path, *options: str) -> Disk:
    """Run the script in a folder and replay a trace of its system calls."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if subprocess.run(["strace", "-o", tmp_path / "none", "true"], check=False, capture_output=True).returncode:
        pytest.skip("strace may not trace here")
    trace, archive, marks = tmp_path / "trace", tmp_path / "above" / "archive", tmp_path / "above" / "marks"
    (tmp_path / "above").mkdir()
    subprocess.run(
        [
            *f"strace -f -y -s 16 -e trace={CALLS} -o".split(),
            trace,
            sys.executable,
            "-c",
            RUN,
            archive,
            marks,
            *options,
        ],
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    disk = Disk(archive)
    for call in calls(trace.read_text(encoding="utf-8", errors="replace")):
        disk.watch(call)
    return disk


def test_a_power_cut_finds_every_commit_and_every_seal_whole(tmp_path: Path) -> None:
    disk = traced(tmp_path)
    assert sorted(set(disk.faults)) == []
    # The trace has dozens of snapshots, commits and checkpoints.
    assert disk.seen["rename"] > 12
    assert disk.seen["fdatasync"] + disk.seen["fsync"] > 200
    assert not disk._unsynced(str(tmp_path / "above" / "news.backup"))


def test_syncs_left_out_are_noticed(tmp_path: Path) -> None:
    faults = " ".join(traced(tmp_path, "without syncs").faults)
    for fault in (
        f"{FILE}.new is renamed before it is synced",
        "dense.json.new is renamed before it is synced",
        "lexical is sealed before its folder's name is synced",
        "dense is sealed before index.faiss is synced",
        "an old dense goes before the new seal is on the disk",
        "acknowledged before its WAL is on the disk",
    ):
        assert fault in faults
