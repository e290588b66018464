"""Sentences end where a reader of the language sees them end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.sentences import sentence_spans
from tests.retrieval.text.sentence_pairs import PAIRS

ROWS = [line.split(None, 1) for line in PAIRS.strip().split("\n")]
UNSPACED = ("ja", "zh")


@pytest.mark.parametrize(("language", "marked"), ROWS, ids=[f"{language} {marked}" for language, marked in ROWS])
def test_sentences_end_where_the_mark_is_and_nowhere_else(language: str, marked: str) -> None:
    sentences = marked.split("|")
    text = ("" if language in UNSPACED else " ").join(sentences)
    assert [text[slice(*span)].strip() for span in sentence_spans(text, language)] == sentences


def test_there_are_enough_rows_of_both_kinds() -> None:
    assert len(ROWS) > 250
    assert sum("|" in marked for _, marked in ROWS) > 100
    assert len({language for language, _ in ROWS}) > 20


@given(
    st.text(st.sampled_from('ab.AB 1\u00a0\u2009!?"’“M-г\u4e00。'), max_size=60),
    st.sampled_from(["en", "de", "fr", "ru", "pl", "zh", "xx", None]),
)
def test_the_sentences_are_the_whole_paragraph(text: str, language: str | None) -> None:
    spans = sentence_spans(text, language)
    assert "".join(text[slice(*span)] for span in spans) == text
    assert all(span.start < span.end for span in spans)


@pytest.mark.parametrize(
    "part", ["Mr. ", "a. ", ". ", "Am 3. ", "U.S. ", "г. ", "...", "J.-P. ", "No. 5 ", "'" * 9 + "a. "]
)
def test_a_long_paragraph_takes_no_longer_than_its_length(part: str) -> None:
    text = part * (40_000 // len(part))
    for language in ("en", "de", "ru"):
        spans = sentence_spans(text, language)
        assert spans[-1].end == len(text)
