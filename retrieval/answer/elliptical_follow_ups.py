"""Ask the last question again with another part: "and the women's race?" after "Who won the men's race?".

The part may be a name ("What about Waythe?"), a noun with other words before it, a possessive ("And the men's?"), or a
period ("And in 2020?", "And in June?").
"""

import re
from datetime import date

from retrieval.answer.periods_english import whole_period
from retrieval.answer.time_phrases import split_period

LEAD = re.compile(r"(?i)\W*(?:(?:ok|okay|well)\W+)?(?:(?:and|or|but)\s+)?(?:(?:what|how)\s+about\s+)?")
YEAR = re.compile(r"(?:1[6-9]|20)\d{2}")
PREPOSITION = re.compile(r"(?i)(?:in|on|during)\s+")
# Before these stands no preposition: "yesterday", "last year".
FREE_PERIOD = re.compile(r"(?i)(?:the|last|this|past|previous|today|yesterday|[\w\s]+\bago\b)")
NAME = re.compile(r"[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,3}")
CAPITAL = re.compile(r"[A-Z]")
# The noun at its end, with up to three words before it.
NOUN_PHRASE = re.compile(r"(?P<the>the|a|an)\s+(?P<before>(?:[\w'’-]+\s+){1,3})(?P<noun>[\w'’-]+)", re.IGNORECASE)
# "And the men's?", "And Hale's?": the noun is that of the last question.
POSSESSIVE = re.compile(r"(?i)(?:(?:the|a|an)\s+)?(?P<whose>[\w-]+(?:\s[\w-]+)?['’]s|[\w-]+s['’])")
OWN_POSSESSIVE = re.compile(r"[\w-]+['’]s(?=\s\w)|[\w-]+s['’](?=\s\w)")
ARTICLE = re.compile(r"(?i)^(?:the|a|an)\s+")
# Not the first word of a sentence, which has a capital anyway.
OWN_NAME = re.compile(r"(?<!^)(?<![.?!] )\b(?:(?:the|a|an)\s+)?(?:[A-Z][\w.-]*)(?:\s+[A-Z][\w.-]*)*")
NAME_BEFORE = re.compile(r"(?<!^)(?:(?<=\s)[A-Z][\w.-]*\s+)+$")
MAX_WORDS = 12  # of the last question
MAX_CHARACTERS = 60  # of such a follow-up


def with_other_part(question: str, last: str) -> str | None:
    """Replace the matching part of the last question by the part that a follow-up names; None if nothing matches."""
    lead, part = split_lead(question)
    if not lead or not part or len(question) > MAX_CHARACTERS:
        return None
    if in_period := _in_period(last, part):
        return in_period
    if whose := POSSESSIVE.fullmatch(part):
        return _with_possessive(last, whose["whose"])
    noun = NOUN_PHRASE.fullmatch(part)
    return (_with_noun(last, noun, part) if noun else None) or _with_name(last, part)


def split_lead(question: str) -> tuple[str, str]:
    """Return the words that lead a follow-up, such as "and what about", and the part that it names."""
    end = lead.end() if (lead := LEAD.match(question)) else 0
    return question[:end].strip(), question[end:].strip(" ?!.")


def _in_period(last: str, part: str) -> str | None:
    """Ask the last question of another period; a month or a quarter without a year is one of the last one's year.

    "And May?" may be a person, unless the last question has a period, too.
    """
    today = date.today()  # noqa: DTZ011 - only the words of the periods count here
    words = PREPOSITION.sub("", part, count=1)
    last, own = split_period(last)
    if words == part and not (own or FREE_PERIOD.match(words) or re.search("[0-9]", words)):
        return None
    year = YEAR.search(own)
    if year and not YEAR.search(words) and whole_period(f"{words} {year[0]}", today):
        words = f"{words} {year[0]}"
    period = whole_period(words, today)
    if not period:
        return None
    lead = "" if FREE_PERIOD.match(words) else "on " if period.first == period.last else "in "
    text, mark = re.fullmatch(r"(.*?)([\s?!.]*)", last, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{text} {lead}{words}{mark}"


def _with_noun(last: str, noun: re.Match[str], part: str) -> str | None:
    """Replace "the men's race" by "the women's race": phrases with the same noun and other words before it."""
    same = re.compile(rf"(?i)\b(?:the|a|an)\s+(?:[\w'’-]+\s+){{1,3}}?{re.escape(noun['noun'])}\b")
    own = same.search(last)
    return last[: own.start()] + part + last[own.end() :] if own else None


def _with_possessive(last: str, whose: str) -> str | None:
    """Replace the one possessive of the last question, with the rest of a name before it."""
    own = list(OWN_POSSESSIVE.finditer(last))
    if len(own) != 1 or len(last.split()) > MAX_WORDS:
        return None
    before = last[: own[0].start()]
    if own[0][0][0].isupper():
        before = NAME_BEFORE.sub("", before)
    return before + whose + last[own[0].end() :]


def _with_name(last: str, part: str) -> str | None:
    """Replace the one name of the last question, with its article, by another one."""
    name = ARTICLE.sub("", part)
    if not NAME.fullmatch(name) or not all(CAPITAL.match(word) for word in name.split()):
        return None
    own = list(OWN_NAME.finditer(last))
    if len(own) != 1 or len(last.split()) > MAX_WORDS:
        return None
    return last[: own[0].start()] + part + last[own[0].end() :]
