"""An optional reranker: a cross-encoder of sentence-transformers, which reads question and passage together."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.locate_model import locate
from retrieval.errors import ModelMissing

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class Reranker(Protocol):
    """Scores passages by how well they answer a question."""

    def relevance(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score for each text, (texts,); a higher score is a better answer."""
        ...


class CrossReranker:
    """A Reranker on a sentence-transformers CrossEncoder, loaded at first use."""

    def __init__(self, model: str) -> None:
        """Locate the model, a folder or a name on the model hub; raises ModelMissing."""
        self._folder = locate(model)
        self._loading = threading.Lock()
        self._loaded: CrossEncoder | None = None

    def relevance(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score for each text, (texts,); a higher score is a better answer. Raises ModelMissing."""
        if not texts:
            return np.empty(0, np.float32)
        with self._loading:
            if self._loaded is None:
                self._loaded = _load(self._folder)
        scores = self._loaded.predict([(question, text) for text in texts], show_progress_bar=False)
        return np.asarray(scores, np.float32).reshape(len(texts))


def _load(folder: Path) -> "CrossEncoder":
    from sentence_transformers import CrossEncoder

    try:
        model: CrossEncoder = CrossEncoder(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(f"{folder} holds no cross-encoder with safetensors weights: {error}") from error
    if model.num_labels != 1:
        raise ModelMissing(
            f"The model in {folder} gives {model.num_labels} scores a passage, where a reranker gives one. "
            "Mend the setting `reranker`, or leave it empty."
        )
    return model
