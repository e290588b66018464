"""Views of watches: how one begins, what it reports, and the daily digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot.i18n.translation import Language
from bot.i18n.unread_question import unread_question
from bot.views.answer import GAP, View, answer_view, first_callback_data
from bot.views.callback_data import ORIGIN_BEGUN, ORIGIN_LIST, ORIGIN_WATCH, SHOW, CallbackData, Ref
from bot.views.header import asked_lines, header, headline, searched_line
from bot.views.keyboards import end_of_watch
from bot.views.question_lines import Asked
from bot.views.telegram_html import LIMIT, TAG, isolated, shortened, shown_units
from corpus.article import Card
from retrieval.answer.answering_sentences import answering_text
from retrieval.types import Hit

MAX_LISTED = 10
MAX_TITLE = 120
MAX_WATCHED = 100
MAX_ENTITIES = 100  # links and formats of a message; Telegram ignores more


@dataclass(frozen=True, slots=True)
class DigestPart:
    """What one watch has found for a digest; if not `complete`, there are more articles."""

    watched: str
    cards: tuple[Card, ...]
    complete: bool = True


def begun_view(
    language: Language,
    watch: int,
    asked: Asked,
    hits: Sequence[Hit],
    *,
    words: bool,
    whole: bool = False,
    hour: str | None = None,
    unread_language: str | None = None,
) -> View:
    """Say what the archive answers now, and that the question, or its words, are watched from now on.

    `asked.searched` is what is watched, and `whole` is as in `answer_view`. `hour` says when the chat has its digest,
    if it has one.
    """
    notice = _notice(language, words=words, hour=hour)
    # An answer stays, so that it can still be read.
    end = end_of_watch(language, watch, origin=ORIGIN_BEGUN if hits else ORIGIN_LIST)
    if not hits:
        lines = [*asked_lines(language, asked, ORIGIN_BEGUN), _nothing_yet(language, unread_language, words=words)]
        return View("\n".join(lines) + GAP + notice, (end,))
    hit = hits[0]
    view = answer_view(language, first_callback_data(hits, origin=ORIGIN_BEGUN), hit, asked, hits, whole=whole)
    text = f"{view.text}{GAP}{notice}"
    if shown_units(text) > LIMIT:  # the passage is a tap away
        card = hit.passage.article
        above = header(language, card, origin=ORIGIN_BEGUN, asked=asked, answering=answering_text(hit))
        text = f"{above}{GAP}{notice}"
    return View(text, (*view.keyboard, end))


def _nothing_yet(language: Language, unread_language: str | None, *, words: bool) -> str:
    if words:
        return language.say("No article in this archive has these words yet.")
    if unread_language:
        return unread_question(language, unread_language)
    return language.say("Nothing in this archive answers that yet.")


def _notice(language: Language, *, words: bool, hour: str | None) -> str:
    notices = [
        language.say("I'll message you here about every new article with these words.")
        if words
        else language.say("I'll message you here when a new article answers this."),
        language.say("It comes with your daily digest, at {hour}.", hour=hour) if hour else "",
        language.say("To end it: /watches"),
    ]
    return " ".join(filter(None, notices))


def watch_view(language: Language, query: str, watch: int, hit: Hit, *, whole: bool = False) -> View:
    """Notify of a new article that answers a watched question or has the watched words; `whole` as in `answer_view`."""
    data = CallbackData(SHOW, (Ref.of(hit),), origin=ORIGIN_WATCH)
    view = answer_view(language, data, hit, Asked(query, query), whole=whole)
    return View(view.text, (*view.keyboard, end_of_watch(language, watch)))


def several_view(language: Language, query: str, watch: int, cards: Sequence[Card], *, all_: bool = True) -> View:
    """Notify of several new articles for one watch; if not `all_`, there are more."""
    lines = [f"{searched_line(language, query, ORIGIN_WATCH)}\n", *_listed(language, cards, MAX_LISTED, all_=all_)]
    return View("\n".join(lines), (end_of_watch(language, watch),))


def digest_view(language: Language, parts: Sequence[DigestPart]) -> View:
    """List what each watch has found since the last digest: as many articles as fit into one message."""
    for shown in range(MAX_LISTED, 1, -1):
        if _fits(view := _digest(language, parts, shown)):
            return view
    fitting = len(parts)
    while not _fits(view := _digest(language, parts[:fitting], 1, left_out=len(parts) - fitting)):
        fitting -= 1
    return view


def _digest(language: Language, parts: Sequence[DigestPart], shown: int, left_out: int = 0) -> View:
    groups = [language.say("🔔 <b>Your daily digest</b>")]
    for part in parts:
        watched = shortened(part.watched, MAX_WATCHED)
        heading = isolated(f"<b>{escape(watched, quote=False)}</b>", watched)
        groups.append("\n".join([heading, *_listed(language, part.cards, shown, all_=part.complete)]))
    if left_out:
        groups.append(language.say_n("and {count} more watch", "and {count} more watches", left_out))
    return View(GAP.join(groups))


def _fits(view: View) -> bool:
    return shown_units(view.text) <= LIMIT and len(TAG.findall(view.text)) <= 2 * MAX_ENTITIES


def _listed(language: Language, cards: Sequence[Card], shown: int, *, all_: bool) -> list[str]:
    """Return a line for each of the first cards, and how many more there are."""
    lines = []
    for card in cards[:shown]:
        day = f", {language.day(card.published)}" if card.published else ""
        lines.append(f"• {headline(language, card, MAX_TITLE)}{day}")
    more = len(cards) - shown
    if not all_:
        lines.append(language.say("and more"))
    elif more > 0:
        lines.append(language.say_n("and {count} more", "and {count} more", more))
    return lines


def hour_view(language: Language, hour: str) -> View:
    """Say when the digest comes, and how to change that."""
    return View(
        language.say(
            "You get what is new in one message, every day at {hour}, if there is anything. "
            "<code>/digest 20</code> changes the hour, <code>/digest 20 UTC+3</code> the time zone "
            "too, and <code>/digest off</code> ends it: then each article comes at once.",
            hour=hour,
        )
    )


def no_hour_view(language: Language, zone: str) -> View:
    """Say that there is no digest, and how to get one."""
    return View(
        language.say(
            "You get each new article at once. <code>/digest 8</code> brings them in one message a "
            "day, at 08:00 ({zone}); <code>/digest 8 UTC+3</code> does so in another time zone.",
            zone=zone,
        )
    )


def wrong_hour_view(language: Language) -> View:
    """Say how to write an hour."""
    return View(
        language.say(
            "I can't read that hour. Please write <code>/digest 8</code>, <code>/digest 8:30</code> "
            "or <code>/digest 8 UTC+3</code>; <code>/digest off</code> ends the digest."
        )
    )
