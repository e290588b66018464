"""Which message answers which question, in memory only: an edited question changes its answer."""

from collections import OrderedDict

from telegram import Message

# Telegram lets a message be edited for two days. An edit that comes later than this many answers gets a new answer.
MAX_ANSWERS = 10_000


class AnswerMessages:
    """The ids of the latest questions, and of the messages that answer them."""

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
