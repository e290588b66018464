"""Readers: who they are, and what they ask from outside of any chat with the bot."""

from typing import TYPE_CHECKING, Any

from tests.telegram_server.queries import InlineAnswer, Query, inline_answer

if TYPE_CHECKING:
    from tests.telegram_server.server import BotApiServer


class Reader:
    """Somebody who uses Telegram."""

    def __init__(self, server: "BotApiServer", info: dict[str, Any]) -> None:
        self._server = server
        self.info = info

    @property
    def id(self) -> int:
        return int(self.info["id"])

    def inline(self, text: str, *, offset: str = "", chat_type: str = "private") -> InlineAnswer:
        """Type a question after the bot's name somewhere, and wait for what the bot offers."""
        query = self.types_inline(text, offset=offset, chat_type=chat_type)
        return inline_answer(self._server.queries.wait(query, self._server.patience))

    def types_inline(self, text: str, *, offset: str = "", chat_type: str = "private") -> Query:
        """Type a question after the bot's name, without waiting."""
        with self._server.lock:
            query = self._server.queries.opened(self._server.next_query_id(), "answerInlineQuery")
            asked = {"id": query.id, "from": self.info, "query": text, "offset": offset, "chat_type": chat_type}
            self._server.push({"inline_query": asked})
        return query
