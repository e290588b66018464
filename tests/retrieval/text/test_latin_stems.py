"""Words in Latin letters are stemmed by the language of their text, and English ones as ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.analysis import ANALYZER, stems, word_spans
from retrieval.text.folding import fold
from retrieval.text.latin_stems import DEFAULT, STEMMERS, stemmed_as

FORMS = {
    "da": "hest heste; avis avisen; vinder vindere; løs løse",
    "de": "Brücke Brücken Brucken; Haus Häuser; Verteidigung Verteidigungen; Bürgermeister Bürgermeisters; groß große",
    "es": "puente puentes; elección elecciones eleccion; alcaldesa alcaldesas; abogado abogados",
    "fi": "talo talossa talot; metsä metsässä metsassa; silta sillat",
    "fr": "élection élections Election; pont ponts; ouvert ouverte ouvertes",
    "hu": "ház házak házban; híd hídon",
    "it": "ponte ponti; elezione elezioni; avvocato avvocati",
    "nl": "huis huizen; brug bruggen; burgemeester burgemeesters",
    "no": "hus husene huset; avis avisen",
    "pt": "ponte pontes; advogado advogados; governo governos; cidade cidades",
    "ro": "câine câinele caini; oraș orașul; primar primarul; avocat avocatul",
    "sv": "hus huset husen; tidning tidningar",
    "tr": "köprü köprüyü kopruyu; kitap kitaplar; İstanbul istanbul Istanbul",
}
GROUPS = [(code, group.split()) for code, groups in FORMS.items() for group in groups.split("; ")]
WORDS = st.text(st.sampled_from("abcdeinorstuyzäöüßéèçñøåæğşıİIșțõãőŁ"), min_size=1, max_size=14)


@pytest.mark.parametrize(("language", "forms"), GROUPS)
def test_the_forms_of_a_word_have_one_stem(language: str, forms: list[str]) -> None:
    assert len({tuple(stems(form, language)) for form in forms}) == 1


def test_every_stemmer_is_tested_and_has_its_own_mark() -> None:
    assert FORMS.keys() == STEMMERS.keys()
    assert len({stemmer.mark for stemmer in STEMMERS.values()}) == len(STEMMERS)


def test_english_and_languages_without_a_stemmer_are_stemmed_as_ever() -> None:
    text = "The mayors' bridges, naïve cafés and H7N9 in Zürich: Brücken, Häuser, мосты and 新大桥."
    for language in (None, "en", "vi", "pl", "ru", "zh", "xx"):
        assert stems(text, language) == stems(text)
        assert stemmed_as(language) == DEFAULT
    assert (
        stems("Brücken in Zürich", "en") == ANALYZER.analyze(fold("Brücken in Zürich")) == ["brucken", "in", "zurich"]
    )


@pytest.mark.parametrize("code", ["nb", "nn"])
def test_both_norwegian_languages_are_norwegian(code: str) -> None:
    assert stems("husene", code) == stems("husene", "no") != stems("husene", "sv")


@given(st.sampled_from(sorted(STEMMERS)), st.lists(WORDS, max_size=5).map(" ".join))
def test_stems_are_marked_and_accents_make_no_difference(language: str, text: str) -> None:
    marked = stems(text, language)
    assert marked == stems(fold(text), language) == [stem for word in text.split() for stem in stems(word, language)]
    assert all(stem.endswith(STEMMERS[language].mark) for stem in marked)
    assert not set(marked) & set(stems(text))
    assert {stem for span in word_spans(text) for stem in stems(text[slice(*span)], language)} == set(marked)


@pytest.mark.parametrize("language", sorted(STEMMERS))
def test_numbers_and_words_in_other_letters_are_the_same_in_every_language(language: str) -> None:
    text = "2014, H7N9, 3-5, адвокату, γέφυρες, 新大桥, สะพาน, हिन्दी"
    assert stems(text, language) == stems(text)
