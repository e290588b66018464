"""Rank candidates closely by late interaction: how well a passage, and each of its sentences, covers a question.

MaxSim as in ColBERT (Khattab and Zaharia 2020, https://arxiv.org/abs/2004.12832), on the token vectors of the same
model: for each token of the question, the cosine to the most similar token of the passage; then their average, in which
rarer words weigh more. For a sentence, the words that it has in common with the question count, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.article import Span
from retrieval.answer.fusion import Candidate
from retrieval.answer.passage_token_codes import passage_token_codes
from retrieval.answer.query_features import QueryFeatures
from retrieval.answer.sentence_maxsim import sentence_coverages
from retrieval.answer.word_overlap import shares_of_words
from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Encoder
from retrieval.encode.token_codes import PassageTokens, decoded

# The weight of BM25 relative to MaxSim, and, in a sentence's coverage, that of the share of the question's words
# (docs/ranking.md says how they were chosen).
BM25_WEIGHT = 0.1
WORDS_WEIGHT = 0.7


@dataclass(frozen=True, slots=True)
class RankedPassage(Candidate):
    """A candidate that was ranked closely; passages are ordered by `score`, highest first.

    `maxsim` is from -1 to 1. `coverages` say how well each sentence of the passage covers the question: its MaxSim and
    its words, and what the encoder's reader adds; with a reranker, they are its scores of the sentences. `reader` is
    the log-odds that the best sentence answers, half from the encoder's reader and half from the coverage. `reranker`
    is the reranker's log-odds that the passage answers. Without a reader or a reranker, its log-odds are 0.
    """

    maxsim: float
    score: float
    coverages: tuple[float, ...]
    reader: float = 0.0
    reranker: float = 0.0

    @property
    def coverage(self) -> float:
        """How well the highlight covers the question."""
        return max(self.coverages)

    @property
    def highlight(self) -> Span:
        """The sentence that covers the question best, as a span of the passage."""
        return self.passage.sentences[self.coverages.index(self.coverage)]


def rank_by_maxsim(
    features: QueryFeatures, candidates: Sequence[Candidate], encoder: Encoder, archive: Archive | None = None
) -> list[RankedPassage]:
    """Order candidates by MaxSim with a little BM25, best first, and score the sentences of each.

    The headline counts for a passage, but not for a sentence. Passages whose token codes the archive does not store
    are encoded. Raises ModelChanged.
    """
    codes = passage_token_codes([candidate.passage for candidate in candidates], encoder, archive)
    ranked = [
        _scored(features, candidate, decoded(of_passage, encoder.dimension))
        for candidate, of_passage in zip(candidates, codes, strict=True)
    ]
    return sorted(ranked, key=lambda passage: -passage.score)


def _scored(features: QueryFeatures, candidate: Candidate, tokens: PassageTokens) -> RankedPassage:
    similarity = features.tokens @ tokens.vectors.T
    of_sentences = sentence_coverages(candidate.passage, tokens.spans, similarity, features.weights)
    of_words = shares_of_words(features, candidate.passage)
    maxsim = float(features.weights @ similarity.max(axis=1, initial=-1))
    return RankedPassage(
        passage=candidate.passage,
        also=candidate.also,
        cosine=candidate.cosine,
        bm25=candidate.bm25,
        idf_coverage=candidate.idf_coverage,
        maxsim=maxsim,
        score=maxsim + BM25_WEIGHT * candidate.bm25,
        coverages=tuple(own + WORDS_WEIGHT * words for own, words in zip(of_sentences, of_words, strict=True)),
    )
