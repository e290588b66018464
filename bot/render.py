"""An answer as the messages that a reader sees: HTML, each within Telegram's limit, nothing lost."""

from collections.abc import Iterable, Iterator
from html import escape

from bot.markup import LIMIT, Block, Run, html, pages, runs
from bot.words import CLOSEST, NO_ANSWER, SAME_STORY, SEARCHED
from corpus.article import Card
from retrieval.answer.slices import in_words
from retrieval.types import Answer, Hit

CLOSEST_HEADLINES = 3
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
    return [html(block) for block in _pack(blocks)]


def _quote(hit: Hit, *tags: str) -> Block:
    card = hit.passage.article
    starts = [sentence.start for sentence in hit.passage.sentences]
    lines = [_headline(card, *tags), Run("\n", tags)]
    if known := _known(card):
        lines += [Run(f"{known}\n", tags)]
    if hit.also:
        others = dict.fromkeys(f"{card.title} ({card.source})" if card.source else card.title for card in hit.also)
        lines += [Run(f"{SAME_STORY} {'; '.join(others)}\n", (*tags, "i"))]
    return [*lines, Run("\n", tags), *runs(hit.passage.text, starts, [hit.highlight], tags)]


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


def _pack(blocks: Iterable[Block]) -> Iterator[Block]:
    """Put as many whole blocks into a message as it takes; cut only a block that is too long for one."""
    message: Block = []
    for block in blocks:
        longer = [*message, GAP, *block] if message else block
        if len(pages(longer, LIMIT)) == 1:
            message = longer
            continue
        if message:
            yield message
        *full, message = pages(block, LIMIT)
        yield from full
    yield message
