"""The sessions of users, in memory only: each one's last question and its answer."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from telegram import Message

from retrieval.answer.conversation import Turn
from retrieval.types import Answer

SESSION_SECONDS = 15 * 60.0
MAX_SESSIONS = 1000

# A chat, its topic and a user: what others in a group ask belongs to other sessions.
SessionKey = tuple[int, int | None, int]


def _later(seconds: float, do: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, do)


class Sessions:
    """Each user's last question and its answer, which the next question may refer to: for a short while only."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, later: Callable[[float, Callable[[], None]], object] = _later
    ) -> None:
        self._clock = clock
        self._later = later
        self._turns: OrderedDict[SessionKey, tuple[float, Turn]] = OrderedDict()

    def last(self, message: Message) -> Turn | None:
        """Return the last turn of the user who writes, if it is recent."""
        self._drop_old()
        turn = self._turns.get(_key(message))
        return turn[1] if turn else None

    def remember(self, message: Message, answer: Answer, user: int | None = None) -> None:
        """Store an answer as the last turn of the message's sender, or of the user who tapped a button under it."""
        key = _key(message, user)
        self._turns.pop(key, None)
        self._turns[key] = self._clock(), Turn.of(answer)
        self._drop_old()
        # It must be dropped in time even if nobody writes for hours.
        self._later(SESSION_SECONDS + 1, self._drop_old)

    def forget(self, message: Message) -> None:
        """End the session of the user who writes."""
        self._turns.pop(_key(message), None)

    def forget_user(self, user: int) -> int:
        """End a user's sessions in all chats; return how many there were."""
        self._drop_old()
        keys = [key for key in self._turns if key[2] == user]
        for key in keys:
            del self._turns[key]
        return len(keys)

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._turns)

    def _drop_old(self) -> None:
        while self._turns:
            began, _ = next(iter(self._turns.values()))
            if self._clock() - began < SESSION_SECONDS and len(self._turns) <= MAX_SESSIONS:
                return
            self._turns.popitem(last=False)


def sender_of(message: Message) -> int:
    """Return the id of a message's sender: of the chat, if somebody writes in its name as anonymous admins do."""
    writer = message.sender_chat or message.from_user
    return writer.id if writer else message.chat_id


def _key(message: Message, user: int | None = None) -> SessionKey:
    topic = message.message_thread_id if message.is_topic_message else None
    return message.chat_id, topic, sender_of(message) if user is None else user
