"""Tells a user that the model does not read the language of a question, in that language."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.i18n.translation import LANGUAGES, Language

SENTENCES = Path(__file__).with_suffix(".toml")


def unread_question(language: Language, asked: str) -> str:
    """Say that the model reads only English, in the language of the question if the bot knows the sentence in it.

    `language` is the user's, in which it is said otherwise.
    """
    spoken = language if language.iso == asked else LANGUAGES.get(asked, language)
    return _sentences().get(asked) or spoken.say("So far I read only English. Please try asking in English.")


@cache
def _sentences() -> Mapping[str, str]:
    return tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
