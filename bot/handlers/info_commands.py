"""Commands about the bot and the archive: /start, /help, /latest, /about, /privacy, /forget."""

from collections.abc import Mapping
from html import escape

from telegram import Message
from telegram.ext import BaseHandler, CommandHandler, filters

from bot.context import BotContext, UpdateContext, on_message
from bot.handlers.addressed import Addressed
from bot.handlers.build_views import newest_view, view_of
from bot.handlers.callbacks import Callback, CallbackHandler, CallbackResult, question_gone
from bot.handlers.edited_messages import NEW_OR_EDITED, answer_in_place, on_new_or_edited
from bot.handlers.limit_questions import too_many_questions
from bot.handlers.question_text import question_in
from bot.handlers.shown_hits import hits_of
from bot.i18n.translation import Language
from bot.outgoing.sending import label_of, topic_of
from bot.sessions import Answered
from bot.views import callback_data
from bot.views.answer import View
from bot.views.callback_data import MAX_HITS, ORIGIN_SOURCE, encode
from bot.views.info import about_view, forgotten_view, help_view, privacy_view, start_view
from retrieval.errors import QuestionError


def menu(language: Language, *, admin: bool = False) -> list[tuple[str, str]]:
    """Return the menu of commands: (command, description)."""
    menu = [
        ("ask", language.say("Ask the archive a question")),
        ("watch", language.say("Get a message when a new article answers")),
        ("watches", language.say("What you are watching here")),
        ("digest", language.say("Get it all once a day, at an hour you choose")),
        ("timeline", language.say("What happened to somebody, day by day")),
        ("latest", language.say("The newest articles")),
        ("about", language.say("What is in this archive")),
        ("help", language.say("How to ask, here and in groups")),
        ("privacy", language.say("What I store about you, and for how long")),
        ("forget", language.say("Delete what I store about you")),
        ("start", language.say("What I do, and some first questions")),
    ]
    if admin:
        menu += [
            ("add", language.say("Add an article to the archive")),
            ("remove", language.say("Remove an article from the archive")),
            ("status", language.say("How the archive and I are doing")),
        ]
    return menu


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers of these commands. In groups they take only commands that are addressed to this bot."""
    commands = {
        "start": _start,
        "help": _help,
        "about": _about,
        "privacy": _privacy,
        "forget": _forget,
    }
    addressed = filters.UpdateType.MESSAGE & Addressed()
    latest = CommandHandler("latest", on_new_or_edited(bot, _latest), NEW_OR_EDITED & Addressed())
    return [latest, *(CommandHandler(name, on_message(bot, command), addressed) for name, command in commands.items())]


async def _start(context: UpdateContext, message: Message) -> None:
    bot = context.bot
    bot.sessions.forget(message)
    async with bot.typing(message):
        questions = await bot.examples(context.language.iso)
    await bot.sender.reply(message, start_view(context.language, questions))


async def _help(context: UpdateContext, message: Message) -> None:
    await context.bot.sender.reply(message, help_view(context.language, message.get_bot().username))


async def _latest(context: UpdateContext, message: Message) -> None:
    try:
        view = await newest_view(context, question_in(message) or None)
    except QuestionError as error:
        view = View(escape(context.language.of_error(error), quote=False))
    await answer_in_place(context.bot, message, view)


async def _about(context: UpdateContext, message: Message) -> None:
    status, sources = await context.bot.search.look(lambda archive: (archive.status(), archive.sources()))
    await context.bot.sender.reply(message, about_view(context.language, status, sources))


async def _privacy(context: UpdateContext, message: Message) -> None:
    await context.bot.sender.reply(message, privacy_view(context.language))


async def _forget(context: UpdateContext, message: Message) -> None:
    bot, user = context.bot, context.user_id
    bot.answer_messages.forget(user)
    sessions = bot.sessions.forget_user(user)
    watches, pending, digests = bot.watches.forget_user(user, context.update_id)
    view = forgotten_view(context.language, watches=watches, digests=digests, pending=pending, sessions=sessions)
    await bot.sender.reply(message, view)


async def _back_to_latest(context: UpdateContext, callback: Callback) -> CallbackResult:
    data = callback.data
    hits = await hits_of(context.bot, data) if data.origin == ORIGIN_SOURCE else []
    return CallbackResult(await newest_view(context, hits[0].passage.article.source if hits else None))


async def _ask(context: UpdateContext, callback: Callback) -> CallbackResult:
    """Answer the question on the button in a new message: the other buttons stay."""
    bot, message = context.bot, callback.message
    question = label_of(message, encode(callback.data))
    if question is None:
        return question_gone(context)
    if wait := bot.question_limit.take(context.user_id):
        return CallbackResult(notice=too_many_questions(context.language, wait), matters=True)
    answer = await bot.search(question, MAX_HITS)
    view = await view_of(context, answer, spell_out=True)
    sent = await bot.sender.send(message.get_bot(), message.chat_id, view, topic_of(message))
    bot.sessions.remember(message, Answered.of(answer, sent.message_id), context.user_id)
    return CallbackResult()


CALLBACKS: Mapping[str, CallbackHandler] = {callback_data.ASK: _ask, callback_data.LATEST: _back_to_latest}
