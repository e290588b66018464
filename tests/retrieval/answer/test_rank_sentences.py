import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.query_features import QueryFeatures
from retrieval.answer.rank_sentences import (
    ENCODER_SHARE,
    LENGTH_PENALTY,
    LOG_ODDS_WEIGHT,
    SENTENCE_WEIGHT,
    rank_by_sentence,
    read_sentences,
)
from retrieval.encode.encoder import Reader, ReadPassage, Tokens, Vectors
from retrieval.text.chunking import split
from tests.fakes import FakeEncoder

FAKE = FakeEncoder()
SENTENCES = "A dog barked.", "It rained all day in the old town of Graz."


class SameForAll:
    """A reader for which all words are alike, but for one that it takes for the answer."""

    def __init__(self, answer: str = "") -> None:
        self.answer = answer

    def read(self, question: str, passages: Sequence[str]) -> list[ReadPassage]:
        (asked,) = ONE_WORD.encode_query_tokens([question])
        return [self._read(asked, text) for text in passages]

    def _read(self, asked: Tokens, text: str) -> ReadPassage:
        (tokens,) = ONE_WORD.encode_passage_tokens([text])
        words = [text[start:end] for start, end in tokens.spans]
        return ReadPassage(asked, tokens, np.array([word == self.answer for word in words], np.float32))


@dataclass(frozen=True)
class OneWord(FakeEncoder):
    """An encoder that has one vector for all words."""

    def _word_vector(self, word: str) -> Vectors:
        return super()._word_vector(word[:0])


ONE_WORD = OneWord()


@dataclass(frozen=True)
class WithReader(FakeEncoder):
    """An encoder with a reader."""

    own: SameForAll = field(default_factory=SameForAll)

    @property
    def reader(self) -> Reader:
        return self.own


def features() -> QueryFeatures:
    vectors = FAKE.encode_query_tokens(["dog"])[0].vectors
    return QueryFeatures("dog", "", vectors[0], vectors, np.ones(len(vectors), np.float32), (), 100)


def passage(id_: str, score: float, coverages: tuple[float, ...]) -> RankedPassage:
    text = " ".join(SENTENCES[: len(coverages)])
    (only,) = split(Article(Card(id_, "Title"), text), FAKE, 64)
    return RankedPassage(only, (), 0.5, 0.5, 0.5, score, score, coverages)


def ids(ranked: list[RankedPassage]) -> list[str]:
    return [found.passage.article.id for found in ranked]


def test_a_better_sentence_outweighs_a_slightly_better_passage() -> None:
    ranked = [passage("first", 0.8, (0.4, 0.3)), passage("second", 0.75, (0.1, 0.6))]
    assert ids(rank_by_sentence(features(), ranked, FAKE)) == ["second", "first"]


def test_nothing_found_stays_nothing() -> None:
    assert rank_by_sentence(features(), [], FAKE) == []
    assert read_sentences(features(), [], WithReader()) == []


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=8))
def test_all_passages_are_ordered_by_their_new_scores(scored: list[tuple[float, float]]) -> None:
    scored = sorted(scored, reverse=True)
    ranked = [passage(str(number), score, (coverage,)) for number, (score, coverage) in enumerate(scored)]
    ordered = rank_by_sentence(features(), ranked, FAKE)
    assert sorted(ids(ordered)) == sorted(ids(ranked))
    assert [found.score for found in ordered] == sorted((found.score for found in ordered), reverse=True)
    if ranked:
        assert ordered[0].score == max(found.score + SENTENCE_WEIGHT * found.coverage for found in ranked)


def test_a_reader_scores_the_sentences_together_with_the_encoder() -> None:
    (read,) = read_sentences(features(), [passage("first", 0.8, (0.2, 0.6))], WithReader())
    lengths = [len(sentence) for sentence in SENTENCES]
    # For this reader every sentence covers the question wholly: the encoder and the lengths decide.
    expected = [
        1 - ENCODER_SHARE + ENCODER_SHARE * coverage - LENGTH_PENALTY * math.log(length)
        for coverage, length in zip((0.2, 0.6), lengths, strict=True)
    ]
    np.testing.assert_allclose(read.coverages, expected, rtol=1e-5)


def test_the_token_that_a_reader_takes_for_the_answer_counts_for_its_sentence() -> None:
    plain, answering = (
        read_sentences(features(), [passage("first", 0.8, (0.5, 0.5))], WithReader(own=reader))[0].coverages
        for reader in (SameForAll(), SameForAll(answer="Graz"))
    )
    tokens = len(FAKE.encode_passage_tokens([SENTENCES[1]])[0].spans)
    expected = (1 - ENCODER_SHARE) * LOG_ODDS_WEIGHT * math.log((tokens - 1 + math.e) / tokens)
    np.testing.assert_allclose(np.subtract(answering, plain), [0, expected], atol=1e-6)


def test_without_a_reader_the_encoder_has_chosen_already() -> None:
    ranked = [passage("first", 0.8, (0.2, 0.6))]
    assert read_sentences(features(), ranked, FAKE) == ranked
    assert ranked[0].passage.text[slice(*ranked[0].highlight)] == SENTENCES[1]
