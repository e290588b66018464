"""Views of answers. A view is one whole message as HTML, and the buttons under it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.i18n.translation import Language
from bot.i18n.unread_question import unread_question
from bot.views.callback_data import (
    MAX_HITS,
    ORIGIN_ANSWER,
    ORIGIN_ARTICLES,
    ORIGIN_BY_DATE,
    ORIGIN_LITERAL,
    ORIGIN_NEWEST,
    ORIGIN_NO,
    SHOW,
    CallbackData,
    Keyboard,
    Ref,
)
from bot.views.header import (
    MIN_PASSAGE,
    NOT_KNOWN,
    asked_lines,
    header,
    later_line,
    linked,
    title_of,
)
from bot.views.keyboards import VERDICTS, answer_keyboard, no_keyboard
from bot.views.question_lines import Asked
from bot.views.telegram_html import LIMIT, Block, html, pages, runs, shown_units, shows, units
from retrieval.answer.answering_sentences import answering_text
from retrieval.answer.names_in_question import subjects_of
from retrieval.answer.order_hits import later_than
from retrieval.types import Answer, Hit, Passage

GAP = "\n\n"
OF_QUESTIONS = frozenset({ORIGIN_ANSWER, ORIGIN_LITERAL, ORIGIN_NEWEST, ORIGIN_BY_DATE, ORIGIN_ARTICLES})
MIN_FOLDED = 110  # units; a shorter passage fits into the three lines that Telegram shows of a folded one
MAX_CLOSEST = 3


@dataclass(frozen=True, slots=True)
class View:
    """One message as HTML, and its buttons."""

    text: str
    keyboard: Keyboard = ()


def first_callback_data(hits: Sequence[Hit], *, origin: str = ORIGIN_ANSWER) -> CallbackData:
    """Return the callback data of a new answer: all its hits, of which the first is shown."""
    return CallbackData(SHOW, tuple(Ref.of(hit) for hit in hits[:MAX_HITS]), origin=origin)


def origin_of(answer: Answer) -> str:
    """Return the origin of an answer's views."""
    if answer.searched and answer.searched.newest:
        return ORIGIN_NEWEST
    if answer.lists:
        return ORIGIN_ARTICLES
    return ORIGIN_BY_DATE if answer.understood and answer.understood.newest else ORIGIN_ANSWER


def answer_view(
    language: Language,
    data: CallbackData,
    hit: Hit,
    asked: Asked = NOT_KNOWN,
    hits: Sequence[Hit] = (),
    *,
    whole: bool = False,
) -> View:
    """Show a hit: the sentence that answers, the headline, and the passage, folded.

    If the origin of the data is "no answer", it is a closest passage: shown unfolded, and without such a sentence.

    A passage in another language than the question says in which. Plain words that were understood get a button that
    takes that back. Of all `hits`, best first, the best one that is later than this one is quoted under it. `whole`
    says that the passage is all of its article (bot/single_passage_articles.py): then there is no more text to offer.
    """
    card = hit.passage.article
    answers = data.origin != ORIGIN_NO
    answering = answering_text(hit) if answers else None
    above = header(language, card, origin=data.origin, asked=asked, also=hit.also, answering=answering)
    later = later_than(hit, hits) if data.origin in {ORIGIN_ANSWER, ORIGIN_LITERAL} else None
    if later and units(with_later := f"{above}{GAP}{later_line(language, later)}") <= LIMIT - MIN_PASSAGE:
        above = with_later
    body = _folded(hit, above) if answers else _unmarked(hit.passage)
    text, page, count = paged(above, body, data.page)
    named = subjects_of(asked.searched or asked.question or "") if data.origin in OF_QUESTIONS else []
    return View(
        text,
        answer_keyboard(
            language,
            replace(data, page=page),
            pages=count,
            link=card.url if linked(card) else None,
            whole=whole,
            # Without its filters, a question for articles has no words to search for.
            understood=bool(asked.understood) and data.origin in OF_QUESTIONS - {ORIGIN_ARTICLES},
            later=later.rank - 1 if later else None,
            named=named[0] if named else None,
        ),
    )


def shared_view(language: Language, hit: Hit, asked: str | None = None) -> View:
    """Show a hit as it is shared in another chat, without buttons."""
    card = hit.passage.article
    above = header(
        language, card, origin=ORIGIN_ANSWER, asked=Asked(asked), also=hit.also, answering=answering_text(hit)
    )
    text, _, _ = paged(above, _folded(hit, above), 0)
    return View(text)


def no_view(
    language: Language,
    closest: Sequence[Passage],
    *,
    articles: int,
    first: date | None,
    last: date | None,
    asked: Asked = NOT_KNOWN,
    watchable: bool = True,
    unread_language: str | None = None,
) -> View:
    """Say that nothing answers, how much was searched, and which passages came closest.

    A question in an unread language is answered in that language (bot/i18n/unread_question.toml).
    """
    lines = asked_lines(language, asked, ORIGIN_NO)
    if unread_language:
        lines.append(unread_question(language, unread_language))
    else:
        lines.append(language.say("Nothing in this archive answers that."))
    lines.append(_extent(language, articles, first, last))
    by_title: dict[str, Passage] = {}
    for passage in closest:
        by_title.setdefault(passage.article.title, passage)
    passages = list(by_title.values())[:MAX_CLOSEST]
    if passages:
        lines.append("\n" + language.say("Closest, but not an answer:"))
    titles = [title_of(language, passage.article) for passage in passages]
    refs = tuple(Ref.first(passage) for passage in passages)
    return View("\n".join(lines), no_keyboard(language, refs, titles, watchable=watchable))


def stale(language: Language) -> str:
    """Return, as plain text, that what a button refers to is gone."""
    return language.say("That is no longer in the archive. Please ask again.")


def out_of_reach(language: Language) -> str:
    """Return, as plain text, that the archive's server does not answer."""
    return language.say("I can't reach the archive right now. Please try again in a minute.")


def too_old(language: Language) -> str:
    """Return, as plain text, that Telegram no longer gives the bot the message of a button."""
    return language.say("This message is too old for its buttons. Please ask again.")


def feedback_saved(language: Language, verb: str) -> str:
    """Return, as plain text, that the verdict of a button has been saved, and what of it."""
    return language.say(
        "Thank you! Saved without your name: the question, the passages and {verdict}.", verdict=VERDICTS[verb]
    )


def paged(above: str, body: Block, page: int) -> tuple[str, int, int]:
    """Return a page's HTML (the last page if there are fewer), its number, and the number of pages.

    Without a body, the one page is what is above it.
    """
    if not body:
        return above, 0, 1
    all_pages = pages(body, LIMIT - shown_units(above) - units(GAP))
    number = min(page, len(all_pages) - 1)
    return f"{above}{GAP}{html(all_pages[number])}", number, len(all_pages)


def _unmarked(passage: Passage) -> Block:
    """Quote a passage that does not answer."""
    return runs(passage.text, [sentence.start for sentence in passage.sentences], tags=("blockquote",))


def _folded(hit: Hit, above: str) -> Block:
    """Quote a passage with its highlight bold, folded unless it is short; nothing if `above` shows all of it."""
    text, sentences = hit.passage.text, hit.passage.sentences
    if text.strip() == hit.highlight_text.strip() and shows(above, text):
        return []
    tag = "blockquote expandable" if units(text) > MIN_FOLDED else "blockquote"
    return runs(text, [sentence.start for sentence in sentences], [hit.highlight], (tag,))


def _extent(language: Language, articles: int, first: date | None, last: date | None) -> str:
    if not articles:
        return language.say("There are no articles in this archive yet.")
    if first is None or last is None:
        return language.say_n("Searched {count} article.", "Searched {count} articles.", articles)
    if first == last:
        return language.say_n(
            "Searched {count} article of {day}.",
            "Searched {count} articles of {day}.",
            articles,
            day=language.day(first),
        )
    return language.say_n(
        "Searched {count} article from {first} to {last}.",
        "Searched {count} articles from {first} to {last}.",
        articles,
        first=language.day(first),
        last=language.day(last),
    )
