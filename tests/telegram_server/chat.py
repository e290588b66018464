"""Chats: what users do in them, and the messages that the bot has sent to them."""

import threading
import time
from collections.abc import Callable, KeysView
from typing import TYPE_CHECKING, Any

from tests.telegram_server.account import User
from tests.telegram_server.errors import RefusedError, bad_request, forbidden
from tests.telegram_server.messages import BOT, Message, entities_in
from tests.telegram_server.queries import InlineResult, Notice, Query

if TYPE_CHECKING:
    from tests.telegram_server.server import BotApiServer

__all__ = ["Chat", "Message"]

ADMINISTRATOR_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
KINDS = {"group": "group chat", "supergroup": "supergroup chat", "channel": "channel chat"}


class Chat:
    """A chat of users with the bot. `by` is the user who does something, the chat's first user by default."""

    def __init__(self, server: "BotApiServer", info: dict[str, Any], user: User) -> None:
        self._server = server
        self._changed = threading.Condition(server.lock)
        self._last_id = 100
        self._replies: dict[int, int] = {}
        self._places: dict[int, int] = {}
        self._versions: dict[int, list[Message]] = {}
        self.info = info
        self.user = user
        self.received: list[Message] = []  # all that the bot ever sent, each in its last version
        self.messages: dict[int, dict[str, Any]] = {}  # all that is not deleted, as Telegram stores it
        self.actions: list[dict[str, Any]] = []
        self.notices: list[Notice] = []
        self.topics: set[int] = set()
        self.refusal: RefusedError | None = None  # the answer to every call, once the bot was blocked or removed

    @property
    def id(self) -> int:
        return int(self.info["id"])

    @property
    def known(self) -> KeysView[int]:
        """The ids of the messages that are not deleted."""
        return self.messages.keys()

    @property
    def shown(self) -> list[Message]:
        """The bot's messages that are not deleted, as they look now."""
        with self._server.lock:
            return [message for message in self.received if message.id in self.messages]

    def message(self, message: Message | int) -> Message:
        """Return a message of the bot as it looks now."""
        return self.versions(message)[-1]

    def is_bots(self, message: int) -> bool:
        """Whether the bot has sent a message."""
        return message in self._places

    def versions(self, message: Message | int) -> list[Message]:
        """Return every version of a message of the bot, the oldest first."""
        with self._server.lock:
            return list(self._versions[_id(message)])

    # --- what users do

    def says(self, text: str, **more: Any) -> Message:
        """Send a text and wait for the next reply."""
        before = len(self.received)
        self.sends(text=text, **more)
        return self.replies(before + 1)[before]

    def sends(
        self,
        kind: str = "",
        *,
        by: User | None = None,
        reply_to: Message | int | None = None,
        topic: int | None = None,
        **content: Any,
    ) -> int:
        """Send anything, as fields of the Bot API's Message, without waiting; returns the message's id."""
        with self._server.lock:
            message_id = self.next_id()
            sender = {"sender_chat": self.info} if self._is_channel else {"from": (by or self.user).info}
            message = {"message_id": message_id, "date": int(time.time()), "chat": self.info, **sender, **content}
            if "text" in content and "entities" not in content:
                message |= _marked("entities", content["text"])
            if topic is not None:
                message |= {"message_thread_id": topic, "is_topic_message": True}
                reply_to = topic if reply_to is None else reply_to  # Telegram sends them as replies to the topic
            if message.get("is_topic_message"):
                self.topics.add(message["message_thread_id"])
            self.messages[message_id] = message
            if reply_to is not None:
                self._replies[message_id] = _id(reply_to)
            self._server.push({kind or ("channel_post" if self._is_channel else "message"): self.payload(message_id)})
        return message_id

    def edits(self, message: int, text: str | None = None, **content: Any) -> None:
        """Change a message that a user sent."""
        with self._server.lock:
            raw = {name: value for name, value in self.messages[message].items() if text is None or name != "entities"}
            if text is not None:
                raw |= {"text": text, **_marked("entities", text)}
            self.messages[message] = raw | content | {"edit_date": int(time.time())}
            self._server.push({"edited_channel_post" if self._is_channel else "edited_message": self.payload(message)})

    def deletes(self, message: Message | int) -> None:
        """Delete a message: nothing can reply to it any more."""
        with self._server.lock:
            self.messages.pop(_id(message), None)

    def forwards(self, origin: dict[str, Any], **content: Any) -> int:
        """Forward a message from elsewhere."""
        return self.sends(forward_origin=origin, **content)

    def sends_document(
        self,
        name: str,
        content: bytes,
        mime: str = "text/plain",
        *,
        size: int | None = None,
        caption: str | None = None,
        **more: Any,
    ) -> int:
        """Send a file; `size` claims another size than the content has."""
        with self._server.lock:
            file = self._server.files.add(content, size)
            document = {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": file.size}
            document |= {"file_name": name, "mime_type": mime}
            if caption is not None:
                more |= {"caption": caption, **_marked("caption_entities", caption)}
            return self.sends(document=document, **more)

    def opens_topic(self, name: str) -> int:
        """Open a topic of a forum; returns its id."""
        with self._server.lock:
            topic = self.sends(forum_topic_created={"name": name, "icon_color": 7322096})
            self.topics.add(topic)
            return topic

    def shares(self, result: InlineResult, *, by: User | None = None) -> int:
        """Share an inline result of the bot in this chat."""
        content: dict[str, Any] = {"text": result.text, "entities": result.entities, "via_bot": BOT}
        if result.buttons:
            content["reply_markup"] = {"inline_keyboard": result.buttons}
        return self.sends(by=by, **content)

    # --- buttons

    def taps(self, message: Message | int, label: str, **more: Any) -> Message:
        """Tap a button and wait until the bot has answered the tap; returns the message as it looks then."""
        self._server.queries.wait(self.presses(message, label, **more), self._server.wait_seconds)
        return self.message(message)

    def presses(
        self, message: Message | int, label: str, *, by: User | None = None, inaccessible: bool = False
    ) -> Query:
        """Tap a button without waiting; of an inaccessible message Telegram sends only the id."""
        with self._server.lock:
            current = self.message(message)
            button = current.button(label)
            assert "callback_data" in button, f"Telegram sends the bot no callback for {button}"
            stub = {"chat": self.info, "message_id": current.id, "date": 0}
            callback = {"from": (by or self.user).info, "chat_instance": str(abs(self.id) * 7919)}
            callback |= {"message": stub if inaccessible else self.payload(current.id), "data": button["callback_data"]}
            query = self._server.queries.open(self._server.next_query_id(), "answerCallbackQuery")
            query.notices = self.notices
            self._server.push({"callback_query": {"id": query.id, **callback}})
        return query

    def waits_for_edit(self, message: Message) -> Message:
        """Wait until a message has a newer version than this one; returns it."""
        self.wait_for(lambda: self.message(message).version > message.version, f"an edit of {message}")
        return self.message(message)

    # --- waiting for the bot

    def replies(self, count: int) -> list[Message]:
        """Wait until the bot has sent so many messages to this chat; returns them all."""
        self.wait_for(lambda: len(self.received) >= count, f"{count} messages, not {len(self.received)}")
        return list(self.received)

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float | None = None) -> None:
        """Wait until a condition on this chat holds.

        Raises AssertionError after `seconds`, or after the server's wait_seconds.
        """
        with self._changed:
            assert self._changed.wait_for(condition, self._server.wait_seconds if seconds is None else seconds), (
                f"Missing: {what}"
            )

    # --- joining and leaving

    def blocks(self) -> None:
        """Block the bot."""
        self._membership_changes("kicked", "member", forbidden("bot was blocked by the user"))

    def unblocks(self) -> None:
        """Unblock the bot: it can write again."""
        self._membership_changes("member", "kicked", None)

    def adds_bot(self, *, by: User | None = None) -> None:
        """Add the bot to a group or channel."""
        self._membership_changes("member", "left", None, by)
        if not self._is_channel:
            self.sends(by=by, new_chat_members=[BOT])

    def removes_bot(self, *, by: User | None = None) -> None:
        """Remove the bot from a group or channel."""
        if not self._is_channel:
            self.sends(by=by, left_chat_member=BOT)
        kicked = forbidden(f"bot was kicked from the {KINDS[self.info['type']]}")
        self._membership_changes("left" if self.info["type"] == "group" else "kicked", "member", kicked, by)

    def deactivates(self) -> None:
        """Delete the user's account."""
        self.refusal = forbidden("user is deactivated")

    def migrates(self) -> "Chat":
        """Turn a group into a supergroup: a chat with another id."""
        with self._server.lock:
            new = self._server.group(str(self.info["title"]), self.user)
            self.sends(migrate_to_chat_id=new.id)
            self.refusal = bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=new.id)
            new.sends(migrate_from_chat_id=self.id)
            return new

    def changes_bot(self, now: str, before: str) -> None:
        """Change the bot's status, such as from "member" to "administrator"."""
        self._membership_changes(now, before, None)

    def _membership_changes(self, now: str, before: str, refusal: RefusedError | None, by: User | None = None) -> None:
        with self._server.lock:
            self.refusal = refusal
            change = {"chat": self.info, "from": (by or self.user).info, "date": int(time.time())}
            change |= {"old_chat_member": _member(before), "new_chat_member": _member(now)}
            self._server.push({"my_chat_member": change})

    # --- for the server, under its lock

    def next_id(self) -> int:
        """Return the next message's id: a supergroup or channel counts its own, all other chats share one count."""
        if self.info["type"] not in {"supergroup", "channel"}:
            return self._server.next_id()
        self._last_id += 1
        return self._last_id

    def payload(self, message_id: int) -> dict[str, Any]:
        """Return a message as Telegram sends it, with the message that it replies to unless that is deleted."""
        message, replied = self.messages[message_id], self.messages.get(self._replies.get(message_id, 0))
        return message if replied is None else {**message, "reply_to_message": replied}

    def store(self, message: Message, raw: dict[str, Any]) -> dict[str, Any]:
        """Store a message that the bot has sent or edited; returns it as Telegram answers the call."""
        if message.version:
            self.received[self._places[message.id]] = message
        else:
            self._places[message.id] = len(self.received)
            self.received.append(message)
        self._versions.setdefault(message.id, []).append(message)
        if message.reply_to is not None:
            self._replies[message.id] = message.reply_to
        self.messages[message.id] = raw
        self.notify()
        return self.payload(message.id)

    def notify(self) -> None:
        """Wake every thread that waits for a change in this chat."""
        self._changed.notify_all()
        self._server.changed.notify_all()

    @property
    def _is_channel(self) -> bool:
        return bool(self.info["type"] == "channel")


def _id(message: Message | int) -> int:
    return message if isinstance(message, int) else message.id


def _marked(name: str, text: str) -> dict[str, Any]:
    entities = entities_in(text)
    return {name: entities} if entities else {}


def _member(status: str) -> dict[str, Any]:
    more: dict[str, dict[str, Any]] = {
        "kicked": {"until_date": 0},
        "administrator": dict.fromkeys(ADMINISTRATOR_RIGHTS, False),
    }
    return {"user": BOT, "status": status} | more.get(status, {})
