"""200 chats that ask the bot in bursts, in each of which every chat asks once: what a benchmark of the bot needs.

The bot is a process of its own, as it is shipped. Telegram is the tests' Bot API, in another process, over real HTTP.
The archive is the shipped one, or that of a question set in BEIR layout with its questions and the bundled model. On
request, a sleep replaces archive and model.
"""

import argparse
import asyncio
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support.bot_process import processor_seconds, resident, started
from benchmarks.support.question_sets import from_beir
from bot.search_pool import Answers, SearchPool
from bot.startup import open_answerer
from config.settings import load
from corpus.article import Card, Span
from corpus.reader_types import Reading
from retrieval.archive.contract import Generation
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.indexing.pipeline import sync
from retrieval.types import Answer, Hit, Passage
from tests.telegram_server import flood_limits
from tests.telegram_server.server import BotApiServer

CHATS = 200
GROUPS = 20  # of the chats
FAILING = 0.05
SAMPLE_EVERY = 0.25  # seconds
TIMEOUT_SECONDS = 900.0
WHOLE = Span(0, 37)
SHIPPED = Path(__file__).parents[2] / "corpus" / "articles"
WHO = ("who met", "when did bloggers meet", "where was the meeting with", "what did they ask of", "what was said by")
WHAT = (
    "Kerry",
    "the Secretary of State",
    "the bloggers in Beijing",
    "the embassy",
    "the government about the Internet",
)
SPAWN = multiprocessing.get_context("spawn")
# The shipped bot; on request without its own rate limits, or with a stub.
DRIVER = """
import sys
import bot.startup
from benchmarks.support.bot_under_load import Stub
from bot.outgoing.rate_limiter import Allowance, RateLimiter
if sys.argv[1] == "unlimited":
    bot.startup.RateLimiter = lambda: RateLimiter(*[Allowance(1, 0.0)] * 3)
if stub := float(sys.argv[2]):
    bot.startup.open_answerer = lambda settings: Stub(stub)
sys.exit(bot.startup.main([]))
"""


class Stub:
    """An answerer that sleeps."""

    name = "bundled"  # as an encoder has it

    def __init__(self, milliseconds: float) -> None:
        self._seconds = milliseconds / 1000

    @property
    def archive(self) -> "Stub":
        """This stub is its own archive."""
        return self

    @property
    def encoder(self) -> "Stub":
        """This stub is its own encoder."""
        return self

    def generation(self) -> Generation:
        """Return the same generation always."""
        return Generation(0, "")

    def passages_of(self, id_: str) -> list[Passage]:  # noqa: ARG002 - as an archive has it
        """Return none: the answers are in no archive."""
        return []

    def newest_cards(self, _: int) -> list[Card]:
        """Return no cards: there are no example questions."""
        return []

    def answer(self, question: str, *_: Any, **__: Any) -> Answer:
        """Sleep, then answer."""
        time.sleep(self._seconds)
        card, text = Card("a1a1a1a1a1a1a1a1", "Title"), "This answers every question there is."
        passage = Passage(f"{card.id}-b2b2b2b2b2b2", card, text, 0, len(text), (WHOLE,))
        return Answer(question, (Hit(passage, 1.0, 1, WHOLE, confidence=1.0),))

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Question:
    """A question with its time, in seconds from the start, and the number of its chat."""

    at: float
    chat: int
    text: str


@dataclass(frozen=True)
class Load:
    """The questions to ask, for how many milliseconds a stub sleeps (0 for the model), and a folder for files."""

    questions: list[Question]
    stub: float
    place: Path


@dataclass(frozen=True)
class Outcome:
    """A run as the users saw it: per question its wait, its answers, and its faults before and after acceptance."""

    waits: list[float]
    answers: list[int]
    before: list[int]
    after: list[int]
    type_errors: int
    floods: dict[str, int]
    violations: list[str]
    seconds: float


def telegram_and_users(pipe: Connection, strict: bool) -> None:
    """Run Telegram and its users: send its address, receive the questions, ask them in time, send the outcome."""
    with BotApiServer(wait_seconds=TIMEOUT_SECONDS) as server:
        pipe.send(server.url)
        questions: list[Question] = pipe.recv()
        chats = [server.group() if number < GROUPS else server.private_chat() for number in range(CHATS)]
        server.wait_for(lambda: bool(server.called("getUpdates")), "a bot that listens")
        pipe.send("listening")
        if strict:
            server.limits = flood_limits.Limits()
            server.faults.fail_share(FAILING, accepted=None, methods=("sendMessage",))
        start = time.monotonic()
        numbers: list[tuple[int, int, float]] = []
        for question in questions:
            time.sleep(max(0.0, start + question.at - time.monotonic()))
            text = question.text if question.chat >= GROUPS else f"/ask {question.text}"
            numbers.append((question.chat, chats[question.chat].sends(text=text), time.monotonic()))
        wanted = [{number for at, number, _ in numbers if at == chat} for chat in range(CHATS)]

        def answered() -> bool:
            return all(wanted[n] <= {message.reply_to for message in chat.received} for n, chat in enumerate(chats))

        while not answered():
            time.sleep(0.2)
        seconds = time.monotonic() - start
        # The bot repeats accepted messages whose acknowledgement failed. It does so within its first pauses.
        time.sleep(8.0 if strict else 0.0)
        pipe.send(_outcome(server, chats, numbers, seconds))


def _outcome(
    server: BotApiServer, chats: Sequence[Any], numbers: Sequence[tuple[int, int, float]], seconds: float
) -> Outcome:
    with server.lock:
        arrivals: dict[tuple[int, int | None], list[float]] = {}
        for place, chat in enumerate(chats):
            for message in chat.received:
                arrivals.setdefault((place, message.reply_to), []).append(message.at)
        met: Counter[tuple[int, int, bool]] = Counter()
        for call in server.faults.failed:
            met[call.params["chat_id"], call.params["reply_parameters"]["message_id"], call.fault.accepted] += 1
        known = {(place, number) for place, number, _ in numbers}
        return Outcome(
            waits=[arrivals[place, number][0] - at for place, number, at in numbers],
            answers=[len(arrivals[place, number]) for place, number, _ in numbers],
            before=[met[chats[place].id, number, False] for place, number, _ in numbers],
            after=[met[chats[place].id, number, True] for place, number, _ in numbers],
            type_errors=sum(len(times) for key, times in arrivals.items() if key not in known),
            floods=dict(Counter(flood.scope for flood in server.floods)),
            violations=server.violations,
            seconds=seconds,
        )


def _search_alone(pipe: Connection, questions: Sequence[Question], stub: float) -> None:
    answers: Answers = Stub(stub) if stub else open_answerer(load())  # type: ignore[assignment]
    search = SearchPool(answers)

    async def ask_all() -> list[float]:
        start = time.monotonic()

        async def ask(question: Question) -> float:
            await asyncio.sleep(max(0.0, start + question.at - time.monotonic()))
            began = time.monotonic()
            await search(question.text, 5)
            return time.monotonic() - began

        return await asyncio.gather(*map(ask, questions))

    pipe.send(asyncio.run(ask_all()))
    search.close()


@contextmanager
def running(limited: bool, stub: float, url: str, state: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the bot with the changes of DRIVER."""
    with started(
        [sys.executable, "-c", DRIVER, "limited" if limited else "unlimited", str(stub)], url, state
    ) as process:
        yield process


def run(load: Load, *, strict: bool) -> tuple[Outcome, list[float], float]:
    """Run bot and users, if `strict` with limits and faults.

    Return the outcome, samples of the bot's memory (MB), and its processor time (seconds).
    """
    ours, theirs = SPAWN.Pipe()
    telegram = SPAWN.Process(target=telegram_and_users, args=(theirs, strict))
    telegram.start()
    theirs.close()  # so that `recv` fails if the other process ends
    url = ours.recv()
    ours.send(load.questions)
    memory = []
    with running(strict, load.stub, url, load.place / f"bot-{strict}.db") as process:
        assert ours.recv() == "listening"
        began = processor_seconds(process.pid)
        while not ours.poll(SAMPLE_EVERY):
            assert telegram.is_alive()
            memory.append(resident(process.pid))
        outcome, took = ours.recv(), processor_seconds(process.pid) - began
    telegram.join()
    return outcome, memory, took


def schedule(questions: Sequence[str], bursts: int, gap: float) -> list[Question]:
    """Let every chat ask once in each burst."""
    return [
        Question(burst * gap, chat, questions[(burst * CHATS + chat) % len(questions)])
        for burst in range(bursts)
        for chat in range(CHATS)
    ]


def timed_alone(questions: Sequence[Question], stub: float) -> list[float]:
    """Put the same questions at the same times to the search alone, in a process of its own; return the waits."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_search_alone, args=(theirs, list(questions), stub))
    process.start()
    theirs.close()
    waits: list[float] = ours.recv()
    process.join()
    return waits


def take_in(folder: Path | None, archive: Path) -> list[str]:
    """Make an archive of a set's documents, or of the shipped ones; return questions for it."""
    if folder is None:
        command = [sys.executable, "-m", "retrieval", "index", str(SHIPPED)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ)
        return [f"{who} {what}?" for who in WHO for what in WHAT]
    question_set, encoder = from_beir(folder), SentenceEncoder()
    created = LocalArchive.open_or_create(archive, lambda: wanted_spec(encoder, 0))
    with created.write_lock("benchmark"):
        sync([Reading(article, f"/{article.id}") for article in question_set.documents], created, encoder)
    created.close()
    return [text for text, _ in question_set.questions]


@contextmanager
def load_from_arguments(description: str | None) -> Iterator[Load]:
    """Read the arguments, make the archive, and plan the bursts: one begins when the last has just been answered."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--stub", type=float, default=0.0, metavar="MS")
    parser.add_argument("--bursts", type=int, default=10)
    args = parser.parse_args()
    with TemporaryDirectory() as place:
        os.environ["CLIPPINGS_ARCHIVE"] = str(Path(place, "archive"))
        texts = [f"question {number}?" for number in range(2000)]
        if not args.stub:
            texts = take_in(args.folder, Path(place, "archive"))
        gap = 1.5 * max(timed_alone(schedule(texts, 1, 0.0), args.stub))
        questions = schedule(texts, args.bursts, gap)
        print(f"{len(questions):,} questions from {CHATS} chats in {args.bursts} bursts, one every {gap:.1f} s\n")
        yield Load(questions, args.stub, Path(place))
