"""The sessions of users, in memory only: each one's last questions and their answers."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from telegram import Message

from bot.views.callback_data import MAX_HITS, Ref
from retrieval.answer.conversation import Turn
from retrieval.types import Answer, Hit

SESSION_SECONDS = 15 * 60.0
MAX_SESSIONS = 1000
MAX_QUESTIONS = 10  # of a session

# A chat, its topic and a user: what others in a group ask belongs to other sessions.
SessionKey = tuple[int, int | None, int]


def _later(seconds: float, do: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, do)


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that was answered: what the next one may need of it, and where its hits are.

    `message` is the id of the message that answers it.
    """

    message: int
    turn: Turn
    refs: tuple[Ref, ...] = ()

    @classmethod
    def of(cls, answer: Answer, message: int) -> "Answered":
        """Return what is remembered of an answer and its message."""
        return cls(message, Turn.of(answer), tuple(Ref.of(hit) for hit in answer.hits[:MAX_HITS]))

    def showing(self, hit: Hit) -> "Answered":
        """Return what is remembered once another hit of the answer is shown, which stands first from then on."""
        shown = Ref.of(hit)
        refs = (shown, *(ref for ref in self.refs if ref != shown))
        return Answered(self.message, Turn.about(self.turn.query, hit), refs[:MAX_HITS])


class Sessions:
    """Each user's last questions and their answers, which the next question may refer to: for a short while only."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, later: Callable[[float, Callable[[], None]], object] = _later
    ) -> None:
        self._clock = clock
        self._later = later
        self._sessions: OrderedDict[SessionKey, tuple[tuple[float, Answered], ...]] = OrderedDict()

    def last(self, message: Message, but: Collection[int] = ()) -> Answered | None:
        """Return what the user who writes asked before: in the message that they reply to, else last of all.

        What the messages `but` answered does not count: an edited question does not go on from itself.
        """
        self._drop_old()
        answered = [each for _, each in self._sessions.get(_key(message), ()) if each.message not in but]
        replied = message.reply_to_message
        to = next((each for each in answered if replied and each.message == replied.message_id), None)
        return to or next(reversed(answered), None)

    def remember(self, message: Message, answered: Answered, user: int | None = None) -> None:
        """Store a question as the last one of the message's sender, or of the user who tapped a button under it."""
        key = _key(message, user)
        before = self._sessions.pop(key, ())
        others = tuple((began, each) for began, each in before if each.message != answered.message)
        self._sessions[key] = (*others, (self._clock(), answered))[-MAX_QUESTIONS:]
        self._drop_old()
        # It must be dropped in time even if nobody writes for hours.
        self._later(SESSION_SECONDS + 1, self._drop_old)

    def show(self, message: Message, hit: Hit) -> None:
        """Record that a message of the bot shows another hit now: whoever asked may go on from that one."""
        for key, answered in self._sessions.items():
            if key[:2] == _chat_and_topic(message):
                self._sessions[key] = tuple(
                    (began, each.showing(hit) if each.message == message.message_id else each)
                    for began, each in answered
                )

    def drop(self, message: Message, answer: int) -> None:
        """Forget the question of the user who writes that a message of the bot answered."""
        answered = self._sessions.pop(_key(message), ())
        if others := tuple((began, each) for began, each in answered if each.message != answer):
            self._sessions[_key(message)] = others

    def forget(self, message: Message) -> None:
        """End the session of the user who writes."""
        self._sessions.pop(_key(message), None)

    def forget_user(self, user: int) -> int:
        """End a user's sessions in all chats; return how many there were."""
        self._drop_old()
        keys = [key for key in self._sessions if key[2] == user]
        for key in keys:
            del self._sessions[key]
        return len(keys)

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._sessions)

    def _drop_old(self) -> None:
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        since = self._clock() - SESSION_SECONDS
        for key, answered in list(self._sessions.items()):
            if answered[0][0] > since:
                continue
            if recent := tuple((began, each) for began, each in answered if began > since):
                self._sessions[key] = recent
            else:
                del self._sessions[key]


def sender_of(message: Message) -> int:
    """Return the id of a message's sender: of the chat, if somebody writes in its name as anonymous admins do."""
    writer = message.sender_chat or message.from_user
    return writer.id if writer else message.chat_id


def _key(message: Message, user: int | None = None) -> SessionKey:
    return (*_chat_and_topic(message), sender_of(message) if user is None else user)


def _chat_and_topic(message: Message) -> tuple[int, int | None]:
    return message.chat_id, message.message_thread_id if message.is_topic_message else None
