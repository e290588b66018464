"""What handlers get: the running bot (BotContext), and with it who sent an update (UpdateContext)."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from telegram import Message, Update
from telegram.ext import Application, CallbackContext

from bot.access import Access
from bot.answer_messages import AnswerMessages
from bot.i18n.translation import Language, for_code
from bot.jobs.example_questions import ExampleQuestions
from bot.outgoing.sending import Sender, Typing
from bot.question_limit import QuestionLimit
from bot.search_pool import SearchPool
from bot.sessions import Sessions, sender_of
from bot.store.database import BotDatabase
from bot.store.digests import Digests
from bot.store.feedback import Feedback
from bot.store.pending_updates import PendingUpdates
from bot.store.watches import Watches
from bot.system_time_zone import local_now
from bot.undo_buttons import UndoButtons
from bot.wait_times import Times
from retrieval.sources.source import Source

BotApplication = Application[Any, Any, Any, Any, Any, Any]
TelegramContext = CallbackContext[Any, Any, Any, Any]
Handler = Callable[[Update, TelegramContext], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class BotConfig:
    """The bot's part of the settings (settings.toml explains each), and the command line's `take_over`."""

    article_megabytes: int = 10
    post_types: tuple[str, ...] = ("post", "page")
    question_characters: int = 1000
    watches: int = 20
    added: Path = Path("added")
    folder: Path = Path("data")
    sources: tuple[Source, ...] = ()
    webhook_url: str = ""
    webhook_listen: str = ""
    take_over: bool = False
    max_articles: int = 200  # in one document: they are embedded while an admin waits
    times: Times = field(default_factory=Times)


@dataclass(frozen=True)
class BotContext:
    """One running bot: the archive, bot.db, the sessions in memory, and the configuration."""

    search: SearchPool
    database: BotDatabase
    access: Access = field(default_factory=Access)
    question_limit: QuestionLimit = field(default_factory=lambda: QuestionLimit(0))
    sessions: Sessions = field(default_factory=Sessions)
    answer_messages: AnswerMessages = field(default_factory=AnswerMessages)
    config: BotConfig = field(default_factory=BotConfig)
    now: Callable[[], datetime] = local_now  # in the time zone of the machine

    @cached_property
    def sender(self) -> Sender:
        """Sends messages."""
        return Sender(self.config.times.backoff)

    @cached_property
    def undo_buttons(self) -> UndoButtons:
        """Removes the buttons that take verdicts back."""
        return UndoButtons(self.sender, self.config.times.undo)

    @cached_property
    def typing(self) -> Typing:
        """Shows users that an answer takes a while."""
        return Typing(self.config.times.typing_repeat)

    @cached_property
    def examples(self) -> ExampleQuestions:
        """Questions that the archive answers, for /start."""
        return ExampleQuestions(self.search, self.config.times.examples)

    @cached_property
    def pending_updates(self) -> PendingUpdates:
        """The updates that are not processed yet."""
        return PendingUpdates(self.database)

    @cached_property
    def watches(self) -> Watches:
        """The watched questions."""
        return Watches(self.database)

    @cached_property
    def digests(self) -> Digests:
        """The chats that get what their watches find once a day."""
        return Digests(self.database)

    @cached_property
    def feedback(self) -> Feedback:
        """The saved verdicts on answers."""
        return Feedback(self.database)


@dataclass(frozen=True, slots=True)
class UpdateContext:
    """An update that is being handled: by which bot, who sent it, and in which language to answer.

    `user_id` is a chat's id if somebody writes in the name of that chat, as anonymous admins of groups do.
    """

    bot: BotContext
    update_id: int
    user_id: int
    language: Language

    @classmethod
    def of(cls, bot: BotContext, update: Update) -> "UpdateContext":
        """Return the context of an update."""
        message = update.message or update.edited_message
        user = update.effective_user
        user_id = sender_of(message) if message else user.id if user else 0
        return cls(bot, update.update_id, user_id, language_of(update))


Respond = Callable[[UpdateContext, Message], Awaitable[object]]


def language_of(update: Update) -> Language:
    """Return the language of the user who sent an update."""
    return for_code(update.effective_user.language_code if update.effective_user else None)


def on_message(bot: BotContext, respond: Respond) -> Handler:
    """Return a handler of new messages."""

    async def handle(update: Update, _: TelegramContext) -> None:
        # Not for edits and channel posts: an edit would be answered twice, and nobody in a channel asks the bot.
        if update.message:
            await respond(UpdateContext.of(bot, update), update.message)

    return handle
