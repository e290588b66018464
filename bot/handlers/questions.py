"""Answers questions: new and edited messages, several questions in one, and small talk."""

import re
from collections.abc import AsyncIterator, Collection
from html import escape

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, MessageHandler, filters

from bot.context import BotContext, TelegramContext, UpdateContext
from bot.handlers.addressed import Addressed, replies_to_bot
from bot.handlers.build_views import more_view, small_talk_view, view_of
from bot.handlers.edited_messages import NEW_OR_EDITED, show, take_back
from bot.handlers.limit_questions import too_many_questions
from bot.handlers.question_text import question_in
from bot.handlers.shown_hits import hits_of, shown_in
from bot.handlers.timeline import subject_query
from bot.sessions import Answered
from bot.several_questions import questions_in
from bot.small_talk import SmallTalk, small_talk, without_greeting
from bot.views.answer import View
from bot.views.callback_data import MAX_HITS, SHOW, CallbackData
from bot.views.header import title_of
from bot.views.info import questions_left_view
from bot.views.question_lines import searched_in
from bot.views.timeline import subject_in
from retrieval.answer.context_dependent import asks_for_more, names_nothing
from retrieval.answer.conversation import Turn
from retrieval.errors import QuestionError
from retrieval.types import Answer

MAX_QUESTIONS = 3  # of one message that are answered; the others are named
QUIET_IN_GROUPS = frozenset({SmallTalk.THANKS, SmallTalk.FAREWELL, SmallTalk.REMARK})
LINK = re.compile(r"(?i)(?:https?://|www\.|t\.me/)\S+")


def handlers(bot: BotContext) -> list[BaseHandler]:  # type: ignore[type-arg]
    """Return the handlers of questions, new and edited ones."""

    async def answer_message(update: Update, _: TelegramContext) -> None:
        message = update.message or update.edited_message
        if message is None:
            return
        context = UpdateContext.of(bot, update)
        earlier = bot.answer_messages.answers_to(message) if update.edited_message else ()
        sent: list[int] = []
        async with bot.typing(message):
            async for view, answer in replies_to(context, message, earlier):
                take_back(bot, message)
                id_ = await show(bot, message, view, earlier[len(sent)] if len(sent) < len(earlier) else None)
                sent.append(id_)
                if answer is None:
                    bot.sessions.drop(message, id_)
                # What names nothing and is not answered is nothing to go on from.
                if answer and (answer.hits or not names_nothing(answer.question)):
                    bot.sessions.remember(message, Answered.of(answer, id_))
        # An edit that gets nothing, as in a flood, leaves the answers as they are.
        for id_ in earlier[len(sent) :] if sent else ():
            await bot.sender.delete(message.get_bot(), message.chat_id, id_)
        bot.answer_messages.remember(message, sent or earlier)

    return [
        CommandHandler("ask", answer_message, NEW_OR_EDITED),
        MessageHandler(NEW_OR_EDITED & Addressed() & filters.TEXT & ~filters.COMMAND, answer_message),
    ]


async def replies_to(
    context: UpdateContext, message: Message, earlier: Collection[int]
) -> AsyncIterator[tuple[View, Answer | None]]:
    """Yield what a message gets: small talk one line, and each of its first questions an answer.

    `earlier` are the messages that answered it before it was edited.
    """
    bot, language, text = context.bot, context.language, question_in(message)
    if not text:
        yield View(language.say("Please write your question after it, for example: <i>/ask who met Kerry?</i>")), None
        return
    if kind := small_talk(text):
        if kind not in QUIET_IN_GROUPS or message.chat.type == message.chat.PRIVATE:
            before = await _asked_before(context, message, earlier) if kind == SmallTalk.SOURCE else None
            yield await small_talk_view(context, kind, before), None
        return
    if LINK.fullmatch(text):
        yield View(language.say("I don't open links. Please ask me in words.")), None
        return
    before = await _asked_before(context, message, earlier)
    if asks_for_more(text) and before and before.refs:
        yield await more_view(context, before), None
        return
    questions = questions_in(without_greeting(text))
    turn = before.turn if before else None
    for question in questions[:MAX_QUESTIONS]:
        if wait := bot.question_limit.take(context.user_id):
            if bot.question_limit.may_tell(context.user_id):
                yield View(too_many_questions(language, wait)), None
            return
        try:
            answer = await bot.search(question, MAX_HITS, before=turn)
        except QuestionError as error:
            yield View(escape(language.of_error(error), quote=False)), None
            continue
        turn = Turn.of(answer)
        yield await view_of(context, answer, spell_out=len(questions) > 1), answer
    if rest := questions[MAX_QUESTIONS:]:
        yield questions_left_view(language, rest), None


async def _asked_before(context: UpdateContext, message: Message, earlier: Collection[int]) -> Answered | None:
    """Return the question that a message may go on from: the one that it replies to, else the last one.

    A reply to a timeline goes on from its name, one to an article of a list from its headline.
    """
    bot, replied = context.bot, message.reply_to_message
    before = bot.sessions.last(message, earlier)
    if replied is None or not replies_to_bot(message) or (before and before.message == replied.message_id):
        return before
    if (ref := shown_in(replied)) and (hits := await hits_of(bot, CallbackData(SHOW, (ref,)))):
        # Nothing is remembered of that answer any more, so its headline stands for its question.
        question = searched_in(replied) or title_of(context.language, hits[0].passage.article)
        return Answered.of(Answer(question, tuple(hits)), replied.message_id)
    if subject := subject_in(replied):
        return Answered(replied.message_id, Turn.of_subject(subject_query(subject)))
    return before
