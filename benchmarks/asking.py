"""A reader who asks the bot while others write, and holds each of its answers against what was drawn."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.machine import Machine
from corpus.article import Article
from corpus.errors import ClippingsError
from retrieval.answer.answerer import Answerer
from retrieval.archive.archive import Archive
from retrieval.archive.opened import open_archive
from retrieval.archive.place import Where
from retrieval.types import Passage
from tests.bot_api_chat import Chat
from tests.bot_api_messages import Message
from tests.bot_api_server import BotApiServer
from tests.running_bot import bot

# Seconds between an answer and the next question: a reader, and not a load.
PAUSE = 0.25
PATIENCE = 120.0  # seconds that a bot may leave a reader without a word before it is taken for broken
AWAY = "The archive cannot be reached just now. Please try again in a minute."
Wanted = Mapping[str, tuple[Article, tuple[Passage, ...]]]


@dataclass
class Asked:
    """What came of the questions; times are in seconds.

    `waits` until there was an answer, `away` until the reader was told that the archive is out of reach, `not_yet` how
    many were about what was not there yet; `wrong` says what is not as it was drawn.
    """

    waits: list[float] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    not_yet: int = 0
    wrong: list[str] = field(default_factory=list)


@contextmanager
def asking(where: Where, wanted: Wanted, folder: Path) -> Iterator[Asked]:
    """Run the bot and somebody who asks it, for as long as the block runs."""
    asked, stop = Asked(), threading.Event()
    with (
        closing(open_archive(where)) as beside,
        BotApiServer(PATIENCE) as server,
        bot(server, Answerer(open_archive(where), Machine(), strictness=0.0), state=folder / "bot.db"),
    ):
        reader = threading.Thread(target=_ask_on, args=(server.private_chat(), beside, wanted, asked, stop))
        reader.start()
        try:
            yield asked
        finally:
            stop.set()
            reader.join()


def _ask_on(chat: Chat, beside: Archive, wanted: Wanted, asked: Asked, stop: threading.Event) -> None:
    chance, ids = random.Random(1), sorted(wanted)  # noqa: S311 - the same questions every time
    while not stop.wait(PAUSE):
        article, passages = wanted[chance.choice(ids)]
        passage = chance.choice(passages)
        try:
            there = bool(beside.passages_of(article.id))
        except ClippingsError:
            there = False
        begun = time.perf_counter()
        try:
            message = chat.says(passage.text)
        except AssertionError as error:
            asked.wrong.append(f"no answer within {PATIENCE:.0f} s: {error}")
            continue
        took = time.perf_counter() - begun
        if message.text == AWAY:
            asked.away.append(took)
        elif told := fault(message, article, passage, wanted, there=there):
            asked.wrong.append(told)
        elif message.links:
            asked.waits.append(took)
        asked.not_yet += not there and article.card.url not in message.links.values()


def fault(message: Message, article: Article, passage: Passage, wanted: Wanted, *, there: bool) -> str:
    """Say what is wrong with an answer, if anything is, of a question that is a passage of an article."""
    links = set(message.links.values())
    if there and article.card.url not in links:
        return f"{article.id} is there, and was not found: {message.text[:80]!r}"
    if article.card.url in links:
        return "" if passage.text in message.text else f"{article.id} is shown with another passage than was asked for"
    shown = [one for one, _ in wanted.values() if one.card.url in links]
    quoted = message.marked("blockquote")
    if links and not (shown and quoted and all(any(text in one.text for one in shown) for text in quoted)):
        return f"not as it was drawn: {message.text[:80]!r}"
    if not links and "Nothing in this archive" not in message.text:
        return f"no answer: {message.text[:80]!r}"
    return ""
