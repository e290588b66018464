"""An encoder on sentence-transformers."""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import (
    ReadPassage,
    Tokens,
    Vectors,
    fingerprint_with_prompts,
    normalized,
    spans_in_text,
    token_vectors,
)
from retrieval.encode.locate_model import BUNDLED, fingerprint, locate, read_number
from retrieval.encode.prompts import NO_PROMPTS, Prompts, prompts_of
from retrieval.encode.reader_delta import READER_DELTAS, ReaderDelta
from retrieval.encode.reader_output import read_passage
from retrieval.encode.token_means import token_mean
from retrieval.encode.tokenizer import TokenIds
from retrieval.encode.unpack_multilingual import readable_model
from retrieval.errors import ModelMissing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from retrieval.encode.joint_reader import JointReader


class SentenceEncoder:
    """An Encoder on a sentence-transformers model, loaded at first use."""

    def __init__(
        self,
        model: str = BUNDLED,
        prompts: Prompts = NO_PROMPTS,
        *,
        threads: int = 0,
        batch: int = 32,
    ) -> None:
        """Find the model: "bundled", a folder, or a name on the model hub (only the hub needs the network).

        `prompts` replace those that the model or its family has, as far as they are not empty. Raises ModelMissing, and
        ModelUntrusted if the weights of a built-in model are not the published ones.
        """
        self.name = model
        self._folder = locate(model)
        self._threads = threads
        self._batch = batch
        self._loading = threading.Lock()
        self.prompts = prompts_of(model, self._folder, prompts)
        self.fingerprint = fingerprint_with_prompts(fingerprint(self._folder), self.prompts)

    @cached_property
    def dimension(self) -> int:
        """The length of a vector."""
        number = read_number(self._folder / "1_Pooling" / "config.json", "word_embedding_dimension")
        return number or self.model.get_embedding_dimension() or 0

    @cached_property
    def max_tokens(self) -> int:
        """The maximum number of tokens that the model reads of a text, special tokens included."""
        number = read_number(self._folder / "sentence_bert_config.json", "max_seq_length")
        return number or self.model.max_seq_length or self.model.tokenizer.model_max_length

    @property
    def model(self) -> "SentenceTransformer":
        """The sentence-transformers model, loaded."""
        with self._loading:
            if self._loaded is None:
                self._loaded = _load(self._folder, self._threads)
            return self._loaded

    _loaded: "SentenceTransformer | None" = None

    @cached_property
    def reader(self) -> "SentenceReader | None":
        """The reader that was trained for a built-in model; None for others."""
        delta = READER_DELTAS.get(self.name)
        return SentenceReader(self, delta) if delta else None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each passage, its prompt and special tokens included."""
        if not texts:
            return []
        prompted = [self.prompts.passage + text for text in texts]
        encoded = self.model.tokenizer(prompted, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def token_ends(self, text: str) -> list[int]:
        """Return the index in the text at which each token ends, without prompt and special tokens."""
        encoded = self.model.tokenizer(
            text, truncation=False, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return [end for _, end in encoded["offset_mapping"]]

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed each question, with the model's prompt for questions: (texts, dimension), every row of length 1."""
        return self._vectors(self.model.encode_query, texts, self.prompts.query)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed each passage, with the model's prompt for passages: (texts, dimension), every row of length 1."""
        return self._vectors(self.model.encode_document, texts, self.prompts.passage)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each question, in its context; the prompt's tokens are left out."""
        return self._text_tokens(self.model.encode_query, texts, self.prompts.query)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each passage, in its context; the prompt's tokens are left out."""
        return self._text_tokens(self.model.encode_document, texts, self.prompts.passage)

    def _vectors(self, encode: Callable[..., Any], texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors: Vectors = encode(
            list(texts), prompt=prompt, batch_size=self._batch, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors.astype(np.float32)

    def _text_tokens(self, encode: Callable[..., Any], texts: Sequence[str], prompt: str) -> list[Tokens]:
        if not texts:
            return []
        outputs = encode(list(texts), prompt=prompt, batch_size=self._batch, output_value=None, show_progress_bar=False)
        encoded = self.model.tokenizer(
            [prompt + text for text in texts], truncation=True, max_length=self.max_tokens, return_offsets_mapping=True
        )
        unknown = self.model.tokenizer.unk_token_id
        return [
            _tokens(output, offsets, np.asarray(ids) != unknown, len(prompt), token_mean(self.name))
            for output, offsets, ids in zip(outputs, encoded["offset_mapping"], encoded["input_ids"], strict=True)
        ]


class SentenceReader:
    """The Reader of a built-in model, on torch; loaded at first use."""

    def __init__(self, encoder: SentenceEncoder, delta: ReaderDelta) -> None:
        self._encoder = encoder
        self._delta = delta

    @cached_property
    def module(self) -> "JointReader":
        """The reader's model, loaded. Raises ModelUntrusted."""
        from retrieval.encode.joint_reader import joint_reader

        return joint_reader(_copy(self._encoder.model[0].auto_model), self._delta)

    def read(self, question: str, passages: Sequence[str]) -> list[ReadPassage]:
        """Read each passage with the question; prompts are added as the encoder adds them. Raises ModelUntrusted."""
        import torch

        prompts, tokenizer = self._encoder.prompts, self._encoder.model.tokenizer
        asked = self._cut(prompts.query + question)
        read = []
        for passage in passages:
            text = self._cut(prompts.passage + passage)
            with torch.inference_mode():
                outputs = self.module(*(torch.from_numpy(part.ids[None]) for part in (asked, text)))
            vectors, numbers = (output[0].numpy() for output in outputs)
            read.append(read_passage(vectors, numbers, asked, text, prompts, tokenizer.unk_token_id))
        return read

    def lower_layers(self, ids: NDArray[np.int64]) -> Vectors:
        """Return what the joint layers are given, (1, tokens, dimension), for the ids of a text, (1, tokens)."""
        import torch

        with torch.inference_mode():
            return np.asarray(self.module.alone(torch.from_numpy(ids)).numpy())

    def _cut(self, text: str) -> TokenIds:
        encoded = self._encoder.model.tokenizer(
            text, truncation=True, max_length=self._encoder.max_tokens, return_offsets_mapping=True
        )
        return TokenIds(np.array(encoded["input_ids"]), np.array(encoded["offset_mapping"]).reshape(-1, 2))


def _tokens(
    output: Mapping[str, Any],
    offsets: Sequence[tuple[int, int]],
    known: NDArray[np.bool_],
    prompt_length: int,
    mean: Vectors | None,
) -> Tokens:
    spans, of_text = spans_in_text(offsets, prompt_length)
    vectors = output["token_embeddings"].numpy()[: len(of_text)][of_text].astype(np.float32)
    return Tokens(token_vectors(vectors, known[of_text], mean), spans, normalized(output["sentence_embedding"].numpy()))


def _load(folder: Path, threads: int) -> "SentenceTransformer":
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    try:
        with readable_model(folder) as readable:
            model = SentenceTransformer(
                str(readable), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
    except (OSError, ValueError, KeyError) as error:
        raise ModelMissing(
            f"{folder} holds no sentence-transformers model with safetensors weights: {error}"
        ) from error
    model.default_prompt_name = None  # the prompts are given with every call
    _lock_tokenizer(model.tokenizer)
    return model


def _copy(transformer: Any) -> Any:
    """Copy a transformer, except for its largest matrix, that of the words."""
    shared = transformer.get_input_embeddings().weight
    return copy.deepcopy(transformer, {id(shared): shared})


def _lock_tokenizer(tokenizer: Any) -> None:
    """Let only one thread at a time call a tokenizer: a call first sets padding and truncation, then tokenizes.

    The model itself is not locked, so that a question does not wait for the passages being indexed.
    """
    lock = threading.Lock()

    class LockedTokenizer(type(tokenizer)):  # type: ignore[misc]
        def __call__(self, *texts: Any, **options: Any) -> Any:
            with lock:
                return super().__call__(*texts, **options)

    tokenizer.__class__ = LockedTokenizer
