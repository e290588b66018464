"""The map of a question's tokens for passages in another language, as it is read, applied and trained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, Card
from retrieval.answer.fusion import Candidate
from retrieval.answer.maxsim_rerank import rank_by_maxsim
from retrieval.answer.query_features import QueryFeatures
from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.encode.question_map import FILES, QuestionMap, question_map, read_map
from retrieval.errors import ModelUntrusted
from retrieval.text.chunking import split
from tests.fakes import FakeEncoder

DIMENSION = 384


def test_the_built_in_map_adds_its_bias_and_a_low_rank_product_to_each_token() -> None:
    built_in = question_map(MULTILINGUAL)
    assert built_in is not None
    rows = np.load(FILES[MULTILINGUAL].file).astype(np.float64)
    matrix = np.eye(DIMENSION) + sum(np.outer(up, down) for down, up in zip(rows[:32], rows[32:64], strict=True))
    tokens = np.random.default_rng(5).normal(size=(7, DIMENSION)).astype(np.float32)
    tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
    expected = np.array([matrix @ token + rows[64] for token in tokens])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(built_in(tokens), expected, atol=1e-5)


def test_an_unknown_token_stays_similar_to_nothing() -> None:
    built_in = question_map(MULTILINGUAL)
    assert built_in is not None
    assert not built_in(np.zeros((1, DIMENSION), np.float32)).any()


def test_a_model_without_a_map_has_none() -> None:
    assert question_map(BUNDLED) is None


def test_a_map_that_is_not_the_built_in_one_is_refused(tmp_path: Path) -> None:
    content = bytearray(FILES[MULTILINGUAL].file.read_bytes())
    content[-1] ^= 1
    changed = tmp_path / "changed.npy"
    changed.write_bytes(content)
    for file in (changed, tmp_path / "missing.npy"):
        with pytest.raises(ModelUntrusted, match=file.name):
            read_map(replace(FILES[MULTILINGUAL], file=file))


def test_only_passages_in_another_language_are_compared_with_mapped_tokens() -> None:
    fake = FakeEncoder()
    asked = fake.encode_query_tokens(["Who opened the bridge"])[0]
    chance = np.random.default_rng(3)
    dimension = asked.vectors.shape[1]
    up = chance.normal(size=(2, dimension)).astype(np.float32)
    mapped = QuestionMap(up[::-1], up, np.zeros(dimension, np.float32))(asked.vectors)
    weights = np.full(len(mapped), 1 / len(mapped), np.float32)
    features = QueryFeatures(
        "Who opened the bridge", "", asked.whole, asked.vectors, weights, (), 100, "en", tokens_across=mapped
    )

    def maxsim(language: str | None) -> tuple[float, np.ndarray]:
        (passage,) = split(Article(Card("a", "News", language=language), "The mayor opened a bridge."), fake, 64)
        candidate = Candidate(passage, (), 0, 0, 0)
        (ranked,) = rank_by_maxsim(features, [candidate], fake)
        return ranked.maxsim, fake.encode_passage_tokens([candidate.text])[0].vectors

    for language, tokens in (("en", asked.vectors), (None, asked.vectors), ("de", mapped)):
        found, vectors = maxsim(language)
        expected = np.mean([max(float(token @ other) for other in vectors) for token in tokens])
        assert found == pytest.approx(expected, abs=1e-5)
    assert maxsim("en")[0] != pytest.approx(maxsim("de")[0], abs=1e-3)


def test_training_undoes_what_all_translations_have_in_common() -> None:
    torch = pytest.importorskip("torch")
    from training.train_question_map import Pair, maxsim, train

    generator = torch.Generator().manual_seed(2)
    shift = 2 * torch.nn.functional.normalize(torch.randn(32, generator=generator), dim=0)

    def pair(article: int) -> Pair:
        meant = torch.nn.functional.normalize(torch.randn(4, 32, generator=generator), dim=1)
        noisy = meant + 0.15 * torch.randn(4, 32, generator=generator)
        return Pair(meant, torch.nn.functional.normalize(noisy @ mix + shift, dim=1), article)

    mix = torch.eye(32) + 0.3 * torch.randn(32, 32, generator=generator)
    pairs = [pair(number % 3) for number in range(240)]
    held = [pair(0) for _ in range(60)]

    def right(steps: int) -> float:
        learned = train(pairs, steps, seed=1)
        with torch.no_grad():
            scores = maxsim(learned, [each.translated for each in held], [each.original for each in held])
        return float((scores.argmax(1) == torch.arange(len(held))).float().mean())

    assert right(1) + 0.2 < right(120)
