"""Watching a question: /watch, /watches, the buttons that begin and end it, and what ends it by itself."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from telegram import Message, Update
from telegram.ext import BaseHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, TelegramContext, on_message
from bot.handlers.callbacks import React, Reaction, Tapped, question_gone
from bot.handlers.questions import question_in, question_of
from bot.i18n.language import Language
from bot.outgoing.sending import keyboard_of, reply, topic_of
from bot.store.sessions import reader_of
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import Tap
from bot.views.header import asked
from bot.views.keyboards import button, end_of_watch
from retrieval.answer.query import as_written, read
from retrieval.errors import QuestionError

GONE = frozenset({"left", "kicked"})


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return what begins, lists and ends watches."""

    async def watch(message: Message, language: Language) -> None:
        question = question_in(message)
        if not question:
            turn = bot.conversations.last(message)
            question = as_written(turn.query) if turn else ""
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
            bot.watchlist.end_all(member.chat.id)

    async def moved(message: Message, _: Language) -> None:
        if message.migrate_to_chat_id:
            bot.watchlist.move(message.chat_id, message.migrate_to_chat_id)

    new = filters.UpdateType.MESSAGE
    return [
        CommandHandler("watch", on_message(watch), new),
        CommandHandler("watches", on_message(watches), new),
        ChatMemberHandler(gone, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE, on_message(moved)),
    ]


async def begin(bot: BotContext, message: Message, reader: int, question: str, language: Language) -> View:
    """Keep a watch on what comes from now on; raises QuestionError for what cannot be asked."""
    query = read(question, bot.config.question_characters)
    written = as_written(replace(query, newest=False))
    since = await bot.search.look(lambda archive: archive.generation())
    most = bot.config.watches
    watch = bot.watchlist.add(message.chat_id, topic_of(message), reader, language.code, written, since, most)
    if watch is None:
        say = language.say("No more than {count} questions can be watched here. End one first: /watches", count=most)
        return View(say)
    say = language.say(
        "I keep this question, and tell you here when an article that is new to the archive answers it. "
        "/watches lists what is watched here, and a tap there ends it."
    )
    end = end_of_watch(language, watch.id, under=callback_data.UNDER_LIST)
    return View(f"{asked(language, written, callback_data.UNDER_LIST)}\n\n{say}", (end,))


def listed(bot: BotContext, chat: int, language: Language) -> View:
    """List what a chat watches, with a button to end each."""
    watches = bot.watchlist.of(chat)
    if not watches:
        return View(language.say("Nothing is watched here. Begin with /watch and a question."))
    rows = [
        (button(f"✕ {watch.question}", Tap(callback_data.END, step=watch.id, under=callback_data.UNDER_LIST)),)
        for watch in watches
    ]
    return View(language.say("Watched here. A tap ends it:"), tuple(rows))


async def _watch(bot: BotContext, tapped: Tapped) -> Reaction:
    question = question_of(tapped.message)
    if question is None:
        return question_gone(tapped)
    return Reaction(await begin(bot, tapped.message, tapped.reader, question, tapped.language))


async def _end_watch(bot: BotContext, tapped: Tapped) -> Reaction:
    chat, language = tapped.message.chat_id, tapped.language
    bot.watchlist.end(tapped.tap.step, chat)
    said = language.say("Ended. I keep nothing of it.")
    # What a watch told stays there to be read.
    view = listed(bot, chat, language) if tapped.tap.under == callback_data.UNDER_LIST else _without(tapped)
    return Reaction(view, said)


def _without(tapped: Tapped) -> View:
    """Return what a message shows, without the button that was tapped."""
    tap = callback_data.encode(tapped.tap)
    rows = (tuple(one for one in row if one.data != tap) for row in keyboard_of(tapped.message))
    return View(tapped.message.text_html, tuple(row for row in rows if row))


REACTIONS: Mapping[str, React] = {callback_data.WATCH: _watch, callback_data.END: _end_watch}
