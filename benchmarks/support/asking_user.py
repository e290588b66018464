"""A reader who asks the bot while others write, and holds each of its answers against what was drawn."""

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

# Seconds between an answer and the next question: a reader, and not a load.
PAUSE = 0.25
PATIENCE = 120.0  # seconds that a bot may leave a reader without a word before it is taken for broken
# Articles that are asked about, again and again; and seconds after which what one process has seen all are to see.
ABOUT, SEEN = 100, 5.0
AWAY = "The archive cannot be reached just now. Please try again in a minute."
NOTHING = "Nothing in this archive answers that."


@dataclass
class Asked:
    """What came of the questions; times are in seconds.

    `waits` until there was an answer, `away` until the reader was told that the archive is out of reach, `early` how
    many were about what was not there yet; `wrong` says what is not as it was drawn.
    """

    waits: list[float] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    early: int = 0
    wrong: list[str] = field(default_factory=list)


@contextmanager
def asking(where: Where, wanted: Mapping[str, Wanted], folder: Path) -> Iterator[Asked]:
    """Run the bot and somebody who asks it, for as long as the block runs."""
    asked, stop = Asked(), threading.Event()
    with (
        closing(open_archive(where)) as beside,
        BotApiServer(PATIENCE) as server,
        bot(server, Answerer(open_archive(where), Machine(), strictness=0.0), state=folder / "bot.db"),
        ThreadPoolExecutor(1) as thread,
    ):
        asks = thread.submit(_Reader(server.private_chat(), beside, wanted, asked).ask_until, stop)
        try:
            yield asked
        finally:
            stop.set()
        asks.result()


class _Reader:
    def __init__(self, chat: Chat, beside: Archive, wanted: Mapping[str, Wanted], asked: Asked) -> None:
        self._chat, self._shadow_index, self._wanted, self._asked = chat, beside, wanted, asked
        self._chance = random.Random(1)  # noqa: S311 - the same questions every time
        self._about = self._chance.sample(sorted(wanted), min(len(wanted), ABOUT))
        self._seen: dict[str, float] = {}

    def ask_until(self, stop: threading.Event) -> None:
        """Ask about one article after the other."""
        while not stop.wait(PAUSE):
            id_ = self._chance.choice(self._about)
            self._look(id_)
            self._ask(*self._wanted[id_])

    def _look(self, id_: str) -> None:
        """See whether an article is there: whole or not at all, and once it is, for good."""
        try:
            there = self._shadow_index.passages_of(id_)
        except ArchiveUnreachable:
            return
        if there and there != list(self._wanted[id_].passages):
            self._asked.wrong.append(f"{id_} has {len(there)} passages, which are not those that were drawn")
        if there:
            self._seen.setdefault(id_, time.monotonic())
        elif self._is_seen(id_):
            self._asked.wrong.append(f"{id_} was there, and is no more")

    def _is_seen(self, id_: str) -> bool:
        return id_ in self._seen and time.monotonic() - self._seen[id_] > SEEN

    def _ask(self, article: Article, passages: tuple[Passage, ...]) -> None:
        passage, there = self._chance.choice(passages), self._is_seen(article.id)
        begun = time.perf_counter()
        message = self._chat.says(question(passage))
        took = round(time.perf_counter() - begun, 3)
        if message.text == AWAY:
            self._asked.away.append(took)
            return
        self._asked.waits.append(took)
        self._asked.early += not there and article.card.url not in message.links.values()
        if told := self._fault(message, article, passage, there=there):
            self._asked.wrong.append(told)

    def _fault(self, message: Message, article: Article, passage: Passage, *, there: bool) -> str:
        """Say what is wrong with an answer to a question about a passage, if anything is."""
        links, said = set(message.links.values()), f"{message.text[:80]!r}"
        if article.card.url in links:
            return "" if passage.text in message.text else f"{passage.id} was asked for, and not shown: {said}"
        if there:
            return f"{passage.id} is there, and was not found: {said}"
        if not links:
            return "" if NOTHING in message.text else f"no answer: {said}"
        shown = [one.article.text for one in self._wanted.values() if one.article.card.url in links]
        quoted = message.marked("blockquote")
        as_drawn = shown and quoted and all(any(text in one for one in shown) for text in quoted)
        return "" if as_drawn else f"not as it was drawn: {said}"
