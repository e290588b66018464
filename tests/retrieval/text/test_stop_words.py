"""A question has the stop words of its language, and words in other letters are stop words everywhere."""

import pytest

from retrieval.text.question_terms import content_terms, each_stem_once, question_terms
from retrieval.text.stop_words import LATIN, language_of_stop_words


def content_words(question: str, *languages: str) -> list[str]:
    terms = question_terms(question, languages)
    return [question[slice(*term.span)] for term in terms if not term.stop]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Wer hat die Brücke eröffnet?", "Brücke eröffnet"),
        ("¿Quién abrió el puente en la ciudad?", "abrió puente ciudad"),
        ("¿Quien abrio el puente?", "abrio puente"),
        ("Qui a ouvert le pont de la ville ?", "ouvert pont ville"),
        ("Chi ha aperto il ponte della città?", "aperto ponte città"),
        ("Wie heeft de brug geopend?", "brug geopend"),
        ("Quem abriu a ponte?", "abriu ponte"),
        ("Cine a deschis podul din oraș?", "deschis podul oraș"),
        ("Köprüyü kim ve ne zaman açtı?", "Köprüyü açtı"),
        ("Кто и когда открыл мост в городе?", "открыл мост городе"),
        ("Ποιος άνοιξε τη γέφυρα;", "άνοιξε γέφυρα"),
        ("من الذي افتتح الجسر؟", "افتتح الجسر"),
        ("पुल किसने और कब खोला था?", "पुल खोला"),
        ("Who opened the bridge?", "opened bridge"),
        ("Does the WHO know why?", "WHO know"),
        ("Ai đã mở cây cầu đá?", "Ai đã mở cây cầu đá"),
    ],
)
def test_stop_words_are_those_of_the_questions_language(question: str, words: str) -> None:
    assert content_words(question, "en", *LATIN) == words.split()


def test_a_language_that_the_archive_lacks_needs_more_stop_words() -> None:
    assert content_words("China men die", "en") == ["China", "men", "die"]
    assert content_words("Wer hat die Brücke eröffnet?", "en") == ["Brücke", "eröffnet"]


def test_one_stop_word_tells_only_in_an_archive_of_that_language() -> None:
    assert language_of_stop_words("Panthers kaç sayı verdi?", ("tr",)) == "tr"
    assert language_of_stop_words("Panthers kaç sayı verdi?", ("en", "tr")) == "en"
    assert language_of_stop_words("Which men were under arrest?", ("en", "da")) == "en"
    assert language_of_stop_words("", ("de",)) == "en"


def test_a_language_that_the_archive_has_comes_before_another() -> None:
    shared = "hvem er den"
    assert language_of_stop_words(shared, ("en", "no")) == "no"
    assert language_of_stop_words(shared, ("en", "da")) == "da"


@pytest.mark.parametrize("language", sorted(LATIN))
def test_a_question_of_stop_words_is_searched_for_all_of_them(language: str) -> None:
    question = " ".join(LATIN[language].split()[:3])
    assert content_words(question, language) == []
    assert content_terms(question, (language,))


def test_a_term_has_a_stem_for_each_language_and_no_stem_comes_twice() -> None:
    assert content_terms("Kerry 2014 Brücken", ("en", "de")) == [("kerri", "kerryᚢ"), ("2014",), ("brucken", "bruckᚢ")]
    assert content_terms("Brücke Brücken", ("en", "de")) == [("bruck", "bruckᚢ"), ("brucken",)]
    assert content_terms("Brücke Brücken", ("de",)) == [("bruckᚢ",)]
    assert list(each_stem_once([("a", "b"), ("a",), ("b", "c")])) == [("a", "b"), (), ("c",)]
