"""Suggest questions about the people in an archive's newest articles; each is tried before it is suggested."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import TypeVar

from corpus.article import Card
from retrieval.answer.context_dependent import FUNCTION_WORDS
from retrieval.answer.conversation import DATE
from retrieval.archive.contract import Archive
from retrieval.errors import QuestionError
from retrieval.types import Answer

NEWEST_ARTICLES, MAX_QUESTIONS = 20, 12
MAX_CHARACTERS = 100
# A question is suggested only if the answer's confidence is at least this.
MIN_CONFIDENCE = 0.8
WORD = re.compile(r"[^\W\d_](?:[\w-]*\w)?")
BEFORE_NO_PERSON = re.compile(r"(\bof|\b[Tt]he) $")
EVENT_VERBS = (
    "abducted|accused|acquitted|appointed|arrested|banned|charged|convicted|deported|detained|dismissed|elected|"
    "expelled|fined|fired|freed|imprisoned|indicted|injured|jailed|kidnapped|killed|released|sacked|sentenced|shot|"
    "suspended|wounded"
)
# "sentenced legal scholar Xu Zhiyong", and not "jailed since Xu Zhiyong".
TITLES = r"((?!(after|as|at|before|by|for|from|in|of|on|over|since|that|to|under|when|while|with) )\w+ ){0,3}"
SAYING_VERBS = "added|argued|said|says|told|warned|wrote"
# Questions about a person, each with what a sentence must say of the name; the first that fits is asked.
KINDS = {
    "What happened to {name}?": rf"({EVENT_VERBS}) {TITLES}NAME|NAME(, [^,]*,)? (was|were|has been) ({EVENT_VERBS})",
    "What did {name} say?": rf"({SAYING_VERBS}) NAME|NAME ({SAYING_VERBS})",
    "Who is {name}?": r"NAME, (who|whose|former)",
}
# If no sentence fits: the name may not be a person's.
FALLBACK = "What is known about {name}?"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Suggestion:
    """A question that an article should answer; `kind` is its template."""

    question: str
    article: Card
    kind: str


def suggest_questions(
    archive: Archive, answer: Callable[[str], Answer], count: int = 3, max_characters: int = MAX_CHARACTERS
) -> list[str]:
    """Return up to `count` questions that the newest articles answer, best first, if possible each of another article.

    At most twelve questions are asked with `answer`, none longer than `max_characters`. Headlines fill up if too few
    questions about people are answered.
    """

    def short(suggestions: Iterable[_Suggestion]) -> Iterator[_Suggestion]:
        return (suggestion for suggestion in suggestions if len(suggestion.question) <= max_characters)

    cards = archive.newest_cards(NEWEST_ARTICLES)
    people = short(_unique(_alternating(_about_people(archive, card) for card in cards)))
    chosen = _diverse(_answered(islice(people, MAX_QUESTIONS - count), answer), count)
    if missing := count - len(chosen):
        used = {suggestion.article for suggestion in chosen}
        headlines = (_Suggestion(card.title, card, "") for card in sorted(cards, key=lambda card: card in used))
        answered = sorted(_answered(islice(short(headlines), missing), answer), key=_by_confidence)
        chosen += [suggestion for suggestion, _ in answered]
    return [suggestion.question for suggestion in chosen]


def _about_people(archive: Archive, card: Card) -> list[_Suggestion]:
    """Return questions about the people that an article names, alternating between the kinds of question."""
    passages = archive.passages_of(card.id)
    sentences = [passage.text[start:end] for passage in passages for start, end in passage.sentences]
    kinds: dict[str, list[_Suggestion]] = {kind: [] for kind in (*KINDS, FALLBACK)}
    for name in dict.fromkeys(name for sentence in sentences for name in _names(sentence)):
        fitting = (kind for kind in KINDS if any(_fits(kind, name, sentence) for sentence in sentences))
        kind = next(fitting, FALLBACK)
        kinds[kind].append(_Suggestion(kind.format(name=name), card, kind))
    return list(_alternating([kinds[kind] for kind in KINDS])) + kinds[FALLBACK]


def _fits(kind: str, name: str, sentence: str) -> bool:
    return re.search(rf"\b({KINDS[kind].replace('NAME', re.escape(name))})\b", sentence) is not None


def _names(sentence: str) -> Iterator[str]:
    """Yield the runs of two or three capitalized words inside a sentence; not at its beginning, always capitalized."""
    run: list[re.Match[str]] = []
    for word in chain(WORD.finditer(sentence), [None]):
        capital = word is not None and word[0][0].isupper() and word[0].lower() not in FUNCTION_WORDS
        if run and not (capital and word and sentence[run[-1].end() : word.start()] == " "):
            start, end = run[0].start(), run[-1].end()
            # Longer runs may begin with a title of unknown length: "Secretary of State John Kerry". After an article
            # comes no person.
            person = 2 <= len(run) <= 3 and not BEFORE_NO_PERSON.search(sentence[:start])
            if start and person and not any(map(_is_no_name, run)):
                yield sentence[start:end]
            run = []
        if capital and word:
            run.append(word)


def _is_no_name(word: re.Match[str]) -> bool:
    """Return whether a word is a day, a month or an abbreviation."""
    return bool(DATE.fullmatch(word[0])) or word[0].isupper()


def _answered(suggestions: Iterable[_Suggestion], answer: Callable[[str], Answer]) -> list[tuple[_Suggestion, float]]:
    """Ask each question; return those that their own article answers as asked, with the confidence."""
    answered = []
    for suggestion in suggestions:
        try:
            result = answer(suggestion.question)
        except QuestionError:
            continue
        if not result.answered or result.confidence < MIN_CONFIDENCE or result.searched:
            continue
        best = result.hits[0]
        if suggestion.article.id in {best.passage.article.id, *(card.id for card in best.also)}:
            answered.append((suggestion, result.confidence))
    return answered


def _diverse(answered: list[tuple[_Suggestion, float]], count: int) -> list[_Suggestion]:
    """Choose up to `count`: if possible from different articles, then of different kinds, then by confidence."""
    chosen: list[_Suggestion] = []
    remaining = sorted(answered, key=_by_confidence)
    while remaining and len(chosen) < count:
        articles, kinds = [suggestion.article for suggestion in chosen], [suggestion.kind for suggestion in chosen]
        best = min(remaining, key=lambda pair: (articles.count(pair[0].article), kinds.count(pair[0].kind)))
        remaining.remove(best)
        chosen.append(best[0])
    return chosen


def _by_confidence(answered: tuple[_Suggestion, float]) -> tuple[bool, float]:
    suggestion, confidence = answered
    return suggestion.kind == FALLBACK, -confidence


def _unique(suggestions: Iterable[_Suggestion]) -> Iterator[_Suggestion]:
    """Yield each question once: two articles may name the same person."""
    seen: set[str] = set()
    for suggestion in suggestions:
        if suggestion.question not in seen:
            seen.add(suggestion.question)
            yield suggestion


def _alternating(lists: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """Yield the first item of each list, then the second of each, …"""
    return (item for row in zip_longest(*lists) for item in row if item is not None)
