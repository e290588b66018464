"""Complete a context-dependent question from the one before it.

"When was he detained?" after "What happened to Xu Zhiyong?" becomes "When was Xu Zhiyong detained?". "He" and "she" are
the name in the last question; if that question asked for a person, the first name in the sentence that answered it. If
there are several names, they are added: "When did he meet them? (Kerry Xu)". For everything else, the rarest words of
the last question are added: "Why? (Bolivia withdraw)". "And then?" asks what happened, in articles after
the one that answered, and "And before that?" in those before it.

A Chinese question has no spaces and no capitals. Its names are found by chinese_names.py, its keywords by
chinese_keywords.py: "他什么时候被捕的？" after "许志永怎么了？" becomes "许志永什么时候被捕的？".
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from retrieval.answer.chinese_keywords import chinese_keywords
from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent import (
    FUNCTION_WORDS,
    TOKEN,
    asks_what_followed,
    asks_what_preceded,
    is_context_dependent,
    is_object,
)
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.answer.elliptical_follow_ups import with_other_part
from retrieval.answer.names_in_question import POSSESSIVE, names
from retrieval.answer.time_phrases import split_period
from retrieval.types import Answer, Filters, Hit, Query

if TYPE_CHECKING:
    from retrieval.archive.contract import Archive

PERSONAL_PRONOUN = re.compile(r"(?i)\b(he|she|him|his|her|hers)\b|(?<![其吉排利维無无])[他她]")
# "Who founded it?", "Who is the mayor?", "Who is Xu's lawyer?", "Which scholar was jailed?" ask for a name; "Who is Xu
# Zhiyong?" does not.
ASKS_WHO = re.compile(
    r"(?i)(who|whom|which|what)\b(?! (is|was|are|were|about) (?!the |a |an |\w+ed\b|(?:[\w.-]+ ){0,3}[\w.-]+['’]s? \w))"
)
ASKS_WHICH = re.compile(r"(?i)(which|what)\b")
# "谁见了克里？" and "谁是船长？" ask for a name; "许志永是谁？" does not.
ASKS_WHO_CHINESE = re.compile(r"(?<!是)[谁誰]|[谁誰](?![？?]?$)|哪一?[位名个個]\w{0,4}(?:人|者|家|师|師|员|員|手)")
IS_WHO_CHINESE = re.compile("[谁誰]是")
LATIN_NAME = re.compile(r"[A-Z][A-Za-z'’.-]*(?: [A-Z][A-Za-z'’.-]*)*")
HAPPENED = frozenset(("happened", "happens"))
YEAR = re.compile(r"\b(1[6-9]|20)\d{2}\b")
WEEKDAY = re.compile(r"(?i)(mon|tues|wednes|thurs|fri|satur|sun)days?")
MAX_NAMES, MAX_WORDS, MAX_KEYWORDS = 3, 6, 4


@dataclass(frozen=True, slots=True)
class Turn:
    """The last question of a conversation: its query, and of what answered it the names in the sentence, and the date.

    Names in the query are written as the passage writes them: users often write them without capitals.
    """

    query: Query
    names: tuple[str, ...] = ()
    day: date | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Turn":
        """Return the part of an answer that a context-dependent question may need."""
        query, asked_from = _without_limit(answer.searched or Query(answer.question), answer.question)
        return cls.about(query, answer.hits[0]) if answer.hits else cls(query, day=asked_from)

    @classmethod
    def of_subject(cls, subject: Query) -> "Turn":
        """Return what a context-dependent question may need of a timeline: it asks what happened to its name."""
        name = subject.text
        asked = f"{name}怎么了？" if is_chinese(name) else f"what happened to {name}?"
        return cls(replace(subject, text=asked))

    @classmethod
    def about(cls, query: Query, hit: Hit) -> "Turn":
        """Return what a context-dependent question may need of a query and the hit that answers it."""
        (start, end), text, day = hit.highlight, hit.passage.text, hit.passage.article.published
        if is_chinese(text[start:end]):
            return cls(query, tuple(chinese_names(text[start:end])), day)
        capitalized = {word for _, word in re.findall(r"([a-z,;]) (\w+)", text) if word[0].isupper()}
        written = replace(query, text=_with_capitals(query.text, capitalized, text))
        return cls(written, tuple(names(text[start:end], known=capitalized)), day)


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question was about: names, or else its words."""

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def _without_limit(query: Query, question: str) -> tuple[Query, date | None]:
    """Return the query of "And then?" or "And before that?" without its limit, and the day that it went on from."""
    filters = query.filters
    if asks_what_followed(question) and filters.since:
        return replace(query, filters=replace(filters, since=None)), filters.since - timedelta(days=1)
    if asks_what_preceded(question) and filters.until:
        return replace(query, filters=replace(filters, until=None)), filters.until + timedelta(days=1)
    return query, None


def _with_capitals(question: str, capitalized: Collection[str], text: str) -> str:
    """Return a question with the words in capitals that a text writes only so, within its sentences."""
    in_names = {word for name in names(text, known=capitalized) for word in name.split()}
    by_small = {word.lower(): word for word in in_names if word.lower() not in FUNCTION_WORDS}
    written = {small: word for small, word in by_small.items() if not re.search(rf"\b{re.escape(small)}\b", text)}
    return TOKEN.sub(lambda word: written.get(word[0], word[0]), question)


def resolve_context(query: Query, before: Turn | None, archive: "Archive") -> Query:
    """Complete a context-dependent query with the subject and the filters of the last one; return others unchanged."""
    if before is None or not is_context_dependent(query.text):
        return query
    if before.day and (asks_what_followed(query.text) or asks_what_preceded(query.text)):
        return _other_time(query, before, before.day, archive)
    text = with_other_part(query.text, before.query.text) or _completed(
        query.text, subject(query.text, before, archive)
    )
    return replace(query, text=text, filters=_inherited(query.filters, before.query.filters))


def _other_time(query: Query, before: Turn, day: date, archive: "Archive") -> Query:
    """Ask what happened after a day, or before it."""
    last = replace(before.query, text=split_period(before.query.text)[0])  # what followed is not of it
    if is_chinese(last.text):
        topic = "".join(keyword.text for keyword in sorted(chinese_keywords(last.text, archive)[:MAX_KEYWORDS]))
        text = f"{topic}发生了什么？"
    else:
        words = [word for word in _rarest_words(last.text, archive) if word not in HAPPENED]
        topic = " ".join([*filter(None, [_answered(before)]), *words])
        text = f"what happened to {topic}?" if names(last.text) == [topic] else f"what happened then? ({topic})"
    if not topic:
        return query
    filters = _inherited(query.filters, last.filters)
    if asks_what_followed(query.text):
        later = day + timedelta(days=1) if day < date.max else day
        return replace(query, text=text, filters=replace(filters, since=later, until=None))
    earlier = day - timedelta(days=1) if day > date.min else day
    return replace(query, text=text, filters=replace(filters, since=None, until=earlier))


def _completed(question: str, topic: Topic) -> str:
    """Write a topic into a question: its first name in the place of "he" or "she", the rest behind it in brackets."""
    pronouns = list(PERSONAL_PRONOUN.finditer(question)) if topic.names else []
    for pronoun in reversed(pronouns):
        start, end = pronoun.span()
        question = question[:start] + _in_place_of(pronoun, topic.names[0]) + question[end:]
    rest = [*topic.names[1 if pronouns else 0 :], *topic.words]
    return f"{question} ({' '.join(rest)})" if rest else question


def _in_place_of(pronoun: re.Match[str], name: str) -> str:
    """Return a name in the form of a pronoun: "Xu's" for "his"."""
    word = pronoun[0].lower()
    words = [each.lower() for each in TOKEN.findall(pronoun.string)]
    at = len(TOKEN.findall(pronoun.string[: pronoun.start()]))
    is_possessive = word in {"his", "hers"} or (word == "her" and not is_object(words, at))
    return f"{name}'s" if is_possessive else name


def subject(question: str, before: Turn, archive: "Archive") -> Topic:
    """Return what the last question was about, in names or a few words of it or of its answer."""
    last = before.query.text
    if is_chinese(last):
        return _chinese_subject(question, before, archive)
    if not PERSONAL_PRONOUN.search(question):
        return Topic(words=_rarest_words(_without_other_times(last, question), archive))
    answered = _answered(before)
    if found := tuple([*([answered] if answered else []), *names(last)][:MAX_NAMES]):
        return Topic(found)
    return Topic(words=_rarest_words(last, archive))


def _answered(before: Turn) -> str | None:
    """Return the first name in the sentence that answered, if the question asked for a name."""
    last = before.query.text
    if not ASKS_WHO.match(last) or (ASKS_WHICH.match(last) and names(last)):
        return None
    return next((name for name in before.names if name not in last), None)


def _chinese_subject(question: str, before: Turn, archive: "Archive") -> Topic:
    """Return what the last question, in Chinese, was about."""
    last = before.query.text
    keywords = chinese_keywords(last, archive)[:MAX_KEYWORDS]
    found: tuple[str, ...] = ()
    if PERSONAL_PRONOUN.search(question):
        named = [*chinese_names(last), *LATIN_NAME.findall(last)]
        asks_for_name = ASKS_WHO_CHINESE.search(last) and not (named and IS_WHO_CHINESE.match(last))
        answered = [name for name in before.names if name not in last][:1] if asks_for_name else []
        found = tuple([*answered, *named][:MAX_NAMES])
        if named:
            return Topic(found)
        if answered or not ASKS_WHO_CHINESE.search(last):
            keywords = keywords[:1]
    return Topic(found, tuple(keyword.text for keyword in sorted(keywords)))


def _without_other_times(last: str, question: str) -> str:
    """Return the last question without its year or day of the week, if the question has another one."""
    for time in (YEAR, WEEKDAY):
        if time.search(question):
            last = time.sub(" ", last)
    return last


def _rarest_words(last: str, archive: "Archive") -> tuple[str, ...]:
    """Return the words of a question that occur in the fewest passages, in their order."""
    unique = dict.fromkeys(TOKEN.findall(POSSESSIVE.sub("", last)))
    words = [word for word in unique if word.lower() not in FUNCTION_WORDS]
    frequencies = archive.document_frequencies(words).by_word
    rarest = sorted(words, key=lambda word: (frequencies[word] == 0, frequencies[word]))[:MAX_WORDS]
    return tuple(word for word in words if word in rarest)


def _inherited(own: Filters, last: Filters) -> Filters:
    """Fill in the filters that a query does not set from the last query; the two dates go together."""
    dated = own if own.since or own.until else last
    source, author = own.source or last.source, own.author or last.author
    return replace(own, since=dated.since, until=dated.until, source=source, author=author)
