"""Choose the sentence that answers, from all passages at once: each counts with its passage.

A passage that repeats the question's words is often next to the one that answers. So the passages are ordered by
their own score and by that of their best sentence together. If a reader was trained for the encoder, sentences are
scored by its token vectors, and a little by those of the encoder.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from corpus.article import Span
from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.query_features import QueryFeatures, weighted_tokens
from retrieval.answer.sentence_coverage import sentence_coverages
from retrieval.encode.encoder import Encoder

# The weight of a sentence's coverage relative to its passage's score. Only passages whose score is within COMPETING_GAP
# of the highest compete: 1.1 to 1.8 passages a question, with the same outcome (docs/ranking.md says how both were
# chosen).
SENTENCE_WEIGHT, COMPETING_GAP = 0.5, 0.08
# Of sentences alike for the reader, the shorter one: the more tokens a sentence has, the higher the best of them is by
# chance. The natural logarithm of a sentence's characters times this is subtracted (docs/ranking.md).
LENGTH_PENALTY = 0.01
# The reader expects that a story goes on under "she" and "his", also where a sentence has the question's own words. The
# encoder's share in a sentence's score keeps these in sight (docs/ranking.md).
ENCODER_SHARE = 0.15


def rank_by_sentence(features: QueryFeatures, ranked: Sequence[RankedPassage], encoder: Encoder) -> list[RankedPassage]:
    """Order passages, which are ordered by their scores, by these and their best sentences' coverage together."""
    competing = [passage for passage in ranked if passage.score >= ranked[0].score - COMPETING_GAP]
    if len(competing) < 2:
        return list(ranked)
    read = _read(features, competing, encoder)
    # A passage that is not read counts as if its best sentence were like the worst of those read.
    coverages = [passage.coverage for passage in read] + [min(passage.coverage for passage in read)] * len(ranked)
    scored = [
        replace(passage, score=passage.score + SENTENCE_WEIGHT * coverage)
        for passage, coverage in zip([*read, *ranked[len(read) :]], coverages, strict=False)
    ]
    return sorted(scored, key=lambda passage: -passage.score)


def highlight_with_reader(
    features: QueryFeatures, ranked: Sequence[RankedPassage], encoder: Encoder
) -> list[RankedPassage]:
    """Highlight in each passage that was not read yet the sentence that the encoder's reader chooses."""
    read = iter(_read(features, [passage for passage in ranked if not passage.read], encoder))
    return [passage if passage.read else next(read) for passage in ranked]


def _read(features: QueryFeatures, passages: Sequence[RankedPassage], encoder: Encoder) -> list[RankedPassage]:
    """Score the sentences of passages anew with the reader; an encoder that is its own reader has done it already."""
    reader = encoder.reader
    if reader is encoder or not passages:
        return list(passages)
    (question,) = reader.encode_query_tokens([features.text])
    vectors, weights = weighted_tokens(question, features.words)
    read = []
    for passage, tokens in zip(passages, reader.encode_passage_tokens([hit.text for hit in passages]), strict=True):
        by_reader = sentence_coverages(passage.passage, tokens, vectors @ tokens.vectors.T, weights)
        scores = zip(passage.passage.sentences, passage.coverages, by_reader, strict=True)
        read.append(replace(passage, coverages=tuple(_mixed(*score) for score in scores), read=True))
    return read


def _mixed(sentence: Span, by_encoder: float, by_reader: float) -> float:
    penalty = LENGTH_PENALTY * math.log(max(sentence.end - sentence.start, 1))
    return ENCODER_SHARE * by_encoder + (1 - ENCODER_SHARE) * by_reader - penalty
