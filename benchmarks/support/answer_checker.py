"""A user who asks the bot while indexers write, and compares each answer with the drawn articles."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.support.simulated_indexer import Machine, Wanted, question
from corpus.article import Article
from retrieval.answer.answerer import Answerer
from retrieval.archive.contract import Archive
from retrieval.archive.location import Where
from retrieval.archive.open import open_archive
from retrieval.errors import ArchiveUnreachable
from retrieval.types import Passage
from tests.bot.running_bot import bot
from tests.telegram_server.chat import Chat
from tests.telegram_server.messages import Message
from tests.telegram_server.server import BotApiServer

# Seconds between an answer and the next question: this is one user, not a load test.
PAUSE = 0.25
TIMEOUT_SECONDS = 120.0  # that a bot may take to answer anything before the benchmark fails
# The number of articles that questions are about; and the seconds after which every process must see an article.
MAX_ARTICLES, VISIBLE_SECONDS = 100, 5.0
AWAY = "The archive cannot be reached just now. Please try again in a minute."
NOTHING = "Nothing in this archive answers that."


@dataclass
class Outcome:
    """The outcome of the questions; times are in seconds.

    `waits` are the times until an answer, and `away` those until the message that the archive is out of reach. `early`
    counts questions about articles that were not in the archive yet. `wrong` describes the wrong answers.
    """

    waits: list[float] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    early: int = 0
    wrong: list[str] = field(default_factory=list)


@contextmanager
def asking(where: Where, wanted: Mapping[str, Wanted], folder: Path) -> Iterator[Outcome]:
    """Run the bot and a user who asks it questions until the block ends."""
    outcome, stop = Outcome(), threading.Event()
    with (
        closing(open_archive(where)) as archive,
        BotApiServer(TIMEOUT_SECONDS) as server,
        bot(server, Answerer(open_archive(where), Machine(), strictness=0.0), state=folder / "bot.db"),
        ThreadPoolExecutor(1) as thread,
    ):
        questions = thread.submit(_User(server.private_chat(), archive, wanted, outcome).ask_until, stop)
        try:
            yield outcome
        finally:
            stop.set()
        questions.result()


class _User:
    def __init__(self, chat: Chat, archive: Archive, wanted: Mapping[str, Wanted], outcome: Outcome) -> None:
        self._chat, self._archive, self._wanted, self._outcome = chat, archive, wanted, outcome
        self._chance = random.Random(1)  # noqa: S311 - the same questions every time
        self._ids = self._chance.sample(sorted(wanted), min(len(wanted), MAX_ARTICLES))
        self._seen: dict[str, float] = {}

    def ask_until(self, stop: threading.Event) -> None:
        """Ask about one article after the other."""
        while not stop.wait(PAUSE):
            id_ = self._chance.choice(self._ids)
            self._check(id_)
            self._ask(*self._wanted[id_])

    def _check(self, id_: str) -> None:
        """Check that an article is in the archive wholly or not at all, and that it stays there."""
        try:
            passages = self._archive.passages_of(id_)
        except ArchiveUnreachable:
            return
        if passages and passages != list(self._wanted[id_].passages):
            self._outcome.wrong.append(f"{id_} has {len(passages)} passages, which are not those that were drawn")
        if passages:
            self._seen.setdefault(id_, time.monotonic())
        elif self._is_seen(id_):
            self._outcome.wrong.append(f"{id_} was there, and is no more")

    def _is_seen(self, id_: str) -> bool:
        return id_ in self._seen and time.monotonic() - self._seen[id_] > VISIBLE_SECONDS

    def _ask(self, article: Article, passages: tuple[Passage, ...]) -> None:
        passage, is_seen = self._chance.choice(passages), self._is_seen(article.id)
        begun = time.perf_counter()
        message = self._chat.says(question(passage))
        wait = round(time.perf_counter() - begun, 3)
        if message.text == AWAY:
            self._outcome.away.append(wait)
            return
        self._outcome.waits.append(wait)
        self._outcome.early += not is_seen and article.card.url not in message.links.values()
        if fault := self._fault(message, article, passage, is_seen=is_seen):
            self._outcome.wrong.append(fault)

    def _fault(self, message: Message, article: Article, passage: Passage, *, is_seen: bool) -> str:
        """Return what is wrong with an answer to a question about a passage; "" if nothing."""
        links, text = set(message.links.values()), f"{message.text[:80]!r}"
        if article.card.url in links:
            return "" if passage.text in message.text else f"{passage.id} was asked for, and not shown: {text}"
        if is_seen:
            return f"{passage.id} is there, and was not found: {text}"
        if not links:
            return "" if NOTHING in message.text else f"no answer: {text}"
        articles = [wanted.article.text for wanted in self._wanted.values() if wanted.article.card.url in links]
        quotes = message.marked("blockquote")
        as_drawn = articles and quotes and all(any(quote in article for article in articles) for quote in quotes)
        return "" if as_drawn else f"not as it was drawn: {text}"
