"""Whom and what an archive writes about: names, how many articles have them, and from when to when.

Names are runs of capitalized words, as answering takes them (conversation.py); in Chinese, names of people. Part of a
name counts as the whole where it can be no other in that article: "Okafor" as "Ngozi Okafor".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from corpus.article import Card
from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.answer.conversation import names
from retrieval.archive.contract import Archive
from retrieval.text.folding import fold
from retrieval.timeline.mentions import NO_NAMES

OF = ("of", "of the", "for", "de", "van", "von", "bin", "al", "da", "del", "la")
# A word with a capital that does not begin its sentence.
INSIDE = re.compile(r"[^\W\d_,;:)\"'”’]\s+([^\W\d_a-z][\w-]*)")


# "Lady" is mostly a ship.
TITLES = NO_NAMES - {"lady", "lord", "king", "queen"}


@dataclass(frozen=True, slots=True)
class NamedSubject:
    """A name, in how many articles it is, and the dates of the first and the last of them."""

    name: str
    articles: int
    first: date | None
    last: date | None


def names_in(sentences: Sequence[str]) -> list[list[str]]:
    """Return the names in each sentence of an article, as they stand, in their order."""
    known = {word for sentence in sentences for word in INSIDE.findall(sentence)}
    return [_names(sentence, known) for sentence in sentences]


def named_subjects(archive: Archive, prefix: str = "") -> list[NamedSubject]:
    """Return the names in an archive that begin with a prefix, or have a word that does; those in most articles first.

    Letters are compared as people type them.
    """
    cards: dict[str, list[Card]] = defaultdict(list)
    for card in archive.cards():
        passages = archive.passages_of(card.id)
        sentences = [passage.text[slice(*span)] for passage in passages for span in passage.sentences]
        for name in set(_whole(names_in(sentences))):
            cards[name].append(card)
    wanted = fold(prefix).casefold()
    found = [_subject(name, articles) for name, articles in cards.items() if _begins(name, wanted)]
    return sorted(found, key=lambda subject: (-subject.articles, subject.name))


def _names(sentence: str, known: set[str]) -> list[str]:
    if is_chinese(sentence):
        return list(chinese_names(sentence))
    stripped = (_without_titles(name) for name in names(sentence, known))
    return _joined_by_of(sentence, [name for name in stripped if name])


def _without_titles(name: str) -> str:
    words = name.split()
    while words and words[0].casefold().rstrip(".") in TITLES:
        del words[0]
    return " ".join(words)


def _joined_by_of(sentence: str, found: Sequence[str]) -> list[str]:
    """Join names that "of" joins in the sentence: "Court of Appeal"."""
    joined: list[str] = []
    for name in found:
        before = joined[-1] if joined else ""
        link = next((f"{before} {of} {name}" for of in OF if before and f"{before} {of} {name}" in sentence), None)
        joined[-1:] = [link] if link else [*joined[-1:], name]
    return joined


def _whole(names_of_sentences: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield names, a single word as the only longer name of the article that begins or ends with it."""
    found = list(dict.fromkeys(name for names_ in names_of_sentences for name in names_))
    longer: dict[str, set[str]] = defaultdict(set)
    for name in found:
        words = name.split()
        if len(words) > 1:
            longer[words[0]].add(name)
            longer[words[-1]].add(name)
    for name in found:
        whole = longer.get(name, set())
        yield next(iter(whole)) if len(whole) == 1 else name


def _subject(name: str, cards: Sequence[Card]) -> NamedSubject:
    days = sorted(card.published for card in cards if card.published)
    return NamedSubject(name, len(cards), days[0] if days else None, days[-1] if days else None)


def _begins(name: str, prefix: str) -> bool:
    plain = fold(name).casefold()
    return plain.startswith(prefix) or f" {prefix}" in plain
