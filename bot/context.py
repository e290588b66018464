"""What the handlers work with, and what they are."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from telegram import Message, Update
from telegram.ext import Application, CallbackContext

from bot.access import Access, QuestionLimit
from bot.i18n.language import Language, for_code
from bot.jobs.example_questions import ExampleQuestions
from bot.outgoing.sending import Typing
from bot.search_pool import SearchPool
from bot.store.database import BotDatabase
from bot.store.feedback import Feedback
from bot.store.sessions import AnswerMessages, Sessions
from bot.store.watches import Watches
from retrieval.sources.source import Source

BotApplication = Application[Any, Any, Any, Any, Any, Any]
TelegramContext = CallbackContext[Any, Any, Any, Any]
Handler = Callable[[Update, TelegramContext], Coroutine[Any, Any, None]]
Respond = Callable[[Message, Language], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class BotConfig:
    """What the settings say; settings.toml says what each means. `take_over` was said at the start."""

    article_megabytes: int = 10
    question_characters: int = 1000
    watches: int = 20
    added: Path = Path("added")
    folder: Path = Path("data")
    sources: tuple[Source, ...] = ()
    webhook_url: str = ""
    webhook_listen: str = ""
    take_over: bool = False


@dataclass(frozen=True)
class BotContext:
    """The archive, the state and the config of one running bot."""

    search: SearchPool
    database: BotDatabase
    access: Access = field(default_factory=Access)
    question_limit: QuestionLimit = field(default_factory=lambda: QuestionLimit(0))
    sessions: Sessions = field(default_factory=Sessions)
    answer_messages: AnswerMessages = field(default_factory=AnswerMessages)
    config: BotConfig = field(default_factory=BotConfig)
    typing: Typing = field(default_factory=Typing)

    @cached_property
    def examples(self) -> ExampleQuestions:
        """Questions to begin with."""
        return ExampleQuestions(self.search)

    @property
    def watches(self) -> Watches:
        """The questions that readers watch."""
        return Watches(self.database)

    @property
    def feedback(self) -> Feedback:
        """What readers said of answers."""
        return Feedback(self.database)


def language_of(update: Update) -> Language:
    """Return the language of whoever sent an update."""
    return for_code(update.effective_user.language_code if update.effective_user else None)


def on_message(respond: Respond) -> Handler:
    """Return a handler of new messages, each with the language of whoever wrote it."""

    async def handle(update: Update, _: TelegramContext) -> None:
        # Edits and channel posts come as something else; to answer those is to answer twice, or unasked.
        if update.message:
            await respond(update.message, language_of(update))

    return handle
