"""Whom and what an archive writes about: names, how many articles have them, and from when to when.

Part of a name counts as the whole where it can be no other in that article: "Okafor" as "Ngozi Okafor".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from corpus.article import Card
from retrieval.archive.contract import Archive
from retrieval.text.folding import fold
from retrieval.timeline.extract_names import LetterCases, names_in
from retrieval.timeline.offices import INSTITUTIONS


@dataclass(frozen=True, slots=True)
class NamedSubject:
    """A name, in how many articles it is, and the dates of the first and the last of them."""

    name: str
    articles: int
    first: date | None
    last: date | None


def named_subjects(archive: Archive, prefix: str = "") -> list[NamedSubject]:
    """Return the names in an archive that have a word with this beginning, those in most articles first.

    Letters are compared as people type them.
    """
    cards = archive.cards()
    sentences = {card.id: _sentences(archive, card.id) for card in cards}
    in_archive = LetterCases.of(text for texts in sentences.values() for text in texts)
    articles: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        for name in set(_whole(names_in(sentences[card.id], in_archive))):
            articles[name].append(card)
    wanted = _plain(prefix)
    found = [_subject(name, having) for name, having in articles.items() if _begins(name, wanted)]
    return sorted(found, key=lambda subject: (-subject.articles, subject.name))


def _sentences(archive: Archive, id_: str) -> list[str]:
    return [passage.text[slice(*span)] for passage in archive.passages_of(id_) for span in passage.sentences]


def _whole(names_of_sentences: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield names, a single word as the only longer name of the article that begins or ends with it.

    The name of an institution has the name of a place, and is no longer name of it: "U.S. Embassy".
    """
    found = list(dict.fromkeys(name for names in names_of_sentences for name in names))
    longer: dict[str, set[str]] = defaultdict(set)
    for name in found:
        words = name.split()
        if len(words) > 1 and INSTITUTIONS.isdisjoint(word.casefold() for word in words):
            longer[words[0]].add(name)
            longer[words[-1]].add(name)
    for name in found:
        whole = longer.get(name, set())
        yield next(iter(whole)) if len(whole) == 1 else name


def _subject(name: str, cards: Sequence[Card]) -> NamedSubject:
    days = sorted(card.published for card in cards if card.published)
    return NamedSubject(name, len(cards), days[0] if days else None, days[-1] if days else None)


def _begins(name: str, prefix: str) -> bool:
    plain = _plain(name)
    return plain.startswith(prefix) or f" {prefix}" in plain


def _plain(name: str) -> str:
    return " ".join(fold(name).casefold().replace("’", "'").replace("-", " ").split())
