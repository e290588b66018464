"""Export a model to ONNX, in a process of its own: for most models it imports torch, and takes much memory.

    python -m retrieval.encode.export MODEL FOLDER QUERY_PROMPT PASSAGE_PROMPT

The exported files are compared with the original on real sentences before they are sealed. If a model cannot
be exported, the seal says why, so that it is not tried again.
"""

import shutil
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from retrieval.encode.export_bundled import built_model
from retrieval.encode.export_sample import MIN_COSINE, SENTENCES, encoded_sample, likeness, read_sample, sample
from retrieval.encode.exported_files import (
    INT8_WEIGHTS,
    PIECES,
    READER_JOINT,
    READER_LOWER,
    TOKENIZER,
    VERSION,
    Exported,
    exported_folder,
    file_digests,
    find_whole,
    seal,
    sources,
)
from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL, fingerprint, locate
from retrieval.encode.model_to_export import CannotExport, GraphInputs, ModelToExport
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.prompts import NO_PROMPTS, Prompts
from retrieval.encode.quantize import extract_weights, quantize, smooth
from retrieval.encode.write_unigram import write_unigram

if TYPE_CHECKING:
    from retrieval.encode.encoder import Precision, Tokens


def export(model: str, models: Path, prompts: Prompts = NO_PROMPTS) -> None:
    """Export a model, verify it with its prompts, and seal it; raises ModelMissing, ModelUntrusted or OSError."""
    export_once(model, models, lambda unsealed, folder: _exported(unsealed, folder, prompts))


def export_once(model: str, models: Path, write: Callable[[Exported, Path], Exported]) -> None:
    """Let a function export a model into a folder, and seal what it has written; raises as `export` does.

    An export outlives the process that asked for it. So it waits for one that is running, and uses what that exported.
    """
    models.mkdir(parents=True, exist_ok=True)
    with FileLock(models / "exporting.lock"):
        if not find_whole(models, model):
            _export(model, models, write)


def _export(model: str, models: Path, write: Callable[[Exported, Path], Exported]) -> None:
    source = locate(model)
    unsealed = Exported(VERSION, model, fingerprint(source), str(source), dict(sources(source)))
    folder = exported_folder(models, unsealed.fingerprint)
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        sealed = write(unsealed, new)
    except OSError:  # a full disk, a folder that was removed: the next start tries again
        raise
    except Exception as error:  # noqa: BLE001 - whatever the error, sentence-transformers can serve the model
        shutil.rmtree(new)
        new.mkdir()
        sealed = with_changes(unsealed, refused=f"{type(error).__name__}: {error}".splitlines()[0][:500])
    seal(new, sealed)
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def _exported(unsealed: Exported, folder: Path, prompts: Prompts) -> Exported:
    texts = sample()
    with TemporaryDirectory(prefix="clippings-") as scratch:
        return _quantized(
            unsealed, folder, texts, _original(unsealed.model, prompts, texts, Path(scratch)), Path(scratch)
        )


def _original(model: str, prompts: Prompts, texts: Sequence[str], scratch: Path) -> ModelToExport:
    """Return a model before its export; torch is imported only for models that are not bundled."""
    if model == BUNDLED:
        with suppress(CannotExport):  # torch will tell
            return built_model(prompts, texts, scratch)
    from retrieval.encode.export_with_torch import traced_model

    return traced_model(model, prompts, texts, scratch)


def _quantized(
    unsealed: Exported, folder: Path, texts: Sequence[str], original: ModelToExport, scratch: Path
) -> Exported:
    """Write a model in full and in 8 bits, compare both with the original, and return the seal."""
    prompts, graphs = original.prompts, original.graphs
    # Its own way to save hides that a disk is full.
    (folder / TOKENIZER).write_text(original.tokenizer_json, encoding="utf-8")
    if write_unigram(folder / TOKENIZER, folder / PIECES, texts):
        (folder / TOKENIZER).unlink()
    unverified = with_changes(
        unsealed,
        dimension=original.dimension,
        max_tokens=original.max_tokens,
        pooling=original.pooling,
        files=file_digests(folder),
    )
    tokenizer = OnnxEncoder(folder, unverified)
    ids = [tokenizer.cut(prompts.passage + text).ids[None] for text in texts]
    asked = [tokenizer.cut(prompts.query + text).ids[None] for text in texts[:SENTENCES]]
    inputs: dict[str, list[GraphInputs]] = {"int8.onnx": [{"input_ids": text} for text in ids]}
    if lower := original.lower_layers:
        inputs[READER_LOWER] = [{"input_ids": text} for text in (*ids, *asked)]
        inputs[READER_JOINT] = [
            {"question_vectors": lower(one), "passage_vectors": lower(text)}
            for one, text in zip(cycle(asked), ids, strict=False)
        ]
    shutil.copy(graphs["int8.onnx"].file, folder / "fp32.onnx")
    extract_weights({folder / "fp32.onnx": graphs["int8.onnx"]}, folder / "fp32.weights")
    smoothed = {name: scratch / f"{name}.smoothed" for name in graphs}
    for name, graph in graphs.items():
        smooth(graph, smoothed[name], inputs[name])
    # Only the outcome shows whether this processor multiplies signed weights without overflow.
    for signed in (True, False):
        for name in graphs:
            quantize(smoothed[name], folder / name, signed=signed)
        shared = extract_weights({folder / name: graph for name, graph in graphs.items()}, folder / INT8_WEIGHTS)
        exported = with_changes(unverified, files=file_digests(folder), shared=shared)
        verified = _verified(exported, folder, texts, original)
        if not verified.refused:
            break
    return verified


def _verified(unverified: Exported, folder: Path, texts: Sequence[str], original: ModelToExport) -> Exported:
    """Compare each file with the original and remove files that differ too much; raises CannotExport if fp32 does."""
    encoded: dict[str, list[Tokens]] = {}
    precisions: tuple[Precision, ...] = ("fp32", "int8")
    for precision in precisions:
        name = f"{precision}.onnx"
        encoder = OnnxEncoder(folder, unverified, precision, original.prompts)
        if name in original.expected:
            encoded[name] = encoded_sample(encoder, texts)
    if READER_JOINT in original.expected:
        encoded[READER_JOINT] = read_sample(encoder.reader, texts) if encoder.reader else []
    compared = {name: likeness(encoded[name], tokens) for name, tokens in original.expected.items()}
    cosines = {**original.likeness, **compared}
    unlike = [name for name, cosine in cosines.items() if not cosine >= MIN_COSINE[name]]
    reason = ", ".join(f"{name} came out with a cosine of {cosines[name]:.4f} to the original" for name in unlike)
    if "fp32.onnx" in unlike:
        raise CannotExport(reason)
    # The multilingual model's own weights have 4 bits: its export in full would only take half a gigabyte of disk.
    superfluous = ["fp32.onnx", "fp32.weights"] if unverified.model == MULTILINGUAL and not unlike else []
    unused = [READER_LOWER] if READER_JOINT in unlike else []
    for name in (*unlike, *unused, *superfluous):
        (folder / name).unlink()
    return with_changes(unverified, files=file_digests(folder), likeness=cosines, refused=reason)


def with_changes(exported: Exported, **changes: Any) -> Exported:
    """Return a seal with some fields changed."""
    import msgspec

    return msgspec.structs.replace(exported, **changes)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    export(sys.argv[1], Path(sys.argv[2]), Prompts(*sys.argv[3:]))
