"""Finds the articles that have all of some words or phrases, in any form that search by words takes for the same."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from corpus.article import Card, Span
from retrieval.archive.contract import Archive
from retrieval.text.analysis import stems, word_spans
from retrieval.types import Filters, Hit, Passage

MAX_PASSAGES = 1000  # that are looked at for the rarest of the words


def articles_with_words(words: Sequence[str], archive: Archive, filters: Filters, count: int) -> list[Hit]:
    """Return at most `count` articles that have all words in their headline or text, newest first.

    Each is a hit whose highlight is the first of the sentences with most of the words. The parts of a phrase, and of
    Chinese, have to be next to each other. Raises UnknownName for a source or an author that no article has.
    """
    parts = dict.fromkeys(word[slice(*span)] for word in words for span in word_spans(word))
    frequencies = archive.document_frequencies(list(parts)).by_word
    rarest = min(parts, key=lambda part: frequencies[part], default="")
    if not frequencies.get(rarest):
        return []
    found = archive.search_words(rarest, min(frequencies[rarest], MAX_PASSAGES), filters)
    also = {hit.passage.article: hit.also for hit in found}
    hits: list[Hit] = []
    for card in sorted(also, key=lambda card: (card.published or date.min, card.id), reverse=True):
        if len(hits) == count:
            break
        if match := _match(words, card, archive.passages_of(card.id)):
            passage, sentence = match
            hits.append(Hit(passage, 0.0, len(hits) + 1, sentence, also[card], confidence=1.0))
    return hits


def _match(words: Sequence[str], card: Card, passages: Sequence[Passage]) -> tuple[Passage, Span] | None:
    """Return the passage and the sentence of an article with most of the words; None if it lacks one."""
    wanted = [stems(word, card.language) for word in words]
    found = _words_in(card.title, card, wanted)
    best: tuple[Passage, Span] | None = None
    most = 0
    for passage in passages:
        for span in _sentences(passage):
            inside = _words_in(passage.text[slice(*span)], card, wanted)
            found |= inside
            sentence = next((each for each in passage.sentences if each.start == span.start), None)
            if sentence and len(inside) > most:
                best, most = (passage, sentence), len(inside)
    if not passages or len(found) < len(wanted):
        return None
    return best or (passages[0], next(iter(passages[0].sentences), Span(0, 0)))  # the headline has them all


def _sentences(passage: Passage) -> Iterator[Span]:
    """Yield the spans of a passage's sentences, each with the subheading after it."""
    edges = sorted({0, len(passage.text), *(sentence.start for sentence in passage.sentences)})
    yield from (Span(start, end) for start, end in pairwise(edges))


def _words_in(text: str, card: Card, wanted: Sequence[list[str]]) -> set[int]:
    """Return the numbers of the words whose stems are in a text, next to each other and in order."""
    has = stems(text, card.language)
    return {
        number
        for number, word in enumerate(wanted)
        if any(has[start : start + len(word)] == word for start in range(len(has) - len(word) + 1))
    }
