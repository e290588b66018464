"""The sentence for a question in a language that the model does not read, in that language."""

import tomllib

import pytest
from babel import Locale

from bot.i18n.translation import CHINESE, ENGLISH
from bot.i18n.unread_question import SENTENCES, unread_question
from corpus.text.language import detect_language, likely_languages
from retrieval.encode.languages_read import READ

WRITTEN = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
EXPECTED = "zh ja ko th ar he hi bn ta ru uk el es fr de it pt nl pl tr ro vi id fa sv cs hu".split()


def test_each_language_of_questions_has_the_sentence() -> None:
    english = unread_question(ENGLISH, "en")
    assert english == "So far I read only English. Please try asking in English."
    assert [language for language in EXPECTED if unread_question(ENGLISH, language) == english] == []
    assert (
        unread_question(CHINESE, "sw") == unread_question(ENGLISH, "zh") == "我目前主要能看懂英文，请试试用英文提问。"
    )


@pytest.mark.parametrize("language", WRITTEN)
def test_the_sentence_is_in_its_language_and_names_english(language: str) -> None:
    sentence = WRITTEN[language]
    likeliest, _ = max(likely_languages(sentence).items(), key=lambda item: item[1])
    assert (detect_language(sentence) or likeliest) == language
    name = Locale(language).languages["en"].lower()
    assert name[:4] in sentence.lower()
    assert len(sentence) <= 110  # it is read on a phone


def test_the_sentence_is_true_of_every_model_whose_languages_are_known() -> None:
    """A model that reads several languages needs a sentence that names none."""
    assert set(READ.values()) == {frozenset({"en"})}
