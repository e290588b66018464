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
        self._watches: dict[tuple[int, int], int] = {}

    def remember(self, question: Message, answers: Sequence[int]) -> None:
        """Record the ids of the messages that answer a message, one a question."""
        self._answers[question.chat_id, question.message_id] = tuple(answers)
        while len(self._answers) > MAX_ANSWERS:
            forgotten, _ = self._answers.popitem(last=False)
            self._watches.pop(forgotten, None)

    def began_watch(self, question: Message, watch: int) -> None:
        """Record the watch that a message began: an edit of the message takes it back."""
        self._watches[question.chat_id, question.message_id] = watch

    def take_watch(self, question: Message) -> int | None:
        """Return the watch that a message began, once; None if it began none."""
        return self._watches.pop((question.chat_id, question.message_id), None)

    def forget(self, chat: int) -> None:
        """Drop the ids of a chat."""
        for question in [question for question in self._answers if question[0] == chat]:
            del self._answers[question]
            self._watches.pop(question, None)

    def answers_to(self, question: Message) -> tuple[int, ...]:
        """Return the ids of the messages that answer a message; none if they are not known any more."""
        return self._answers.get((question.chat_id, question.message_id), ())
