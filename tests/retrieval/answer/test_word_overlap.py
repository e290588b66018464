"""The share of a question's words that a sentence has, with the sentence before it and the headline."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card, Span
from retrieval.answer.query_features import QueryFeatures, Word
from retrieval.answer.word_overlap import shares_of_words
from retrieval.text.analysis import stems
from retrieval.text.chunking import split
from retrieval.types import Passage
from tests.fakes import FakeEncoder

WORDS = {"judge": 3.0, "xu": 2.0, "prison": 1.0}


def asked(*words: str) -> QueryFeatures:
    """Return the features of a question of words that weigh as WORDS says."""
    nothing = np.zeros(1, np.float32)
    terms = tuple(Word(Span(0, 0), tuple(stems(word)), WORDS[word], stop=False) for word in words)
    return QueryFeatures("", "", nothing, nothing[None], nothing, terms, 100)


def passage(text: str, title: str = "", language: str | None = "en") -> Passage:
    (only,) = split(Article(Card("a", title, language=language), text), FakeEncoder(), 200)
    return only


def test_a_word_of_the_sentence_before_or_of_the_headline_counts() -> None:
    text = "It rained. A judge spoke. He was calm. Nobody went to prison."
    assert shares_of_words(asked("judge", "xu", "prison"), passage(text)) == pytest.approx([0, 3 / 6, 3 / 6, 1 / 6])
    assert shares_of_words(asked("judge", "xu", "prison"), passage(text, "Xu in court")) == pytest.approx(
        [2 / 6, 5 / 6, 5 / 6, 3 / 6]
    )


def test_words_count_in_every_form_of_the_language_of_the_article() -> None:
    features = asked("judge", "prison")
    assert shares_of_words(features, passage("The judges saw prisons.")) == (1.0,)
    assert shares_of_words(features, passage("Nobody spoke.")) == (0.0,)


def test_a_question_without_weights_has_no_shares() -> None:
    assert shares_of_words(asked(), passage("A judge spoke. He was calm.")) == (0.0, 0.0)


@given(st.lists(st.lists(st.sampled_from([*WORDS, "rain"]), min_size=1, max_size=4), min_size=1, max_size=5))
def test_shares_are_those_of_a_count_by_hand(sentences: list[list[str]]) -> None:
    text = " ".join(f"The {' '.join(sentence)} today." for sentence in sentences)
    expected = []
    for number, own in enumerate(sentences):
        before = sentences[number - 1] if number else []
        expected.append(sum(weight for word, weight in WORDS.items() if word in {*own, *before}) / sum(WORDS.values()))
    shares = shares_of_words(asked(*WORDS), passage(text))
    assert shares == pytest.approx(expected)
    assert all(0 <= share <= 1 for share in shares)
