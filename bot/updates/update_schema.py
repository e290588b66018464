"""The schema of the updates that handlers rely on. Updates that do not fit are refused before any handler sees them."""

from typing import Annotated, Any

from msgspec import Meta, Struct, convert, field

# Telegram's numbers have at most 52 bits, and dates end in 2038.
Id = Annotated[int, Meta(ge=-(2**52), le=2**52)]
Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Chat(Struct):
    """A chat."""

    id: Id
    type: str
    title: str | None = None
    username: str | None = None


class User(Struct):
    """A user."""

    id: Id
    is_bot: bool
    first_name: str
    language_code: str | None = None


class Entity(Struct):
    """A marked part of a text, in UTF-16 units."""

    type: str
    offset: Number
    length: Number


class File(Struct):
    """A document."""

    file_id: str
    file_unique_id: str
    file_size: Annotated[int, Meta(ge=0, le=2**52)] | None = None
    file_name: str | None = None
    mime_type: str | None = None


class Message(Struct):
    """A message."""

    message_id: Id
    date: Number
    chat: Chat
    from_: User | None = field(default=None, name="from")
    sender_chat: Chat | None = None
    message_thread_id: Id | None = None
    is_topic_message: bool | None = None
    text: str | None = None
    entities: list[Entity] | None = None
    caption: str | None = None
    caption_entities: list[Entity] | None = None
    document: File | None = None
    media_group_id: str | None = None
    migrate_to_chat_id: Id | None = None
    via_bot: User | None = None
    reply_to_message: "Message | None" = None

    def __post_init__(self) -> None:
        """Check that every entity lies on whole characters of its text; raises ValueError."""
        for text, entities in ((self.text, self.entities), (self.caption, self.caption_entities)):
            if entities and text is None:
                raise ValueError("There are entities but no text.")
            encoded = (text or "").encode("utf-16-le") if entities else b""
            for entity in entities or ():
                encoded[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


class CallbackQuery(Struct):
    """A tap on a button."""

    id: str
    from_: User = field(name="from")
    message: Message | None = None
    data: str | None = None


class InlineQuery(Struct):
    """A question typed after the bot's name in any chat."""

    id: str
    from_: User = field(name="from")
    query: str
    offset: str


class Member(Struct):
    """The bot's status in a chat."""

    status: str


class Membership(Struct):
    """A change of the bot's status in a chat."""

    chat: Chat
    from_: User = field(name="from")
    date: Number
    old_chat_member: Member
    new_chat_member: Member


class Update(Struct):
    """An update of one of the kinds that the bot asks for."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    inline_query: InlineQuery | None = None
    my_chat_member: Membership | None = None


WANTED = [name for name in Update.__struct_fields__ if name != "update_id"]


def check(update: dict[str, Any]) -> None:
    """Check an update; raises msgspec.ValidationError."""
    convert(update, Update)
