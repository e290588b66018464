"""Tells which messages are addressed to the bot, and by whom."""

from telegram import Message, MessageEntity
from telegram.ext import filters


class Addressed(filters.MessageFilter):
    """A message addressed to the bot: in private, or by naming it or replying to it."""

    def filter(self, message: Message) -> bool:
        """Tell whether a message is addressed to the bot."""
        return is_addressed(message)


def is_addressed(message: Message) -> bool:
    """Tell whether a message is addressed to the bot."""
    return (
        message.chat.type == message.chat.PRIVATE
        or names_bot(message)
        or replies_to_bot(message)
        or (message.text or "").partition(" ")[0] == "/ask"
    )


def names_bot(message: Message) -> bool:
    """Tell whether a message mentions the bot."""
    name = f"@{message.get_bot().username}".lower()
    entities = message.parse_entities([MessageEntity.MENTION, MessageEntity.BOT_COMMAND])
    return any(text.lower().endswith(name) for text in entities.values())


def replies_to_bot(message: Message) -> bool:
    """Tell whether a message replies to a message of the bot."""
    # Every message in a topic counts as a reply to the message that created the topic.
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created:
        return False
    return replied.from_user.id == message.get_bot().id


def from_bot(message: Message) -> bool:
    """Tell whether another bot wrote a message: two bots that answer each other never stop."""
    # An anonymous admin is a bot to Telegram, but writes in the name of a chat.
    return message.from_user is not None and message.from_user.is_bot and message.sender_chat is None
