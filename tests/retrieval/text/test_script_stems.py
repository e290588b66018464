import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.analysis import stems, word_spans
from retrieval.text.script_stems import stem_scripts

ANY_SCRIPT = st.text(st.sampled_from("аяйёбвгдЁЖабвный αβγδεςσάΑ مدرسةونالجسر abcé克里 ,.1"), max_size=60)


@pytest.mark.parametrize(
    "forms",
    [
        ["адвокат", "адвокату", "адвокатом", "Адвоката"],
        ["мост", "моста", "мостов", "МОСТЫ"],
        ["выборы", "выборов", "выборами"],
        ["γέφυρα", "γέφυρες", "ΓΕΦΥΡΑΣ"],
        ["δήμαρχος", "δημάρχου", "ΔΗΜΑΡΧΟΣ"],
        ["المدرسة", "مدرسة", "مدرسون"],
        ["பாலம்", "பாலங்கள்", "பாலத்தில்"],
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: list[str]) -> None:
    assert len({tuple(stems(form)) for form in forms}) == 1


@pytest.mark.parametrize(
    ("first", "second"), [("адвокат", "аквариум"), ("мост", "мода"), ("γέφυρα", "γεύμα"), ("المدرسة", "الجسر")]
)
def test_different_words_have_different_stems(first: str, second: str) -> None:
    assert stems(first) != stems(second)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी में क्या है", "हिनदी में कया है"),
        ("क्‍या क़लम", "कया कलम"),
        ("প্রশ্ন ও ক্ষমতা", "পরশন ও কষমতা"),
        ("ಕನ್ನಡ", "ಕನನಡ"),
    ],
)
def test_words_of_indic_scripts_are_whole(text: str, words: str) -> None:
    assert stems(text) == words.split()
    assert [stem for span in word_spans(text) for stem in stems(text[slice(*span)])] == words.split()


def test_latin_and_chinese_are_left_as_they_are() -> None:
    assert stem_scripts("bridges Brücken 新大桥 mayor's") == "bridges Brücken 新大桥 mayor's"


@given(ANY_SCRIPT)
def test_a_text_has_the_stems_of_its_words_in_order(text: str) -> None:
    assert stems(text) == [stem for word in text.split() for stem in stems(word)]
