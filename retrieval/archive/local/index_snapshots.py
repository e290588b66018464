"""Snapshots: indexes saved in immutable files, with a seal that names the files and the generation.

    dense.json                   the seal: the folder, its generation, and every file's size and checksum
    dense-000042-5f1c…/          the files

A new snapshot is written into its own folder and synced to the disk before its seal replaces the old one. So the seal
always names a complete snapshot, also after a power cut. Processes that have the old one open can still read it.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import xxhash

from retrieval.archive.contract import Generation
from retrieval.archive.local.database import sync_to_disk
from retrieval.errors import ArchiveUnwritable

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A saved index: its folder and files, and the generation and index spec that it was built from."""

    folder: Path
    generation: Generation
    spec_id: int
    files: dict[str, tuple[int, str]]

    @property
    def bytes(self) -> int:
        """The size of all files together."""
        return sum(size for size, _ in self.files.values())


class Unusable(Exception):
    """A snapshot is missing or damaged; the message says which."""


def seal(archive: Path, name: str) -> bytes:
    """Return the content of the seal file; empty if there is none."""
    try:
        return (archive / f"{name}.json").read_bytes()
    except OSError:
        return b""


def read(archive: Path, name: str) -> Snapshot:
    """Read the seal and check the size of every file; raises Unusable."""
    try:
        if not (content := seal(archive, name)):
            raise Unusable("missing")
        parsed = json.loads(content)
        sealed, check = parsed["seal"], parsed["check"]
    except (ValueError, KeyError, TypeError):
        raise Unusable("damaged (its seal cannot be read)") from None
    if check != _check(sealed):
        raise Unusable("damaged (its seal is not whole)")
    files = {file: (size, checksum) for file, (size, checksum) in sealed["files"].items()}
    snapshot = Snapshot(archive / sealed["folder"], Generation(**sealed["generation"]), sealed["making"], files)
    for file, (sealed_size, _) in files.items():
        try:
            size = (snapshot.folder / file).stat().st_size
        except OSError:
            raise Unusable(f"damaged ({file} is missing)") from None
        if size != sealed_size:
            raise Unusable(f"damaged ({file} has another size)")
    return snapshot


def is_sealed(archive: Path, name: str, snapshot: Snapshot) -> bool:
    """Tell whether the seal still names this snapshot; a writer may have replaced it."""
    return all(sealed.folder == snapshot.folder for sealed in _sealed(archive, name))


def verify(snapshot: Snapshot) -> None:
    """Check the checksum of every file; raises Unusable."""
    for file, (_, checksum) in snapshot.files.items():
        try:
            if _checksum(snapshot.folder / file) != checksum:
                raise Unusable(f"damaged ({file} has another checksum)")
        except OSError as error:
            raise Unusable(f"damaged ({file} cannot be read: {error.strerror})") from None


def write(
    archive: Path,
    name: str,
    generation: Generation,
    spec_id: int,
    fill: Callable[[Path], None],
    base: Snapshot | None = None,
) -> Snapshot:
    """Have `fill` write an index into a new folder, and replace the seal.

    Files that `fill` links from `base` keep their checksums. Raises ArchiveUnwritable; the earlier snapshot then stays.
    """
    folder = archive / f"{name}-{generation.number:06}-{generation.token}"
    try:
        _sweep(archive, name, *_sealed(archive, name), *([base] if base else []))
        if folder.exists():
            folder = folder.with_name(f"{folder.name}-again")
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        fill(folder)
        files = {file.name: _describe(file, base) for file in sorted(folder.iterdir())}
        sync_to_disk(folder)
        # The folder's name too: otherwise a power cut could leave a seal without its folder.
        sync_to_disk(archive)
        snapshot = Snapshot(folder, generation, spec_id, files)
        _seal(archive, name, snapshot)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ArchiveUnwritable(
            f"The articles are kept, but the {name} index could not be written to {archive}: {error.strerror}. "
            "Until there is room it is built anew whenever the archive is opened."
        ) from error
    _sweep(archive, name, snapshot)
    return snapshot


def _describe(file: Path, base: Snapshot | None) -> tuple[int, str]:
    if base and file.name in base.files and file.samefile(base.folder / file.name):
        return base.files[file.name]
    sync_to_disk(file)
    return file.stat().st_size, _checksum(file)


def _seal(archive: Path, name: str, snapshot: Snapshot) -> None:
    sealed = {
        "folder": snapshot.folder.name,
        "generation": asdict(snapshot.generation),
        "making": snapshot.spec_id,
        "files": snapshot.files,
    }
    new = archive / f"{name}.json.new"
    new.write_text(json.dumps({"seal": sealed, "check": _check(sealed)}), encoding="utf-8")
    sync_to_disk(new)
    new.rename(archive / f"{name}.json")
    sync_to_disk(archive)


def _sealed(archive: Path, name: str) -> list[Snapshot]:
    """Return the snapshot that the seal names, if it is valid."""
    try:
        return [read(archive, name)]
    except Unusable:
        return []


def _sweep(archive: Path, name: str, *keep: Snapshot) -> None:
    """Remove all other folders of this index: older snapshots and unfinished ones."""
    folders = {snapshot.folder for snapshot in keep}
    for folder in archive.glob(f"{name}-*"):
        if folder not in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _check(sealed: object) -> str:
    return xxhash.xxh3_64_hexdigest(json.dumps(sealed, sort_keys=True).encode())


def _checksum(file: Path) -> str:
    digest = xxhash.xxh3_128()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
