"""Views of lists of articles: the newest, and those most similar to a post."""

from collections.abc import Iterable, Sequence

from bot.i18n.translation import Language
from bot.views.answer import GAP, View
from bot.views.callback_data import FULL, ORIGIN_LIST, ORIGIN_SOURCE, CallbackData, Ref
from bot.views.header import MAX_NAME, headline, linked, title_of
from bot.views.keyboards import button
from bot.views.telegram_html import field
from corpus.article import Card
from retrieval.types import Passage

MAX_TITLE = 300  # units


def latest_view(
    language: Language, articles: Sequence[tuple[Card, Passage | None]], *, origin: str = ORIGIN_LIST
) -> View:
    """List the newest articles, each with its first passage; `origin` tells a list of one source from one of all."""
    if not articles:
        return View(language.say("There are no articles in this archive yet."))
    source = articles[0][0].source if origin == ORIGIN_SOURCE else None
    heading = (
        language.say("<b>Newest in {source}</b>", source=field(source, MAX_NAME))
        if source
        else language.say("<b>Newest in this archive</b>")
    )
    return _articles_view(language, heading, articles, origin)


def similar_view(language: Language, articles: Sequence[tuple[Card, Passage | None]]) -> View:
    """List the articles nearest to a post, each with its most similar passage."""
    if not articles:
        return View(language.say("There are no articles in this archive yet."))
    return _articles_view(language, language.say("<b>Nearest to that post</b>"), articles, ORIGIN_LIST)


def _articles_view(
    language: Language, heading: str, articles: Sequence[tuple[Card, Passage | None]], origin: str
) -> View:
    """List articles. An article without a link gets a button that shows its text."""
    lines = [heading]
    rows = []
    for card, passage in articles:
        facts = " · ".join(_facts(language, card))
        lines.append(f"• {headline(language, card, MAX_TITLE)}" + (f"\n{facts}" if facts else ""))
        if passage and not linked(card):
            rows.append(
                (button(f"📄 {title_of(language, card)}", CallbackData(FULL, (Ref.first(passage),), origin=origin)),)
            )
    return View(GAP.join(lines), tuple(rows))


def _facts(language: Language, card: Card) -> Iterable[str]:
    if card.published:
        yield language.day(card.published)
    if card.source:
        yield field(card.source, MAX_NAME)
