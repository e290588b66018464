import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.answer.confidence import confidence, signals
from retrieval.answer.confidence_file import Fit, ModelFit, Signals, built_in_fits
from retrieval.answer.fusion import Candidate, in_another_language, without_near_duplicates
from retrieval.answer.fusion import fuse as fuse_columns
from retrieval.answer.maxsim_rerank import BM25_WEIGHT, RankedPassage, rank_by_maxsim
from retrieval.answer.query_features import STOP_WEIGHT, QueryFeatures, analyze_question
from retrieval.answer.query_features import query_features as features_of
from retrieval.answer.rank_sentences import LOG_ODDS_WEIGHT
from retrieval.answer.retrieve import retrieve_and_rank
from retrieval.archive.found_passages import FoundPassage, in_columns
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Reader, ReadPassage
from retrieval.encode.token_codes import decoded, token_codes
from retrieval.text.bm25 import K1, B, idf
from retrieval.text.chunking import split
from retrieval.types import Query
from tests.fakes import FakeEncoder, archive_at, nearest, take_in

TEXTS = {
    "bridge": "The mayor opened a bridge. It rained.",
    "dog": "A dog barked. The mayor slept, and the mayor dreamt of rain and of a bridge over dogs.",
    "calm": "Nothing happened. It was calm in town.",
}
QUESTION = "Did the mayor dream of bridges, or of a dog?"
WORDS = st.lists(st.sampled_from("the mayor opened bridges rain dog dogs barked who did town calm".split()), min_size=1)


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalArchive]:
    fake = FakeEncoder()
    archive = archive_at(tmp_path_factory.mktemp("news") / "archive", fake)
    take_in(archive, fake, *(Article(Card(id_, "News"), text) for id_, text in TEXTS.items()))
    yield archive
    archive.close()


def stem(word: str) -> str:
    """Cut off the endings that occur in TEXTS, as the stemmer of the index does."""
    return re.sub(r"(ed|s)$", "", word.lower())


def words(text: str) -> list[str]:
    return [stem(word) for word in re.findall(r"\w+", text)]


def search(archive: LocalArchive, question: str) -> list[FoundPassage]:
    return nearest(archive, FakeEncoder(), question, 10)


def fuse(features: QueryFeatures, hits: Iterable[FoundPassage]) -> list[Candidate]:
    return fuse_columns(features, in_columns(hits)).first()


def query_features(text: str, archive: LocalArchive, encoder: FakeEncoder) -> QueryFeatures:
    return features_of(text, analyze_question(text, archive), encoder)


def count_texts_with(word: str) -> int:
    return sum(stem(word) in words(f"News {text}") for text in TEXTS.values())


def test_idf_is_counted_in_the_archive_and_stop_words_are_marked(news: LocalArchive, fake: FakeEncoder) -> None:
    features = query_features("Who opened bridges in Zürich?", news, fake)
    assert [word.stop for word in features.words] == [True, False, False, True, False]
    assert [word.stems for word in features.content_terms] == [("open",), ("bridg",), ("zurich",)]
    assert [word.idf for word in features.words[1:3]] == [idf(1, 3), idf(2, 3)]
    assert features.words[4].idf == idf(0, 3) == math.log(1 + 3.5 / 0.5)
    assert idf(0, 3) > idf(1, 3) > idf(2, 3) > idf(3, 3) > 0


def test_rarer_words_weigh_more_and_punctuation_nothing(news: LocalArchive, fake: FakeEncoder) -> None:
    features = query_features("Who opened bridges?", news, fake)
    weights = np.array([STOP_WEIGHT, math.sqrt(idf(1, 3)), math.sqrt(idf(2, 3))])
    assert features.weights == pytest.approx(weights / weights.sum(), abs=1e-6)
    assert len(features.tokens) == 3  # without the question mark


@pytest.mark.parametrize("question", ["who was it?", "許志永怎么了", "x" * 500, "1", "…a…"])
def test_any_question_has_weights_that_add_up_to_one(news: LocalArchive, fake: FakeEncoder, question: str) -> None:
    features = query_features(question, news, fake)
    assert features.weights.sum() == pytest.approx(1)
    assert len(features.weights) == len(features.tokens) > 0
    assert rank_by_maxsim(features, fuse(features, search(news, question)), fake)


@settings(max_examples=50)
@given(WORDS)
def test_fusion_is_the_sum_of_standardised_cosine_and_bm25(news: LocalArchive, chosen: list[str]) -> None:
    fake, question = FakeEncoder(), " ".join(chosen)
    features = query_features(question, news, fake)
    hits = search(news, question)
    fused = {candidate.passage.article.id: candidate for candidate in fuse(features, hits)}

    content_terms = {stem(word) for word in chosen} - {"the", "who", "did"} or {stem(word) for word in chosen}
    lengths = {id_: len(words(f"News {text}")) for id_, text in TEXTS.items()}
    mean_length = sum(lengths.values()) / len(lengths)
    highest = sum(idf(count_texts_with(word), 3) for word in content_terms)
    bm25, cosine = {}, {}
    for hit in hits:
        id_ = hit.passage.article.id
        in_text = words(f"News {TEXTS[id_]}")
        bm25[id_] = sum(
            idf(count_texts_with(word), 3)
            * in_text.count(word)
            / (in_text.count(word) + K1 * (1 - B + B * lengths[id_] / mean_length))
            for word in content_terms
        )
        cosine[id_] = float(hit.vector.astype(float) @ features.vector)
    assert {id_: candidate.bm25 * highest for id_, candidate in fused.items()} == pytest.approx(bm25)
    assert {id_: candidate.cosine for id_, candidate in fused.items()} == pytest.approx(cosine, abs=1e-6)
    total = {
        id_: sum(
            (scores[id_] - np.mean(list(scores.values()))) / (np.std(list(scores.values())) or 1)
            for scores in (bm25, cosine)
        )
        for id_ in bm25
    }
    assert [total[id_] for id_ in fused] == pytest.approx(sorted(total.values(), reverse=True), abs=1e-6)


def test_words_count_neither_for_nor_against_a_passage_in_another_language(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    texts = {"flood": "flood", "war": "war", "vote": "vote"}
    for id_, text in texts.items():
        for language in ("en", "de"):
            words_of = f"Kerry {text}" if language == "en" else f"Kerri {text}er"
            take_in(archive, fake, Article(Card(f"{id_}-{language}", "", language=language), f"{words_of} here {id_}."))
    features = query_features("Who saw the flood, and what did Kerry do?", archive, fake)
    assert features.language == "en"
    hits = nearest(archive, fake, features.text, 10)
    fused = fuse(features, hits)
    cosine = np.array([candidate.cosine for candidate in fused])
    same = np.array([candidate.passage.article.language == "en" for candidate in fused])
    bm25 = np.array([candidate.bm25 for candidate in fused])
    by_words = np.where(same, (bm25 - bm25[same].mean()) / bm25[same].std(), 0)
    total = (cosine - cosine.mean()) / cosine.std() + by_words
    assert total == pytest.approx(sorted(total, reverse=True))

    foreign = [hit for hit in hits if hit.passage.article.language == "de"]
    by_cosine = sorted(fuse(features, foreign), key=lambda candidate: -candidate.cosine)
    assert fuse(features, foreign) == by_cosine
    unclear = replace(features, language=None)
    assert [in_another_language(unclear, hit.passage) for hit in hits] == [False] * len(hits)


@pytest.mark.parametrize("written_form", ["nb", "nn"])
def test_a_norwegian_question_is_in_the_language_of_passages_in_either_written_form(
    news: LocalArchive, fake: FakeEncoder, written_form: str
) -> None:
    features = query_features("Hva sa ordføreren om broen?", news, fake)
    assert features.language == "no"
    (passage,) = split(Article(Card("a", "a", language=written_form), "Det regnet."), fake, 64)
    assert not in_another_language(features, passage)


def test_a_question_in_another_language_has_weights_of_its_own(news: LocalArchive, fake: FakeEncoder) -> None:
    features = replace(query_features(QUESTION, news, fake), language="en")
    best = rank_by_maxsim(features, fuse(features, search(news, QUESTION)), fake)[0]
    same, other = (Fit(bias, Signals(0, 0, 0, 0, 0)) for bias in (1.0, -1.0))
    fit = ModelFit("fake", fake.fingerprint, same, other)

    def in_language(language: str | None) -> RankedPassage:
        card = replace(best.passage.article, language=language)
        return replace(best, passage=replace(best.passage, article=card))

    by_language = [confidence(features, in_language(language), fit) for language in ("en", None, "de")]
    assert by_language == pytest.approx([1 / (1 + math.exp(-bias)) for bias in (1, 1, -1)])
    assert confidence(features, in_language("de"), replace(fit, other_language=None)) == by_language[0]
    assert confidence(features, best, replace(fit, fingerprint="another")) == confidence(features, best)


def test_duplicate_hits_become_one_candidate_and_no_hits_become_none(news: LocalArchive, fake: FakeEncoder) -> None:
    features = query_features(QUESTION, news, fake)
    hits = search(news, QUESTION)
    assert len(fuse(features, [*hits, *reversed(hits)])) == len(hits) == 3
    assert fuse(features, []) == []
    assert rank_by_maxsim(features, [], fake) == []


def test_ranking_follows_the_formula_of_weighted_maxsim(news: LocalArchive, fake: FakeEncoder) -> None:
    features = query_features(QUESTION, news, fake)
    ranked = rank_by_maxsim(features, fuse(features, search(news, QUESTION)), fake)
    expected = {}
    for hit in ranked:
        text = f"News\n{hit.passage.text}"
        codes = token_codes(text, len("News\n"), fake.encode_passage_tokens([text])[0])
        tokens = decoded(codes, fake.dimension).vectors
        best = [max(float(np.dot(token, other)) for other in tokens) for token in features.tokens]
        maxsim = math.fsum(weight * cosine for weight, cosine in zip(features.weights.tolist(), best, strict=True))
        expected[hit.passage.id] = maxsim + BM25_WEIGHT * hit.bm25
    assert {hit.passage.id: hit.score for hit in ranked} == pytest.approx(expected, abs=1e-5)
    assert [hit.passage.id for hit in ranked] == sorted(expected, key=lambda id_: -expected[id_])


def test_the_highlight_is_the_sentence_with_the_questions_words(tmp_path: Path, fake: FakeEncoder) -> None:
    article = Article(Card("id", "Mayor opens bridge"), "It rained. The mayor opened a bridge on Monday. A dog barked.")
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, article)
    features = query_features("Who opened a bridge?", archive, fake)
    (best,) = rank_by_maxsim(features, fuse(features, archive.search_words("bridge", 1)), fake)
    assert best.passage.text[slice(*best.highlight)] == "The mayor opened a bridge on Monday."


def test_without_near_duplicates_keeps_the_passages_of_the_first_article_of_each_group() -> None:
    articles, groups = ["a", "c", "b", "a", "d"], ["a", "c", "a", "a", "d"]
    assert without_near_duplicates(articles, groups, range(5)) == [0, 1, 3, 4]
    assert without_near_duplicates(articles, groups, [2, 0, 1, 3]) == [2, 1]


def test_confidence_is_the_logistic_of_the_weighted_signals(news: LocalArchive, fake: FakeEncoder) -> None:
    features = query_features(QUESTION, news, fake)
    best = rank_by_maxsim(features, fuse(features, search(news, QUESTION)), fake)[0]
    fit = built_in_fits()[0].same_language
    pairs = zip(astuple(fit.weights), astuple(signals(features, best)), strict=True)
    odds = fit.bias + math.fsum(weight * signal for weight, signal in pairs)
    assert confidence(features, best) == pytest.approx(1 / (1 + math.exp(-odds)))


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_confidence_is_a_probability_that_rises_with_maxsim(maxsim: float, share: float, rise: float) -> None:
    (passage,) = split(Article(Card("a", "a"), "It rained."), FakeEncoder(), 64)
    features = QueryFeatures(
        "", "", np.zeros(32, np.float32), np.zeros((1, 32), np.float32), np.ones(1, np.float32), (), 100
    )
    ranked = RankedPassage(passage, (), 0.5, share, share, maxsim, score=maxsim, coverages=(0.0,))
    assert 0 <= confidence(features, ranked) <= confidence(features, replace(ranked, maxsim=maxsim + rise)) <= 1


@dataclass
class NotingReader:
    """A reader that notes what it is given; it reads as the fake encoder encodes, and gives lengths as log-odds."""

    given: list[str] = field(default_factory=list)

    def read(self, question: str, passages: Sequence[str]) -> list[ReadPassage]:
        self.given += passages
        (asked,) = FakeEncoder().encode_query_tokens([question])
        encoded = FakeEncoder().encode_passage_tokens(passages)
        return [
            ReadPassage(asked, tokens, np.full(len(tokens.spans), len(text), np.float32))
            for text, tokens in zip(passages, encoded, strict=True)
        ]


@dataclass(frozen=True)
class EncoderWithReader(FakeEncoder):
    noting: NotingReader = field(default_factory=NotingReader, repr=False)

    @property
    def fingerprint(self) -> str:
        return FakeEncoder().fingerprint

    @property
    def reader(self) -> Reader:
        return self.noting


def test_all_ranked_passages_are_read_and_the_log_odds_of_the_best_sentence_are_kept(news: LocalArchive) -> None:
    encoder = EncoderWithReader()
    ranked = retrieve_and_rank(Query(QUESTION), query_features(QUESTION, news, encoder), news, encoder, 3)
    assert sorted(encoder.noting.given) == sorted(found.text for found in ranked)
    assert len(ranked) == 3
    # The noting reader gives every token of a passage the log-odds of its length; half the coverage counts with them.
    halves = [found.reader - len(found.text) for found in ranked]
    most = max(found.maxsim for found in ranked) / 2 / LOG_ODDS_WEIGHT
    assert all(0 < half <= most + 1e-4 for half in halves)


def test_only_passages_that_may_answer_are_read_and_they_come_first(news: LocalArchive) -> None:
    encoder = EncoderWithReader()
    features = query_features(QUESTION, news, encoder)
    everything = retrieve_and_rank(Query(QUESTION), features, news, encoder, 3)
    assert len(everything) == len(encoder.noting.given) == 3
    encoder.noting.given.clear()
    ranked = retrieve_and_rank(
        Query(QUESTION), features, news, encoder, 3, may_answer=lambda found: found.passage.article.id == "calm"
    )
    assert ranked[0].passage.article.id == "calm"
    assert {found.passage.id for found in ranked} == {found.passage.id for found in everything}
    assert encoder.noting.given == [ranked[0].text]
    assert [found.maxsim for found in ranked[1:]] == sorted((found.maxsim for found in ranked[1:]), reverse=True)
