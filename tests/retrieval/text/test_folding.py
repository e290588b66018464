"""Words are found in the letters that people type, whatever letters the article has."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.analysis import stems
from retrieval.text.edit_distance import alike, mostly_written
from retrieval.text.folding import fold, without_vowel_marks
from tests.articles import an_article
from tests.fakes import FakeEncoder, archive_at, take_in

PAIRS = [
    ("Wałęsa", "Walesa"),
    ("Ørsted", "Orsted"),
    ("Skærbæk", "Skaerbaek"),
    ("Đukić", "Djukic"),
    ("Đukić", "Dukic"),
    ("Đorđe", "Dorde"),
    ("Weißenkirche", "Weissenkirche"),
    ("Großenhain", "Grossenhain"),
    ("STRAẞE", "strasse"),
    ("Işıl", "Isil"),
    ("Kılıç", "KILIC"),
    ("İstanbul", "Istanbul"),
    ("Þórdís", "Thordis"),
    ("Ævarsdóttir", "Aevarsdottir"),
    ("Guðrún", "Gudrun"),
    ("Tromsø", "Tromso"),
    ("Plzeň", "Plzen"),
    ("Ústí", "Usti"),
    ("Đức", "Duc"),
    ("Nguyễn", "Nguyen"),
    ("Huế", "Hue"),
    ("Țepeș", "Tepes"),
    ("Ţepeş", "Țepeș"),
    ("L’Oréal", "L'Oreal"),
    ("Châlons", "Chalons"),
    ("Seán", "Sean"),
    ("Ħamrun", "Hamrun"),
    ("œuvre", "oeuvre"),
    ("Παππάς", "ΠΑΠΠΑΣ"),
    ("Щербаков обошёлся", "щербаков обошелся"),
    ("إعادة", "اعادة"),
    ("كِتَاب", "كتاب"),
    ("cafe\u0301s", "cafés"),
    ("Z\u0131rh", "zirh"),
    ("Straße", unicodedata.normalize("NFD", "Strasse")),
]


@pytest.mark.parametrize(("written", "typed"), PAIRS)
def test_either_spelling_gives_the_same_words(written: str, typed: str) -> None:
    assert stems(written) == stems(typed)
    assert stems(written.upper()) == stems(typed.upper()) or "ß" in written or "ı" in written


@pytest.mark.parametrize(
    ("first", "second"), [("кой", "кои"), ("їжак", "іжак"), ("がく", "かく"), ("हिन्दी", "हन्द"), ("각", "가")]
)
def test_letters_of_other_scripts_stay_apart(first: str, second: str) -> None:
    assert fold(first) != fold(second)


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("كَمْ تَضَاعَفَتِ المَبِيعَاتُ؟", "كم تضاعفت المبيعات؟"),
        ("מִי פָּגַשׁ אֶת קֶרִי?", "מי פגש את קרי?"),
        ("ما قاله أيضاً شكراً للوزير", "ما قاله أيضاً شكراً للوزير"),
        ("Who met Kerry?", "Who met Kerry?"),
        ("", ""),
    ],
)
def test_vowel_marks_go_from_a_text_that_has_them_throughout(written: str, read: str) -> None:
    assert without_vowel_marks(written) == read


@given(st.text(st.characters(max_codepoint=0x7F), max_size=60).filter(lambda text: "j" not in text.lower()))
def test_ascii_stays_as_it_is(text: str) -> None:
    assert fold(text) == text


def test_similar_words_are_compared_without_accents() -> None:
    assert alike("Walensa", ["Wałęsa spoke to Wałęsa"]) == {"Wałęsa": 1}
    assert alike("Walesa", ["Wałęsa spoke"]) == {}
    assert mostly_written(["Ørsted Ørsted ørsted"], "o") == {"orsted": "Ørsted"}


@pytest.mark.parametrize(("written", "typed"), [pair for pair in PAIRS if " " not in pair[0]])
def test_an_archive_finds_a_word_in_either_spelling(tmp_path: Path, written: str, typed: str) -> None:
    archive = archive_at(tmp_path, FakeEncoder())
    take_in(archive, FakeEncoder(), an_article(1, text=f"The report names {written} twice."), an_article(2))
    for word in (written, typed):
        assert [found.passage.article.id for found in archive.search_words(word, 5)] == ["id1"]
        assert archive.document_frequencies([word]).by_word[word] == 1
