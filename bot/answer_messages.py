"""Which messages answer which message, in memory only: an edited question changes its answer."""

from collections import OrderedDict
from collections.abc import Sequence

from telegram import Message

# Telegram lets a message be edited for two days. An edit that comes later than this many answers gets a new answer.
MAX_ANSWERS = 10_000


class AnswerMessages:
    """The ids of the latest messages with questions, and of the messages that answer them."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[int, int], tuple[int, ...]] = OrderedDict()

    def remember(self, question: Message, answers: Sequence[int]) -> None:
        """Record the ids of the messages that answer a message, one a question."""
        self._answers[question.chat_id, question.message_id] = tuple(answers)
        while len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)

    def forget(self, chat: int) -> None:
        """Drop the ids of a chat."""
        for question in [question for question in self._answers if question[0] == chat]:
            del self._answers[question]

    def answers_to(self, question: Message) -> tuple[int, ...]:
        """Return the ids of the messages that answer a message; none if they are not known any more."""
        return self._answers.get((question.chat_id, question.message_id), ())
