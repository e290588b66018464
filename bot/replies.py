"""Which message answers which, so that an edited question changes its answer: in memory only, two numbers each."""

from collections import OrderedDict

from telegram import Message

# Telegram lets a message be edited for two days; an edit that comes too late here gets an answer of its own.
MOST = 10_000


class Replies:
    """The ids of questions and of their answers, the latest ones."""

    def __init__(self) -> None:
        self._to: OrderedDict[tuple[int, int], int] = OrderedDict()

    def remember(self, question: Message, answer: Message) -> None:
        """Note which message answers a question."""
        self._to[question.chat_id, question.message_id] = answer.message_id
        while len(self._to) > MOST:
            self._to.popitem(last=False)

    def forget(self, chat: int) -> None:
        """Let go of the ids of a chat, that of a reader who wants to be forgotten."""
        for question in [question for question in self._to if question[0] == chat]:
            del self._to[question]

    def to(self, question: Message) -> int | None:
        """Return the id of the message that answers a question."""
        return self._to.get((question.chat_id, question.message_id))
