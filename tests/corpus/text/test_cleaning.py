"""Broken text is repaired; other text is not changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text.cleaning import repair_text

ORDINARY = (
    "He said “no” — and, at 3 < 4 & 5 > 2, it’s naïve… AT&T and R&D; x&y=1.",
    "L’été à Paris : « Ça va ? » demanda Zoë, déjà là, à côté du château d’Île-de-France.",
    "Größe, Straße, Übermut: „Ja“, sagte Jürgen. 5 °C, 10 €, §7, ½ Liter.",
    "Президент сказал: «Да», — и вышел. Ё-моё, № 5.",
    "Zażółć gęślą jaźń, pójdź! „Tak”, rzekł Łukasz.",
    "习近平说：“中国很大”。（完）１２３ＡＢＣ",
    "Η Αθήνα είναι μεγάλη· «ναι» είπε.",
    "café naïve São Tomé £5 ¥7 ñandú Ångström Đorđe İstanbul",
    "می‌خواهم نامه‌ای بنویسم.",
    "क्षि और हिन्दी। 👨‍👩‍👧 👍🏽 ﬁ ① ™",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_well_written_text_is_not_changed(text: str) -> None:
    assert repair_text(text) == text


@given(st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=6).map("\n".join))
def test_well_written_text_of_several_languages_is_not_changed(text: str) -> None:
    assert repair_text(text) == text


@pytest.mark.parametrize("text", [text for text in ORDINARY if "\u200c" not in text and "👨" not in text])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_utf8_that_was_decoded_as_another_encoding_is_repaired(text: str, encoding: str) -> None:
    try:
        broken = text.encode().decode(encoding)
    except UnicodeDecodeError:
        return
    assert repair_text(broken) == text


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("CafÃ© dâ€™Ã‰tÃ©", "Café d’Été"),
        ("AT&amp;T &amp;amp; caf&eacute; &#8220;no&#x201d;", "AT&T & café “no”"),
        ("Ja&nbsp;nein &copy; 2014 &unknown; &;", "Ja nein © 2014 &unknown; &;"),
        ("in\u00adter\u00adnet zero\u200bwidth \ufeffmark \x07bell", "internet zerowidth mark bell"),
        ("\ud83d\ude00 and \ud800", "😀 and \ufffd"),
    ],
)
def test_escaped_entities_and_invisible_characters_are_repaired(broken: str, text: str) -> None:
    assert repair_text(broken) == text


@given(st.text() | st.text("&#amp;x26lt3Ãâ€©é\u2019\u00ad\ud800 ", max_size=60))
def test_repaired_text_can_be_encoded_and_repairing_it_changes_nothing(text: str) -> None:
    repaired = repair_text(text)
    repaired.encode()
    assert repair_text(repaired) == repaired
