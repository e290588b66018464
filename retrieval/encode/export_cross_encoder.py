"""Export a cross-encoder to ONNX, in a process of its own because it imports torch.

    python -m retrieval.encode.export_cross_encoder MODEL FOLDER

As with an encoder (export.py), the outcome is compared with the original on real sentences before it is sealed. Kept is
the model in 8 bits if its scores agree with the original's, else the one in full.
"""

import shutil
import sys
import warnings
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from retrieval.encode.cross_encoder import Reranker, SentenceReranker
from retrieval.encode.encoder import Precision
from retrieval.encode.export import export_once, with_changes
from retrieval.encode.export_sample import SENTENCES, sample
from retrieval.encode.export_with_torch import tokenizer_json
from retrieval.encode.exported_files import INT8_WEIGHTS, TOKENIZER, Exported, file_digests
from retrieval.encode.model_to_export import CannotExport
from retrieval.encode.onnx_cross_encoder import OnnxReranker
from retrieval.encode.quantize import extract_weights, quantize, smooth
from retrieval.encode.trace import trace_cross_encoder

# The lowest correlation allowed between the scores of the original and of the exported model.
MIN_CORRELATION: dict[Precision, float] = {"fp32": 0.9999, "int8": 0.99}
TEXTS_OF_A_QUESTION = 12


def export_cross_encoder(model: str, models: Path) -> None:
    """Export a cross-encoder, verify and seal it; raises ModelMissing or OSError."""
    export_once(model, models, _exported)


def _exported(unsealed: Exported, folder: Path) -> Exported:
    original = SentenceReranker(unsealed.model)
    (folder / TOKENIZER).write_text(tokenizer_json(original.model.tokenizer), encoding="utf-8")
    unverified = with_changes(unsealed, max_tokens=original.max_tokens, files=file_digests(folder))
    expected = scored_sample(original)
    with TemporaryDirectory(prefix="clippings-") as scratch:
        traced = trace_cross_encoder(original, Path(scratch) / "fp32.onnx")
        smoothed = Path(scratch) / "smoothed"
        inputs = OnnxReranker(folder, unverified, "fp32")
        texts = sample()
        pairs = (inputs.pair_inputs(one, text) for one, text in zip(cycle(texts[:SENTENCES]), texts, strict=False))
        smooth(traced, smoothed, ({name: ids[name] for name in original.inputs} for ids in pairs))
        # Only the outcome shows whether this processor multiplies signed weights without overflow.
        for signed in (True, False):
            quantize(smoothed, folder / "int8.onnx", signed=signed)
            extract_weights({folder / "int8.onnx": traced}, folder / INT8_WEIGHTS)
            if verified := _verified(unverified, folder, "int8", expected):
                return verified
        for file in ("int8.onnx", INT8_WEIGHTS):
            (folder / file).unlink()
        shutil.copy(traced.file, folder / "fp32.onnx")
        extract_weights({folder / "fp32.onnx": traced}, folder / "fp32.weights")
        if verified := _verified(unverified, folder, "fp32", expected):
            return with_changes(verified, refused="its scores in 8 bits do not agree with the original's")
    raise CannotExport("the exported model's scores do not agree with the original's")


def _verified(unverified: Exported, folder: Path, precision: Precision, expected: Sequence[float]) -> Exported | None:
    """Return the seal of what is exported in a folder; None if its scores do not agree with those expected."""
    exported = with_changes(unverified, files=file_digests(folder))
    scores = scored_sample(OnnxReranker(folder, exported, precision))
    correlation = float(np.corrcoef(scores, expected)[0, 1])
    if not correlation >= MIN_CORRELATION[precision]:
        return None
    return with_changes(exported, likeness={f"{precision}.onnx": correlation})


def scored_sample(reranker: Reranker) -> list[float]:
    """Return the scores of texts of the sample for its short ones as questions."""
    texts = sample()
    following = cycle(texts)
    return [
        score
        for question in texts[:SENTENCES]
        for score in reranker.relevance(question, list(islice(following, TEXTS_OF_A_QUESTION))).tolist()
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    export_cross_encoder(sys.argv[1], Path(sys.argv[2]))
