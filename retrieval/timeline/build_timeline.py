"""The timeline of a subject: every sentence that names it, in order of date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from corpus.article import Card, Span
from retrieval.archive.contract import Archive
from retrieval.archive.filters import matches
from retrieval.errors import EmptyQuestion
from retrieval.text.stop_words import STOP_WORDS
from retrieval.timeline.duplicate_sentences import same_as_earlier
from retrieval.timeline.other_scripts import in_other_scripts
from retrieval.timeline.statements import is_statement
from retrieval.timeline.subject_mentions import WORD, Subject, sentences_that_name
from retrieval.timeline.suggest_names import suggested_names
from retrieval.types import NO_FILTERS, Filters, Passage

# Passages that are looked at for the subject's rarest word, those with the best BM25 first.
MAX_PASSAGES = 3000
MIN_CORRECTED, MAX_CORRECTED = 4, 6  # letters of a word that may be misspelled; words that are looked up
MAX_CHARACTERS = 200  # of a name
ARTICLES = frozenset("a an the".split())


@dataclass(frozen=True, slots=True)
class Event:
    """A sentence on the subject, as a span of its passage; `also` are later articles that say the same."""

    passage: Passage
    sentence: Span
    also: tuple[Card, ...] = ()

    @property
    def day(self) -> date | None:
        """The date of the article."""
        return self.passage.article.published

    @property
    def text(self) -> str:
        """The sentence, on one line."""
        return " ".join(self.passage.text[slice(*self.sentence)].split())


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of a subject, oldest first, those without a date last; `articles` counts those that name it.

    `subject` is the name as it was searched for, and `other_scripts` are its spellings there, if any. `complete` is
    False if more passages have the name than were looked at. If there are no events, `suggested` are names of the
    archive that sound like it or have a word of it.
    """

    subject: str
    events: tuple[Event, ...]
    articles: int
    complete: bool = True
    suggested: tuple[str, ...] = ()
    other_scripts: tuple[str, ...] = ()


def by_article(events: Sequence[Event]) -> Iterator[tuple[list[Card], list[Event]]]:
    """Yield runs of events of one article, with the cards of the article and of those that say the same."""
    for _, run in groupby(events, key=lambda event: event.passage.article.id):
        together = list(run)
        cards = [together[0].passage.article, *(card for event in together for card in event.also)]
        yield list(dict.fromkeys(cards)), together


def timeline_of(name: str, archive: Archive, filters: Filters = NO_FILTERS) -> Timeline:
    """Return the timeline of a name; raises EmptyQuestion, and UnknownName for an unknown source or author.

    Words that the archive does not have are taken for the most similar ones that it has, unless it has the name in
    another script; sentences with it in other scripts are part of the timeline.
    """
    words = Subject.of(name).words
    # "Will" and "May" are names with a capital, "The" is none.
    is_name = not STOP_WORDS.issuperset(words) or (name[:1].isupper() and not ARTICLES.issuperset(words))
    if len(name) > MAX_CHARACTERS or not is_name:
        raise EmptyQuestion("There is no name in that. Write one, such as: Xu Zhiyong")
    others = in_other_scripts(name, archive)
    subject = Subject.of(name if others.names else _as_spelled(name, archive))
    events, complete = _events_of(subject, archive, filters)
    in_others = [_events_of(Subject.of(other), archive, filters) for other in others.names]
    found = sorted({event for each in (events, *(events for events, _ in in_others)) for event in each}, key=_by_day)
    other_names = [name for name, (events, _) in zip(others.names, in_others, strict=True) if events]
    asked = subject.name if events or not other_names else other_names.pop(0)
    return Timeline(
        asked,
        tuple(_folded(found)),
        len({event.passage.article.id for event in found}),
        complete and all(complete for _, complete in in_others),
        () if found else others.possible or suggested_names(subject.words, archive, filters),
        tuple(other_names),
    )


def _events_of(subject: Subject, archive: Archive, filters: Filters) -> tuple[list[Event], bool]:
    """Return the sentences on a subject, in any order, and whether these are all of them."""
    ids, complete = _articles_that_may_name(subject, archive, filters)
    return [event for id_ in ids for event in _events_in(id_, subject, archive)], complete


def _by_day(event: Event) -> tuple[bool, date, str, int]:
    passage = event.passage
    return event.day is None, event.day or date.min, passage.article.id, passage.start + event.sentence.start


def _as_spelled(name: str, archive: Archive) -> str:
    """Return a name with each word that the archive does not have replaced by the most similar one that it has."""
    words = WORD.findall(name)
    frequencies = archive.document_frequencies(words).by_word
    for word in words[:MAX_CORRECTED]:
        if not frequencies[word] and len(word) >= MIN_CORRECTED and (similar := archive.similar_words(word, 1)):
            name = name.replace(word, similar[0])
    return name


def _articles_that_may_name(subject: Subject, archive: Archive, filters: Filters) -> tuple[list[str], bool]:
    """Return the ids of the articles that have the subject's rarest word, and whether these are all of them."""
    frequencies = archive.document_frequencies(subject.words).by_word
    rarest = min(subject.words, key=lambda word: frequencies[word], default="")
    if not rarest or not frequencies[rarest]:
        return [], True
    count = min(frequencies[rarest], MAX_PASSAGES)
    found = archive.search_words(rarest, count, filters)
    duplicates = (card.id for hit in found for card in hit.also if matches(filters, card))
    ids = dict.fromkeys([*(hit.passage.article.id for hit in found), *duplicates])
    return list(ids), frequencies[rarest] <= MAX_PASSAGES


def _events_in(id_: str, subject: Subject, archive: Archive) -> Iterator[Event]:
    passages = archive.passages_of(id_)
    spans = [(passage, span) for passage in passages for span in passage.sentences]
    texts = [passage.text[slice(*span)] for passage, span in spans]
    card = passages[0].article if passages else Card(id_, "")
    named_in = sentences_that_name(subject, card.title, texts, card.language)
    for (passage, span), text, named in zip(spans, texts, named_in, strict=True):
        if named and is_statement(text, passage.article.language):
            yield Event(passage, span)


def _folded(events: Sequence[Event]) -> list[Event]:
    """Keep the first of the events that say the same; the articles of the others are named with it."""
    firsts = same_as_earlier([event.text for event in events], [event.passage.article.language for event in events])
    also: dict[int, list[Card]] = {}
    for number, first in enumerate(firsts):
        card = events[number].passage.article
        if first != number and card.id != events[first].passage.article.id:
            also.setdefault(first, []).append(card)
    return [
        replace(event, also=tuple(dict.fromkeys(also.get(number, ()))))
        for number, event in enumerate(events)
        if firsts[number] == number
    ]
