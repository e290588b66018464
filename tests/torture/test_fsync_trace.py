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
# The last line of what is run says how: as it is, or with the archive's own syncs left out.
RUN = """
import os, sqlite3, sys
from pathlib import Path
from retrieval.archive.local import backup, database, snapshot
from retrieval.archive.local.store import Store
from tests.torture import archive_changes as torture

folder, marks = Path(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)

def acknowledged(call):
    def told(*args):
        result = call(*args)
        os.write(marks, b"acknowledged")
        return result
    return told

for name in ("put", "remove", "put_pending", "switch"):
    setattr(Store, name, acknowledged(getattr(Store, name)))
if sys.argv[3:] == ["without syncs"]:
    class Careless(sqlite3.Connection):
        def execute(self, said, *values):
            return super().execute(said.replace("synchronous = FULL", "synchronous = OFF"), *values)
    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **how: connect(*args, factory=Careless, **how)
    backup.sync_to_disk = database.sync_to_disk = snapshot.sync_to_disk = lambda path: None
torture.small_steps()
torture.index(folder, torture.before()[:60])
# As long as somebody reads, what is committed stays in the WAL.
reader = sqlite3.connect(folder / "archive.db")
reader.execute("BEGIN")
reader.execute("SELECT count(*) FROM article").fetchone()
torture.index(folder, torture.after()[:60])
torture.re_embed(folder)
backup.backup(Store.open(folder), folder.parent / "news.backup")
"""
LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
UNFINISHED = re.compile(r"^(\d+) +(\w+\(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
OPEN_FILE = re.compile(r"\d+<([^>]*)>")
NAME = re.compile(r'(?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"([^"]*)"')


@dataclass(frozen=True)
class Call:
    """A system call that succeeded, and the files that it was about."""

    name: str
    paths: tuple[str, ...]
    said: str


def calls(trace: str) -> Iterator[Call]:
    """Read strace's lines; a call that other threads' calls interrupt counts from where it ended."""
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        if cut := UNFINISHED.match(line):
            begun[cut[1]] = cut[2]
            continue
        whole = f"{again[1]} {begun.pop(again[1])}{again[2]}" if (again := RESUMED.match(line)) else line
        if not (match := LINE.match(whole)) or int(match[4]) < 0:
            continue
        _, name, said, _ = match.groups()
        if name in {"write", "pwrite64", "fsync", "fdatasync", "sendfile", "copy_file_range"}:
            paths = OPEN_FILE.findall(said)
            paths = paths[-1:] if name == "copy_file_range" else paths[:1]
        else:
            paths = [str(Path(folder or "/", file)) for folder, file in NAME.findall(said)]
        yield Call(name, tuple(paths), said)


@dataclass
class Disk:
    """What a power cut could take, call by call: contents and names that have not been synced since they changed."""

    archive: Path
    contents: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    sealed: dict[str, str] = field(default_factory=dict)
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
            self._named(target)
            if source in self.contents:
                self.contents.add(target)
        elif call.name.startswith("mkdir") or ("O_CREAT" in call.said and call.paths[0] not in self.there):
            self._named(call.paths[0])

    def _named(self, path: str) -> None:
        self.there.add(path)
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
        """Tell whether a power cut could take a file's content, or its name."""
        return path in self.contents or path in self.names.get(str(Path(path).parent), ())

    def _removed(self, path: str) -> None:
        if path == str(self.archive / WAL):
            self._expect(str(self.archive / FILE) not in self.contents, "the WAL goes before archive.db is synced")
        for name in ("dense", "lexical"):
            if path.startswith(str(self.archive / f"{name}-")):
                seal = str(self.archive / f"{name}.json")
                self._expect(not self._unsynced(seal), f"an old {name} goes before the new seal is on the disk")
        self._forgotten(path)

    def _renamed(self, source: str, target: str) -> None:
        if source.endswith(".new"):
            self._expect(source not in self.contents, f"{Path(source).name} is renamed before it is synced")
        for name in ("dense", "lexical"):
            if target == str(self.archive / f"{name}.json"):
                folder = max((path for path in self.there if re.fullmatch(f".*/{name}-[^/]*", path)), key=self._age)
                inside = [path for path in self.there if path.startswith(f"{folder}/")]
                self._expect(bool(inside), f"a seal on an empty {name}")
                self._expect(not self._unsynced(folder), f"{name} is sealed before its folder's name is synced")
                for path in inside:
                    self._expect(not self._unsynced(path), f"{name} is sealed before {Path(path).name} is synced")
        unsynced = source in self.contents
        self._forgotten(source)
        self._named(target)
        if unsynced:
            self.contents.add(target)

    def _age(self, path: str) -> int:
        return int(Path(path).name.split("-")[1])

    def _forgotten(self, path: str) -> None:
        self.there.discard(path)
        self.contents.discard(path)
        self.names.get(str(Path(path).parent), set()).discard(path)

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self.faults.append(fault)


def traced(tmp_path: Path, *how: str) -> Disk:
    """Run it all in a folder, its every call traced."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if subprocess.run(["strace", "-o", tmp_path / "none", "true"], check=False, capture_output=True).returncode:
        pytest.skip("strace may not trace here")
    trace, archive, marks = tmp_path / "trace", tmp_path / "above" / "archive", tmp_path / "above" / "marks"
    (tmp_path / "above").mkdir()
    subprocess.run(
        [*f"strace -f -y -s 16 -e trace={CALLS} -o".split(), trace, sys.executable, "-c", RUN, archive, marks, *how],
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
    # The trace has seen what it is about: snapshots by the dozen, commits, checkpoints.
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
