"""The buttons under each kind of message."""

import re
from collections.abc import Iterable
from dataclasses import replace

from bot.i18n.translation import Language
from bot.views.callback_data import (
    BAD,
    CONTEXT,
    END,
    FILTERED,
    FULL,
    GOOD,
    HERE,
    LATEST,
    LITERAL,
    NO,
    ORDER,
    ORIGIN_ARTICLES,
    ORIGIN_BEGUN,
    ORIGIN_BY_DATE,
    ORIGIN_LIST,
    ORIGIN_LITERAL,
    ORIGIN_NEWEST,
    ORIGIN_NO,
    ORIGIN_SOURCE,
    ORIGIN_WATCH,
    SHOW,
    TIMELINE,
    UNDO,
    WATCH,
    Button,
    CallbackData,
    Keyboard,
    Ref,
    encode,
    share_query,
)
from bot.views.telegram_html import shortened

MAX_LABEL = 60  # units; a phone cuts a longer label anyway
MAX_IN_ROW = 3  # buttons for reading; a phone cuts the labels of more
# For the address of one button, Telegram refuses a whole message, so only an address of the web is given to a button.
OPENS = re.compile(
    r"https?://(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*(?::[1-9][0-9]{0,3})?(?:[/?#]\S*)?", re.IGNORECASE | re.ASCII
)
VERDICTS = {GOOD: "👍", BAD: "👎"}

Row = tuple[Button, ...]


def answer_keyboard(
    language: Language,
    data: CallbackData,
    *,
    pages: int,
    link: str | None,
    whole: bool,
    understood: bool = False,
    later: int | None = None,
    named: str | None = None,
) -> Keyboard:
    """Return the buttons under a passage; `data` holds the hit, its page, and whether a verdict was given.

    `link` is the article's address; `whole` says that the passage is all of the article. `understood` says that plain
    words were read as filters, which a button takes back. `later` is the number of the hit that says what came later;
    `named` is the first name in the question, for a timeline.
    """
    hit_data = replace(data, verb=SHOW)
    rows = [pager(language, hit_data, pages)]
    back: Row = ()
    if data.origin == ORIGIN_NO:
        back = (button(language.say("◂ Back"), replace(hit_data, verb=NO, shown=0, page=0)),)
    else:
        rows.append(_hits(language, hit_data))
        if later is not None:
            rows.append((button(language.say("What came later ▸"), replace(hit_data, shown=later, page=0)),))
        if understood:
            rows.append((button(language.say("Search everything"), replace(hit_data, verb=LITERAL, page=0)),))
    if data.origin == ORIGIN_LITERAL:
        back = back_to_filters(language)
    rows += [*_reading(language, hit_data, link=link, whole=whole), back]
    if named:
        label = language.say("Timeline: {name}", name=named)
        rows.append((button(label, CallbackData(TIMELINE, origin=data.origin)),))
    rows.append((*_verdict(language, data), *_share(language, data)))
    return _without_empty_rows(rows)


def context_keyboard(language: Language, data: CallbackData, *, earlier: int | None, later: int | None) -> Keyboard:
    """Return the buttons under the context of a passage: to the pages before and after, and back."""
    moves = ((language.say("▴ Earlier"), earlier), (language.say("▾ Later"), later))
    row = tuple(button(label, replace(data, page=page)) for label, page in moves if page is not None)
    return _without_empty_rows([row, _back(language, data)])


def full_text_keyboard(language: Language, data: CallbackData, *, pages: int) -> Keyboard:
    """Return the buttons under a page of an article; its number in `data` counts from 1."""
    return _without_empty_rows([pager(language, data, pages, first=1), _back(language, data)])


def no_keyboard(language: Language, hits: tuple[Ref, ...], titles: Iterable[str], *, watchable: bool) -> Keyboard:
    """Return the buttons under "no answer": the closest headlines, and one that watches the question."""
    rows = [(button(title, CallbackData(SHOW, hits, shown, origin=ORIGIN_NO)),) for shown, title in enumerate(titles)]
    if watchable:
        rows.append(
            (button(language.say("🔔 Tell me when something does"), CallbackData(WATCH, hits, origin=ORIGIN_NO)),)
        )
    return tuple(rows)


def back_to_filters(language: Language) -> Row:
    """Return the row that takes "Search everything" back."""
    return (button(language.say("◂ Back"), CallbackData(FILTERED, origin=ORIGIN_LITERAL)),)


def end_of_watch(language: Language, watch: int, *, origin: str = ORIGIN_WATCH) -> Row:
    """Return the row with the button that ends a watch."""
    return (button(language.say("End this watch"), CallbackData(END, page=watch, origin=origin)),)


def pager(language: Language, data: CallbackData, pages: int, *, first: int = 0) -> Row:
    """Return the row that turns pages and says which is shown; the pages in the data count from `first`."""
    if pages == 1:
        return ()
    number = data.page - first + 1
    place = language.say("page {number} of {count}", number=number, count=pages)
    previous = [button("‹", replace(data, page=data.page - 1))] if number > 1 else []
    following = [button("›", replace(data, page=data.page + 1))] if number < pages else []
    return (*previous, button(place, replace(data, verb=HERE)), *following)


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


def _reading(language: Language, data: CallbackData, *, link: str | None, whole: bool) -> list[Row]:
    """Return the rows for other orders and more text; a passage that is the whole article offers no more text."""
    order = language.say("Best first") if data.origin == ORIGIN_NEWEST else language.say("Newest first")
    own_order = {ORIGIN_NO, ORIGIN_WATCH, ORIGIN_BEGUN, ORIGIN_BY_DATE, ORIGIN_ARTICLES}
    ordered = data.origin not in own_order and len(data.hits) > 1
    first = [button(order, replace(data, verb=ORDER, page=0))] if ordered else []
    around = [] if whole else [button(language.say("Context"), replace(data, verb=CONTEXT, page=0))]
    opened = [Button(language.say("Open ↗"), url=link)] if link and OPENS.fullmatch(link) else []
    full = [] if whole else [button(language.say("Full text"), replace(data, verb=FULL, page=0))]
    row = (*first, *around, *opened, *full)
    return [row] if len(row) <= MAX_IN_ROW else [row[:2], row[2:]]


def _verdict(language: Language, data: CallbackData) -> Row:
    if data.verb in VERDICTS:
        return (button(language.say("Undo {verdict}", verdict=VERDICTS[data.verb]), replace(data, verb=UNDO)),)
    return tuple(button(label, replace(data, verb=verb)) for verb, label in VERDICTS.items())


def without_undo(keyboard: Keyboard) -> Keyboard:
    """Return buttons without the one that erases a verdict."""
    rows = (tuple(each for each in row if not (each.data or "").startswith(UNDO)) for row in keyboard)
    return _without_empty_rows(rows)


def _share(language: Language, data: CallbackData) -> Row:
    return (Button(language.say("Share"), inline=share_query(data.hit)),) if data.origin != ORIGIN_NO else ()


def _back(language: Language, data: CallbackData) -> Row:
    # An article of a list answers no question.
    verb = LATEST if data.origin in {ORIGIN_LIST, ORIGIN_SOURCE} else SHOW
    return (button(language.say("◂ Back"), replace(data, verb=verb, page=0)),)


def _without_empty_rows(rows: Iterable[Row]) -> Keyboard:
    return tuple(row for row in rows if row)
