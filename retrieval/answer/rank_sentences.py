"""Choose the sentence that answers, from all passages at once: each counts with its passage.

A passage that repeats the question's words is often next to the one that answers. So the passages are ordered by
their own score and by that of their best sentence together. If a reader was trained for the encoder, it reads every
passage with the question and scores the sentences; the encoder has a little share in that.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.query_features import QueryFeatures, weighted_tokens
from retrieval.answer.sentence_maxsim import passage_start, sentence_coverages, tokens_of_sentences
from retrieval.encode.encoder import Encoder, ReadPassage
from retrieval.encode.locate_model import BUNDLED
from retrieval.text.question_terms import as_read

# The weight of a sentence's coverage relative to its passage's score (docs/ranking.md says how it was chosen). The
# bundled reader knows better than its passages' scores.
SENTENCE_WEIGHT = 1.0
SENTENCE_WEIGHTS = {BUNDLED: 2.0}
# Of sentences alike for the reader, the shorter one: the more tokens a sentence has, the higher the best of them is by
# chance. The natural logarithm of a sentence's characters times this is subtracted (docs/ranking.md).
LENGTH_PENALTY = 0.01
# The reader expects that a story goes on under "she" and "his", also where a sentence has the question's own words. The
# encoder's share in a sentence's score keeps these in sight (docs/ranking.md).
ENCODER_SHARE = 0.15
ENCODER_SHARES = {BUNDLED: 0.1}
# What one of the reader's log-odds that a sentence is of an answer is worth in coverage: the temperature of its
# training (training/train_joint_reader.py).
LOG_ODDS_WEIGHT = 0.03


def rank_by_sentence(features: QueryFeatures, ranked: Sequence[RankedPassage], encoder: Encoder) -> list[RankedPassage]:
    """Read the sentences of passages, then order the passages as `order_by_sentence` does."""
    weight = SENTENCE_WEIGHTS.get(encoder.name, SENTENCE_WEIGHT)
    return order_by_sentence(read_sentences(features, ranked, encoder), weight)


def order_by_sentence(ranked: Sequence[RankedPassage], weight: float = SENTENCE_WEIGHT) -> list[RankedPassage]:
    """Order passages by their scores and their best sentences' coverage, which has a weight, together.

    Both weights add up to two, so that scores of any model are as far apart, for order_hits.py.
    """
    scale = 2 / (1 + weight)
    scored = (replace(passage, score=scale * (passage.score + weight * passage.coverage)) for passage in ranked)
    return sorted(scored, key=lambda passage: -passage.score)


def read_sentences(features: QueryFeatures, ranked: Sequence[RankedPassage], encoder: Encoder) -> list[RankedPassage]:
    """Score the sentences of passages anew with the encoder's reader, if it has one."""
    if encoder.reader is None or not ranked:
        return list(ranked)
    read = encoder.reader.read(as_read(features.text), [passage.text for passage in ranked])
    share = ENCODER_SHARES.get(encoder.name, ENCODER_SHARE)
    return [_with_reader(features, *pair, share) for pair in zip(ranked, read, strict=True)]


def _with_reader(
    features: QueryFeatures, ranked: RankedPassage, read: ReadPassage, encoder_share: float
) -> RankedPassage:
    vectors, weights = weighted_tokens(read.question, features.words)
    spans = read.passage.spans - passage_start(ranked.passage)
    covered = sentence_coverages(ranked.passage, spans, vectors @ read.passage.vectors.T, weights)
    inside = tokens_of_sentences(ranked.passage, spans)
    log_odds = [_log_mean(read.of_answer[tokens]) for tokens in inside]
    by_reader = [coverage + LOG_ODDS_WEIGHT * more for coverage, more in zip(covered, log_odds, strict=True)]
    scores = zip(ranked.passage.sentences, ranked.coverages, by_reader, strict=True)
    answering = max(coverage / 2 + LOG_ODDS_WEIGHT * more for coverage, more in zip(covered, log_odds, strict=True))
    return replace(
        ranked, coverages=tuple(_mixed(*score, encoder_share) for score in scores), reader=answering / LOG_ODDS_WEIGHT
    )


def _log_mean(log_odds: NDArray[np.float32]) -> float:
    """Return the logarithm of the mean odds; 0 for a sentence behind the limit of the model, which has no token."""
    return float(np.logaddexp.reduce(log_odds)) - math.log(len(log_odds)) if len(log_odds) else 0.0


def _mixed(sentence: Span, by_encoder: float, by_reader: float, encoder_share: float) -> float:
    penalty = LENGTH_PENALTY * math.log(max(sentence.end - sentence.start, 1))
    return encoder_share * by_encoder + (1 - encoder_share) * by_reader - penalty
