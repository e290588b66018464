"""Questions to begin with: about whom an archive's newest articles name, each asked before it is recommended."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import TypeVar

from corpus.article import Card
from retrieval.answer.context_dependent import SMALL
from retrieval.answer.conversation import DATE
from retrieval.archive.contract import Archive
from retrieval.errors import QuestionError
from retrieval.types import Answer

ARTICLES, MOST_ASKED = 20, 12
LONGEST = 100  # characters
# How sure an answer is to be of which a newcomer is told that it is there.
SURE = 0.8
WORD = re.compile(r"[^\W\d_](?:[\w-]*\w)?")
UNSURE = re.compile(r"(\bof|\b[Tt]he) $")
EVENT = (
    "abducted|accused|acquitted|appointed|arrested|banned|charged|convicted|deported|detained|dismissed|elected|"
    "expelled|fined|fired|freed|imprisoned|indicted|injured|jailed|kidnapped|killed|released|sacked|sentenced|shot|"
    "suspended|wounded"
)
# "sentenced legal scholar Xu Zhiyong", and not "jailed since Xu Zhiyong".
WHOM = r"((?!(after|as|at|before|by|for|from|in|of|on|over|since|that|to|under|when|while|with) )\w+ ){0,3}"
SAYING = "added|argued|said|says|told|warned|wrote"
# What is asked of somebody, by what a sentence says: the first that fits. What fits nothing may be no person.
ASKED = {
    "What happened to {name}?": rf"({EVENT}) {WHOM}NAME|NAME(, [^,]*,)? (was|were|has been) ({EVENT})",
    "What did {name} say?": rf"({SAYING}) NAME|NAME ({SAYING})",
    "Who is {name}?": r"NAME, (who|whose|former)",
}
ANYTHING = "What is known about {name}?"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Example:
    """A question that an article should answer; `kind` is what is asked, of whomever."""

    question: str
    article: Card
    kind: str


def examples(archive: Archive, answer: Callable[[str], Answer], count: int = 3, longest: int = LONGEST) -> list[str]:
    """Return questions that the newest articles answer, best first: each of another article where there are as many.

    Asks no more than twelve, none of more than `longest` characters. Where too few are about somebody, headlines are
    asked; there may be fewer than `count`.
    """

    def short(every: Iterable[_Example]) -> Iterator[_Example]:
        return (one for one in every if len(one.question) <= longest)

    cards = archive.newest_cards(ARTICLES)
    about = short(_distinct(_in_turn(_of(archive, card) for card in cards)))
    chosen = _apart(_answered(islice(about, MOST_ASKED - count), answer), count)
    if missing := count - len(chosen):
        there = {one.article for one in chosen}
        headlines = (_Example(card.title, card, "") for card in sorted(cards, key=lambda card: card in there))
        chosen += [one for one, _ in sorted(_answered(islice(short(headlines), missing), answer), key=_surest)]
    return [one.question for one in chosen]


def _of(archive: Archive, card: Card) -> list[_Example]:
    """Return questions about whom an article names, the kinds of them in turn."""
    sentences = [one.text[start:end] for one in archive.passages_of(card.id) for start, end in one.sentences]
    kinds: dict[str, list[_Example]] = {kind: [] for kind in (*ASKED, ANYTHING)}
    for name in dict.fromkeys(name for sentence in sentences for name in _names(sentence)):
        kind = next((kind for kind in ASKED if any(_says(kind, name, one) for one in sentences)), ANYTHING)
        kinds[kind].append(_Example(kind.format(name=name), card, kind))
    return list(_in_turn([kinds[kind] for kind in ASKED])) + kinds[ANYTHING]


def _says(kind: str, name: str, sentence: str) -> bool:
    return re.search(rf"\b({ASKED[kind].replace('NAME', re.escape(name))})\b", sentence) is not None


def _names(sentence: str) -> Iterator[str]:
    """Yield the runs of two or three words with capitals inside a sentence: how it begins tells nothing."""
    run: list[re.Match[str]] = []
    for word in chain(WORD.finditer(sentence), [None]):
        capital = word is not None and word[0][0].isupper() and word[0].lower() not in SMALL
        if run and not (capital and word and sentence[run[-1].end() : word.start()] == " "):
            start, end = run[0].start(), run[-1].end()
            # "Secretary of State John Kerry": where he begins, nobody can tell. What has an article is nobody.
            if start and 2 <= len(run) <= 3 and not UNSURE.search(sentence[:start]) and not any(map(_no_name, run)):
                yield sentence[start:end]
            run = []
        if capital and word:
            run.append(word)


def _no_name(word: re.Match[str]) -> bool:
    """Tell whether a word is a day, a month, or a part of an abbreviation."""
    return bool(DATE.fullmatch(word[0])) or word[0].isupper()


def _answered(examples: Iterable[_Example], answer: Callable[[str], Answer]) -> list[tuple[_Example, float]]:
    """Ask each, as it is; return those that their articles answer for sure, and how sure."""
    good = []
    for one in examples:
        try:
            told = answer(one.question)
        except QuestionError:
            continue
        if not told.answered or told.confidence < SURE or told.searched:
            continue
        best = told.hits[0]
        if one.article.id in {best.passage.article.id, *(card.id for card in best.also)}:
            good.append((one, told.confidence))
    return good


def _apart(good: list[tuple[_Example, float]], count: int) -> list[_Example]:
    """Return the surest, those before all that ask another article, and then those that ask something else."""
    chosen: list[_Example] = []
    left = sorted(good, key=_surest)
    while left and len(chosen) < count:
        articles, kinds = [one.article for one in chosen], [one.kind for one in chosen]
        best = min(left, key=lambda told: (articles.count(told[0].article), kinds.count(told[0].kind)))
        left.remove(best)
        chosen.append(best[0])
    return chosen


def _surest(told: tuple[_Example, float]) -> tuple[bool, float]:
    return told[0].kind == ANYTHING, -told[1]


def _distinct(examples: Iterable[_Example]) -> Iterator[_Example]:
    """Leave out what was there before: two articles may name one person."""
    seen: set[str] = set()
    return (one for one in examples if one.question not in seen and not seen.add(one.question))  # type: ignore[func-returns-value]


def _in_turn(lists: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """Yield the first of each, then the second of each, …"""
    return (one for some in zip_longest(*lists) for one in some if one is not None)
