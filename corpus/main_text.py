"""Finds the main text of a page: what trafilatura finds, and between it the paragraphs that trafilatura loses."""

import logging
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus.errors import Unreadable
from corpus.text.boilerplate import CONSENT, ENDS_A_SENTENCE, is_prose
from corpus.text.boilerplate_classes import HEADING_TAGS, is_beside_article, is_slug
from corpus.text.html import (
    INVISIBLE_TAGS,
    SKIPPED_TAGS,
    Block,
    SkippedText,
    blocks,
    has_own_heading,
    letters,
    placed_blocks,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

# Above this number of paragraphs, or of compared characters, trafilatura's text stays as it is.
MAX_BLOCKS, MAX_COMPARED_CHARACTERS = 20_000, 2_000_000_000
# A shorter text may be a part of another one by chance.
MIN_COMPARED_LETTERS = 15
LIST_ITEM_TAGS = frozenset("li dt dd".split())
ITEM_TAGS = LIST_ITEM_TAGS | frozenset("tr table blockquote pre".split())
# Some sites put the whole page into a form.
PAGE_SKIPPED_TAGS = SKIPPED_TAGS - {"form"}
# What stays skipped if there is no text elsewhere: it may all be in <aside>.
LAST_SKIPPED_TAGS = INVISIBLE_TAGS | {"nav", "footer"}


class MainText(NamedTuple):
    """The paragraphs and headings of an article, and other prose on the page that was left out.

    `opening` are the lines from the headline of the page to its first paragraph.
    """

    blocks: list[Block]
    left_out: list[str]
    opening: list[Block]


class _OwnBlock(NamedTuple):
    block: Block
    owner: "_Element"
    letters: str


def main_text(root: "_Element", title: str) -> MainText:
    """Return the main text of a page; it has no blocks if there is none. Raises Unreadable."""
    _remove_heading_ids(root)
    tree = _trafilatura_tree(root)
    found = list(blocks(tree)) if tree is not None else []
    placed = list(placed_blocks(root, PAGE_SKIPPED_TAGS))
    own = _own(placed)
    left_out: list[str] = []
    headline = next(
        (i for i, (block, *_) in enumerate(own) if block.heading and letters(block.text) == letters(title)), None
    )
    if all(block.heading or letters(block.text) == letters(title) for block in found):
        own = _own(list(placed_blocks(root, LAST_SKIPPED_TAGS)))
        found = _between_prose(own)
    elif len(own) <= MAX_BLOCKS:
        found, left_out = _completed(found, own, list(_skipped(placed)))
    if headline is not None:
        consent = {block.text for block, *_ in own[:headline] if CONSENT.fullmatch(block.text)}
        left_out += consent
        found = [block for block in found if block.text not in consent]
    return MainText(found, left_out, list(_opening(own, headline)))


def _remove_heading_ids(root: "_Element") -> None:
    """Remove ids that were made from headings: trafilatura takes "social-housing-plan" for a bar of social networks."""
    for element in root.iter("*"):
        own_id = element.get("id")
        if own_id and (
            element.tag in HEADING_TAGS or element.tag == "p" or is_slug(own_id) or has_own_heading(element)
        ):
            del element.attrib["id"]


def _trafilatura_tree(root: "_Element") -> Any:
    """Return the tree of the main text, in trafilatura's own tags; None if there is none."""
    from trafilatura import bare_extraction

    for name in ("trafilatura", "justext", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # the reason in Unreadable replaces their warnings
    try:
        return getattr(bare_extraction(root, include_comments=False, output_format="xml"), "body", None)
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise Unreadable("a page whose text cannot be made out") from error


def _own(placed: "Iterable[tuple[Block | SkippedText, _Element]]") -> list[_OwnBlock]:
    return [_OwnBlock(block, owner, letters(block.text)) for block, owner in placed if isinstance(block, Block)]


def _skipped(placed: "Iterable[tuple[Block | SkippedText, _Element]]") -> Iterator[tuple[int, str]]:
    """Yield the texts of skipped elements, each with the number of blocks before it."""
    number = 0
    for block, _ in placed:
        if isinstance(block, SkippedText):
            yield number, block.text
        else:
            number += 1


def _completed(
    found: list[Block], own: list[_OwnBlock], skipped: list[tuple[int, str]]
) -> tuple[list[Block], list[str]]:
    """Insert the paragraphs that lie between found ones and were lost; return also the prose that stays left out.

    `skipped` are texts of boilerplate, each with the number of own blocks before it; those within the article count.
    """
    places = _places(found, own)
    present = [i for i, place in enumerate(places) if place is not None and len(own[i].letters) >= MIN_COMPARED_LETTERS]
    if not present:
        return found, []
    first, last = present[0], present[-1]
    wanted: set[int] = set()
    follows = False  # whether no other text lies between the last block that belongs to the article and this one
    for i, candidate in enumerate(own):
        if places[i] is not None:
            follows = True
            continue
        if first < i < last:
            belongs = _is_wanted(candidate)
        else:
            belongs = _is_beside_found(candidate, own[first if i < first else last], follows=follows)
        follows = belongs and follows
        if belongs:
            wanted.add(i)
    left_out = [own[i].block.text for i, place in enumerate(places) if place is None and i not in wanted]
    headings = _lost_headings(found, own, places, wanted)
    inserted: dict[int, list[Block]] = {}
    place = (places[first] or 0) - 1
    for i, candidate in enumerate(own):
        if i >= first and places[i] is not None:
            place = places[i] or 0
        elif i in wanted or (i in headings and first < i < last):
            inserted.setdefault(place, []).append(candidate.block)
    parts = _joined_parts(found, own, places)
    complete = inserted.get(-1, [])[:]
    for index, block in enumerate(found):
        # Between the parts of a paragraph nothing was lost: a part counts as found.
        complete += [*parts.get(index, (block,)), *inserted.get(index, ())]
    left_out = [text for text in left_out if is_prose(text)]
    return complete, left_out + [text for number, text in skipped if first < number <= last]


def _joined_parts(found: list[Block], own: list[_OwnBlock], places: list[int | None]) -> dict[int, list[Block]]:
    """Return the paragraphs of each found block that is several paragraphs of the page, run together."""
    parts: dict[int, list[_OwnBlock]] = {}
    for block, place in zip(own, places, strict=True):
        if place is not None and block.letters:
            parts.setdefault(place, []).append(block)
    return {
        index: [block.block for block in blocks]
        for index, blocks in parts.items()
        if len(blocks) > 1 and "".join(block.letters for block in blocks) == letters(found[index].text)
    }


def _places(found: list[Block], own: list[_OwnBlock]) -> list[int | None]:
    """Return for each own block the index of the found block that has its text; None if none has."""
    texts = [letters(block.text) for block in found]
    by_text = {text: index for index, text in reversed(list(enumerate(texts)))}
    starts, position = [], 0
    for text in texts:
        starts.append(position)
        position += len(text) + 1
    joined = "\n".join(texts)
    budget, cursor = MAX_COMPARED_CHARACTERS, 0
    places: list[int | None] = []
    for block in own:
        offset = cursor + joined.startswith("\n", cursor)
        if not joined.startswith(block.letters, offset):
            offset = starts[by_text[block.letters]] if block.letters in by_text else -1
        if offset < 0 and len(block.letters) >= MIN_COMPARED_LETTERS:
            budget -= len(joined)
            offset = joined.find(block.letters) if budget > 0 else 0
        places.append(bisect_right(starts, offset) - 1 if offset >= 0 else None)
        cursor = offset + len(block.letters) if offset >= 0 else cursor
    return places


def _is_wanted(candidate: _OwnBlock) -> bool:
    """Tell whether a block between found ones belongs to the text: prose, the items of a list, short sentences."""
    block, owner, _ = candidate
    if _is_beside(owner):
        return False
    if is_prose(block.text):
        return True
    ends_a_sentence = ENDS_A_SENTENCE.search(block.text) is not None
    return _is_unlinked(block) and not block.heading and (ends_a_sentence or _item(owner) is not None)


def _is_beside_found(candidate: _OwnBlock, edge: _OwnBlock, *, follows: bool) -> bool:
    """Tell whether prose, or a list, beyond the first or the last found block is in the same place of the page."""
    block, owner, _ = candidate
    item = _item(owner)
    if _is_beside(owner) or not (is_prose(block.text) or (follows and item is not None and _is_unlinked(block))):
        return False
    parent, other = (owner if item is None else item).getparent(), edge.owner.getparent()
    if parent is not None and item is not None and item.tag in LIST_ITEM_TAGS:
        parent = parent.getparent()  # that of the list
    if parent is None or other is None:
        return False
    return parent is other or (
        parent.getparent() is other.getparent() and (parent.tag, parent.get("class")) == (other.tag, other.get("class"))
    )


def _item(owner: "_Element") -> "_Element | None":
    """Return the item of a list, table or quotation that an element is or is in."""
    return next((element for element in (owner, *_near_ancestors(owner)) if element.tag in ITEM_TAGS), None)


def _is_unlinked(block: Block) -> bool:
    return 2 * len(block.unlinked or "") >= len(block.text)


def _is_beside(owner: "_Element") -> bool:
    return any(
        is_beside_article(element.get("class", ""), element.get("id", ""))
        for element in (owner, *_near_ancestors(owner))
    )


def _near_ancestors(owner: "_Element") -> "Iterator[_Element]":
    for number, ancestor in enumerate(owner.iterancestors()):
        if number >= 4 or ancestor.tag in ("article", "main", "body"):
            return
        yield ancestor


def _lost_headings(found: list[Block], own: list[_OwnBlock], places: list[int | None], wanted: set[int]) -> set[int]:
    """Return the indices of the lost headings that stand before a paragraph of the article.

    Before a found paragraph a heading counts only if all headings were lost: else trafilatura left it out knowingly.
    """
    headings = {letters(block.text) for block in found if block.heading}
    all_lost = not any(block.block.heading and block.letters in headings for block in own[1:])
    lost: set[int] = set()
    for i in range(len(own) - 2, -1, -1):
        follows = i + 1 in wanted or i + 1 in lost or (all_lost and places[i + 1] is not None)
        if own[i].block.heading and places[i] is None and follows and not _is_beside(own[i].owner):
            lost.add(i)
    return lost


def _between_prose(own: list[_OwnBlock]) -> list[Block]:
    """Return the blocks from the first paragraph of prose to the last one, and the short sentences beside these."""
    prose = [i for i, (block, owner, _) in enumerate(own) if is_prose(block.text) and not _is_beside(owner)]
    if not prose:
        return []
    first, last = prose[0], prose[-1]
    while first > 0 and _is_wanted(own[first - 1]):
        first -= 1
    while last + 1 < len(own) and _is_wanted(own[last + 1]):
        last += 1
    return [
        candidate.block
        for i, candidate in enumerate(own[first : last + 1], start=first)
        if candidate.block.heading or i in prose or _is_wanted(candidate)
    ]


def _opening(own: list[_OwnBlock], headline: int | None) -> Iterator[Block]:
    """Yield the short lines that follow the headline."""
    for block, *_ in own[headline + 1 : headline + 5] if headline is not None else ():
        if is_prose(block.text):
            return
        yield block
