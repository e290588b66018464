"""onnxruntime: an exported model serves questions and embeds passages, without importing torch.

One text a run, on one thread, as many runs at once as there are threads: no text is padded to the length of another,
and what 8 bits make of one does not depend on those beside it.
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

from retrieval.encode.encoder import Precision, Tokens, Vectors, of_length_1, precise
from retrieval.encode.model_files import INT8_WEIGHTS, READER, TOKENIZER, Exported, checked, weights_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, OrtValue
    from tokenizers import Encoding, Tokenizer

# As BERT's and as sentencepiece's tokenizers write it.
UNKNOWN = "[UNK]", "<unk>"
M_ARENA_MAX = -8  # from glibc's malloc.h; see mallopt(3)


class OnnxEncoder:
    """An Encoder on an exported model, which is loaded when it is first needed."""

    def __init__(
        self,
        folder: Path,
        exported: Exported,
        precision: Precision = "int8",
        *,
        threads: int = 0,
        batch: int = 32,
        trained: bool = False,
    ) -> None:
        """Take a model as `exported` in a folder; `trained` takes the reader beside it."""
        self.name = exported.model
        self.fingerprint = precise(exported.fingerprint, precision)
        self.dimension = exported.dimension
        self.max_tokens = exported.max_tokens
        self._folder = folder
        self._exported = exported
        self._file = READER if trained else f"{precision}.onnx"
        self._threads = threads or os.cpu_count() or 1
        self._batch = batch
        self._trained = trained
        self._loading = threading.Lock()
        self._loaded: InferenceSession | None = None
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="encode")

    @cached_property
    def reader(self) -> "OnnxEncoder":
        """The encoder whose tokens choose the sentence that answers; only the bundled model has another one for it."""
        if self._trained or not self._exported.has_reader:
            return self
        reader = OnnxEncoder(self._folder, self._exported, threads=self._threads, batch=self._batch, trained=True)
        reader.__dict__ |= {"_tokenizer": self._tokenizer, "_shared": self._shared}
        return reader

    def load(self) -> None:
        """Begin to load what answering takes, on a thread: the archive can be opened meanwhile."""
        threading.Thread(target=self._load, name="load").start()

    def _load(self) -> None:
        with suppress(Exception):  # whoever needs it comes upon the same
            self._tokenizer  # noqa: B018
            self._session  # noqa: B018
            self.reader._session  # noqa: B018

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included."""
        return [len(one.ids) for one in self._tokenizer.encode_batch_fast(list(texts))]

    def token_ends(self, text: str) -> list[int]:
        """Tell where in the text each of its tokens ends, special tokens left out."""
        return [end for _, end in self._tokenizer.encode(text, add_special_tokens=False).offsets]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed each text: (texts, dimension), every row of length 1."""
        empty = np.empty((0, self.dimension), np.float32)
        return np.stack([self._pooled(outputs) for _, outputs in self._run(texts)]) if texts else empty

    def encode_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each text, each in its context."""
        return [self._tokens(encoded, outputs) for encoded, outputs in self._run(texts)]

    def _tokens(self, encoded: "Encoding", outputs: Vectors) -> Tokens:
        spans = np.asarray(encoded.offsets, np.int64).reshape(-1, 2)
        real = spans[:, 1] > spans[:, 0]
        ids = np.asarray(encoded.ids)[real]
        return Tokens(of_length_1(outputs[real], known=ids != self._unknown), spans[real], self._pooled(outputs))

    def _pooled(self, outputs: Vectors) -> Vectors:
        vector = outputs[0] if self._exported.pooling == "cls" else outputs.mean(axis=0)
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)

    def _run(self, texts: Sequence[str]) -> Iterator[tuple["Encoding", Vectors]]:
        """Yield each text's tokens and the model's output for each of them, (tokens, dimension)."""
        if len(texts) == 1:
            encoded = self.cut(texts[0])
            yield encoded, self._outputs(encoded)
            return
        # A batch at a time, so that who asks does not wait behind all that is being indexed.
        for start in range(0, len(texts), self._batch):
            encodings = [self.cut(text) for text in texts[start : start + self._batch]]
            yield from zip(encodings, self._pool.map(self._outputs, encodings), strict=True)
            release_free_memory()

    def _outputs(self, encoded: "Encoding") -> Vectors:
        ids = np.array([encoded.ids], np.int64)
        return np.asarray(self._session.run(None, {"input_ids": ids})[0][0])

    def cut(self, text: str) -> "Encoding":
        """Return a text's tokens, special ones included, as many as the model reads."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        encoded.truncate(self.max_tokens - self._special_tokens)
        return self._tokenizer.post_process(encoded)

    @property
    def _session(self) -> "InferenceSession":
        with self._loading:
            if self._loaded is None:
                self._loaded = session(checked(self._folder, self._exported, self._file), self._weights())
            return self._loaded

    def _weights(self) -> Mapping[str, "OrtValue"]:
        """Look at the file of weights that the model's own leads to; return what of it is mapped already."""
        weights = weights_of(self._file)
        if weights == INT8_WEIGHTS:
            return self._shared
        checked(self._folder, self._exported, weights)
        return {}

    @cached_property
    def _shared(self) -> Mapping[str, "OrtValue"]:
        """What the model and its reader both have, checked and mapped once for both."""
        from onnxruntime import OrtValue

        file = checked(self._folder, self._exported, INT8_WEIGHTS)
        return {
            name: OrtValue.ortvalue_from_numpy(np.memmap(file, type_, "r", start, shape))
            for name, (start, type_, shape) in self._exported.shared.items()
        }

    @cached_property
    def _special_tokens(self) -> int:
        return self._tokenizer.num_special_tokens_to_add(is_pair=False)

    @cached_property
    def _unknown(self) -> int | None:
        """What stands for whatever the model has no token for; None where there is nothing like that."""
        there = (self._tokenizer.token_to_id(token) for token in UNKNOWN)
        return next((id_ for id_ in there if id_ is not None), None)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        # Several threads may come here at once: each then makes the same.
        tokenizer = Tokenizer.from_file(checked(self._folder, self._exported, TOKENIZER))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer


def session(model: "bytes | str", shared: Mapping[str, "OrtValue"] = MappingProxyType({})) -> "InferenceSession":
    """Open an ONNX model, its bytes or a file of them, for runs of one thread each.

    The weights `shared` are taken from where they are, for as long as the session is in use.
    """
    from onnxruntime import InferenceSession, SessionOptions

    share_memory_pool()
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Memory for the longest text goes back once it is embedded, instead of being kept for the next one.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    for name, value in shared.items():
        options.add_initializer(name, value)
    # With a layer's normalisation fused, 96 passages a second; without, 112 (onnxruntime 1.32, two cores).
    return InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


@cache
def share_memory_pool() -> None:
    """Make all threads allocate from one pool (glibc only); call it before any thread has started.

    Otherwise each thread keeps as much memory as it once needed: 70 MB in all.
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
