"""Counting stems without stemming every word agrees with stemming every word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.analysis import stems
from retrieval.text.stem_counts import beginning, count_stems

BEGINNINGS = st.text("abdefgilnrstuyz0", min_size=0, max_size=6)
# The endings that Porter's English stemmer cuts off or replaces, and what changes before them.
ENDINGS = (
    "s es ies ied sses ed edly ing ingly eed eedly y ying ational tional enci ently izer ization ator alism aliti alli "
    "fulness ousli ousness iveness iviti biliti bli ogi fulli lessli li ative ness ful ical iciti alize icate al ance "
    "ence er ic able ible ant ement ment ent ism ate iti ous ive ize ion e ll bbing tted"
).split()
WORDS = st.builds("{}{}{}".format, BEGINNINGS, st.sampled_from(["", *ENDINGS]), st.sampled_from(["", "s", "ing", "y"]))
REAL = "lying Lies lie adjust Djokovic djinn Đoković café naïve “Skis” A.B. skies foo_bar WHO who 新大桥 Straße".split()
REAL += ["a" * 39, "b" * 40, "ski’s", "-", "…"]
LANGUAGES = st.sampled_from(["en", None, "de", "zh", "ru"])
TEXTS = st.tuples(
    st.lists(
        st.one_of(WORDS, st.sampled_from([*REAL, "a" * 39, "b" * 40, "ski’s", "A.B.", "-", "…"])), max_size=30
    ).map(" ".join),
    LANGUAGES,
)


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=100))
def test_a_word_begins_like_its_stem(words: list[str]) -> None:
    for word in words:
        for stem in stems(word):
            assert word.startswith(beginning(stem))
            assert beginning(stem)


@given(st.lists(TEXTS, max_size=6), st.data())
def test_counts_are_those_of_stemming_every_word(texts: list[tuple[str, str | None]], data: st.DataObject) -> None:
    stemmed = [stems(text, language) for text, language in texts]
    known = sorted({stem for words in stemmed for stem in words} | {"a", "lie", "brueckeᚢ", "新大", "x"})
    terms = data.draw(st.lists(st.lists(st.sampled_from(known), max_size=3, unique=True), max_size=5))
    counts, lengths = count_stems(texts, terms)
    assert counts.shape == (len(texts), len(terms))
    assert counts.tolist() == [[sum(map(words.count, term)) for term in terms] for words in stemmed]
    assert lengths.tolist() == [len(words) for words in stemmed]


@pytest.mark.parametrize("text", ["", "…", "It’s “Đoković”, he said — no?", "a" * 40, "İstanbul"])
def test_any_text_is_as_long_as_it_has_stems(text: str) -> None:
    _, lengths = count_stems([(text, "en")], [])
    assert lengths == np.array([len(stems(text, "en"))])
