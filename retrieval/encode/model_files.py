"""A model as it lies exported: its files, what they were made from, and how like the original they were found to be.

models/3f2a…/export.json     the seal, written last: without it nothing here is used
             int8.onnx       the model, its matrices in 8 bits; fp32.onnx the same in full
             reader.onnx     the bundled model with what was trained on top, in 8 bits
             int8.weights    the weights of what is in 8 bits; fp32.weights the others: they are memory-mapped
             tokenizer.json
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec
import xxhash

from retrieval.encode.encoder import Precision
from retrieval.encode.models import deciding_files
from retrieval.errors import ModelMissing

SEAL = "export.json"
# Part of the seal: what was exported in another way is exported again.
VERSION = 2
BLOCK = 1 << 20
READER, TOKENIZER, INT8_WEIGHTS = "reader.onnx", "tokenizer.json", "int8.weights"


# Where an array lies in a file, its type as numpy has it, and its shape.
Place = tuple[int, str, tuple[int, ...]]


class Exported(msgspec.Struct, frozen=True):
    """The seal of an exported model.

    `source` is the folder it was exported from, and `sources` the files there with their sizes and times of change.
    `files` are those here, with their sizes and checksums. `likeness` is the smallest cosine to the original's vectors
    that each precision was found to have. `refused` says why nothing could be exported, or why int8 was left out.
    `shared` are the weights, by their names, that the model in 8 bits and the reader both have, in int8.weights.
    """

    version: int
    model: str
    fingerprint: str
    source: str
    sources: dict[str, tuple[int, int]]
    dimension: int = 0
    max_tokens: int = 0
    pooling: Literal["mean", "cls"] = "mean"
    files: dict[str, tuple[int, str]] = {}
    likeness: dict[str, float] = {}
    refused: str = ""
    shared: dict[str, Place] = {}

    def has(self, precision: Precision) -> bool:
        """Tell whether the model is there in a precision."""
        return f"{precision}.onnx" in self.files

    @property
    def has_reader(self) -> bool:
        """Tell whether there is a reader beside it."""
        return READER in self.files


def folder_of(models: Path, fingerprint: str) -> Path:
    """Return where the model with a fingerprint is exported to."""
    return models / fingerprint[:16]


def find(models: Path, model: str) -> Exported | None:
    """Return the seal of a model whose files have not changed since, or None; no weights are read."""
    return next(
        (one for one in _seals(models) if one.model == model and one.sources == sources(Path(one.source))), None
    )


def sources(folder: Path) -> Mapping[str, tuple[int, int]]:
    """Return the files that decide a model's vectors, with their sizes and their times of change in nanoseconds."""
    stats = {file.relative_to(folder).as_posix(): file.stat() for file in deciding_files(folder)}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


def whole(folder: Path, exported: Exported) -> bool:
    """Tell whether every exported file is there with its size."""
    sizes = {file.name: file.stat().st_size for file in folder.iterdir()} if folder.is_dir() else {}
    return all(sizes.get(name) == size for name, (size, _) in exported.files.items())


def checked(folder: Path, exported: Exported, name: str) -> str:
    """Return the path of an exported file; raises ModelMissing where it is not what was verified."""
    file = folder / name
    try:
        whole = _checksum(file) == exported.files[name][1]
    except OSError:
        whole = False
    if not whole:
        raise ModelMissing(f"{file} is not what was exported. Remove {folder}: it is exported anew.")
    return str(file)


def weights_of(name: str) -> str:
    """Return the name of the file that holds the weights of a model's file."""
    return "fp32.weights" if name == "fp32.onnx" else INT8_WEIGHTS


def seal(folder: Path, exported: Exported) -> None:
    """Write the seal."""
    (folder / SEAL).write_bytes(msgspec.json.format(msgspec.json.encode(exported)))


def described(folder: Path) -> dict[str, tuple[int, str]]:
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
        if sealed.version == VERSION and file.parent == folder_of(models, sealed.fingerprint):
            yield sealed
