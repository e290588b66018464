"""The methods of the Bot API, one function each; a call of any other method is checked and answered with true."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.telegram_server.chat import Chat
from tests.telegram_server.errors import bad_request, breach
from tests.telegram_server.html import Parsed
from tests.telegram_server.messages import BOT, Message, keyboard_of, text_of
from tests.telegram_server.queries import Notice, inline_answer

if TYPE_CHECKING:
    from tests.telegram_server.server import BotApiServer

Params = dict[str, Any]

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


class Methods:
    """The methods. Each runs under the server's lock, with parameters that the facts allow."""

    def __init__(self, server: "BotApiServer") -> None:
        self._server = server

    def named(self, method: str) -> Callable[[Params], Any]:
        """Return the function of a method."""
        snake = re.sub(r"([A-Z])", r"_\1", method).lower()
        return getattr(self, snake, lambda _params: True)

    def get_me(self, _params: Params) -> Params:
        return BOT | {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": True,
        }

    # --- updates

    def get_updates(self, params: Params) -> list[Params]:
        self._server.changed.notify_all()
        return self._server.updates.poll(params)

    def set_webhook(self, params: Params) -> bool:
        self._server.webhook.set(params)
        return True

    def delete_webhook(self, params: Params) -> bool:
        self._server.webhook.set({"url": "", **params})
        return True

    def get_webhook_info(self, _params: Params) -> Params:
        return self._server.webhook.info()

    # --- messages

    def send_chat_action(self, params: Params) -> bool:
        chat = self._chat(params)
        chat.actions.append(params)
        chat.notify()
        return True

    def send_message(self, params: Params) -> Params:
        chat = self._chat(params)
        parsed, buttons = text_of(params), keyboard_of(params)
        reply = params.get("reply_parameters", {})
        reply_to = reply.get("message_id")
        if reply and reply_to not in chat.known:
            if not reply.get("allow_sending_without_reply"):
                raise bad_request("message to be replied not found")
            reply_to = None
        topic = params.get("message_thread_id")
        message = Message(chat.next_id(), parsed.text, parsed.entities, reply_to, topic, _preview(params), buttons)
        sender = {"sender_chat": chat.info} if chat.info["type"] == "channel" else {"from": BOT}
        raw: Params = {"message_id": message.id, **sender, "chat": chat.info, "date": int(time.time())}
        if topic is not None:
            raw |= {"message_thread_id": topic, "is_topic_message": True}
        return chat.store(message, raw | _content(message))

    def edit_message_text(self, params: Params) -> Params:
        return self._edit(params, text_of(params))

    def edit_message_reply_markup(self, params: Params) -> Params:
        return self._edit(params, None)

    def delete_message(self, params: Params) -> bool:
        chat = self._chat(params)
        if params["message_id"] not in chat.known:
            raise bad_request("message to delete not found")
        if chat.info["type"] != "private" and not chat.is_bots(params["message_id"]):
            raise bad_request("message can't be deleted")
        chat.deletes(params["message_id"])
        chat.notify()
        return True

    def _edit(self, params: Params, parsed: Parsed | None) -> Params:
        if "inline_message_id" in params:
            raise bad_request("MESSAGE_ID_INVALID")  # shared inline results are not stored
        chat, buttons = self._chat(params), keyboard_of(params)
        message_id = params.get("message_id", 0)
        raw = chat.messages.get(message_id)
        if raw is None:
            raise bad_request("message to edit not found")
        if not chat.is_bots(message_id):
            raise breach("message can't be edited")
        before = chat.message(message_id)
        edited = replace(before, buttons=buttons, version=before.version + 1, at=time.monotonic())
        if parsed is not None:
            edited = replace(edited, text=parsed.text, entities=parsed.entities, preview=_preview(params))
        if replace(edited, version=before.version) == before:
            raise bad_request(NOT_MODIFIED)
        content = {"entities", "reply_markup", "link_preview_options"}
        unchanged = {name: value for name, value in raw.items() if name not in content}
        return chat.store(edited, unchanged | {"edit_date": int(time.time())} | _content(edited))

    # --- queries

    def answer_callback_query(self, params: Params) -> bool:
        query = self._server.queries.answer("answerCallbackQuery", params["callback_query_id"], params)
        if params.get("text") and query.notices is not None:
            query.notices.append(Notice(params["text"], params.get("show_alert", False)))
        return True

    def answer_inline_query(self, params: Params) -> bool:
        inline_answer(params)
        self._server.queries.answer("answerInlineQuery", params["inline_query_id"], params)
        return True

    def get_file(self, params: Params) -> Params:
        return self._server.files.describe(params["file_id"])

    def _chat(self, params: Params) -> Chat:
        chat = self._server.chats.get(params.get("chat_id", 0))
        if chat is None:
            raise breach("chat not found")
        if chat.refusal:
            raise chat.refusal
        topic = params.get("message_thread_id")
        if topic is not None and topic not in chat.topics:
            raise breach("message thread not found")
        return chat


def _preview(params: Params) -> bool:
    return not params.get("link_preview_options", {}).get("is_disabled", False)


def _content(message: Message) -> Params:
    content: Params = {"text": message.text}
    if message.entities:
        content["entities"] = message.entities
    if message.buttons:
        content["reply_markup"] = {"inline_keyboard": message.buttons}
    if not message.preview:
        content["link_preview_options"] = {"is_disabled": True}
    return content
