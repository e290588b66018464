"""Split an article into passages of whole sentences, none longer than the encoder reads together with the headline."""

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

from corpus.article import Article, Span
from retrieval.encode.encoder import embedded_text
from retrieval.text.passage_boundaries import Unit, passage_starts
from retrieval.text.sentences import sentence_spans
from retrieval.types import Passage

# Incremented whenever the splitting changes: archives are then embedded anew.
VERSION = 3
# Languages written without spaces between words; there, a sentence longer than a passage is cut after these marks.
UNSPACED = frozenset("zh ja th lo km my".split())
PART_END = re.compile(r"[，、；：,;:…—”」』）]|\s")
PARAGRAPH = re.compile(r"\S[^\n]*")
# The share of the limit that the headline may take. In front of a passage, a longer one is cut at a word.
PREFIX_SHARE = 0.5


class Tokenizer(Protocol):
    """The part of an Encoder that chunking needs."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens included."""
        ...

    def token_ends(self, text: str) -> Sequence[int]:
        """Return the index in the text at which each token ends, without special tokens."""
        ...


def split(article: Article, tokenizer: Tokenizer, limit: int, prefix: str | None = None) -> list[Passage]:
    """Split an article into passages of at most `limit` tokens each, headline and special tokens included.

    A subheading begins a passage, paragraphs stay whole where they can, and passages are of about the same length
    (passage_boundaries.py). Only a sentence longer than a passage is cut, at word boundaries (inside a word only if the
    word alone is too long).
    """
    if prefix is None:
        prefix = title_prefix(article.title, tokenizer, limit)
    special, with_prefix = tokenizer.count_tokens(["", embedded_text(prefix, "")])
    room = limit - with_prefix

    def sized(units: list[Span]) -> Iterator[tuple[Span, int]]:
        counts = tokenizer.count_tokens([article.text[slice(*unit)] for unit in units])
        return zip(units, (count - special for count in counts), strict=True)

    pieces = [
        piece
        for unit, size in sized(list(_units(article)))
        for piece in ([unit] if size <= room else _cut(article, unit, tokenizer, room))
    ]
    befores = [None, *pieces][: len(pieces)]
    units = [_unit(article, before, *piece) for before, piece in zip(befores, sized(pieces), strict=True)]
    starts = passage_starts(units, room)
    packed = [pieces[start:end] for start, end in pairwise([*starts, len(pieces)])]
    fitting = _fitting(packed, article.text, tokenizer, prefix, limit)
    seen: Counter[str] = Counter()
    return [_passage(article, units, seen) for units in fitting]


def title_prefix(title: str, tokenizer: Tokenizer, limit: int) -> str:
    """Return the headline, or as many of its first words as fit into half the limit."""
    share = int(limit * PREFIX_SHARE)
    if tokenizer.count_tokens([title])[0] <= share:
        return title
    ends = tokenizer.token_ends(title)
    end = _last_word_end(title, 0, ends[min(share, len(ends)) - 1])
    while tokenizer.count_tokens([title[:end]])[0] > share:
        end = _last_word_end(title, 0, end - 1)
    return title[:end].rstrip()


def _units(article: Article) -> Iterator[Span]:
    """Yield the spans of sentences and subheadings in order."""
    headings = frozenset(article.headings)
    for match in PARAGRAPH.finditer(article.text):
        paragraph = Span(*match.span())
        if paragraph in headings:
            yield paragraph
            continue
        for sentence in sentence_spans(match[0], article.card.language):
            yield from _stripped(article.text, paragraph.start + sentence.start, paragraph.start + sentence.end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the span without the space around it, or nothing if it is all space."""
    untrimmed = text[start:end]
    if inner := untrimmed.strip():
        start += untrimmed.index(inner)
        yield Span(start, start + len(inner))


def _cut(article: Article, unit: Span, tokenizer: Tokenizer, room: int) -> Iterator[Span]:
    """Cut a sentence longer than a passage into pieces of at most `room` tokens, at word boundaries if possible."""
    text, last_end = article.text, _last_part_end if article.card.language in UNSPACED else _last_word_end
    ends = [unit.start + end for end in tokenizer.token_ends(text[slice(*unit)])]
    start, token = unit.start, 0
    while start < unit.end:
        beyond = token + room >= len(ends)
        end = unit.end if beyond else last_end(text, start, ends[token + room - 1])
        yield from _stripped(text, start, end)
        start, token = end, bisect_right(ends, end)


def _last_word_end(text: str, start: int, end: int) -> int:
    """Return the last end of a word up to `end`; `end` itself if no word ends after `start`."""
    if end >= len(text) or text[end].isspace():
        return end
    space = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
    return space if space > 0 else end


def _last_part_end(text: str, start: int, end: int) -> int:
    """Return the last end of a part of a sentence up to `end`, in the second half; `end` itself if there is none."""
    return max((part.end() for part in PART_END.finditer(text, (start + end) // 2, end)), default=end)


def _unit(article: Article, before: Span | None, piece: Span, tokens: int) -> Unit:
    """Describe a sentence, a part of one or a subheading; `before` is the piece before it."""
    new_paragraph = before is None or "\n" in article.text[before.end : piece.start]
    return Unit(tokens, new_paragraph, piece in article.headings)


def _fitting(
    packed: list[list[Span]], text: str, tokenizer: Tokenizer, prefix: str, limit: int
) -> Iterator[list[Span]]:
    """Yield the passages; halve each that exceeds the limit after all, because token counts need not add up."""
    texts = [embedded_text(prefix, text[units[0].start : units[-1].end]) for units in packed]
    for units, count in zip(packed, tokenizer.count_tokens(texts), strict=True):
        if count <= limit:
            yield units
        else:
            yield from _fitting(list(_halves(units, text)), text, tokenizer, prefix, limit)


def _halves(units: list[Span], text: str) -> Iterator[list[Span]]:
    if len(units) > 1:
        yield units[: len(units) // 2]
        yield units[len(units) // 2 :]
        return
    start, end = units[0]
    middle = _last_word_end(text, start, (start + end) // 2)
    yield from ([piece] for piece in (*_stripped(text, start, middle), *_stripped(text, middle, end)))


def _passage(article: Article, units: list[Span], seen: Counter[str]) -> Passage:
    start, end = units[0].start, units[-1].end
    text = article.text[start:end]
    sentences = [unit for unit in units if unit not in article.headings] or units
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    seen[digest] += 1
    repeat = f"-{seen[digest]}" if seen[digest] > 1 else ""
    return Passage(
        id=f"{article.id}-{digest}{repeat}",
        article=article.card,
        text=text,
        start=start,
        end=end,
        sentences=tuple(Span(unit.start - start, unit.end - start) for unit in sentences),
    )
