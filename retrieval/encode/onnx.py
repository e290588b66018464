"""An encoder on onnxruntime, for exported models; it does not import torch.

Each run embeds a single text on a single thread; the runs of several texts are concurrent. So no text is padded to the
length of another, and in 8 bits the vectors of a text do not depend on the other texts.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.encode.encoder import (
    Precision,
    ReadPassage,
    Tokens,
    Vectors,
    fingerprint_in_precision,
    fingerprint_with_prompts,
    spans_in_text,
    token_vectors,
)
from retrieval.encode.exported_files import (
    INT8_WEIGHTS,
    PIECES,
    READER_JOINT,
    READER_LOWER,
    TOKENIZER,
    Exported,
    verified_path,
    weights_of,
)
from retrieval.encode.lower_vectors import LowerVectors
from retrieval.encode.prompts import NO_PROMPTS, Prompts
from retrieval.encode.reader_output import read_passage
from retrieval.encode.token_means import token_mean
from retrieval.encode.tokenizer import LibraryTokenizer, TokenIds, Tokenizer
from retrieval.encode.unigram import UnigramTokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession, OrtValue

M_ARENA_MAX = -8  # from glibc's malloc.h; see mallopt(3)


class OnnxEncoder:
    """An Encoder on an exported model, loaded at first use."""

    def __init__(
        self,
        folder: Path,
        exported: Exported,
        precision: Precision = "int8",
        prompts: Prompts = NO_PROMPTS,
        *,
        threads: int = 0,
        batch: int = 32,
    ) -> None:
        """Use the model that is exported in a folder."""
        self.name = exported.model
        self.fingerprint = fingerprint_in_precision(fingerprint_with_prompts(exported.fingerprint, prompts), precision)
        self.dimension = exported.dimension
        self.max_tokens = exported.max_tokens
        self._folder = folder
        self._exported = exported
        self._prompts = prompts
        self._file = f"{precision}.onnx"
        self._batch = batch
        self._loading = threading.Lock()
        self._loaded: InferenceSession | None = None
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="encode")

    @cached_property
    def reader(self) -> "OnnxReader | None":
        """The reader that was exported with the model, if there is one."""
        return OnnxReader(self) if self._exported.has_reader else None

    def load(self) -> None:
        """Start to load the model and its reader on another thread, so that the archive can be opened meanwhile."""
        threading.Thread(target=self._load, name="load").start()

    def _load(self) -> None:
        with suppress(Exception):  # raised again by the first use
            self._tokenizer  # noqa: B018
            self._session  # noqa: B018
            if self.reader:
                self.reader.load()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each passage, its prompt and special tokens included."""
        return self._tokenizer.count([self._prompts.passage + text for text in texts])

    def token_ends(self, text: str) -> list[int]:
        """Return the index in the text at which each token ends, without prompt and special tokens."""
        return self._tokenizer.ends(text)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed each question, with the model's prompt for questions: (texts, dimension), every row of length 1."""
        return self._vectors(texts, self._prompts.query)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed each passage, with the model's prompt for passages: (texts, dimension), every row of length 1."""
        return self._vectors(texts, self._prompts.passage)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each question, in its context; the prompt's tokens are left out."""
        return self._text_tokens(texts, self._prompts.query)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each passage, in its context; the prompt's tokens are left out."""
        return self._text_tokens(texts, self._prompts.passage)

    def _vectors(self, texts: Sequence[str], prompt: str) -> Vectors:
        empty = np.empty((0, self.dimension), np.float32)
        return np.stack([self._pooled(outputs) for _, outputs in self._run(texts, prompt)]) if texts else empty

    def _text_tokens(self, texts: Sequence[str], prompt: str) -> list[Tokens]:
        return [self._tokens(encoded, outputs, len(prompt)) for encoded, outputs in self._run(texts, prompt)]

    def _tokens(self, encoded: TokenIds, outputs: Vectors, prompt_length: int) -> Tokens:
        spans, of_text = spans_in_text(encoded.offsets, prompt_length)
        known = encoded.ids[of_text] != self._tokenizer.unknown
        return Tokens(token_vectors(outputs[of_text], known, token_mean(self.name)), spans, self._pooled(outputs))

    def _pooled(self, outputs: Vectors) -> Vectors:
        pooling = self._exported.pooling
        vector = outputs.mean(axis=0) if pooling == "mean" else outputs[0 if pooling == "cls" else -1]
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)

    def _run(self, texts: Sequence[str], prompt: str) -> Iterator[tuple[TokenIds, Vectors]]:
        """Yield each text's tokens, those of the prompt too, and the model's output for them, (tokens, dimension)."""
        if len(texts) == 1:
            encoded = self.cut(prompt + texts[0])
            yield encoded, self._outputs(encoded)
            return
        # In batches, so that a question does not wait until all passages are indexed.
        for start in range(0, len(texts), self._batch):
            encodings = [self.cut(prompt + text) for text in texts[start : start + self._batch]]
            yield from zip(encodings, self._pool.map(self._outputs, encodings), strict=True)
            release_free_memory()

    def _outputs(self, encoded: TokenIds) -> Vectors:
        return np.asarray(self._session.run(None, {"input_ids": encoded.ids[None]})[0][0])

    def cut(self, text: str) -> TokenIds:
        """Return a text's tokens, special tokens included, cut off at `max_tokens`."""
        return self._tokenizer.cut(text, self.max_tokens)

    @property
    def _session(self) -> "InferenceSession":
        with self._loading:
            if self._loaded is None:
                self._loaded = self._open(self._file)
            return self._loaded

    def _open(self, name: str) -> "InferenceSession":
        """Verify an exported model with its weights, and open it."""
        weights = weights_of(name)
        if weights != INT8_WEIGHTS:
            verified_path(self._folder, self._exported, weights)
        shared = self._shared if weights == INT8_WEIGHTS else {}
        return session(verified_path(self._folder, self._exported, name), shared)

    @cached_property
    def _shared(self) -> Mapping[str, "OrtValue"]:
        """The weights that the model and its reader have in common, verified and mapped once for both."""
        from onnxruntime import OrtValue

        file = verified_path(self._folder, self._exported, INT8_WEIGHTS)
        return {
            name: OrtValue.ortvalue_from_numpy(np.memmap(file, type_, "r", start, shape))
            for name, (start, type_, shape) in self._exported.shared.items()
        }

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        # Concurrent first calls each load the tokenizer; the last one is used.
        if PIECES in self._exported.files:
            return UnigramTokenizer(Path(verified_path(self._folder, self._exported, PIECES)))
        return LibraryTokenizer(verified_path(self._folder, self._exported, TOKENIZER))


class OnnxReader:
    """The Reader that was exported with a model; it shares the encoder's tokenizer, threads and weights."""

    def __init__(self, encoder: OnnxEncoder) -> None:
        self._encoder = encoder
        self._loading = threading.Lock()
        self._loaded: tuple[InferenceSession, InferenceSession] | None = None
        self._lower_vectors = LowerVectors()

    def load(self) -> None:
        """Load the model."""
        self._sessions  # noqa: B018

    def read(self, question: str, passages: Sequence[str]) -> list[ReadPassage]:
        """Read each passage with the question; prompts are added as the encoder adds them."""
        encoder = self._encoder
        asked = encoder.cut(encoder._prompts.query + question)
        texts = [encoder.cut(encoder._prompts.passage + passage) for passage in passages]
        vectors = self.lower_layers(asked.ids[None])
        return list(encoder._pool.map(lambda text: self._read(asked, vectors, text), texts))

    def lower_layers(self, ids: "NDArray[np.int64]") -> Vectors:
        """Return what the joint layers are given, (1, tokens, dimension), for the ids of a text, (1, tokens)."""
        return np.asarray(self._sessions[0].run(None, {"input_ids": ids})[0])

    def _read(self, question: TokenIds, question_vectors: Vectors, passage: TokenIds) -> ReadPassage:
        of_passage = self._lower_vectors.of(passage.ids, self.lower_layers)
        inputs = {"question_vectors": question_vectors, "passage_vectors": of_passage}
        vectors, numbers = (np.asarray(output)[0] for output in self._sessions[1].run(["tokens", "numbers"], inputs))
        unknown = self._encoder._tokenizer.unknown
        return read_passage(vectors, numbers, question, passage, self._encoder._prompts, unknown)

    @property
    def _sessions(self) -> "tuple[InferenceSession, InferenceSession]":
        with self._loading:
            if self._loaded is None:
                self._loaded = self._encoder._open(READER_LOWER), self._encoder._open(READER_JOINT)
            return self._loaded


def session(model: "bytes | str", shared: Mapping[str, "OrtValue"] = MappingProxyType({})) -> "InferenceSession":
    """Open an ONNX model, given as bytes or as a path; each run uses a single thread.

    The session uses the weights in `shared` in place, without copying them.
    """
    from onnxruntime import InferenceSession, SessionOptions

    share_memory_pool()
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Free the memory for a long text after its run, instead of keeping it for the next text.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    for name, value in shared.items():
        options.add_initializer(name, value)
    # With SkipLayerNormFusion 96 passages a second, without it 112 (onnxruntime 1.32, two cores).
    return InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


@cache
def share_memory_pool() -> None:
    """Make all threads allocate from the same pool (glibc only); call it before any thread has started.

    Otherwise each thread keeps as much memory as it has ever needed: 70 MB in all.
    """
    with suppress(OSError, AttributeError, TypeError):  # another C library
        _libc().mallopt(M_ARENA_MAX, 1)


def release_free_memory() -> None:
    """Return freed memory to the operating system (glibc only); it takes 2 ms."""
    with suppress(OSError, AttributeError, TypeError):
        _libc().malloc_trim(0)


@cache
def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None)
