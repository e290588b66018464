"""What the bot says of itself and of the archive: /start, /help, /latest, /about, /privacy, /forget."""

from collections.abc import Mapping

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.context import BotContext, TelegramContext, language_of, on_message
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult, question_gone
from bot.handlers.questions import Addressed, too_many, view_of
from bot.i18n.language import Language
from bot.outgoing.sending import keyboard_of, reply, send, topic_of
from bot.store.sessions import reader_of
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import MAX_HITS, encode
from bot.views.info import about_view, forgotten_view, help_view, latest_view, privacy_view, start_view
from corpus.article import Card
from retrieval.archive.contract import Archive
from retrieval.types import Passage

MAX_LATEST = 5


def menu(language: Language, *, owner: bool = False) -> list[tuple[str, str]]:
    """Return the menu of commands."""
    menu = [
        ("ask", language.say("Ask the archive a question")),
        ("watch", language.say("Be told when a new article answers a question")),
        ("watches", language.say("What is watched here")),
        ("latest", language.say("The newest articles")),
        ("about", language.say("What is in this archive")),
        ("help", language.say("How to ask, here and in groups")),
        ("privacy", language.say("What I keep about you, and for how long")),
        ("forget", language.say("Remove all that I keep about you")),
        ("start", language.say("What I do, and questions to begin with")),
    ]
    if owner:
        menu += [
            ("add", language.say("Add an article to the archive")),
            ("remove", language.say("Remove an article from the archive")),
            ("status", language.say("How the archive and the bot are doing")),
        ]
    return menu


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what answers the commands; in groups only those that are meant for this bot."""

    async def start(message: Message, language: Language) -> None:
        bot.sessions.forget(message)
        async with bot.typing(message):
            questions = await bot.examples()
        await reply(message, start_view(language, questions))

    async def help_(message: Message, language: Language) -> None:
        await reply(message, help_view(language, message.get_bot().username))

    async def latest(message: Message, language: Language) -> None:
        await reply(message, await _latest_view(bot, language))

    async def about(message: Message, language: Language) -> None:
        status, sources = await bot.search.look(lambda archive: (archive.status(), archive.sources()))
        await reply(message, about_view(language, status, sources))

    async def privacy(message: Message, language: Language) -> None:
        await reply(message, privacy_view(language))

    async def forget(update: Update, _: TelegramContext) -> None:
        if (message := update.message) is None:
            return
        reader = reader_of(message)
        removed = bot.database.forget(reader, but=update.update_id)
        bot.answer_messages.forget(reader)
        sessions = bot.sessions.forget_reader(reader)
        view = forgotten_view(language_of(update), watches=removed.watches, waiting=removed.waiting, sessions=sessions)
        await reply(message, view)

    said = {"start": start, "help": help_, "latest": latest, "about": about, "privacy": privacy}
    every = {**{command: on_message(respond) for command, respond in said.items()}, "forget": forget}
    meant = filters.UpdateType.MESSAGE & Addressed()
    return [CommandHandler(command, handler, meant) for command, handler in every.items()]


async def _latest_view(bot: BotContext, language: Language) -> View:
    def look(archive: Archive) -> list[tuple[Card, Passage | None]]:
        cards = archive.newest_cards(MAX_LATEST)
        return [(card, next(iter(archive.passages_of(card.id)), None)) for card in cards]

    return latest_view(language, await bot.search.look(look))


async def _latest(bot: BotContext, callback: Callback) -> CallbackResult:
    return CallbackResult(await _latest_view(bot, callback.language))


async def _ask(bot: BotContext, callback: Callback) -> CallbackResult:
    """Answer what is written on the button in a message of its own: the others can still be tapped."""
    message, language = callback.message, callback.language
    question = _written_on(message, encode(callback.data))
    if question is None:
        return question_gone(callback)
    if wait := bot.question_limit.take(callback.reader):
        return CallbackResult(notice=too_many(language, wait), matters=True)
    answer = await bot.search(question, MAX_HITS)
    bot.sessions.remember(message, answer, callback.reader)
    view = await view_of(bot, answer, language, spell_out=True)
    await send(message.get_bot(), message.chat_id, view, topic_of(message))
    return CallbackResult()


def _written_on(message: Message, data: str) -> str | None:
    return next((one.text for row in keyboard_of(message) for one in row if one.data == data), None)


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.ASK: _ask, callback_data.LATEST: _latest}
