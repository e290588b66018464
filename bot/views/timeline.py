"""The view of a timeline: its name, how much there is, and a page of its sentences by day."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from itertools import groupby

from telegram import Message, MessageEntity

from bot.i18n.translation import LANGUAGES, Language
from bot.views.answer import GAP, View
from bot.views.callback_data import MAX_PAGES, ORIGIN_LIST, ORIGIN_NO, TIMELINE, CallbackData
from bot.views.header import MAX_NAME, headline
from bot.views.keyboards import button, pager
from bot.views.question_lines import searched_in
from bot.views.telegram_html import field, isolated, shortened, shown_units
from corpus.article import Card
from retrieval.timeline.build_timeline import Timeline, by_article

MAX_SUBJECT, MAX_SENTENCE, MAX_TITLE = 100, 700, 200  # units
PAGE = 2500  # units of a page, unless one day has more


def timeline_view(language: Language, timeline: Timeline, page: int, filters: str = "") -> View:
    """Show a page of a timeline (the last one if there are fewer), with its filters as a user can type them.

    Buttons read the name and the filters from the first line.
    """
    typed = f" <code>{escape(filters, quote=False)}</code>" if filters else ""
    if not timeline.events:
        name = field(timeline.subject, MAX_SUBJECT)
        text = language.say("No sentence in this archive says what happened to {name}.", name=f"<b>{name}</b>{typed}")
        names = enumerate(timeline.suggested)
        return View(text, tuple((button(each, CallbackData(TIMELINE, page=n, origin=ORIGIN_NO)),) for n, each in names))
    all_pages = list(_pages(_entries(language, timeline)))[:MAX_PAGES]
    number = min(page, len(all_pages) - 1)
    row = pager(language, CallbackData(TIMELINE, page=number, origin=ORIGIN_LIST), len(all_pages))
    subject = shortened(timeline.subject, MAX_SUBJECT)
    title = isolated(f"<b>{escape(subject, quote=False)}</b>", subject)
    text = GAP.join([f"{title}{typed}\n{_extent(language, timeline)}", *all_pages[number]])
    return View(text, (row,) if row else ())


def subject_in(message: Message) -> str | None:
    """Return the name in the first line of a timeline, with the filters that follow it; None if it is no timeline."""
    _, _, rest = (message.text or "").partition("\n")
    extent, _, _ = rest.partition("\n")
    if not any(pattern.fullmatch(extent) for pattern in _extents()):
        return None
    bold = message.parse_entities([MessageEntity.BOLD])
    name = next((text for entity, text in bold.items() if entity.offset <= 1), None)
    filters = searched_in(message)
    return f"{name} {filters}" if name and filters else name


@cache
def _extents() -> Sequence[re.Pattern[str]]:
    """Return what the second line of a timeline is like, in each language: messages stay when languages change."""
    written = (_extent_of(language, "§", "§") for language in LANGUAGES.values())
    return [re.compile(re.escape(line).replace("§", ".+")) for line in written]


def _extent(language: Language, timeline: Timeline) -> str:
    count = language.say_n("{count} sentence", "{count} sentences", len(timeline.events))
    return _extent_of(language, count, language.say_n("{count} article", "{count} articles", timeline.articles))


def _extent_of(language: Language, sentences: str, articles: str) -> str:
    return language.say("{sentences} from {articles}, word for word", sentences=sentences, articles=articles)


def _entries(language: Language, timeline: Timeline) -> Iterator[str]:
    """Yield what one article says on one day, as HTML, under the day if it is a new one."""
    for day, events in groupby(timeline.events, key=lambda event: event.day):
        when = language.day(day) if day else language.say("No date")
        heading = f"<b>{when}</b>\n"
        for cards, run in by_article(list(events)):
            sentences = "\n".join(field(event.text, MAX_SENTENCE) for event in run)
            yield f"{heading}{sentences}\n{_sources(language, cards)}"
            heading = ""


def _sources(language: Language, cards: Sequence[Card]) -> str:
    first, more = cards[0], len(cards) - 1
    line = headline(language, first, MAX_TITLE, tag="i")
    if first.source:
        line += f" · {field(first.source, MAX_NAME)}"
    return line + (f" · {language.say_n('and {count} more', 'and {count} more', more)}" if more else "")


def _pages(entries: Iterator[str]) -> Iterator[list[str]]:
    page: list[str] = []
    used = 0
    for entry in entries:
        size = shown_units(entry) + len(GAP)
        if page and used + size > PAGE:
            yield page
            page, used = [], 0
        page.append(entry)
        used += size
    yield page
