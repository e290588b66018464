"""Names in a question and in the sentence that answers it: runs of capitalized words; in Chinese, names of people."""

import re
from collections.abc import Collection
from datetime import date

from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent import FUNCTION_WORDS, TOKEN
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.answer.natural_language_filters import plain_filters
from retrieval.answer.query import parse_query
from retrieval.errors import QuestionError

DATE = re.compile(
    r"(January|February|March|April|May|June|July|August|September|October|November|December|[A-Z][a-z]+day)\b"
)
MAX_ABBREVIATED = 2  # letters of abbreviations that are mostly adjectives: "US officials"
POSSESSIVE = re.compile(r"['’]s?\b")


def named_in(question: str) -> list[str]:
    """Return the names in a question, in their order."""
    return list(chinese_names(question)) if is_chinese(question) else names(question)


def subjects_of(question: str) -> list[str]:
    """Return the names in a question whose timeline may be offered: those of no filter, period or author."""
    try:
        query = parse_query(question)
    except QuestionError:
        return []
    plain = plain_filters(query, tuple, date.today())  # noqa: DTZ011 - only the words of the filters count here
    named = named_in(plain.query.text if plain else query.text)
    return [name for name in named if len(name) > MAX_ABBREVIATED or not (name.isascii() and name.isupper())]


def names(text: str, known: Collection[str] = ()) -> list[str]:
    """Return the names in a text: runs of capitalized words, with the numbers after them.

    The first word of a sentence, always capitalized, begins a name if another word follows or if it is in `known`.
    """
    if text.isupper():
        return []
    parts = re.split(r"[.?!:;,]\s|[()“”\"]", text)
    runs = [_without_sentence_start(run, known) if first else run for part in parts for run, first in _runs(part)]
    unique = [name for name in dict.fromkeys(runs) if name and not DATE.match(name)]
    return [name for name in unique if not any(name != other and name in other for other in unique)]


def _without_sentence_start(name: str, known: Collection[str]) -> str:
    """Return the name at the start of a sentence, without a first word that is no name."""
    first, *others = name.split()
    if first in known or (others and not (known and len(others) > 1)):
        return name
    return " ".join(others)


def _runs(part: str) -> list[tuple[str, bool]]:
    """Return the runs of capitalized words in a part of a sentence, and for each whether it begins the part."""
    runs: list[list[str]] = []
    begins: list[bool] = []
    in_run = False
    for at, word in enumerate(TOKEN.findall(POSSESSIVE.sub(" ,", part))):
        is_name = word.rpartition("-")[2][0].isupper() and word.lower() not in FUNCTION_WORDS
        if in_run and (is_name or word.isdigit()):
            runs[-1].append(word)
        elif is_name:
            runs.append([word])
            begins.append(at == 0)
        in_run = is_name or (in_run and word.isdigit())
    return list(zip(map(" ".join, runs), begins, strict=True))
