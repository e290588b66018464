import math
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.query_features import QueryFeatures
from retrieval.answer.rank_sentences import (
    COMPETING_GAP,
    ENCODER_SHARE,
    LENGTH_PENALTY,
    SENTENCE_WEIGHT,
    highlight_with_reader,
    rank_by_sentence,
)
from retrieval.encode.encoder import Vectors
from retrieval.text.chunking import split
from tests.fakes import FakeEncoder

FAKE = FakeEncoder()
SENTENCES = "A dog barked.", "It rained all day in the old town of Graz."


@dataclass(frozen=True)
class WithReader(FakeEncoder):
    """An encoder with a reader of its own, for which all words are alike."""

    @property
    def reader(self) -> FakeEncoder:
        return OneWord(name="reader")


@dataclass(frozen=True)
class OneWord(FakeEncoder):
    """An encoder that has one vector for all words."""

    def _word_vector(self, word: str) -> Vectors:
        return super()._word_vector(word[:0])


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


def test_a_passage_far_behind_does_not_compete() -> None:
    far = 0.8 - COMPETING_GAP - 0.01
    ranked = [passage("first", 0.8, (0.1,)), passage("near", 0.79, (0.2,)), passage("far", far, (1.0,))]
    assert ids(rank_by_sentence(features(), ranked, FAKE)) == ["near", "first", "far"]


def test_one_passage_alone_stays_as_it_is() -> None:
    ranked = [passage("first", 0.8, (0.1,)), passage("far", 0.2, (1.0,))]
    assert rank_by_sentence(features(), ranked, FAKE) == ranked
    assert rank_by_sentence(features(), [], FAKE) == []


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=8))
def test_all_passages_are_ordered_by_their_new_scores(scored: list[tuple[float, float]]) -> None:
    scored = sorted(scored, reverse=True)
    ranked = [passage(str(number), score, (coverage,)) for number, (score, coverage) in enumerate(scored)]
    ordered = rank_by_sentence(features(), ranked, FAKE)
    assert sorted(ids(ordered)) == sorted(ids(ranked))
    assert [found.score for found in ordered] == sorted((found.score for found in ordered), reverse=True)
    competing = [found for found in ranked if found.score >= ranked[0].score - COMPETING_GAP]
    if competing:
        best = max(competing, key=lambda found: found.score + SENTENCE_WEIGHT * found.coverage)
        assert ordered[0].score == best.score + SENTENCE_WEIGHT * best.coverage or len(competing) == 1


def test_a_reader_scores_the_sentences_together_with_the_encoder() -> None:
    encoder = WithReader()
    (read,) = highlight_with_reader(features(), [passage("first", 0.8, (0.2, 0.6))], encoder)
    lengths = [len(sentence) for sentence in SENTENCES]
    # For this reader every sentence covers the question wholly: the encoder and the lengths decide.
    expected = [
        1 - ENCODER_SHARE + ENCODER_SHARE * coverage - LENGTH_PENALTY * math.log(length)
        for coverage, length in zip((0.2, 0.6), lengths, strict=True)
    ]
    np.testing.assert_allclose(read.coverages, expected, rtol=1e-5)
    assert read.read
    assert highlight_with_reader(features(), [read], encoder) == [read]


def test_an_encoder_that_is_its_own_reader_has_chosen_already() -> None:
    (found,) = highlight_with_reader(features(), [passage("first", 0.8, (0.2, 0.6))], FAKE)
    assert found.passage.text[slice(*found.highlight)] == SENTENCES[1]
