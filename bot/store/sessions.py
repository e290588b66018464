"""What a chat session remembers, in memory only: each user's last question, and which message answers which."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from telegram import Message

from retrieval.answer.conversation import Turn
from retrieval.types import Answer

SECONDS = 15 * 60.0
MOST = 1000
# Telegram lets a message be edited for two days. An edit that comes later than this many answers gets a new answer.
MAX_ANSWERS = 10_000

# A chat, a topic of it, and a reader there: what others in a group ask is no part of one's conversation.
Whose = tuple[int, int | None, int]


def _later(seconds: float, do: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, do)


class Sessions:
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

    def remember(self, message: Message, answer: Answer, reader: int | None = None) -> None:
        """Keep of an answer what the next question may lean on, in place of the last one.

        It is a conversation with whoever wrote the message, or with the reader who tapped a button under it.
        """
        whose = _whose(message, reader)
        self._turns.pop(whose, None)
        self._turns[whose] = self._clock(), Turn.of(answer)
        self._drop_old()
        # Nobody may write for hours, and it is still not to be kept for longer.
        self._later(SECONDS + 1, self._drop_old)

    def forget(self, message: Message) -> None:
        """Begin anew."""
        self._turns.pop(_whose(message), None)

    def forget_reader(self, reader: int) -> int:
        """Forget what a reader asked, wherever that was; return how many conversations there were."""
        self._drop_old()
        theirs = [whose for whose in self._turns if whose[2] == reader]
        for whose in theirs:
            del self._turns[whose]
        return len(theirs)

    def __len__(self) -> int:
        """Count the conversations."""
        return len(self._turns)

    def _drop_old(self) -> None:
        while self._turns:
            began, _ = next(iter(self._turns.values()))
            if self._clock() - began < SECONDS and len(self._turns) <= MOST:
                return
            self._turns.popitem(last=False)


class AnswerMessages:
    """The ids of the latest questions and of the messages that answer them: an edited question changes its answer."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[int, int], int] = OrderedDict()

    def remember(self, question: Message, answer: Message) -> None:
        """Record which message answers a question."""
        self._answers[question.chat_id, question.message_id] = answer.message_id
        while len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)

    def forget(self, chat: int) -> None:
        """Drop the ids of a chat."""
        for question in [question for question in self._answers if question[0] == chat]:
            del self._answers[question]

    def answer_to(self, question: Message) -> int | None:
        """Return the id of the message that answers a question."""
        return self._answers.get((question.chat_id, question.message_id))


def reader_of(message: Message) -> int:
    """Return the id of whoever writes; who writes in the name of a chat, as anonymous admins do, is that chat."""
    writer = message.sender_chat or message.from_user
    return writer.id if writer else message.chat_id


def _whose(message: Message, reader: int | None = None) -> Whose:
    topic = message.message_thread_id if message.is_topic_message else None
    return message.chat_id, topic, reader_of(message) if reader is None else reader
