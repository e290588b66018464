"""Handles commands that may be edited: the answer to the message becomes that of the edited command."""

from telegram import Message, Update
from telegram.ext import filters

from bot.context import BotContext, Handler, Respond, TelegramContext, UpdateContext
from bot.views.answer import View

NEW_OR_EDITED = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE


def on_new_or_edited(bot: BotContext, respond: Respond) -> Handler:
    """Return a handler of new and of edited messages."""

    async def handle(update: Update, _: TelegramContext) -> None:
        if message := update.message or update.edited_message:
            await respond(UpdateContext.of(bot, update), message)

    return handle


def take_back(bot: BotContext, message: Message) -> None:
    """End the watch that a message began before it was edited, once its edit is answered."""
    watch = bot.answer_messages.take_watch(message)
    if watch is not None:
        bot.watches.end(watch, message.chat_id)


async def answer_in_place(bot: BotContext, message: Message, view: View) -> int:
    """Show a view in the message that answered before an edit, else in a new reply; return that message's id."""
    take_back(bot, message)
    earlier = bot.answer_messages.answers_to(message)
    answer = await show(bot, message, view, earlier[0] if earlier else None)
    for id_ in earlier[1:]:
        await bot.sender.delete(message.get_bot(), message.chat_id, id_)
    bot.answer_messages.remember(message, (answer,))
    return answer


async def show(bot: BotContext, message: Message, view: View, earlier: int | None) -> int:
    """Show a view in the message that answered before, else in a new reply; return that message's id."""
    if earlier is not None and await bot.sender.edit(message.get_bot(), message.chat_id, earlier, view):
        return earlier
    return (await bot.sender.reply(message, view)).message_id
