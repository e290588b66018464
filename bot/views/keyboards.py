"""The buttons under each kind of message."""

from collections.abc import Iterable
from dataclasses import replace

from bot.i18n.translation import Language
from bot.views.callback_data import (
    BAD,
    CONTEXT,
    END,
    FULL,
    GOOD,
    HERE,
    KEEP_BAD,
    KEEP_GOOD,
    LATEST,
    LITERAL,
    NO,
    ORDER,
    ORIGIN_BEGUN,
    ORIGIN_BY_DATE,
    ORIGIN_LIST,
    ORIGIN_NEWEST,
    ORIGIN_NO,
    ORIGIN_WATCH,
    SHOW,
    TIMELINE,
    WATCH,
    Button,
    CallbackData,
    Keyboard,
    Ref,
    encode,
)
from bot.views.telegram_html import shortened

MAX_LABEL = 60  # units; a phone cuts a longer label anyway
VERDICTS = {GOOD: "👍", KEEP_GOOD: "👍", BAD: "👎", KEEP_BAD: "👎"}

Row = tuple[Button, ...]


def answer_keyboard(
    language: Language,
    data: CallbackData,
    *,
    pages: int,
    has_link: bool,
    understood: bool = False,
    later: int | None = None,
    named: str | None = None,
) -> Keyboard:
    """Return the buttons under a passage; `data` holds the hit, its page, and whether a verdict was given.

    `understood` says that plain words were read as filters, which a button takes back. `later` is the number of the hit
    that says what came later; `named` is the first name in the question, for a timeline.
    """
    hit_data = replace(data, verb=SHOW)
    rows = [pager(hit_data, pages)]
    if data.origin == ORIGIN_NO:
        back = [button(language.say("◂ Back"), replace(hit_data, verb=NO, shown=0, page=0))]
    else:
        rows.append(_hits(language, hit_data))
        if later is not None:
            rows.append((button(language.say("What came later ▸"), replace(hit_data, shown=later, page=0)),))
        if understood:
            rows.append((button(language.say("Search everything"), replace(hit_data, verb=LITERAL, page=0)),))
        back = []
    rows.append((*_reading(language, hit_data, has_link=has_link), *back))
    if named:
        label = language.say("Timeline: {name}", name=named)
        rows.append((button(label, CallbackData(TIMELINE, origin=data.origin)),))
    rows += _verdict(language, data)
    return _without_empty_rows(rows)


def context_keyboard(language: Language, data: CallbackData, *, earlier: int | None, later: int | None) -> Keyboard:
    """Return the buttons under the context of a passage: to the pages before and after, and back."""
    moves = ((language.say("▴ Earlier"), earlier), (language.say("▾ Later"), later))
    row = tuple(button(label, replace(data, page=page)) for label, page in moves if page is not None)
    return _without_empty_rows([row, _back(language, data)])


def full_text_keyboard(language: Language, data: CallbackData, *, pages: int) -> Keyboard:
    """Return the buttons under a page of an article."""
    return _without_empty_rows([pager(data, pages), _back(language, data)])


def no_keyboard(language: Language, hits: tuple[Ref, ...], titles: Iterable[str], *, watchable: bool) -> Keyboard:
    """Return the buttons under "no answer": the closest headlines, and one that watches the question."""
    rows = [(button(title, CallbackData(SHOW, hits, shown, origin=ORIGIN_NO)),) for shown, title in enumerate(titles)]
    if watchable:
        rows.append(
            (button(language.say("🔔 Tell me when something does"), CallbackData(WATCH, hits, origin=ORIGIN_NO)),)
        )
    return tuple(rows)


def end_of_watch(language: Language, watch: int, *, origin: str = ORIGIN_WATCH) -> Row:
    """Return the row with the button that ends a watch."""
    return (button(language.say("End this watch"), CallbackData(END, page=watch, origin=origin)),)


def pager(data: CallbackData, pages: int) -> Row:
    """Return the row that turns pages; each label shows the page to which it leads."""
    previous = [button(f"◂ {data.page}/{pages}", replace(data, page=data.page - 1))] if data.page else []
    following = (
        [button(f"▸ {data.page + 2}/{pages}", replace(data, page=data.page + 1))] if data.page + 1 < pages else []
    )
    return (*previous, *following)


def button(text: str, data: CallbackData) -> Button:
    """Return a button with callback data."""
    return Button(shortened(text, MAX_LABEL), encode(data))


def _hits(language: Language, data: CallbackData) -> Row:
    count = len(data.hits)
    if count == 1:
        return ()
    place = language.say("{number} of {count}", number=data.shown + 1, count=count)
    previous = [button("◂", replace(data, shown=data.shown - 1, page=0))] if data.shown else []
    next_hit = replace(data, shown=data.shown + 1, page=0) if data.shown + 1 < count else None
    following = [button(language.say("More ▸"), next_hit)] if next_hit else []
    return (*previous, button(place, replace(data, verb=HERE)), *following)


def _reading(language: Language, data: CallbackData, *, has_link: bool) -> Row:
    order = language.say("Best first") if data.origin == ORIGIN_NEWEST else language.say("Newest first")
    ordered = data.origin not in {ORIGIN_NO, ORIGIN_WATCH, ORIGIN_BEGUN, ORIGIN_BY_DATE} and len(data.hits) > 1
    first = [button(order, replace(data, verb=ORDER, page=0))] if ordered else []
    around = button(language.say("Context"), replace(data, verb=CONTEXT, page=0))
    full = [] if has_link else [button(language.say("Full text"), replace(data, verb=FULL, page=0))]
    return (*first, around, *full)


def _verdict(language: Language, data: CallbackData) -> list[Row]:
    if data.verb in {KEEP_GOOD, KEEP_BAD}:
        return []
    if data.verb not in {GOOD, BAD}:
        return [tuple(button(VERDICTS[verb], replace(data, verb=verb)) for verb in (GOOD, BAD))]
    keep = replace(data, verb=KEEP_GOOD if data.verb == GOOD else KEEP_BAD)
    label = language.say("Keep the question and {verdict}, not my name", verdict=VERDICTS[data.verb])
    return [(button(label, keep),), (button(language.say("Keep nothing"), replace(data, verb=SHOW)),)]


def _back(language: Language, data: CallbackData) -> Row:
    verb = LATEST if data.origin == ORIGIN_LIST else SHOW  # an article of a list answers no question
    return (button(language.say("◂ Back"), replace(data, verb=verb, page=0)),)


def _without_empty_rows(rows: Iterable[Row]) -> Keyboard:
    return tuple(row for row in rows if row)
