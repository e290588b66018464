"""A reranker on onnxruntime, for exported cross-encoders; it does not import torch."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.cross_encoder import checked_scores
from retrieval.encode.encoder import Precision
from retrieval.encode.exported_files import TOKENIZER, Exported, verified_path, weights_of
from retrieval.encode.onnx import release_free_memory, session
from retrieval.encode.tokenizer import PairTokenizer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxReranker:
    """A Reranker on an exported cross-encoder, loaded at first use."""

    def __init__(self, folder: Path, exported: Exported, precision: Precision, *, threads: int = 0) -> None:
        """Use the cross-encoder that is exported in a folder."""
        self.fingerprint = exported.fingerprint
        self._folder = folder
        self._exported = exported
        self._file = f"{precision}.onnx"
        self._loading = threading.Lock()
        self._loaded: InferenceSession | None = None
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="rerank")

    def relevance(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score for each text, (texts,): a higher score is a better answer. Raises ModelMissing."""
        if not texts:
            return np.empty(0, np.float32)
        scores = list(self._pool.map(lambda text: self._score(question, text), texts))
        release_free_memory()
        return checked_scores(scores, self._exported.model)

    def _score(self, question: str, text: str) -> float:
        session = self._session
        inputs = self.pair_inputs(question, text)
        (scores,) = session.run(["scores"], {each.name: inputs[each.name] for each in session.get_inputs()})
        return float(np.asarray(scores).reshape(()))

    def pair_inputs(self, question: str, text: str) -> dict[str, NDArray[np.int64]]:
        """Return what a cross-encoder is given for a question and a text, by the name of the input, (1, tokens)."""
        ids, of_text = self._tokenizer.pair(question, text)
        return {"input_ids": ids[None], "token_type_ids": of_text[None]}

    @property
    def _session(self) -> "InferenceSession":
        with self._loading:
            if self._loaded is None:
                verified_path(self._folder, self._exported, weights_of(self._file))
                self._loaded = session(verified_path(self._folder, self._exported, self._file))
            return self._loaded

    @cached_property
    def _tokenizer(self) -> PairTokenizer:
        return PairTokenizer(verified_path(self._folder, self._exported, TOKENIZER), self._exported.max_tokens)
