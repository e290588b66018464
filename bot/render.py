"""An answer as the messages that a reader sees: HTML, each within Telegram's limit, nothing lost."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise, takewhile
from typing import NamedTuple

from bot.words import CLOSEST, NO_ANSWER, SAME_STORY, SEARCHED
from corpus.article import Card
from retrieval.answer.slices import in_words
from retrieval.types import Answer, Hit, Passage

LIMIT = 4096  # UTF-16 units of a message's text, tags not counted
CLOSEST_HEADLINES = 3
LONGEST_CLUSTER = 32  # characters; no emoji is longer, and nothing that claims to be may stop a cut


class Run(NamedTuple):
    """A line, a sentence or a piece of one, and the tags around it, outermost first.

    Tags are kept apart from the text until the end, so that any cut through the text leaves them balanced.
    """

    text: str
    tags: tuple[str, ...] = ()


Block = list[Run]
VIRAMA = 9  # the combining class of the sign that joins two Indic letters
GAP = Run("\n\n")


def messages(answer: Answer) -> list[str]:
    """Write an answer, as the HTML of one message or of several to be sent in order."""
    if not answer.answered or not answer.hits:
        blocks = [_no(answer)]
    else:
        best, *others = answer.hits
        blocks = [_quote(best), *(_quote(hit, "blockquote expandable") for hit in others)]
    if answer.searched:
        # Part of the first block: a message of its own would say nothing.
        blocks[0] = [Run(f"{SEARCHED} {in_words(answer.searched)}", ("i",)), GAP, *blocks[0]]
    return [_html(block) for block in _pack(blocks)]


def units(text: str) -> int:
    """Count as Telegram does: in UTF-16 units, of which an emoji takes two."""
    return len(text.encode("utf-16-le")) // 2


def _quote(hit: Hit, *tags: str) -> Block:
    card = hit.passage.article
    lines = [_headline(card, *tags), Run("\n", tags)]
    if known := _known(card):
        lines += [Run(f"{known}\n", tags)]
    if hit.also:
        others = dict.fromkeys(f"{card.title} ({card.source})" if card.source else card.title for card in hit.also)
        lines += [Run(f"{SAME_STORY} {'; '.join(others)}\n", (*tags, "i"))]
    return [*lines, Run("\n", tags), *_passage(hit, tags)]


def _no(answer: Answer) -> Block:
    cards: dict[str, Card] = {}
    for hit in answer.hits:
        cards.setdefault(hit.passage.article.title, hit.passage.article)
    closest = list(cards.values())[:CLOSEST_HEADLINES]
    block = [Run(NO_ANSWER)]
    if closest:
        block += [GAP, Run(CLOSEST)]
    for card in closest:
        block += [Run("\n• "), _headline(card)]
    return block


def _headline(card: Card, *tags: str) -> Run:
    if card.url and card.url.lower().startswith(("http://", "https://")):
        tags = (*tags, f'a href="{escape(card.url)}"')
    return Run(card.title, (*tags, "b"))


def _known(card: Card) -> str:
    day = f"{card.published.day} {card.published:%B %Y}" if card.published else None
    return " · ".join(filter(None, (day, card.source, card.author)))


def _passage(hit: Hit, tags: tuple[str, ...]) -> Iterator[Run]:
    for start, end in pairwise(_edges(hit.passage, hit.highlight.start, hit.highlight.end)):
        bold = hit.highlight.start <= start < hit.highlight.end
        yield Run(hit.passage.text[start:end], (*tags, "b") if bold else tags)


def _edges(passage: Passage, *more: int) -> list[int]:
    return sorted({0, len(passage.text), *(sentence.start for sentence in passage.sentences), *more})


def _pack(blocks: Iterable[Block]) -> Iterator[Block]:
    """Put as many whole blocks into a message as it takes; cut only a block that is too long for one."""
    message: Block = []
    for block in blocks:
        longer = [*message, GAP, *block] if message else block
        if units(_text(longer)) <= LIMIT:
            message = longer
            continue
        if message:
            yield message
        *full, message = _split(block)
        yield from full
    yield message


def _split(block: Block) -> Iterator[Block]:
    while units(text := _text(block)) > LIMIT:
        cut = _cut(block, text)
        end = len(text[:cut].rstrip())
        if end:
            yield list(_slice(block, 0, end))
        block = list(_slice(block, len(text) - len(text[cut:].lstrip()), len(text)))
    if block:
        yield block


def _cut(block: Block, text: str) -> int:
    """Find where a message should end: after a paragraph, else a sentence, a word, a character."""
    most = len(text[:LIMIT].encode("utf-16-le")[: 2 * LIMIT].decode("utf-16-le", "ignore"))
    paragraph = text.rfind("\n\n", 0, most)
    word = max(text.rfind(space, 0, most + 1) for space in " \n\t\u3000")
    for cut in (paragraph, _last_end(block, most), word):
        if cut > most // 2:  # a message of a headline alone is no gain
            return cut
    return _whole_character(text, most)


def _last_end(block: Block, most: int) -> int:
    end = 0
    for run in block:
        if end + len(run.text.rstrip()) > most:
            break
        end += len(run.text)
    return min(end, most)


def _whole_character(text: str, at: int) -> int:
    """Step back from inside what a reader sees as one character: an accent, a flag, a family of emoji."""
    earliest = max(at - LONGEST_CLUSTER, 1)
    return next((cut for cut in range(at, earliest, -1) if not _joined(text, cut)), at)


def _joined(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if "\U0001f1e6" <= after <= "\U0001f1ff":  # a flag is two of these letters
        letters = sum(1 for _ in takewhile(lambda c: "\U0001f1e6" <= c <= "\U0001f1ff", reversed(text[:at])))
        return letters % 2 == 1
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    tag = "\U000e0020" <= after <= "\U000e007f"
    joiner = "\u200d" in (before, after) or unicodedata.combining(before) == VIRAMA
    return skin or tag or joiner or unicodedata.category(after) in {"Mn", "Me", "Mc"}


def _slice(block: Block, start: int, end: int) -> Iterator[Run]:
    position = 0
    for run in block:
        piece = run.text[max(start - position, 0) : max(end - position, 0)]
        if piece:
            yield Run(piece, run.tags)
        position += len(run.text)


def _text(block: Sequence[Run]) -> str:
    return "".join(run.text for run in block)


def _html(block: Block) -> str:
    written: list[str] = []
    opened: tuple[str, ...] = ()
    for run in [*block, Run("")]:
        kept = takewhile(lambda pair: pair[0] == pair[1], zip(opened, run.tags, strict=False))
        shared = len(list(kept))
        written += (f"</{tag.split()[0]}>" for tag in reversed(opened[shared:]))
        written += (f"<{tag}>" for tag in run.tags[shared:])
        written.append(escape(run.text, quote=False))
        opened = run.tags
    return "".join(written)
