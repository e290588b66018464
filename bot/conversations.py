"""What each reader asked last, for a question that leans on it: in memory only, for a short while, and not for many."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from telegram import Message

from retrieval.answer.followup import Turn
from retrieval.types import Answer

SECONDS = 15 * 60.0
MOST = 1000

# A reader in a chat and in a topic of it: what others in a group ask is no part of one's conversation.
Whose = tuple[int, int | None, int | None]


def _later(seconds: float, do: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, do)


class Conversations:
    """The last turn of each conversation that is not over yet."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, later: Callable[[float, Callable[[], None]], object] = _later
    ) -> None:
        self._clock = clock
        self._later = later
        self._turns: OrderedDict[Whose, tuple[float, Turn]] = OrderedDict()

    def last(self, message: Message) -> Turn | None:
        """Return what whoever writes asked last, if that was a short while ago."""
        self._drop_old()
        turn = self._turns.get(_whose(message))
        return turn[1] if turn else None

    def remember(self, message: Message, answer: Answer) -> None:
        """Keep of an answer what the next question may lean on, in place of the last one."""
        self.forget(message)
        self._turns[_whose(message)] = self._clock(), Turn.of(answer)
        self._drop_old()
        # Nobody may write for hours, and it is still not to be kept for longer.
        self._later(SECONDS + 1, self._drop_old)

    def forget(self, message: Message) -> None:
        """Begin anew."""
        self._turns.pop(_whose(message), None)

    def __len__(self) -> int:
        """Count the conversations."""
        return len(self._turns)

    def _drop_old(self) -> None:
        while self._turns:
            began, _ = next(iter(self._turns.values()))
            if self._clock() - began < SECONDS and len(self._turns) <= MOST:
                return
            self._turns.popitem(last=False)


def _whose(message: Message) -> Whose:
    topic = message.message_thread_id if message.is_topic_message else None
    writer = message.sender_chat or message.from_user
    return message.chat_id, topic, writer.id if writer else None
