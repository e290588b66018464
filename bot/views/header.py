"""The header above a passage: what was searched for, the headline, and date, source and author of the article."""

from collections.abc import Sequence
from html import escape

from bot.i18n.translation import Language
from bot.views.callback_data import ORIGIN_BEGUN, ORIGIN_LIST, ORIGIN_NO, ORIGIN_WATCH
from bot.views.question_lines import UNDERSTOOD, WITHOUT, Asked
from bot.views.telegram_html import LIMIT, field, isolated, shortened, shown_units, units
from corpus.article import Card
from retrieval.answer.answering_sentences import answering_text
from retrieval.answer.foreign_language import foreign_language
from retrieval.types import Hit

# In UTF-16 units; together they leave room for a passage in a message.
MAX_QUESTION = 2200
MAX_TITLE = 600
MAX_NAME = 100
MAX_UNDERSTOOD = 200
MAX_ADDRESS = 2000
MAX_ALSO = 3
MAX_ANSWERING = 800
MAX_LATER = 400
NOT_KNOWN = Asked()
MIN_PASSAGE = 300  # left for the passage under the longest header


def header(
    language: Language,
    card: Card,
    *,
    origin: str,
    asked: Asked = NOT_KNOWN,
    also: Sequence[Card] = (),
    answering: str | None = None,
) -> str:
    """Return the header of an article as HTML; `also` are its near duplicates.

    `answering` are the sentences that answer, as plain text: they come before the headline, and are cut if the rest
    leaves no room. If the question `asked` is in another language than the article, the header names the article's.
    """
    lines = asked_lines(language, asked, origin)
    first = len(lines)
    if origin == ORIGIN_NO:
        lines.append(f"{language.say('Closest, but not an answer:')}\n")
    lines.append(headline(language, card, MAX_TITLE, tag="i" if origin == ORIGIN_NO else "b"))
    if facts := _facts(language, card, foreign_language(asked.question, card)):
        lines.append(facts)
    if also:
        lines.append(_near_duplicates(language, also))
    if answering and (room := min(MAX_ANSWERING, LIMIT - MIN_PASSAGE - shown_units("\n".join(lines)))) > 0:
        lines.insert(first, f"{field(answering, room)}\n")
    return "\n".join(lines)


def asked_lines(language: Language, asked: Asked, origin: str) -> list[str]:
    """Say what was searched for, and how plain words were understood, as HTML; nothing of what was only asked."""
    lines = [] if asked.searched is None else [searched_line(language, asked.searched, origin)]
    if asked.understood:
        lines.append(f"{UNDERSTOOD}<i>{field(asked.understood, MAX_UNDERSTOOD)}</i>")
    if asked.without:
        lines.append(f"{WITHOUT}<i>{field(asked.without, MAX_UNDERSTOOD)}</i>")
    return ["\n".join(lines) + "\n"] if lines else []


def later_line(language: Language, hit: Hit) -> str:
    """Quote what a later article says, as HTML."""
    day = language.day(hit.passage.article.published) if hit.passage.article.published else ""
    return language.say("Later, on {day}: <i>{sentence}</i>", day=day, sentence=field(answering_text(hit), MAX_LATER))


def searched_line(language: Language, query: str, origin: str) -> str:
    """Say what was searched for, or is watched, as HTML. The query is tagged `code`: buttons read it from there."""
    # A shortened query is another question, so it is not tagged `code`.
    tag, line = ("code", query) if units(query) <= MAX_QUESTION else ("i", shortened(query, MAX_QUESTION))
    written = isolated(f"<{tag}>{escape(line, quote=False)}</{tag}>", line)
    if origin == ORIGIN_WATCH:
        return language.say("🔔 New on {query}", query=written)
    if origin in {ORIGIN_BEGUN, ORIGIN_LIST}:
        return language.say("🔔 Watching {query}", query=written)
    return language.say("<i>Searched for:</i> {query}", query=written)


def title_of(language: Language, card: Card) -> str:
    """Return a headline on one line, as plain text."""
    return " ".join(card.title.split()) or language.say("Untitled")


def headline(language: Language, card: Card, max_units: int, tag: str = "b") -> str:
    """Return a headline as HTML, with a link if its article is on the web."""
    title = f"<{tag}>{field(card.title, max_units) or language.say('Untitled')}</{tag}>"
    return f'<a href="{escape(card.url)}">{title}</a>' if card.url and linked(card) else title


def linked(card: Card) -> bool:
    """Tell whether the article has a link that a user can open."""
    url = card.url or ""
    return url.lower().startswith(("http://", "https://")) and len(url) <= MAX_ADDRESS


def _facts(language: Language, card: Card, foreign: str | None) -> str:
    day = language.day(card.published) if card.published else None
    names = (field(name, MAX_NAME) for name in (card.source, card.author) if name)
    in_language = language.say("in {language}", language=language.language_name(foreign)) if foreign else None
    return " · ".join(filter(None, (day, *names, in_language)))


def _near_duplicates(language: Language, also: Sequence[Card]) -> str:
    names = dict.fromkeys(_name(card) for card in also)
    joined = language.semicolon.join(list(names)[:MAX_ALSO])
    if (more := len(names) - MAX_ALSO) > 0:
        joined = language.say_n("{names} and {count} more", "{names} and {count} more", more, names=joined)
    return language.say("<i>The same story: {names}</i>", names=joined)


def _name(card: Card) -> str:
    title = field(card.title, MAX_NAME)
    return f"{title} ({field(card.source, MAX_NAME)})" if card.source else title
