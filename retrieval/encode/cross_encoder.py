"""An optional reranker: a cross-encoder of sentence-transformers, which reads question and text together (torch)."""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.locate_model import fingerprint, locate
from retrieval.errors import ModelMissing

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# What cross-encoders may be given: the ids of question and text, and which of the two a token is of.
INPUTS = ("input_ids", "token_type_ids")
MEND = "Mend the setting `reranker`, or leave it empty."
MAX_TOKENS = 512  # of a model that does not say how many it reads


class Reranker(Protocol):
    """Scores texts by how well they answer a question."""

    @property
    def fingerprint(self) -> str:
        """A digest of all that decides the scores."""
        ...

    def relevance(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score for each text, (texts,), the model's log-odds: a higher score is a better answer."""
        ...


class SentenceReranker:
    """A Reranker on a sentence-transformers CrossEncoder, loaded at first use."""

    def __init__(self, model: str) -> None:
        """Locate the model, a folder or a name on the model hub; raises ModelMissing."""
        self.name = model
        self._folder = locate(model, MEND)
        self._loading = threading.Lock()
        self._loaded: CrossEncoder | None = None

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the model's files."""
        return fingerprint(self._folder)

    @property
    def model(self) -> "CrossEncoder":
        """The cross-encoder, loaded. Raises ModelMissing."""
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    @property
    def classifier(self) -> Any:
        """The transformer with its head, as transformers has it."""
        return self.model.model

    @property
    def inputs(self) -> list[str]:
        """The INPUTS that the model takes, in order."""
        return [name for name in INPUTS if name in self.model.tokenizer.model_input_names]

    @property
    def max_tokens(self) -> int:
        """The maximum number of tokens that the model reads of question and text together."""
        limits = (self.model.max_seq_length, getattr(self.classifier.config, "max_position_embeddings", None))
        return min((limit for limit in limits if limit), default=MAX_TOKENS)

    def relevance(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a score for each text, (texts,): a higher score is a better answer. Raises ModelMissing."""
        if not texts:
            return np.empty(0, np.float32)
        import torch

        pairs = [(question, text) for text in texts]
        scores = self.model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        return checked_scores(scores, self.name)

    def _load(self) -> "CrossEncoder":
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder

        try:
            model: CrossEncoder = CrossEncoder(
                str(self._folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            if getattr(error, "errno", None):  # a full disk, a closed pipe: no fault of the model
                raise
            reason = str(error).strip().splitlines()[0]
            raise ModelMissing(
                f"{self._folder} holds no cross-encoder with safetensors weights: {reason}. {MEND}"
            ) from error
        if model.num_labels != 1:
            raise ModelMissing(
                f"The model in {self._folder} gives {model.num_labels} scores a passage, where a reranker gives one. "
                f"{MEND}"
            )
        self._check_head(model.model)
        return model

    def _check_head(self, classifier: Any) -> None:
        """Raise ModelMissing if the weights of the head are not in the files: transformers makes random ones then."""
        from safetensors import safe_open

        stored: set[str] = set()
        for file in self._folder.rglob("*.safetensors"):
            with safe_open(file, "np") as weights:
                stored.update(weights.keys())
        prefix = f"{classifier.base_model_prefix}."
        head = [name for name, _ in classifier.named_parameters() if not name.startswith(prefix)]
        if not head or not stored.issuperset(head):
            raise ModelMissing(
                f"The model in {self._folder} is no cross-encoder: its files have no weights for the score of a pair. "
                f"An embedding model has none. {MEND}"
            )


def checked_scores(scores: Any, name: str) -> NDArray[np.float32]:
    """Return scores as an array, (texts,); raises ModelMissing if one is no number."""
    checked = np.asarray(scores, np.float32).reshape(-1)
    if not np.isfinite(checked).all():
        raise ModelMissing(f"The reranker {name} gives scores that are no numbers: its weights are damaged. {MEND}")
    return checked
