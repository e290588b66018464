"""A model to ONNX, once: python -m retrieval.encode.export MODEL FOLDER, a process of its own, as it imports torch.

What comes out is held against sentence-transformers on real sentences before it is sealed. Where nothing can come out,
the seal says why, so that nobody tries again.
"""

import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

import corpus
from retrieval.encode.encoder import Encoder, Tokens
from retrieval.encode.model_files import (
    INT8_WEIGHTS,
    READER,
    TOKENIZER,
    VERSION,
    Exported,
    described,
    folder_of,
    seal,
    sources,
)
from retrieval.encode.models import fingerprint, locate
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.quantize import quantize, smooth, weights_apart
from retrieval.encode.sentence_transformers import SentenceEncoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

# The smallest cosine, over the sample, of a text's vector and of the mean token's to the original's.
ENOUGH = {"fp32.onnx": 0.9999, "int8.onnx": 0.99, READER: 0.99}
# Texts that matrices are smoothed by and that the outcome is held against: short ones, and ones as long as are read.
SENTENCES, PASSAGES, PASSAGE_CHARACTERS = 24, 12, 1200


class CannotExport(Exception):
    """Why a model is left to sentence-transformers."""


def export(model: str, models: Path) -> None:
    """Export a model, verify and seal it; raises ModelMissing, ModelUntrusted or OSError."""
    source = locate(model)
    unsealed = Exported(VERSION, model, fingerprint(source), str(source), dict(sources(source)))
    folder = folder_of(models, unsealed.fingerprint)
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        sealed = _exported(unsealed, new)
    except Exception as error:  # noqa: BLE001 - whatever a model of whatever kind runs into, another road is there
        shutil.rmtree(new)
        new.mkdir()
        sealed = _with(unsealed, refused=f"{type(error).__name__}: {error}".splitlines()[0][:300])
    seal(new, sealed)
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def _exported(unsealed: Exported, folder: Path) -> Exported:
    original = SentenceEncoder(unsealed.model)
    pooling = _pooling(original.model)
    _trace(original.model, folder / "fp32.onnx", original.max_tokens)
    _save_tokenizer(original.model, folder / TOKENIZER)
    made = _with(unsealed, dimension=original.dimension, max_tokens=original.max_tokens, pooling=pooling)
    made = _with(made, files=described(folder))
    texts = sample()
    ids = [np.array([one.ids], np.int64) for one in map(OnnxEncoder(folder, made).cut, texts)]
    with TemporaryDirectory(prefix="clippings-") as scratch:
        traced = {"int8.onnx": folder / "fp32.onnx"}
        if original.reader is not original:
            traced[READER] = Path(scratch) / READER
            _trace(original.reader.model, traced[READER], original.max_tokens)
        weights_apart([folder / "fp32.onnx"], folder / "fp32.weights")
        smoothed = {name: Path(scratch) / f"{name}.smoothed" for name in traced}
        for name, full in traced.items():
            smooth(full, smoothed[name], ids)
        # Only the outcome shows whether this processor multiplies signed weights without overflow.
        for signed in (True, False):
            for name in traced:
                quantize(smoothed[name], folder / name, signed=signed)
            shared = weights_apart([folder / name for name in traced], folder / INT8_WEIGHTS)
            verified = _verified(_with(made, files=described(folder), shared=shared), folder, original, texts)
            if not verified.refused:
                break
    return verified


def _pooling(model: "SentenceTransformer") -> str:
    """Return how a model pools its tokens; raises CannotExport where it does more than that, or otherwise."""
    kinds = [type(module).__name__ for module in model]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise CannotExport(f"it is made of {', '.join(kinds)}")
    if model.default_prompt_name:
        raise CannotExport("it puts a prompt in front of every text")
    pooling = str(model[1].pooling_mode)
    if pooling not in ("mean", "cls"):
        raise CannotExport(f"it pools its tokens by {pooling}")
    return pooling


def _trace(model: "SentenceTransformer", to: Path, max_tokens: int) -> None:
    """Write a graph from the ids of one text's tokens, (1, tokens), to a vector for each, (1, tokens, dimension)."""
    import torch

    transformer: Any = model[0].auto_model

    class Traced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            return self.transformer(input_ids=input_ids, attention_mask=None).last_hidden_state  # type: ignore[no-any-return]

    with _one_operator_for_attention(transformer):
        program = torch.onnx.export(
            Traced().eval(),
            (torch.randint(1, 100, (1, 16)),),
            dynamo=True,
            dynamic_shapes={"input_ids": {1: torch.export.Dim("tokens", min=2, max=max_tokens)}},
            input_names=["input_ids"],
            output_names=["tokens"],
            opset_version=18,
            verbose=False,
        )
    if program is None:
        raise CannotExport("PyTorch returned nothing")
    program.save(to)


@contextmanager
def _one_operator_for_attention(transformer: Any) -> Iterator[None]:
    """Have attention traced as onnxruntime's own operator, without a mask: one text alone has no padding to leave out.

    Traced as the many small steps that it is, it takes as long as everything else.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register("onnxruntime", _attention)
    AttentionMaskInterface.register("onnxruntime", lambda *_, **__: None)
    before = transformer.config._attn_implementation
    transformer.set_attn_implementation("onnxruntime")
    try:
        yield
    finally:
        transformer.set_attn_implementation(before)


def _attention(
    _: object, query: "Tensor", key: "Tensor", value: "Tensor", *__: object, scaling: float | None = None, **___: object
) -> tuple["Tensor", None]:
    """Attend, (batch, heads, tokens, channels) each, by com.microsoft.MultiHeadAttention."""
    import torch

    batch, heads, tokens, channels = query.shape
    flat = [one.transpose(1, 2).reshape(batch, -1, heads * channels) for one in (query, key, value)]
    attended = torch.onnx.ops.symbolic(
        "com.microsoft::MultiHeadAttention",
        flat,
        attrs={"num_heads": heads, "scale": float(scaling or channels**-0.5)},
        dtype=query.dtype,
        shape=(batch, tokens, heads * channels),
        version=1,
    )
    return attended.reshape(batch, tokens, heads, channels), None


def _save_tokenizer(model: "SentenceTransformer", to: Path) -> None:
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise CannotExport("its tokenizer is not one of the fast ones")
    tokenizer.save(str(to))


def _verified(made: Exported, folder: Path, original: SentenceEncoder, texts: Sequence[str]) -> Exported:
    """Hold each file against the original, and leave out what is not like enough; raises CannotExport."""
    found = {
        "fp32.onnx": likeness(OnnxEncoder(folder, made, "fp32"), original, texts),
        "int8.onnx": likeness(OnnxEncoder(folder, made, "int8"), original, texts),
    }
    if made.has_reader:
        found[READER] = likeness(OnnxEncoder(folder, made, trained=True), original.reader, texts)
    unlike = [name for name, cosine in found.items() if not cosine >= ENOUGH[name]]
    told = ", ".join(f"{name} came out with a cosine of {found[name]:.4f} to the original" for name in unlike)
    if "fp32.onnx" in unlike:
        raise CannotExport(told)
    for name in unlike:
        (folder / name).unlink()
    return _with(made, files=described(folder), likeness=found, refused=told)


def likeness(one: Encoder, other: Encoder, texts: Sequence[str]) -> float:
    """Return the smallest cosine of any text's two vectors, and of its tokens' on average."""
    pairs = list(zip(one.encode_tokens(texts), other.encode_tokens(texts), strict=True))
    return min(min(float(a.whole @ b.whole), _tokens_alike(a, b)) for a, b in pairs)


def _tokens_alike(one: Tokens, other: Tokens) -> float:
    known = one.vectors.any(axis=1)
    if not np.array_equal(one.spans, other.spans) or not np.array_equal(known, other.vectors.any(axis=1)):
        return -1.0
    return float((one.vectors * other.vectors)[known].sum(axis=1).mean()) if known.any() else 1.0


def sample() -> list[str]:
    """Return sentences and longer passages of the article that comes along."""
    folder = Path(corpus.__file__).parent / "articles"
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt")))
    sentences = [one.strip() for one in text.replace("\n", " ").split(". ") if len(one) > 30]
    starts = range(0, len(text), max(1, len(text) // PASSAGES))
    return [*sentences[:SENTENCES], *(text[start : start + PASSAGE_CHARACTERS] for start in starts)]


def _with(exported: Exported, **changes: Any) -> Exported:
    import msgspec

    return msgspec.structs.replace(exported, **changes)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    export(sys.argv[1], Path(sys.argv[2]))
