"""Watches: /watch, /watches, the buttons that begin and end a watch, and changes of the chat."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import NamedTuple

from telegram import Message, Update
from telegram.ext import BaseHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, TelegramContext, UpdateContext, on_message
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult, question_gone
from bot.handlers.digest import hour_of_digest
from bot.handlers.edited_messages import NEW_OR_EDITED, answer_in_place, on_new_or_edited, take_back
from bot.handlers.limit_questions import has_to_wait, too_many_questions
from bot.handlers.question_text import question_in, question_of
from bot.handlers.shown_hits import is_whole
from bot.jobs.keywords_or_question import watched_words
from bot.jobs.new_articles import hits_with_words
from bot.outgoing.sending import keyboard_of, topic_of
from bot.sessions import Answered
from bot.store.watches import Watch
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import MAX_HITS, CallbackData
from bot.views.keyboards import button, without_undo
from bot.views.question_lines import Asked, describe_understood, without
from bot.views.watch import begun_view
from retrieval.answer.context_dependent import TOKEN
from retrieval.answer.query import as_question, check_question, parse_query
from retrieval.errors import EmptyQuestion, QuestionError, UnknownName
from retrieval.text.stop_words import STOP_WORDS
from retrieval.types import NO_FILTERS, Answer

GONE = frozenset({"left", "kicked"})  # statuses of a bot that is no longer in a chat


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers that begin, list, move and end watches."""

    async def left_chat(update: Update, _: TelegramContext) -> None:
        if (member := update.my_chat_member) and member.new_chat_member.status in GONE:
            bot.watches.end_all(member.chat.id)

    new = filters.UpdateType.MESSAGE
    return [
        CommandHandler("watch", on_new_or_edited(bot, _watch), NEW_OR_EDITED),
        CommandHandler("watches", on_message(bot, _watches), new),
        ChatMemberHandler(left_chat, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE, on_message(bot, _move)),
    ]


async def _watch(context: UpdateContext, message: Message) -> None:
    bot, language = context.bot, context.language
    question = question_in(message)
    if not question:
        before = bot.sessions.last(message, bot.answer_messages.answers_to(message))
        question = as_question(before.turn.query) if before else ""
    if not question:
        text = language.say("Please write your question after it, for example: <i>/watch who met Kerry?</i>")
        await answer_in_place(bot, message, View(text))
        return
    if await has_to_wait(context, message):
        return
    take_back(bot, message)
    try:
        async with bot.typing(message):
            begun = await _begin(context, message, question)
    except QuestionError as error:
        await answer_in_place(bot, message, View(escape(language.of_error(error), quote=False)))
        return
    answer = await answer_in_place(bot, message, begun.view)
    if begun.new_watch is not None:
        bot.answer_messages.began_watch(message, begun.new_watch)
    if begun.answer:
        bot.sessions.remember(message, Answered.of(begun.answer, answer))


async def _watches(context: UpdateContext, message: Message) -> None:
    await context.bot.sender.reply(message, _list_view(context, message.chat_id))


async def _move(context: UpdateContext, message: Message) -> None:
    if message.migrate_to_chat_id:
        context.bot.watches.move(message.chat_id, message.migrate_to_chat_id)


class Begun(NamedTuple):
    """What is said when a watch begins, and what the archive answers now, if the watch is of a question.

    `new_watch` is the watch's id; None if the chat had it before, or has too many.
    """

    view: View
    answer: Answer | None = None
    new_watch: int | None = None


async def _begin(context: UpdateContext, message: Message, question: str) -> Begun:
    """Answer a question, and watch it in a message's chat from now on; raises QuestionError."""
    bot, language, chat, topic = context.bot, context.language, message.chat_id, topic_of(message)
    query = parse_query(check_question(question, bot.config.question_characters))
    if STOP_WORDS.issuperset(word.casefold() for word in TOKEN.findall(query.text)):
        raise EmptyQuestion("There is nothing to search for in that question. Ask in words, such as: Who met Kerry?")
    written = as_question(replace(query, newest=False))
    # Before the search: an article that is added meanwhile must not be missed.
    since = await bot.search.look(lambda archive: archive.generation().number)
    words = watched_words(query.text) is not None
    answer = await _answer(bot, written, words=words)
    new = Watch(0, chat, topic, context.user_id, language.code, written, since, words)
    had = {watch.id for watch in bot.watches.in_chat(chat)}
    watch = bot.watches.add(new, bot.config.watches)
    if watch is None:
        text = language.say(
            "You can watch {count} questions here at most. End one first: /watches", count=bot.config.watches
        )
        return Begun(View(text))
    # What is shown now is not reported again.
    bot.watches.claim(watch, [hit.passage.article.id for hit in answer.hits])
    first = answer.hits[0].passage if answer.hits else None
    whole = first is not None and await is_whole(bot, first)
    view = begun_view(
        language,
        watch.id,
        Asked(
            written,
            written,
            describe_understood(language, answer.understood) if answer.understood else None,
            without(language, answer.without) if answer.without else None,
        ),
        answer.hits,
        words=words,
        whole=whole,
        hour=hour_of_digest(bot, chat, topic),
        unread_language=answer.unread_language,
    )
    return Begun(view, None if words else answer, None if watch.id in had else watch.id)


async def _answer(bot: BotContext, question: str, *, words: bool) -> Answer:
    """Return what the archive answers now, or the newest articles that have the words."""
    try:
        if words:
            return Answer(question, tuple(await hits_with_words(bot, question, MAX_HITS, NO_FILTERS) or ()))
        return await bot.search(question, MAX_HITS)
    except UnknownName:  # a source or an author that has no article yet
        return Answer(question)


def _list_view(context: UpdateContext, chat: int) -> View:
    """List a chat's watches, with a button to end each."""
    language, watches = context.language, context.bot.watches.in_chat(chat)
    if not watches:
        return View(language.say("You aren't watching anything here. Start with /watch and a question."))
    rows = [
        (
            button(
                f"✕ {watch.question}",
                CallbackData(callback_data.END, page=watch.id, origin=callback_data.ORIGIN_LIST),
            ),
        )
        for watch in watches
    ]
    return View(language.say("You are watching these. Tap one to end it:"), tuple(rows))


async def _begin_watch(context: UpdateContext, callback: Callback) -> CallbackResult:
    question = question_of(callback.message)
    if question is None:
        return question_gone(context)
    if wait := context.bot.question_limit.take(context.user_id):
        return CallbackResult(notice=too_many_questions(context.language, wait), matters=True)
    begun = await _begin(context, callback.message, question)
    if begun.answer:
        answered = Answered.of(begun.answer, callback.message.message_id)
        context.bot.sessions.remember(callback.message, answered, context.user_id)
    return CallbackResult(begun.view)


async def _end_watch(context: UpdateContext, callback: Callback) -> CallbackResult:
    chat = callback.message.chat_id
    context.bot.watches.end(callback.data.page, chat)
    in_list = callback.data.origin == callback_data.ORIGIN_LIST
    # A notification stays, so that it can still be read.
    view = _list_view(context, chat) if in_list else _without_button(callback)
    undo = view.keyboard != without_undo(view.keyboard)
    return CallbackResult(view, context.language.say("Ended, and deleted."), undo=undo)


def _without_button(callback: Callback) -> View:
    """Return what a message shows, without the button that was tapped."""
    tapped = callback_data.encode(callback.data)
    rows = (tuple(button for button in row if button.data != tapped) for row in keyboard_of(callback.message))
    return View(callback.message.text_html, tuple(row for row in rows if row))


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.WATCH: _begin_watch, callback_data.END: _end_watch}
