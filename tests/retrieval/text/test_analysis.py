"""Tokens for search by words, in scripts with and without spaces between words."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.analysis import (
    ANALYZER,
    is_unspaced_stop_word,
    separate_words,
    stems,
    word_spans,
)
from retrieval.text.folding import fold
from retrieval.text.question_terms import as_read, content_terms

LATIN = st.text(st.characters(max_codepoint=0x2FF, exclude_categories=["Cs", "Cc"]), max_size=60)
MIXED = st.text(st.sampled_from("新大桥カメラのใหม่ปี다리abc3 ，。Ａ𠮷😀é'\u0301łĐdjßשׁالـ"), max_size=40)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("新大桥开通", "新大 大桥 桥开 开通"),
        ("桥", "桥"),
        ("大桥，开通。", "大桥 开通"),
        ("𠮷野家", "𠮷野 野家"),
        ("市長は新しい橋のカメラ", "市长 は 新 しい 桥 の カメ メラ"),
        ("다리를 건넜다", "다리 리를 건넜 넜다"),
        ("H7N9病毒在3号桥", "h7n9 病毒 毒在 3 号桥"),
        ("ＵＳＡ２０１４年", "usa2014 年"),
        ("习近平met Kerry三次", "习近 近平 met kerri 三次"),
        ("ก่อน", "กอน"),
        ("Xu's “jailed” naïve café", "xu s jail naiv cafe"),
    ],
)
def test_pairs_of_characters_are_words_in_unspaced_scripts(text: str, words: str) -> None:
    assert stems(text) == words.split()


def test_thai_is_split_into_triples_without_tone_marks() -> None:
    assert set(stems("สะพาน")) <= set(stems("นายกเทศมนตรีเปิดสะพานใหม่ข้ามแม่น้ำ"))
    assert not set(stems("โรงเรียน")) & set(stems("เปิดสะพานใหม่"))


@given(LATIN)
def test_other_scripts_stay_unchanged(text: str) -> None:
    assert separate_words(text) == text
    assert stems(text) == ANALYZER.analyze(fold(text))


@given(MIXED)
def test_word_spans_agree_with_stems(text: str) -> None:
    spans = list(word_spans(text))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert spans == sorted(spans)
    assert {stem for span in spans for stem in stems(text[slice(*span)])} == set(stems(text))


@pytest.mark.parametrize("word", ["什么", "谁为", "桥的", "の", "です", "누가"])
def test_question_words_and_particles_are_stop_words(word: str) -> None:
    assert is_unspaced_stop_word(word)


@pytest.mark.parametrize("word", ["大桥", "橋", "カメ", "다리", "kerri", "a", ""])
def test_content_words_are_not_stop_words(word: str) -> None:
    assert not is_unspaced_stop_word(word)


def test_many_threads_stem_at_once() -> None:
    text = "Lines of reports say what was seen there. " * 200
    alone = stems(text)

    with ThreadPoolExecutor(8) as pool:
        assert all(stemmed == alone for stemmed in pool.map(stems, [text] * 400))


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("What did the WHO say?", "who say"),
        ("Who leads the WHO?", "lead who"),
        ("Who leads the club?", "lead club"),
        ("Did the US leave?", "us leav"),
        ("Which IT firm was sold?", "it firm sold"),
        ("Is it sold?", "sold"),
        ("Kerry AND China", "kerri and china"),
        ("WHO China", "who china"),
        ("WHO IS XU ZHIYONG?", "xu zhiyong"),
        ("WHERE WAS THE WALL BUILT AND BY WHOM?", "wall built"),
        ("I and A", "i and a"),
        ("А и Б сидели", "б сидел"),
        ("Where is Łódź?", "lodz"),
    ],
)
def test_stop_words_in_capitals_are_words_unless_all_is_in_capitals(question: str, terms: str) -> None:
    assert content_terms(question) == [(term,) for term in terms.split()]


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("WHO MET KERRY?", "who met kerry?"),
        ("Who leads the WHO?", "Who leads the WHO?"),
        ("WHO CHINA", "WHO CHINA"),  # two abbreviations, perhaps
        ("КТО ВСТРЕТИЛ КЕРРИ?", "кто встретил керри?"),
        ("İSTANBUL'DA NE OLDU?", "İstanbul'da ne oldu?"),  # a small i with its dot would be two characters
        ("谁见了 KERRY？", "谁见了 KERRY？"),
        ("Ｗｈｏ ｍｅｔ Ｋｅｒｒｙ ｉｎ ２０１４？", "Who met Kerry in 2014？"),
    ],
)
def test_a_question_all_in_capitals_is_read_in_small_letters(question: str, read: str) -> None:
    assert as_read(question) == read
