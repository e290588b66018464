"""Export a model to ONNX, in a process of its own because it imports torch.

    python -m retrieval.encode.export MODEL FOLDER QUERY_PROMPT PASSAGE_PROMPT

The exported files are compared with sentence-transformers on real sentences before they are sealed. If a model cannot
be exported, the seal says why, so that it is not tried again.
"""

import shutil
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

import corpus
from retrieval.encode.encoder import Encoder, Reader, Tokens
from retrieval.encode.exported_files import (
    INT8_WEIGHTS,
    PIECES,
    READER,
    TOKENIZER,
    VERSION,
    Exported,
    exported_folder,
    file_digests,
    find_whole,
    seal,
    sources,
)
from retrieval.encode.locate_model import MULTILINGUAL, fingerprint, locate
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.prompts import NO_PROMPTS, Prompts
from retrieval.encode.quantize import extract_weights, quantize, smooth
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.encode.trace import CannotExport, trace_encoder, trace_reader
from retrieval.encode.write_unigram import write_unigram

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

# The lowest cosine allowed between the original and an exported file, for any text of the sample: of the vectors of
# the text, and of its token vectors on average.
MIN_COSINE = {"fp32.onnx": 0.9999, "int8.onnx": 0.99, READER: 0.99}
# The sample for smoothing and for comparing: short texts, and texts as long as the model reads.
SENTENCES, PASSAGES, PASSAGE_CHARACTERS = 24, 12, 1200


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
    original = SentenceEncoder(unsealed.model, prompts)
    prompts = original.prompts
    pooling = _pooling(original.model)
    save_tokenizer(original.model.tokenizer, folder / TOKENIZER)
    unverified = with_changes(unsealed, dimension=original.dimension, max_tokens=original.max_tokens, pooling=pooling)
    texts = sample()
    reader = original.reader
    if write_unigram(folder / TOKENIZER, folder / PIECES, texts):
        (folder / TOKENIZER).unlink()
    unverified = with_changes(unverified, files=file_digests(folder))
    tokenizer = OnnxEncoder(folder, unverified)
    ids = [tokenizer.cut(prompts.passage + text).ids[None] for text in texts]
    asked = [tokenizer.cut(prompts.query + text).ids[None] for text in texts[:SENTENCES]]
    inputs: dict[str, list[dict[str, NDArray[np.int64]]]] = {
        "int8.onnx": [{"input_ids": text} for text in ids],
        READER: [{"question_ids": one, "passage_ids": text} for one, text in zip(cycle(asked), ids, strict=False)],
    }
    expected = {"fp32.onnx": encoded_sample(original, texts)}
    expected["int8.onnx"] = expected["fp32.onnx"]
    if reader:
        expected[READER] = read_sample(reader, texts)
    with TemporaryDirectory(prefix="clippings-") as scratch:
        traced = {"int8.onnx": trace_encoder(original, Path(scratch) / "fp32.onnx")}
        if reader:
            traced[READER] = trace_reader(reader, Path(scratch) / READER, original.max_tokens)
        shutil.copy(traced["int8.onnx"].file, folder / "fp32.onnx")
        extract_weights({folder / "fp32.onnx": traced["int8.onnx"]}, folder / "fp32.weights")
        smoothed = {name: Path(scratch) / f"{name}.smoothed" for name in traced}
        for name, graph in traced.items():
            smooth(graph, smoothed[name], inputs[name])
        # Only the outcome shows whether this processor multiplies signed weights without overflow.
        for signed in (True, False):
            for name in traced:
                quantize(smoothed[name], folder / name, signed=signed)
            shared = extract_weights({folder / name: graph for name, graph in traced.items()}, folder / INT8_WEIGHTS)
            exported = with_changes(unverified, files=file_digests(folder), shared=shared)
            verified = _verified(exported, folder, prompts, texts, expected)
            if not verified.refused:
                break
    return verified


def _pooling(model: "SentenceTransformer") -> str:
    """Return how a model pools its tokens; raises CannotExport if it has other modules or another pooling."""
    kinds = [type(module).__name__ for module in model]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise CannotExport(f"it is made of {', '.join(kinds)}")
    if not model[1].include_prompt:
        raise CannotExport("it leaves the prompt out of the vector")
    pooling = str(model[1].pooling_mode)
    if pooling not in ("mean", "cls", "lasttoken"):
        raise CannotExport(f"it pools its tokens by {pooling}")
    return pooling


def save_tokenizer(tokenizer: Any, to: Path) -> None:
    """Write a tokenizer of transformers as tokenizer.json; raises CannotExport if it is not one of the fast ones."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise CannotExport("its tokenizer is not one of the fast ones")
    to.write_text(fast.to_str(), encoding="utf-8")  # its own way to save hides that a disk is full


def _verified(
    unverified: Exported,
    folder: Path,
    prompts: Prompts,
    texts: Sequence[str],
    expected: Mapping[str, Sequence[Tokens]],
) -> Exported:
    """Compare each file with the original and remove files that differ too much; raises CannotExport if fp32 does."""
    encoders = {
        "fp32.onnx": OnnxEncoder(folder, unverified, "fp32", prompts),
        "int8.onnx": OnnxEncoder(folder, unverified, "int8", prompts),
    }
    encoded = {name: encoded_sample(encoder, texts) for name, encoder in encoders.items()}
    if READER in expected:
        reader = encoders["int8.onnx"].reader
        encoded[READER] = read_sample(reader, texts) if reader else []
    cosines = {name: likeness(encoded[name], tokens) for name, tokens in expected.items()}
    unlike = [name for name, cosine in cosines.items() if not cosine >= MIN_COSINE[name]]
    reason = ", ".join(f"{name} came out with a cosine of {cosines[name]:.4f} to the original" for name in unlike)
    if "fp32.onnx" in unlike:
        raise CannotExport(reason)
    # The multilingual model's own weights have 4 bits: its export in full would only take half a gigabyte of disk.
    superfluous = ["fp32.onnx", "fp32.weights"] if unverified.model == MULTILINGUAL and not unlike else []
    for name in (*unlike, *superfluous):
        (folder / name).unlink()
    return with_changes(unverified, files=file_digests(folder), likeness=cosines, refused=reason)


def encoded_sample(encoder: Encoder, texts: Sequence[str]) -> list[Tokens]:
    """Return the tokens of each text as a passage, and of the short ones as questions too."""
    return [*encoder.encode_passage_tokens(texts), *encoder.encode_query_tokens(texts[:SENTENCES])]


def read_sample(reader: Reader, texts: Sequence[str]) -> list[Tokens]:
    """Return the tokens of each text, as a passage read with one of the short ones, and those of that question."""
    read = [reader.read(question, [text])[0] for question, text in zip(cycle(texts[:SENTENCES]), texts, strict=False)]
    return [tokens for pair in read for tokens in (pair.passage, pair.question)]


def likeness(encoded: Sequence[Tokens], expected: Sequence[Tokens]) -> float:
    """Return the smallest cosine of two encodings of texts: of their vectors, and of their tokens on average."""
    pairs = zip(encoded, expected, strict=True)
    return min(min(float(a.whole @ b.whole), _token_likeness(a, b)) for a, b in pairs)


def _token_likeness(first: Tokens, second: Tokens) -> float:
    """Return the average cosine of the known tokens of a text; -1 if the encoders split it differently."""
    known = first.vectors.any(axis=1)
    if not np.array_equal(first.spans, second.spans) or not np.array_equal(known, second.vectors.any(axis=1)):
        return -1.0
    return float((first.vectors * second.vectors)[known].sum(axis=1).mean()) if known.any() else 1.0


def sample() -> list[str]:
    """Return sentences and longer passages of the bundled articles."""
    folder = Path(corpus.__file__).parent / "articles"
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt")))
    sentences = [sentence.strip() for sentence in text.replace("\n", " ").split(". ") if len(sentence) > 30]
    starts = range(0, len(text), max(1, len(text) // PASSAGES))
    return [*sentences[:SENTENCES], *(text[start : start + PASSAGE_CHARACTERS] for start in starts)]


def with_changes(exported: Exported, **changes: Any) -> Exported:
    """Return a seal with some fields changed."""
    import msgspec

    return msgspec.structs.replace(exported, **changes)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    export(sys.argv[1], Path(sys.argv[2]), Prompts(*sys.argv[3:]))
