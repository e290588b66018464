"""The files of an exported model, and the seal that describes and verifies them.

models/3f2a…/export.json     the seal, written last: a folder without it is ignored
             int8.onnx       the model with weights in 8 bits; fp32.onnx in 32 bits
             reader_lower.onnx, reader_joint.onnx   the reader (a built-in model with its trained delta) in 8 bits:
                             the layers that read a text alone, and those that read question and passage together
             int8.weights    the weights of all three in 8 bits; fp32.weights those of fp32.onnx; memory-mapped
             tokenizer.json, or pieces.bin: the same for a large vocabulary, memory-mapped
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec
import xxhash

from retrieval.encode.encoder import Precision
from retrieval.encode.locate_model import files_deciding_vectors
from retrieval.errors import ModelMissing

SEAL = "export.json"
# Incremented when exports change: a model with another version in its seal is exported again.
VERSION = 11
BLOCK = 1 << 20
READER_LOWER, READER_JOINT = "reader_lower.onnx", "reader_joint.onnx"
TOKENIZER, PIECES, INT8_WEIGHTS = "tokenizer.json", "pieces.bin", "int8.weights"


# An array in a file: its offset, its numpy type and its shape.
Place = tuple[int, str, tuple[int, ...]]


class Exported(msgspec.Struct, frozen=True):
    """The seal of an exported model.

    `source` is the folder of the original model, and `sources` its files with sizes and modification times. `files` are
    the exported files with sizes and checksums. `likeness` is the smallest cosine of each exported file's vectors to
    the original's. `refused` says why nothing could be exported, or why int8 is missing. `shared` are the weights in
    int8.weights, by name, that several of the graphs have in common.
    """

    version: int
    model: str
    fingerprint: str
    source: str
    sources: dict[str, tuple[int, int]]
    dimension: int = 0
    max_tokens: int = 0
    pooling: Literal["mean", "cls", "lasttoken"] = "mean"
    files: dict[str, tuple[int, str]] = {}
    likeness: dict[str, float] = {}
    refused: str = ""
    shared: dict[str, Place] = {}

    def has(self, precision: Precision) -> bool:
        """Return whether the model was exported in a precision."""
        return f"{precision}.onnx" in self.files

    @property
    def has_reader(self) -> bool:
        """Return whether a reader was exported too."""
        return READER_JOINT in self.files


def exported_folder(models: Path, fingerprint: str) -> Path:
    """Return the folder to which the model with a fingerprint is exported."""
    return models / fingerprint[:16]


def find(models: Path, model: str) -> Exported | None:
    """Return the seal of a model whose original has not changed since, or None; reads no weights."""
    return next(
        (seal for seal in _seals(models) if seal.model == model and seal.sources == sources(Path(seal.source))), None
    )


def find_whole(models: Path, model: str) -> Exported | None:
    """Return the seal of a model as `find` does, if its exported files are whole."""
    exported = find(models, model)
    return exported if exported and whole(exported_folder(models, exported.fingerprint), exported) else None


def sources(folder: Path) -> Mapping[str, tuple[int, int]]:
    """Return the files that decide a model's vectors, with sizes and modification times in nanoseconds."""
    stats = {file.relative_to(folder).as_posix(): file.stat() for file in files_deciding_vectors(folder)}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


def whole(folder: Path, exported: Exported) -> bool:
    """Return whether every exported file exists and has its size."""
    sizes = {file.name: file.stat().st_size for file in folder.iterdir()} if folder.is_dir() else {}
    return all(sizes.get(name) == size for name, (size, _) in exported.files.items())


def verified_path(folder: Path, exported: Exported, name: str) -> str:
    """Return the path of an exported file; raises ModelMissing if it has changed since the export."""
    file = folder / name
    try:
        unchanged = _checksum(file) == exported.files[name][1]
    except OSError:
        unchanged = False
    if not unchanged:
        raise ModelMissing(f"{file} has changed since its export. Remove {folder}: the model is then exported anew.")
    return str(file)


def weights_of(name: str) -> str:
    """Return the name of the weights file of an exported model."""
    return "fp32.weights" if name == "fp32.onnx" else INT8_WEIGHTS


def seal(folder: Path, exported: Exported) -> None:
    """Write the seal of an exported model into its folder."""
    (folder / SEAL).write_bytes(msgspec.json.format(msgspec.json.encode(exported)))


def file_digests(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the files in a folder with their sizes and checksums."""
    return {file.name: (file.stat().st_size, _checksum(file)) for file in sorted(folder.iterdir())}


def _checksum(file: Path) -> str:
    digest = xxhash.xxh3_128()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _seals(models: Path) -> Iterator[Exported]:
    for file in sorted(models.glob(f"*/{SEAL}")):
        try:
            sealed = msgspec.json.decode(file.read_bytes(), type=Exported)
        except (OSError, msgspec.DecodeError):
            continue
        if sealed.version == VERSION and file.parent == exported_folder(models, sealed.fingerprint):
            yield sealed
