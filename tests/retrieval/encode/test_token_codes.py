"""Token codes against the vectors that they stand for, and as bytes."""

import numpy as np
import pytest

from retrieval.encode.encoder import Tokens, normalized
from retrieval.encode.token_codes import decoded, token_codes

TEXT = "A headline\nKerry met bloggers, in Peking. " + "x" * 300
HEADLINE = len("A headline\n")
WORDS = [(0, 1), (2, 10), (11, 16), (17, 20), (21, 29), (29, 30), (31, 33), (34, 40), (40, 41), (42, 342)]
COMMA, STOP, LONG = WORDS.index((29, 30)), WORDS.index((40, 41)), WORDS.index((42, 342))


def tokens_of(spans: list[tuple[int, int]], dimension: int, seed: int = 0) -> Tokens:
    vectors = normalized(np.random.default_rng(seed).normal(size=(len(spans), dimension)).astype(np.float32))
    return Tokens(vectors, np.array(spans, np.int64).reshape(-1, 2), vectors.sum(axis=0))


def test_spans_are_in_the_passage_and_punctuation_is_left_out() -> None:
    spans = decoded(token_codes(TEXT, HEADLINE, tokens_of(WORDS, 384)), 384).spans.tolist()
    assert spans == [[-1, -1], [-1, -1], [0, 5], [6, 9], [10, 18], [20, 22], [23, 29], [31, 31 + 255]]


@pytest.mark.parametrize("dimension", [384, 100, 7])
def test_a_product_with_a_code_is_nearly_that_with_the_vector(dimension: int) -> None:
    spans = [(n, n + 1) for n in range(500)]
    tokens = tokens_of(spans, dimension)
    vectors = decoded(token_codes("w" * 500, 0, tokens), dimension).vectors
    assert vectors.shape == (500, dimension)
    # Of its own vector, exactly 1; of another one, right on average, with the error of RaBitQ's theorem 3.2.
    np.testing.assert_allclose((vectors * tokens.vectors).sum(axis=1), 1, atol=2e-3)
    others = tokens_of(spans, dimension, seed=1).vectors
    errors = vectors @ others.T - tokens.vectors @ others.T
    assert abs(errors.mean()) < 0.01
    assert errors.std() < 0.5 / np.sqrt(dimension)


def test_the_nearest_token_stays_the_nearest() -> None:
    tokens = tokens_of([(n, n + 1) for n in range(300)], 384)
    noisy = normalized(tokens.vectors + tokens_of([(0, 1)] * 300, 384, seed=2).vectors * 0.5)
    codes = token_codes("w" * 300, 0, tokens)
    assert ((noisy @ decoded(codes, 384).vectors.T).argmax(axis=1) == np.arange(300)).all()


def test_an_unknown_token_is_similar_to_nothing() -> None:
    tokens = tokens_of([(0, 1), (1, 2)], 384)
    tokens.vectors[1] = 0
    vectors = decoded(token_codes("ab", 0, tokens), 384).vectors
    assert vectors[0].any()
    assert not vectors[1].any()


def test_a_text_without_words_has_no_codes_and_tokens_far_behind_are_left_out() -> None:
    assert token_codes("...", 0, tokens_of([(0, 1), (1, 3)], 384)) == b""
    assert len(decoded(b"", 384).vectors) == 0
    far = decoded(token_codes("w" * 70_001, 0, tokens_of([(0, 1), (65_534, 65_535), (70_000, 70_001)], 384)), 384)
    assert far.spans.tolist() == [[0, 1], [65_534, 65_535]]


def test_other_bytes_are_refused() -> None:
    codes = token_codes(TEXT, HEADLINE, tokens_of(WORDS, 384))
    with pytest.raises(ValueError, match="no codes"):
        decoded(codes[:-1], 384)


def test_codes_are_small() -> None:
    assert len(token_codes("w" * 160, 0, tokens_of([(n, n + 1) for n in range(160)], 384))) == 160 * 101
