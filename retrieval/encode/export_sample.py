"""The sample on which an exported model is smoothed and compared with its original, and what models return for it."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

import corpus
from retrieval.encode.encoder import Encoder, Reader, Tokens
from retrieval.encode.exported_files import READER_JOINT

# The lowest cosine allowed between the original and an exported file, for any text of the sample: of the vectors of
# the text, and of its token vectors on average.
MIN_COSINE = {"fp32.onnx": 0.9999, "int8.onnx": 0.99, READER_JOINT: 0.99}
# Short texts, and texts as long as the model reads.
SENTENCES, PASSAGES, PASSAGE_CHARACTERS = 24, 12, 1200


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
