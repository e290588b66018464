import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.analysis import stems
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
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: list[str]) -> None:
    assert len({tuple(stems(form)) for form in forms}) == 1


@pytest.mark.parametrize(
    ("first", "second"), [("адвокат", "аквариум"), ("мост", "мода"), ("γέφυρα", "γεύμα"), ("المدرسة", "الجسر")]
)
def test_different_words_have_different_stems(first: str, second: str) -> None:
    assert stems(first) != stems(second)


def test_latin_and_chinese_are_left_as_they_are() -> None:
    assert stem_scripts("bridges Brücken 新大桥 mayor's") == "bridges Brücken 新大桥 mayor's"


@given(ANY_SCRIPT)
def test_a_text_has_the_stems_of_its_words_in_order(text: str) -> None:
    assert stems(text) == [stem for word in text.split() for stem in stems(word)]
