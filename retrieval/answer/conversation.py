"""Complete a context-dependent question from the one before it.

"When was he detained?" after "What happened to Xu Zhiyong?" becomes "When was he detained? (Xu Zhiyong)". For "he" and
"she", the names in the last question are added; if that question asked for a person, also the first name in the
sentence that answered it. For everything else, the rarest words of the last question are added.

A Chinese question has no spaces and no capitals. Its names are found by chinese_names.py, its keywords by
chinese_keywords.py: "他什么时候被捕的？" after "许志永怎么了？" becomes "他什么时候被捕的？ (许志永)".
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.answer.chinese_keywords import chinese_keywords
from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent import FUNCTION_WORDS, TOKEN, is_context_dependent
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.types import Answer, Filters, Query

if TYPE_CHECKING:
    from retrieval.archive.contract import Archive

PERSONAL_PRONOUN = re.compile(r"(?i)\b(he|she|him|his|her|hers)\b|(?<![其吉排利维無无])[他她]")
# "Who founded it?", "Who is the mayor?", "Which scholar was jailed?" ask for a name; "Who is Xu Zhiyong?" does not.
ASKS_WHO = re.compile(r"(?i)(who|whom|which|what)\b(?! (is|was|are|were|about) (?!the |a |an |\w+ed\b))")
ASKS_WHICH = re.compile(r"(?i)(which|what)\b")
DATE = re.compile(
    r"(January|February|March|April|May|June|July|August|September|October|November|December|[A-Z][a-z]+day)\b"
)
POSSESSIVE = re.compile(r"['’]s?\b")
# "谁见了克里？" and "谁是船长？" ask for a name; "许志永是谁？" does not.
ASKS_WHO_CHINESE = re.compile(r"(?<!是)[谁誰]|[谁誰](?![？?]?$)|哪一?[位名个個]\w{0,4}(?:人|者|家|师|師|员|員|手)")
IS_WHO_CHINESE = re.compile("[谁誰]是")
LATIN_NAME = re.compile(r"[A-Z][A-Za-z'’.-]*(?: [A-Z][A-Za-z'’.-]*)*")
MAX_NAMES, MAX_WORDS, MAX_KEYWORDS = 3, 6, 4


@dataclass(frozen=True, slots=True)
class Turn:
    """The last question of a conversation: its query, and the names in the sentence that answered it."""

    query: Query
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer) -> "Turn":
        """Return the part of an answer that a context-dependent question may need."""
        query = answer.searched or Query(answer.question)
        if not answer.hits:
            return cls(query)
        (start, end), text = answer.hits[0].highlight, answer.hits[0].passage.text
        if is_chinese(text[start:end]):
            return cls(query, tuple(chinese_names(text[start:end])))
        capitalized = {word for _, word in re.findall(r"([a-z,;]) (\w+)", text) if word[0].isupper()}
        return cls(query, tuple(names(text[start:end], known=capitalized)))


def resolve_context(query: Query, before: Turn | None, archive: "Archive") -> Query:
    """Complete a context-dependent query with the subject and the filters of the last one; return others unchanged."""
    if before is None or not is_context_dependent(query.text):
        return query
    topic = subject(query.text, before, archive)
    text = f"{query.text} ({topic})" if topic else query.text
    return replace(query, text=text, filters=_inherited(query.filters, before.query.filters))


def subject(question: str, before: Turn, archive: "Archive") -> str:
    """Return what the last question was about, in a few words of it or of its answer."""
    last = before.query.text
    if is_chinese(last):
        return _chinese_subject(question, before, archive)
    if not PERSONAL_PRONOUN.search(question):
        return _rarest_words(last, archive)
    named = names(last)
    asks_for_name = ASKS_WHO.match(last) and not (ASKS_WHICH.match(last) and named)
    answered = [name for name in before.names if name not in last][:1] if asks_for_name else []
    return " ".join([*answered, *named][:MAX_NAMES]) or _rarest_words(last, archive)


def _chinese_subject(question: str, before: Turn, archive: "Archive") -> str:
    """Return what the last question, in Chinese, was about."""
    last = before.query.text
    keywords = chinese_keywords(last, archive)[:MAX_KEYWORDS]
    if PERSONAL_PRONOUN.search(question):
        named = [*chinese_names(last), *LATIN_NAME.findall(last)]
        asks_for_name = ASKS_WHO_CHINESE.search(last) and not (named and IS_WHO_CHINESE.match(last))
        answered = [name for name in before.names if name not in last][:1] if asks_for_name else []
        if answered or named:
            return " ".join([*answered, *(named or [keyword.text for keyword in keywords[:1]])][:MAX_NAMES])
        if not ASKS_WHO_CHINESE.search(last):
            keywords = keywords[:1]
    return " ".join(keyword.text for keyword in sorted(keywords))


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


def _rarest_words(last: str, archive: "Archive") -> str:
    """Return the words of a question that occur in the fewest passages, in their order."""
    unique = dict.fromkeys(TOKEN.findall(POSSESSIVE.sub("", last)))
    words = [word for word in unique if word.lower() not in FUNCTION_WORDS]
    frequencies = archive.document_frequencies(words).by_word
    rarest = sorted(words, key=lambda word: (frequencies[word] == 0, frequencies[word]))[:MAX_WORDS]
    return " ".join(word for word in words if word in rarest)


def _inherited(own: Filters, last: Filters) -> Filters:
    """Fill in the filters that a query does not set from the last query; the two dates go together."""
    dated = own if own.since or own.until else last
    source, author = own.source or last.source, own.author or last.author
    return replace(own, since=dated.since, until=dated.until, source=source, author=author)
