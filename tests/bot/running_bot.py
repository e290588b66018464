"""Runs the real application on a thread of its own, over real HTTP."""

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.access import Access
from bot.context import BotConfig, BotContext
from bot.errors import BotError
from bot.main_loop import serve
from bot.outgoing.rate_limiter import Allowance, RateLimiter
from bot.question_limit import QuestionLimit
from bot.search_pool import Answers, SearchPool
from bot.startup import build
from bot.store.database import BotDatabase
from bot.system_time_zone import local_now
from bot.wait_times import Times
from corpus.article import Article, Card, Span
from corpus.backoff import Backoff
from retrieval.answer.answerer import Answerer
from retrieval.answer.conversation import Turn
from retrieval.archive.local.archive import LocalArchive
from retrieval.types import NO_FILTERS, Answer, ClosestPassage, Filters, Hit, Passage
from tests.fakes import FakeEncoder, archive_at, take_in
from tests.telegram_server.server import TOKEN, BotApiServer

NO_LIMITS = Allowance(1, 0.0)
FAST = Times(
    backoff=Backoff(0.01, 0.05),
    first_poll=0.1,
    poll_pause=0.01,
    watch_check=0.02,
    watch_quiet=0.05,
    sync_retry=0.02,
    greeting=0.02,
)
CARD = Card(
    "a1a1a1a1a1a1a1a1",
    "Kerry & the Bloggers",
    "https://example.org/k",
    "Site Default",
    "Sangwon Yoon",
    date(2014, 2, 17),
)
TEXT = "He came on Monday. He met <four> bloggers in Beijing. Then he left."
ANSWERING = Span(19, 53)
# A sentence so long that an article which ends with it has a second passage.
REST = f"\n\nThe trams of the lines {', '.join(map(str, range(24)))} leave the depot at dawn."


def answer_to(question: str, text: str = TEXT, highlight: Span = ANSWERING, *, answered: bool = True) -> Answer:
    id_ = f"{CARD.id}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"  # as a passage of the archive is named
    passage = Passage(id_, CARD, text, 0, len(text), (highlight,))
    if not answered:
        return Answer(question, closest=(ClosestPassage(passage, 0.9, 1, confidence=0.1),))
    return Answer(question, (Hit(passage, 0.9, 1, highlight, confidence=0.9),))


class Stub:
    """An answerer that answers by a function and records the questions; its archive has one article."""

    def __init__(self, respond: Callable[[str], Answer] = answer_to) -> None:
        self._respond = respond
        self.encoder = FakeEncoder()
        self.archive = an_archive(Article(CARD, TEXT + REST))
        self.questions: list[str] = []
        self.previous_questions: list[str | None] = []
        self.previous_filters: list[Filters | None] = []
        self.closed = False

    def answer(
        self,
        question: str,
        hits: int | None = None,  # noqa: ARG002 - as an Answerer takes them
        *,
        filters: Filters = NO_FILTERS,  # noqa: ARG002
        newest: bool = False,  # noqa: ARG002
        before: Turn | None = None,
        literal: bool = False,  # noqa: ARG002
    ) -> Answer:
        self.questions.append(question)
        self.previous_questions.append(before.query.text if before else None)
        self.previous_filters.append(before.query.filters if before else None)
        return self._respond(question)

    def close(self) -> None:
        self.closed = True


class Gated(Stub):
    """Answers a question with the word "slow" only after its gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def answer(self, question: str, *more: Any, **named: Any) -> Answer:
        if "slow" in question:
            assert self.gate.wait(20)
        return super().answer(question, *more, **named)


def an_archive(*articles: Article) -> LocalArchive:
    """Create an archive in a new folder of the working folder, which is the test's own."""
    folders = len(list(Path().glob("archive-*")))
    archive = archive_at(Path(f"archive-{folders}"), FakeEncoder())
    take_in(archive, FakeEncoder(), *articles)
    return archive


def an_article(number: int, text: str, title: str = "", **card: Any) -> Article:
    """Return an article with a well-formed id."""
    card = {"source": "The Paper", "published": date(2014, 1, 1 + number % 28), **card}
    return Article(Card(f"{number:010x}{0:06x}", title or f"Headline {number}", **card), text)


def a_library(*articles: Article, strictness: float = 0.0) -> Answerer:
    """Return a real answerer over a real archive; with strictness 0 it answers everything, with 1 nothing."""
    return Answerer(an_archive(*articles), FakeEncoder(), strictness=strictness)


def elsewhere(answerer: Answerer) -> LocalArchive:
    """Open an answerer's archive a second time, as another process would."""
    assert isinstance(answerer.archive, LocalArchive)
    return LocalArchive.open(answerer.archive.database.folder)


class Running:
    """A bot that runs on a thread of its own as it would in its own process."""

    def __init__(
        self,
        server: BotApiServer,
        answers: Answers,
        state: Path = Path("bot.db"),
        access: Access | None = None,
        limits: RateLimiter | None = None,
        a_minute: int = 0,
        timeout: float | None = None,
        retry_after: float = 0.05,
        times: Times = FAST,
        now: Callable[[], datetime] = local_now,
        **config: Any,
    ) -> None:
        self.error: BotError | None = None
        self._search = SearchPool(answers, timeout=timeout, retry_after=retry_after)
        self.database = BotDatabase(state)
        self.bot = BotContext(
            self._search,
            self.database,
            access or Access(),
            QuestionLimit(a_minute),
            config=BotConfig(**config, times=times),
            now=now,
        )
        limits = limits or RateLimiter(NO_LIMITS, NO_LIMITS, NO_LIMITS)
        self._application = build(TOKEN, server.url, self.bot, limits)
        self._stopped = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the questions in progress."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)
        self.wait()
        self._search.close()
        self.database.close()

    def wait(self) -> None:
        """Wait until the bot has ended."""
        self._thread.join(20)
        assert not self._thread.is_alive()

    def idle(self) -> None:
        """Wait until no update is pending."""
        until = time.monotonic() + 20
        while self._thread.is_alive() and self.bot.pending_updates.pending():
            assert time.monotonic() < until, "Updates stay pending."
            self._thread.join(0.005)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(serve(self._application, self.bot, self._stopped))
            except BotError as error:
                self.error = error


@contextmanager
def bot(server: BotApiServer, answers: Answers | None = None, **more: Any) -> Iterator[Running]:
    """Run a bot that is listening when the block starts, and has processed all updates when it ends."""
    before = len(server.called("getUpdates"))
    running = Running(server, answers or Stub(), **more)
    try:
        server.wait_for(lambda: len(server.called("getUpdates")) > before, "a bot that listens")
        yield running
        server.wait_for(lambda: server.waiting == 0, "updates that are fetched")
        running.idle()
    finally:
        running.stop()
