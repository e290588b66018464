"""What a message of the bot says of the question it answers, in its first lines; its buttons read it from there."""

from dataclasses import dataclass

from telegram import Message, MessageEntity

from bot.i18n.translation import Language
from bot.views.telegram_html import units
from retrieval.answer.calendar_periods import Period, unit_of
from retrieval.types import Query

# They begin the lines that say how plain words were understood, and that nothing answers so.
UNDERSTOOD, WITHOUT = "🗓 ", "🔎 "


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that a view answers: as it was asked, if that is known, and what its first lines say of it.

    `searched` is the question as it was searched for, as a user can type it, or the watched one in a notification.
    `understood` says how plain words such as "in 2019" were understood, `without` that nothing answers so. They are
    None if the view does not say so.
    """

    question: str | None = None
    searched: str | None = None
    understood: str | None = None
    without: str | None = None


def searched_in(message: Message) -> str | None:
    """Return what a message of the bot says was searched for, in its first line; None if it does not say so."""
    first_line, _, _ = (message.text or "").partition("\n")
    for entity, text in message.parse_entities([MessageEntity.CODE]).items():
        if entity.offset <= units(first_line):
            return text
    return None


def line_in(message: Message, sign: str) -> str | None:
    """Return the line, of the first two of a message of the bot, that begins with a sign; None if there is none."""
    lines = (message.text or "").split("\n", 2)[:2]
    return next((line.removeprefix(sign) for line in lines if line.startswith(sign)), None)


def without(language: Language, query: Query) -> str:
    """Say as plain text that nothing answers with the filters that plain words were read as."""
    filters = describe_understood(language, query)
    return language.say("Nothing {filters} answers that, so I searched everything.", filters=filters)


def describe_understood(language: Language, query: Query) -> str:
    """Describe the filters and the order of a query as plain text: "from March 2014, by Dana Ruiz"."""
    filters = query.filters
    parts = [
        language.say("in {source}", source=filters.source) if filters.source else "",
        language.say("by {author}", author=filters.author) if filters.author else "",
        _describe_days(language, query),
        language.say("newest first") if query.newest else "",
    ]
    return language.say(", ").join(filter(None, parts))


def _describe_days(language: Language, query: Query) -> str:
    since, until = query.filters.since, query.filters.until
    if since and until:
        period = Period(since, until)
        if (unit := unit_of(period)) == "day":
            return language.say("on {day}", day=language.day(since))
        if unit:
            return language.say("from {period}", period=language.period(period.first, unit))
        return language.say("from {first} to {last}", first=language.day(since), last=language.day(until))
    if since:
        return language.say("since {day}", day=language.day(since))
    return language.say("until {day}", day=language.day(until)) if until else ""
