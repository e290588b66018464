"""Watching a question: /watch, /watches, the buttons that begin and end it, and what ends it by itself."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from telegram import Message, Update
from telegram.ext import BaseHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, TelegramContext, on_message
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult, question_gone
from bot.handlers.questions import question_in, question_of
from bot.i18n.language import Language
from bot.outgoing.sending import keyboard_of, reply, topic_of
from bot.store.sessions import reader_of
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import CallbackData
from bot.views.header import asked
from bot.views.keyboards import button, end_of_watch
from retrieval.answer.query import as_question, check_question, parse_query
from retrieval.errors import QuestionError

GONE = frozenset({"left", "kicked"})


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what begins, lists and ends watches."""

    async def watch(message: Message, language: Language) -> None:
        question = question_in(message)
        if not question:
            turn = bot.sessions.last(message)
            question = as_question(turn.query) if turn else ""
        if not question:
            say = language.say("Please write your question after it, for example: <i>/watch who met Kerry?</i>")
            await reply(message, View(say))
            return
        try:
            view = await begin(bot, message, reader_of(message), question, language)
        except QuestionError as error:
            view = View(escape(language.of_error(error), quote=False))
        await reply(message, view)

    async def watches(message: Message, language: Language) -> None:
        await reply(message, listed(bot, message.chat_id, language))

    async def gone(update: Update, _: TelegramContext) -> None:
        if (member := update.my_chat_member) and member.new_chat_member.status in GONE:
            bot.watches.end_all(member.chat.id)

    async def moved(message: Message, _: Language) -> None:
        if message.migrate_to_chat_id:
            bot.watches.move(message.chat_id, message.migrate_to_chat_id)

    new = filters.UpdateType.MESSAGE
    return [
        CommandHandler("watch", on_message(watch), new),
        CommandHandler("watches", on_message(watches), new),
        ChatMemberHandler(gone, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE, on_message(moved)),
    ]


async def begin(bot: BotContext, message: Message, reader: int, question: str, language: Language) -> View:
    """Keep a watch on what comes from now on; raises QuestionError for what cannot be asked."""
    query = parse_query(check_question(question, bot.config.question_characters))
    written = as_question(replace(query, newest=False))
    since = await bot.search.look(lambda archive: archive.generation().number)
    most = bot.config.watches
    watch = bot.watches.add(message.chat_id, topic_of(message), reader, language.code, written, since, most)
    if watch is None:
        say = language.say("No more than {count} questions can be watched here. End one first: /watches", count=most)
        return View(say)
    say = language.say(
        "I keep this question, and tell you here when an article that is new to the archive answers it. "
        "/watches lists what is watched here, and a tap there ends it."
    )
    end = end_of_watch(language, watch.id, origin=callback_data.ORIGIN_LIST)
    return View(f"{asked(language, written, callback_data.ORIGIN_LIST)}\n\n{say}", (end,))


def listed(bot: BotContext, chat: int, language: Language) -> View:
    """List what a chat watches, with a button to end each."""
    watches = bot.watches.of(chat)
    if not watches:
        return View(language.say("Nothing is watched here. Begin with /watch and a question."))
    rows = [
        (
            button(
                f"✕ {watch.question}", CallbackData(callback_data.END, page=watch.id, origin=callback_data.ORIGIN_LIST)
            ),
        )
        for watch in watches
    ]
    return View(language.say("Watched here. A tap ends it:"), tuple(rows))


async def _watch(bot: BotContext, callback: Callback) -> CallbackResult:
    question = question_of(callback.message)
    if question is None:
        return question_gone(callback)
    return CallbackResult(await begin(bot, callback.message, callback.reader, question, callback.language))


async def _end_watch(bot: BotContext, callback: Callback) -> CallbackResult:
    chat, language = callback.message.chat_id, callback.language
    bot.watches.end(callback.data.page, chat)
    said = language.say("Ended. I keep nothing of it.")
    # What a watch told stays there to be read.
    view = listed(bot, chat, language) if callback.data.origin == callback_data.ORIGIN_LIST else _without(callback)
    return CallbackResult(view, said)


def _without(callback: Callback) -> View:
    """Return what a message shows, without the button that was tapped."""
    data = callback_data.encode(callback.data)
    rows = (tuple(one for one in row if one.data != data) for row in keyboard_of(callback.message))
    return View(callback.message.text_html, tuple(row for row in rows if row))


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.WATCH: _watch, callback_data.END: _end_watch}
