"""Views about the bot, the archive, the sources and what the bot stores."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from importlib.metadata import PackageNotFoundError, version

from bot.i18n.translation import Language
from bot.sessions import SESSION_SECONDS
from bot.views.answer import GAP, View
from bot.views.callback_data import ASK, ORIGIN_LIST, CallbackData
from bot.views.header import MAX_NAME
from bot.views.keyboards import MAX_LABEL, button
from bot.views.telegram_html import field, shortened, units
from retrieval.archive.contract import Status
from retrieval.archive.unread_languages import unread_languages
from retrieval.sources.source import Source
from retrieval.sources.state import SourceStatus, due_at

MAX_TITLE = 300  # units
MAX_SOURCES = 10
MAX_LEFT = 10  # questions
MAX_REASON = 200  # units


def start_view(language: Language, questions: Sequence[str]) -> View:
    """Greet the user, and offer questions that the archive answers."""
    hello = language.say("Hello! Ask me about the news in this archive, and I'll find the sentence that answers.")
    quoting = language.say(
        "I only quote: you read what was published, word for word, with headline and date. If "
        "nothing in the archive answers, I say so."
    )
    how = (
        language.say("Just write your question, or start with one of these. /help has more.")
        if questions
        else language.say("Just write your question. /help has more.")
    )
    # The page only tells the buttons apart.
    rows = [
        (button(question, CallbackData(ASK, page=number, origin=ORIGIN_LIST)),)
        for number, question in enumerate(questions)
    ]
    return View(GAP.join((hello, quoting, how)), tuple(rows))


def questions_left_view(language: Language, questions: Sequence[str]) -> View:
    """Name the questions of a message that were not answered, each with a button that asks it."""
    lines = [language.say("I answer three questions at a time. These are left:")]
    lines += [f"• {field(question, MAX_TITLE)}" for question in questions[:MAX_LEFT]]
    if (more := len(questions) - MAX_LEFT) > 0:
        lines.append(language.say_n("and {count} more", "and {count} more", more))
    # A button asks its label, so a longer question has none. The page only tells the buttons apart.
    rows = [
        (button(question, CallbackData(ASK, page=number, origin=ORIGIN_LIST)),)
        for number, question in enumerate(questions[:MAX_LEFT])
        if units(question) <= MAX_LABEL
    ]
    return View("\n".join(lines), tuple(rows))


def help_view(language: Language, name: str) -> View:
    """Explain how to use the bot, whose username is `name`, in private, in groups and inline."""
    minutes = language.number(round(SESSION_SECONDS / 60))
    paragraphs = (
        language.say(
            "<b>Ask</b>\n"
            "Just write your question, in your own words. You get the sentence that answers, word "
            "for word, and below it the passage it comes from. The buttons show more answers, the "
            "text around this one, or the newest first. Edit your question, and the answer changes "
            "with it."
        ),
        language.say(
            "You can go on from an answer: <i>when was he detained?</i>, <i>and then?</i>, <i>tell "
            "me more</i>. Reply to an older answer to go on from that one. For this I remember your "
            "last questions for {minutes} minutes, in memory only and for you alone; /start makes me "
            "forget them.",
            minutes=minutes,
        ),
        language.say(
            "<b>Ask about a time, a paper or an author</b>\n"
            "• <i>what happened in 2019?</i>\n"
            "• <i>latest on Xu Zhiyong</i>\n"
            '• <code>who met Kerry? since:2014-02 source:"Site Default" author:Yoon sort:new</code>'
        ),
        language.say(
            "<b>Stay up to date</b>\n"
            "• /watch and a question: I'll message you when a new article answers it\n"
            "• /watch and a name: I'll message you about every new article with that name\n"
            "• <code>/digest 8</code>: all of that once a day, at 8\n"
            "• /watches: what you are watching, to end it\n"
            "• /latest: the newest articles, of one paper too\n"
            "• /timeline and a name: what happened, day by day"
        ),
        language.say(
            "<b>In a group</b>\n"
            "I answer only when you ask me:\n"
            "• /ask and your question\n"
            "• mention me in your question\n"
            "• reply to one of my messages"
        ),
        language.say(
            "<b>In any other chat</b>\nWrite @{name} and your question, and choose an answer to share.", name=name
        ),
        language.say("/about says what is in this archive, /privacy what I store about you."),
    )
    return View(GAP.join(paragraphs))


def about_view(language: Language, status: Status, sources: Sequence[str]) -> View:
    """Say what is in the archive, and the version of Clippings."""
    lines = [
        language.say("<b>About this archive</b>"),
        extent(language, status.articles, status.first_date, status.last_date),
    ]
    if sources:
        names = language.comma.join(field(name, MAX_NAME) for name in sources[:MAX_SOURCES])
        if (more := len(sources) - MAX_SOURCES) > 0:
            names = language.say_n("{names} and {count} more", "{names} and {count} more", more, names=names)
        lines.append(language.say("Sources: {names}.", names=names))
    lines.append(language.say("Clippings {version}", version=version_here()))
    return View("\n".join(lines))


def version_here() -> str:
    """Return the installed version of Clippings, or a dash if it is not installed."""
    try:
        return version("clippings")
    except PackageNotFoundError:
        return "–"


def sources_status(language: Language, sources: Sequence[Source], statuses: Mapping[str, SourceStatus]) -> list[str]:
    """Say how each source's last visit went, one or two lines of HTML a source."""
    lines = [
        line for source in sources[:MAX_SOURCES] for line in _source_lines(language, source, statuses.get(source.name))
    ]
    if (more := len(sources) - MAX_SOURCES) > 0:
        lines.append(language.say_n("and {count} more source", "and {count} more sources", more))
    return ["", language.say("<b>Sources</b>"), *lines, ""]


def _source_lines(language: Language, source: Source, status: SourceStatus | None) -> Iterator[str]:
    name = field(source.name, MAX_NAME)
    if status is None:
        yield language.say("• {name}: not read yet", name=name)
        return
    visit, now = status.last_visit, time.time()
    next_visit = language.moment(max(due_at(source, visit) - now, 0))
    if visit.reason:
        yield language.say(
            "⚠ {name}: failing since {since}, next try {again}: {reason}",
            name=name,
            since=language.moment((visit.since or visit.time) - now),
            again=next_visit,
            reason=escape(shortened(visit.reason, MAX_REASON), quote=False),
        )
    else:
        yield language.say(
            "• {name}: read {when}, {added} added, {changed} changed, next {again}",
            name=name,
            when=language.moment(visit.time - now),
            added=language.number(visit.added),
            changed=language.number(visit.changed),
            again=next_visit,
        )
    if status.failing:
        yield language.say_n("⚠ {count} link gave nothing", "⚠ {count} links gave nothing", len(status.failing))


def language_counts(language: Language, languages: Sequence[tuple[str | None, int]]) -> str:
    """Return the names of languages with their numbers of articles, on one line."""
    unknown = language.say("unknown")
    return language.comma.join(
        f"{unknown if code is None else language.language_name(code)} {language.number(count)}"
        for code, count in languages
    )


def unread_articles(language: Language, status: Status) -> str | None:
    """Say how many articles are in languages that the model does not read; None if there are none."""
    unread = unread_languages(status)
    if not unread:
        return None
    return language.say(
        "⚠ The model does not read {count} of {all} articles: {languages}.",
        count=language.number(sum(count for _, count in unread)),
        all=language.number(status.articles),
        languages=language_counts(language, unread),
    )


def privacy_view(language: Language) -> View:
    """Say exactly what the bot stores, and for how long."""
    minutes = language.number(round(SESSION_SECONDS / 60))
    stored = (
        language.say("Your message, on disk, until it is answered; then it is erased."),
        language.say(
            "Your last questions, in memory only, for {minutes} minutes, so that you can go on from them.",
            minutes=minutes,
        ),
        language.say(
            "The numbers of your latest messages, in memory only, so that an answer changes when you edit its question."
        ),
        language.say("How often you asked in the last minute, in memory only."),
        language.say(
            "A question or name that you watch, with the chat, your Telegram id, your language and "
            "the articles I told you about: until you end it."
        ),
        language.say(
            "The hour of your daily digest, with the chat, your Telegram id and your language: until /digest off."
        ),
        language.say(
            "Your 👍 or 👎 on an answer, with the question and the passages, but not who you are or "
            "when it was. It stays, unless you tap Undo right away."
        ),
    )
    paragraphs = (
        language.say("<b>What I store</b>"),
        "\n".join(f"• {line}" for line in stored),
        language.say("Nothing else. My logs have neither what you write nor who you are."),
        language.say(
            "Telegram itself can read this chat, because chats with bots are not end-to-end "
            "encrypted. You can delete messages here as in any other chat."
        ),
        language.say("/forget deletes everything I store about you, at once."),
    )
    return View(GAP.join(paragraphs))


def forgotten_view(language: Language, *, watches: int, digests: int, pending: int, sessions: int) -> View:
    """Say what has been removed of a user's data."""
    removed = []
    if watches:
        removed.append(language.say_n("{count} watch", "{count} watches", watches))
    if digests:
        removed.append(language.say("the hour of the daily digest"))
    if pending:
        removed.append(
            language.say_n(
                "{count} message that waited for an answer", "{count} messages that waited for an answer", pending
            )
        )
    if sessions:
        removed.append(language.say("your last questions"))
    summary = (
        language.say("Deleted: {removed}.", removed=language.semicolon.join(removed))
        if removed
        else language.say("I stored nothing about you.")
    )
    remark = language.say(
        "If you gave an answer 👍 or 👎, that carries no name, so I can't tell which are yours. "
        "The messages in this chat are stored by Telegram; you can delete them here."
    )
    return View(f"{summary}{GAP}{remark}")


def extent(language: Language, articles: int, first: date | None, last: date | None) -> str:
    """Say how many articles there are, and from when."""
    if not articles:
        return language.say("There are no articles in this archive yet.")
    if first is None or last is None:
        return language.say_n("{count} article.", "{count} articles.", articles)
    if first == last:
        return language.say_n(
            "{count} article of {day}.", "{count} articles of {day}.", articles, day=language.day(first)
        )
    return language.say_n(
        "{count} article from {first} to {last}.",
        "{count} articles from {first} to {last}.",
        articles,
        first=language.day(first),
        last=language.day(last),
    )
