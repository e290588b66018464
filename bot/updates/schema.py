"""What of an update the bot relies on. One that has another shape is not Telegram's, and no handler is to meet it."""

from typing import Annotated, Any

from msgspec import Meta, Struct, convert, field

# Telegram's numbers have at most 52 bits, and dates end in 2038.
Id = Annotated[int, Meta(ge=-(2**52), le=2**52)]
Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Chat(Struct):
    """Where something happened."""

    id: Id
    type: str
    title: str | None = None
    username: str | None = None


class User(Struct):
    """Who did it."""

    id: Id
    is_bot: bool
    first_name: str
    language_code: str | None = None


class Entity(Struct):
    """A piece of a text."""

    type: str
    offset: Number
    length: Number


class File(Struct):
    """A file that was sent."""

    file_id: str
    file_unique_id: str
    file_size: Annotated[int, Meta(ge=0, le=2**52)] | None = None
    file_name: str | None = None
    mime_type: str | None = None


class Message(Struct):
    """What was written."""

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
        """Look whether every entity can be cut out of its text."""
        for text, entities in ((self.text, self.entities), (self.caption, self.caption_entities)):
            if entities and text is None:
                raise ValueError("Entities of no text.")
            coded = (text or "").encode("utf-16-le") if entities else b""
            for entity in entities or ():
                coded[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


class CallbackData(Struct):
    """A button that was tapped."""

    id: str
    from_: User = field(name="from")
    message: Message | None = None
    data: str | None = None


class InlineQuery(Struct):
    """A question typed after the bot's name."""

    id: str
    from_: User = field(name="from")
    query: str
    offset: str


class Member(Struct):
    """What the bot is in a chat."""

    status: str


class Membership(Struct):
    """The bot's coming or going."""

    chat: Chat
    from_: User = field(name="from")
    date: Number
    new_chat_member: Member


class Update(Struct):
    """All kinds that the bot asks for."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackData | None = None
    inline_query: InlineQuery | None = None
    my_chat_member: Membership | None = None


WANTED = [name for name in Update.__struct_fields__ if name != "update_id"]


def check(update: dict[str, Any]) -> None:
    """Look at an update's shape; raises msgspec.ValidationError."""
    convert(update, Update)
