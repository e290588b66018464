"""Phrases of time in a question: "in 2019", "since the summer", "between 2014 and 2016", "before the election of 2016".

A number or a month is a period only where a word says so: "the 1989 protests" and "May said" are none. What has not yet
begun is none either, since no article is from then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from corpus.article import Span
from retrieval.answer import phrases_in_other_languages
from retrieval.answer.calendar_periods import Period, year_of
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.answer.periods_english import AMBIGUOUS_MONTHS, free_periods, period_at
from retrieval.answer.time_phrases_chinese import chinese_time_phrases


@dataclass(frozen=True, slots=True)
class TimePhrase:
    """A phrase of time in a question, and the days it means; None is no limit.

    `in_words` says that the phrase names an event ("before the election of 2016"), whose words are still to search for.
    """

    span: Span
    since: date | None
    until: date | None
    in_words: bool = False


WITHIN = "in|during|throughout|within|over|on|from"
FROM = "since|after"
UP_TO = "before|prior\\s+to|until|till|up\\s+to|by"
LEAD = re.compile(rf"(?i:\b(?P<word>back\s+in|{WITHIN}|{FROM}|{UP_TO}|between)\s+)")
TO = re.compile(r"(?i:\s+(?:to|until|till|through|up\s+to)\s+)")
JOIN = {
    "between": re.compile(r"(?i:\s+and\s+)"),
    "from": TO,
    "in": re.compile(r"(?i:\s+(?:and|or)\s+(?:in\s+)?|\s*[-–]\s*)"),
    "on": re.compile(r"\s*[-–]\s*"),
}
# "Not in 2019" and "two years after 2019" are no filters.
NO_LEAD = re.compile(r"(?i:\b(?:not|days|weeks|months|years|day|week|month|year)\s+$)")
ONWARDS = re.compile(r"(?i:\s*(?:on|onwards?|and\s+(?:after|later))\b)")
# An event with its year: "the election of 2016", "her arrest in 2014".
EVENT = re.compile(
    r"(?i:(?:the|her|his|their|its)\s+(?:(?:[\w'’-]+\s+){1,4}?(?:of|in)\s+(?:1[6-9]|20)[0-9]{2}\b|(?:1[6-9]|20)[0-9]{2}\s+[^\W\d][\w-]*))"
)
YEAR = re.compile(r"(?:1[6-9]|20)[0-9]{2}")
CHINESE_EVENT = re.compile(
    r"(?P<year>(?:1[6-9]|20)[0-9]{2})\s?年(?:的)?(?![0-9]|[前后後以之])[^\W\d]{2,8}?"
    r"(?:(?P<before>(?:以|之)前)|(?:以|之)(?:后|後)|以来|以來)"
)
# A month that may be a person's name or a verb: "after May resigned". At the end of a clause it is a month.
PERSON_OR_VERB = re.compile(rf"(?i:({'|'.join(AMBIGUOUS_MONTHS)})\b(?!\s*(?:[0-9]|$|[?.!,;)]|and\b|or\b)))")
PERSON = re.compile(rf"(?i:({'|'.join(AMBIGUOUS_MONTHS)})\b(?!\s*[0-9]))")


def time_phrase(question: str, today: date) -> TimePhrase | None:
    """Return the phrase of time in a question, the first one; None if it has none."""
    phrases = chinese_phrases(question, today) if is_chinese(question) else _english_phrases(question, today)
    begun = (phrase for phrase in phrases if not phrase.since or phrase.since <= today)
    return min(begun, key=lambda phrase: phrase.span.start, default=None)


def split_period(question: str) -> tuple[str, str]:
    """Return a question without its period, and the words of the period, if it has one."""
    phrase = time_phrase(question, date.today())  # noqa: DTZ011 - only the words of the period count here
    if phrase is None or phrase.in_words:
        return question, ""
    start, end = phrase.span
    return f"{question[:start].rstrip()}{question[end:]}".strip(), question[start:end]


def chinese_phrases(question: str, today: date) -> Iterator[TimePhrase]:
    """Yield the phrases of time in a Chinese question."""
    if event := CHINESE_EVENT.search(question):
        year = year_of(int(event["year"]))
        since, until = (None, year.last) if event["before"] else (year.first, None)
        yield TimePhrase(Span(*event.span()), since, until, in_words=True)
        return
    for start, end, since, until in chinese_time_phrases(question, today):
        yield TimePhrase(Span(start, end), since, until)


def _english_phrases(question: str, today: date) -> Iterator[TimePhrase]:
    ends = 0
    for lead in LEAD.finditer(question):
        if lead.start() < ends or NO_LEAD.search(question[: lead.start()]):
            continue
        if phrase := _led_by(lead, question, today):
            yield phrase
            ends = phrase.span.end
    for start, end, period in phrases_in_other_languages.years(question):
        yield TimePhrase(Span(start, end), period.first, period.last)
    for start, found in free_periods(question, today):
        if start and question[start].isupper() and not question.isupper():
            continue  # "Who sang Yesterday?"
        yield TimePhrase(Span(start, found.end), found.period.first, found.period.last)


def _led_by(lead: re.Match[str], question: str, today: date) -> TimePhrase | None:
    """Return the phrase that begins with a word such as "in"; None if no period follows."""
    word = " ".join(lead["word"].lower().split())
    if re.fullmatch(rf"{FROM}|{UP_TO}", word) and (event := EVENT.match(question, lead.end())):
        year = year_of(int(YEAR.findall(event[0])[-1]))
        since, until = (year.first, None) if re.fullmatch(FROM, word) else (None, year.last)
        return TimePhrase(Span(lead.start(), event.end()), since, until, in_words=True)
    found = period_at(question, lead.end(), today)
    if not found or not _is_period_after(word, question[lead.end() :], found.period):
        return None
    if (join := JOIN.get(word)) and (joined := join.match(question, found.end)):
        second = period_at(question, joined.end(), today)
        if second:
            first = found.period.first
            last = second.period.last
            if first > last and not YEAR.search(question[lead.end() : found.end]):  # "between March and May 2015"
                first = first.replace(year=second.period.first.year)
            elif first > last:
                first, last = second.period.first, found.period.last
            return TimePhrase(Span(lead.start(), second.end), first, last)
    if word == "between":
        return None
    end = found.end
    if word == "from" and (onwards := ONWARDS.match(question, found.end)):
        word, end = "since", onwards.end()
    return TimePhrase(Span(lead.start(), end), *_days(word, found.period))


def _days(word: str, period: Period) -> tuple[date | None, date | None]:
    """Return the first and the last day that a word and its period mean."""
    match word:
        case "since":
            return period.first, None
        case "after":
            return period.last + timedelta(days=1), None
        case "before" | "prior to":
            return None, period.first - timedelta(days=1)
        case "until" | "till" | "up to" | "by":
            return None, period.last
        case _:
            return period


def _is_period_after(word: str, words: str, period: Period) -> bool:
    """Tell whether a word and the words after it mean this period: "in May", "by June 2019", but not "by May"."""
    if word == "on":
        return period.first == period.last
    if word in {"over", "within"}:
        return bool(re.match(r"(?i:the|last|past)\b", words))
    if word == "by":
        return not PERSON.match(words)
    if re.fullmatch(f"{FROM}|{UP_TO}|from|between", word):
        return not PERSON_OR_VERB.match(words)
    return True
