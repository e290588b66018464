"""Questions that lean on the last one: "when was he detained?" after "what happened to Xu Zhiyong?" means Xu.

What is added is what the last question was about: for "he" and "she" its names, or, where it asked who somebody is,
the first one in the sentence that answered; for everything else the words that tell most.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.answer.context_dependent import SMALL, TOKEN, is_context_dependent
from retrieval.types import Answer, Filters, Query

if TYPE_CHECKING:
    from retrieval.archive.contract import Archive

PERSONAL = re.compile(r"(?i)\b(he|she|him|his|her|hers)\b")
# "Who founded it?", "Who is the mayor?", "Which scholar was jailed?" ask for somebody; "Who is Xu Zhiyong?" does not.
WHO = re.compile(r"(?i)(who|whom|which|what)\b(?! (is|was|are|were|about) (?!the |a |an |\w+ed\b))")
WHICH = re.compile(r"(?i)(which|what)\b")
DATE = re.compile(
    r"(January|February|March|April|May|June|July|August|September|October|November|December|[A-Z][a-z]+day)\b"
)
POSSESSIVE = re.compile(r"['’]s?\b")
MOST_NAMES, MOST_WORDS = 3, 6


@dataclass(frozen=True, slots=True)
class Turn:
    """What a conversation remembers of its last question: what was searched for, and whom the answer named."""

    query: Query
    named: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer) -> "Turn":
        """Keep of an answer what a follow-up may lean on, and no passage."""
        query = answer.searched or Query(answer.question)
        if not answer.answered or not answer.hits:
            return cls(query)
        (start, end), text = answer.hits[0].highlight, answer.hits[0].passage.text
        inside = {word for before, word in re.findall(r"([a-z,;]) (\w+)", text) if word[0].isupper()}
        return cls(query, tuple(names(text[start:end], known=inside)))


def resolve_context(query: Query, before: Turn | None, archive: "Archive") -> Query:
    """Return the query with what it leans on, in the slice of the last one where it has none of its own."""
    if before is None or not is_context_dependent(query.text):
        return query
    about = subject(query.text, before, archive)
    text = f"{query.text} ({about})" if about else query.text
    return replace(query, text=text, filters=_inherited(query.filters, before.query.filters))


def subject(question: str, before: Turn, archive: "Archive") -> str:
    """Return what the last question was about, in a few words."""
    last = before.query.text
    if not PERSONAL.search(question):
        return _occurrence(last, archive)
    own = names(last)
    somebody = WHO.match(last) and not (WHICH.match(last) and own)
    answered = [name for name in before.named if name not in last][:1] if somebody else []
    return " ".join([*answered, *own][:MOST_NAMES]) or _occurrence(last, archive)


def names(text: str, known: Collection[str] = ()) -> list[str]:
    """Return the names in a text: runs of words with capitals, and the numbers after them.

    The first word of a sentence begins a name if another follows, or if it is among those that are known.
    """
    if text.isupper():
        return []
    parts = re.split(r"[.?!:;,]\s|[()“”\"]", text)
    found = [_begun(name, known) if first else name for part in parts for name, first in _runs(part)]
    whole = [name for name in dict.fromkeys(found) if name and not DATE.match(name)]
    return [one for one in whole if not any(one != other and one in other for other in whole)]


def _begun(name: str, known: Collection[str]) -> str:
    """Return a name that a sentence begins with, without a first word that has its capital from there."""
    first, *others = name.split()
    if first in known or (others and not (known and len(others) > 1)):
        return name
    return " ".join(others)


def _runs(part: str) -> list[tuple[str, bool]]:
    """Return the runs of words with capitals in a part of a sentence, and whether each begins the part."""
    runs: list[list[str]] = []
    begins: list[bool] = []
    going = False
    for at, word in enumerate(TOKEN.findall(POSSESSIVE.sub(" ,", part))):
        is_name = word.rpartition("-")[2][0].isupper() and word.lower() not in SMALL
        if going and (is_name or word.isdigit()):
            runs[-1].append(word)
        elif is_name:
            runs.append([word])
            begins.append(at == 0)
        going = is_name or (going and word.isdigit())
    return list(zip(map(" ".join, runs), begins, strict=True))


def _occurrence(last: str, archive: "Archive") -> str:
    """Return the words that tell most, those in the fewest passages, in the order in which they were written."""
    written = dict.fromkeys(TOKEN.findall(POSSESSIVE.sub("", last)))
    words = [word for word in written if word.lower() not in SMALL]
    often = archive.document_frequencies(words).by_word
    rarest = sorted(words, key=lambda word: (often[word] == 0, often[word]))[:MOST_WORDS]
    return " ".join(word for word in words if word in rarest)


def _inherited(own: Filters, last: Filters) -> Filters:
    """Fill in what a slice leaves open; its days go together."""
    dated = own if own.since or own.until else last
    source, author = own.source or last.source, own.author or last.author
    return replace(own, since=dated.since, until=dated.until, source=source, author=author)
