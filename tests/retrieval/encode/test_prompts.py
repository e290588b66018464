"""Prompts: each model is asked with the texts, the pooling and the token limit that it was trained with."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.encode.encoder import Encoder, Tokens, Vectors, embedded_text
from retrieval.encode.export import export
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.open import open_encoder
from retrieval.encode.prompts import NO_PROMPTS, Prompts, family_prompts, prompts_of
from retrieval.encode.sentence_transformers import SentenceEncoder
from tests.fakes import FakeEncoder, archive_at, take_in

BGE_QUERY = "Represent this sentence for searching relevant passages: "
E5 = Prompts("query: ", "passage: ")
TEXTS = ["Kerry met four bloggers in Beijing.", "Who met the bloggers?"]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("intfloat/e5-base-v2", E5),
        ("intfloat/multilingual-e5-small", E5),
        ("/models/e5-large", E5),
        ("BAAI/bge-small-en-v1.5", Prompts(BGE_QUERY)),
        ("BAAI/bge-large-zh-v1.5", Prompts("为这个句子生成表示以用于检索相关文章：")),
        ("BAAI/bge-m3", NO_PROMPTS),
        ("Snowflake/snowflake-arctic-embed-m-v1.5", Prompts(BGE_QUERY)),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", Prompts("query: ")),
        ("nomic-ai/nomic-embed-text-v1.5", Prompts("search_query: ", "search_document: ")),
        ("google/embeddinggemma-300m", Prompts("task: search result | query: ", "title: none | text: ")),
        ("mixedbread-ai/mxbai-embed-large-v1", Prompts(BGE_QUERY)),
        ("thenlper/gte-small", NO_PROMPTS),
        ("sentence-transformers/all-MiniLM-L6-v2", NO_PROMPTS),
        ("/home/e5/all-mpnet-base-v2-news", NO_PROMPTS),
        ("bundled", NO_PROMPTS),
    ],
)
def test_a_family_is_known_by_its_name(model: str, expected: Prompts) -> None:
    assert family_prompts(model) == expected


def write_config(folder: Path, name: str, content: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_a_models_own_prompts_count_before_its_familys(tmp_path: Path) -> None:
    folder = tmp_path / "e5-base"
    write_config(folder, "config_sentence_transformers.json", {"prompts": {"query": "Q: ", "document": "D: "}})
    assert prompts_of(str(folder), folder) == Prompts("Q: ", "D: ")
    assert prompts_of(str(folder), folder, Prompts("ask: ")) == Prompts("ask: ", "D: ")
    write_config(folder, "config_sentence_transformers.json", {"prompts": {"query": "", "document": ""}})
    assert prompts_of(str(folder), folder) == E5


def test_a_prompt_for_every_text_is_that_of_questions_and_passages(tmp_path: Path) -> None:
    named = {"prompts": {"all": "Read: "}, "default_prompt_name": "all"}
    write_config(tmp_path / "model", "config_sentence_transformers.json", named)
    assert prompts_of("model", tmp_path / "model") == Prompts("Read: ", "Read: ")


def test_a_family_is_known_by_the_name_in_the_models_config(tmp_path: Path) -> None:
    write_config(tmp_path / "mine", "config.json", {"_name_or_path": "/root/.cache/BAAI_bge-small-en/"})
    assert prompts_of("mine", tmp_path / "mine") == Prompts(BGE_QUERY)


@pytest.mark.parametrize("content", ["", "[]", '{"prompts": 3}', '{"prompts": {"query": null}}', "{"])
def test_config_files_without_prompts_give_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "config_sentence_transformers.json").write_text(content, encoding="utf-8")
    assert prompts_of("model", tmp_path) == NO_PROMPTS


# ── Models of random weights, with the files of their families ───────────────────────────────────────────────────────


def random_model(folder: Path, pooling: str, max_tokens: int) -> str:
    """Save a small BERT with the bundled model's tokenizer, and return its folder."""
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    torch.manual_seed(3)
    plain = folder.with_name("plain")
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(SentenceEncoder()._folder), local_files_only=True)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        initializer_range=0.2,
    )
    bert = transformers.BertModel(config)
    bert.save_pretrained(str(plain))
    tokenizer.save_pretrained(str(plain))
    transformer = Transformer(str(plain), max_seq_length=max_tokens)
    SentenceTransformer(modules=[transformer, Pooling(48, pooling_mode=pooling)], device="cpu").save(str(folder))
    return str(folder)


@pytest.mark.parametrize(
    ("name", "pooling", "max_tokens", "prompts"),
    [
        ("bge-small-en-v1.5", "cls", 512, Prompts(BGE_QUERY)),
        ("e5-base-v2", "mean", 512, E5),
        ("of-my-own", "lasttoken", 40, NO_PROMPTS),
    ],
)
def test_prompts_pooling_and_limit_are_the_models(
    name: str, pooling: str, max_tokens: int, prompts: Prompts, tmp_path: Path
) -> None:
    folder = random_model(tmp_path / name, pooling, max_tokens)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in the process of its own, which takes long to start
        export(folder, tmp_path / "models")
    exported = open_encoder(folder, tmp_path / "models", precision="fp32")
    original = SentenceEncoder(folder)
    assert isinstance(exported, OnnxEncoder)
    assert exported.max_tokens == original.max_tokens == max_tokens
    assert exported.fingerprint == original.fingerprint

    def expected(prompt: str) -> Vectors:
        prompted = [prompt + text for text in TEXTS]
        return original.model.encode(prompted, prompt="", normalize_embeddings=True).astype(np.float32)

    encoders: tuple[Encoder, ...] = (exported, original)
    for encoder in encoders:
        np.testing.assert_allclose(encoder.encode_query(TEXTS), expected(prompts.query), atol=1e-4)
        np.testing.assert_allclose(encoder.encode_passages(TEXTS), expected(prompts.passage), atol=1e-4)
        for text, tokens in zip(TEXTS, encoder.encode_query_tokens(TEXTS), strict=True):
            assert "".join(text[start:end] for start, end in tokens.spans) == text.replace(" ", "")
        counts = [len(tokens.vectors) for tokens in encoder.encode_passage_tokens(TEXTS)]
        prompt_tokens = encoder.count_tokens([""])[0]
        assert encoder.count_tokens(TEXTS) == [count + prompt_tokens for count in counts]
    for ours, theirs in zip(exported.encode_query_tokens(TEXTS), original.encode_query_tokens(TEXTS), strict=True):
        np.testing.assert_allclose(ours.vectors, theirs.vectors, atol=1e-3)
    if prompts:
        assert not np.allclose(original.encode_query(TEXTS), original.encode_passages(TEXTS), atol=0.01)


def test_other_prompts_are_another_fingerprint(tmp_path: Path) -> None:
    folder = random_model(tmp_path / "e5-base-v2", "mean", 512)
    fingerprints = {
        SentenceEncoder(folder, prompts).fingerprint
        for prompts in (NO_PROMPTS, Prompts("ask: "), Prompts(passage="text: "))
    }
    assert len(fingerprints) == 3


# ── Who is asked with which prompt ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class TwoSided(FakeEncoder):
    """Notes what was encoded as a question and what as a passage."""

    asked: set[str] = field(default_factory=set, repr=False, compare=False)
    read: set[str] = field(default_factory=set, repr=False, compare=False)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        self.asked.update(texts)
        return super().encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.read.update(texts)
        return super().encode_passages(texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        self.asked.update(texts)
        return super().encode_passage_tokens(texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        self.read.update(texts)
        return super().encode_passage_tokens(texts)


def test_questions_are_encoded_as_questions_and_passages_as_passages(tmp_path: Path) -> None:
    encoder = TwoSided()
    archive = archive_at(tmp_path / "archive", encoder)
    take_in(archive, encoder, Article(Card("a1", "Bridge"), "The mayor opened the bridge. It cost nine million."))
    answer = Answerer(archive, encoder).answer("who opened the bridge?")
    assert answer.hits
    assert encoder.asked == {"who opened the bridge?"}
    assert encoder.read == {embedded_text("Bridge", "The mayor opened the bridge. It cost nine million.")}
