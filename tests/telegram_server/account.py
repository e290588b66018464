"""Users: their accounts, and the inline queries that they type in any chat."""

from typing import TYPE_CHECKING, Any

from tests.telegram_server.queries import InlineAnswer, Query, inline_answer

if TYPE_CHECKING:
    from tests.telegram_server.server import BotApiServer


class User:
    """A user of Telegram."""

    def __init__(self, server: "BotApiServer", info: dict[str, Any]) -> None:
        self._server = server
        self.info = info

    @property
    def id(self) -> int:
        return int(self.info["id"])

    def inline(self, text: str, *, offset: str = "", chat_type: str = "private") -> InlineAnswer:
        """Type an inline query, and wait for the bot's results."""
        query = self.types_inline(text, offset=offset, chat_type=chat_type)
        return inline_answer(self._server.queries.wait(query, self._server.wait_seconds))

    def types_inline(self, text: str, *, offset: str = "", chat_type: str = "private") -> Query:
        """Type an inline query, without waiting."""
        with self._server.lock:
            query = self._server.queries.open(self._server.next_query_id(), "answerInlineQuery")
            content = {"id": query.id, "from": self.info, "query": text, "offset": offset, "chat_type": chat_type}
            self._server.push({"inline_query": content})
        return query
