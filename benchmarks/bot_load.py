"""What the bot adds to a search, and what it does where calls fail: python -m benchmarks.bot_load [FOLDER] [--stub MS]

Two runs of 2,000 questions from 200 chats, in bursts in which every chat asks at once. The bot is a process of its own,
as it is shipped; Telegram is the tests' Bot API, in another process, over real HTTP. The archive is the shipped one, or
that of FOLDER (a question set in BEIR layout) with its questions, answered by the bundled model; with --stub, a sleep
of so many milliseconds stands in for archive and model.

Run A, without limits and faults: from when an update could be fetched to when Telegram had accepted its answer, against
the same questions at the same times put to the search alone, on as many threads; and the bot's memory. Run B, with
Telegram's limits enforced and 5 % of the messages failing: before they are accepted there must be exactly one answer,
after it one or two, and none in another chat.
"""

import argparse
import asyncio
import multiprocessing
import os
import statistics
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

from benchmarks.support.question_sets import from_beir
from bot.app import open_answerer
from bot.search_pool import Answers, SearchPool
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
from tests.telegram_server.server import TOKEN, BotApiServer

CHATS = 200
GROUPS = 20  # of the chats
FAILING = 0.05
SAMPLE_EVERY = 0.25  # seconds
PATIENCE = 900.0  # seconds
WHOLE = Span(0, 37)
SHIPPED = Path(__file__).parent.parent / "corpus" / "articles"
WHO = ("who met", "when did bloggers meet", "where was the meeting with", "what did they ask of", "what was said by")
WHAT = (
    "Kerry",
    "the Secretary of State",
    "the bloggers in Beijing",
    "the embassy",
    "the government about the Internet",
)
SPAWN = multiprocessing.get_context("spawn")
# The shipped bot; where a benchmark asks for it, without limits of its own, or with a stub.
DRIVER = """
import sys
import bot.app
from benchmarks.bot_load import Stub
from bot.outgoing.rate_limiter import Allowance, RateLimiter
if sys.argv[1] == "unlimited":
    bot.app.RateLimiter = lambda: RateLimiter(*[Allowance(1, 0.0)] * 3)
if stub := float(sys.argv[2]):
    bot.app.open_answerer = lambda settings: Stub(stub)
sys.exit(bot.app.main([]))
"""


class Stub:
    """An answerer that sleeps."""

    def __init__(self, milliseconds: float) -> None:
        self._seconds = milliseconds / 1000

    @property
    def archive(self) -> "Stub":
        """Stand in for the archive as well."""
        return self

    def generation(self) -> Generation:
        """Never change."""
        return Generation(0, "")

    def answer(self, question: str, *_: Any, **__: Any) -> Answer:
        """Take a while."""
        time.sleep(self._seconds)
        card, text = Card("a1a1a1a1a1a1a1a1", "Title"), "This answers every question there is."
        passage = Passage(f"{card.id}-b2b2b2b2b2b2", card, text, 0, len(text), (WHOLE,))
        return Answer(question, (Hit(passage, 1.0, 1, WHOLE),), 1.0, True)

    def close(self) -> None:
        """Have nothing to let go."""


@dataclass(frozen=True)
class Asked:
    """One question: when it is asked, in seconds from the start, in which chat."""

    at: float
    chat: int
    text: str


@dataclass(frozen=True)
class Outcome:
    """A run as the readers' side saw it: per question the wait, its answers, and the faults that its answers met."""

    waits: list[float]
    answers: list[int]
    before: list[int]
    after: list[int]
    type_errors: int
    floods: dict[str, int]
    violations: list[str]
    seconds: float


def readers(pipe: Connection, strict: bool) -> None:
    """Be Telegram and its readers: say where, ask what comes when it is due, tell what came of it."""
    with BotApiServer(wait_seconds=PATIENCE) as server:
        pipe.send(server.url)
        asked: list[Asked] = pipe.recv()
        chats = [server.group() if number < GROUPS else server.private_chat() for number in range(CHATS)]
        server.wait_for(lambda: bool(server.called("getUpdates")), "a bot that listens")
        pipe.send("listening")
        if strict:
            server.limits = flood_limits.Limits()
            server.faults.fail_share(FAILING, accepted=None, methods=("sendMessage",))
        start = time.monotonic()
        numbers: list[tuple[int, int, float]] = []
        for one in asked:
            time.sleep(max(0.0, start + one.at - time.monotonic()))
            text = one.text if one.chat >= GROUPS else f"/ask {one.text}"
            numbers.append((one.chat, chats[one.chat].sends(text=text), time.monotonic()))
        wanted = [{number for at, number, _ in numbers if at == chat} for chat in range(CHATS)]

        def answered() -> bool:
            return all(wanted[n] <= {one.reply_to for one in chat.received} for n, chat in enumerate(chats))

        while not answered():
            time.sleep(0.2)
        seconds = time.monotonic() - start
        # What has been accepted and could not be acknowledged comes again within the bot's first pauses.
        time.sleep(8.0 if strict else 0.0)
        pipe.send(_outcome(server, chats, numbers, seconds))


def _outcome(
    server: BotApiServer, chats: Sequence[Any], numbers: Sequence[tuple[int, int, float]], seconds: float
) -> Outcome:
    with server.lock:
        came: dict[tuple[int, int | None], list[float]] = {}
        for place, chat in enumerate(chats):
            for message in chat.received:
                came.setdefault((place, message.reply_to), []).append(message.at)
        met: Counter[tuple[int, int, bool]] = Counter()
        for one in server.faults.failed:
            met[one.params["chat_id"], one.params["reply_parameters"]["message_id"], one.fault.accepted] += 1
        known = {(place, number) for place, number, _ in numbers}
        return Outcome(
            waits=[came[place, number][0] - at for place, number, at in numbers],
            answers=[len(came[place, number]) for place, number, _ in numbers],
            before=[met[chats[place].id, number, False] for place, number, _ in numbers],
            after=[met[chats[place].id, number, True] for place, number, _ in numbers],
            type_errors=sum(len(times) for key, times in came.items() if key not in known),
            floods=dict(Counter(flood.scope for flood in server.floods)),
            violations=server.violations,
            seconds=seconds,
        )


def alone(pipe: Connection, asked: Sequence[Asked], stub: float) -> None:
    """Put the same questions at the same times to the search, and nothing else; tell the waits."""
    answers: Answers = Stub(stub) if stub else open_answerer(load())  # type: ignore[assignment]
    search = SearchPool(answers)

    async def one_after_another() -> list[float]:
        start = time.monotonic()

        async def ask(one: Asked) -> float:
            await asyncio.sleep(max(0.0, start + one.at - time.monotonic()))
            began = time.monotonic()
            await search(one.text, 5)
            return time.monotonic() - began

        return await asyncio.gather(*map(ask, asked))

    pipe.send(asyncio.run(one_after_another()))
    search.close()


@contextmanager
def running(limited: bool, stub: float, url: str, state: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the bot, changed for a benchmark."""
    with started(
        [sys.executable, "-c", DRIVER, "limited" if limited else "unlimited", str(stub)], url, state
    ) as process:
        yield process


@contextmanager
def started(command: Sequence[str], url: str, state: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command that is the bot, with a Bot API at an address, until the block ends."""
    settings = {"CLIPPINGS_BOT_API_URL": url, "CLIPPINGS_BOT_STATE": str(state), "NO_PROXY": "127.0.0.1"}
    settings |= {"CLIPPINGS_BOT_QUESTIONS_A_MINUTE": "0", "TELEGRAM_BOT_TOKEN": TOKEN, "CLIPPINGS_LOG_LEVEL": "warning"}
    with subprocess.Popen(command, env=os.environ | settings) as process:
        try:
            yield process
        finally:
            process.terminate()


def resident(process: int) -> float:
    """Return a process's memory, in MB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def worked(process: int) -> float:
    """Return the processor time that a process has taken, in seconds."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def run(asked: Sequence[Asked], stub: float, place: Path, *, strict: bool) -> tuple[Outcome, list[float], float]:
    """Run bot and readers; return what came of it, the bot's memory from time to time, and its processor time."""
    ours, theirs = SPAWN.Pipe()
    telegram = SPAWN.Process(target=readers, args=(theirs, strict))
    telegram.start()
    theirs.close()  # so that its end is an end
    url = ours.recv()
    ours.send(list(asked))
    memory = []
    with running(strict, stub, url, place / f"bot-{strict}.db") as process:
        assert ours.recv() == "listening"
        began = worked(process.pid)
        while not ours.poll(SAMPLE_EVERY):
            assert telegram.is_alive()
            memory.append(resident(process.pid))
        outcome, took = ours.recv(), worked(process.pid) - began
    telegram.join()
    return outcome, memory, took


def schedule(questions: Sequence[str], bursts: int, gap: float) -> list[Asked]:
    """Let every chat ask once in each burst."""
    return [
        Asked(burst * gap, chat, questions[(burst * CHATS + chat) % len(questions)])
        for burst in range(bursts)
        for chat in range(CHATS)
    ]


def timed_alone(asked: Sequence[Asked], stub: float) -> list[float]:
    """Ask the search alone, in a process of its own."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=alone, args=(theirs, list(asked), stub))
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
    a_set, encoder = from_beir(folder), SentenceEncoder()
    made = LocalArchive.open_or_create(archive, lambda: wanted_spec(encoder, 0))
    with made.write_lock("benchmark"):
        sync([Reading(one, f"/{one.id}") for one in a_set.documents], made, encoder)
    made.close()
    return [text for text, _ in a_set.questions]


def report_waits(name: str, waits: Sequence[float]) -> tuple[float, float]:
    """Print a row; return p50 and p95."""
    cuts = statistics.quantiles(waits, n=20)
    print(f"{name:<18}{cuts[9]:>9.2f}{cuts[18]:>9.2f}{max(waits):>9.2f}", flush=True)
    return cuts[9], cuts[18]


def main() -> None:
    """Print both runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--stub", type=float, default=0.0, metavar="MS")
    parser.add_argument("--bursts", type=int, default=10)
    parser.add_argument("--only", choices=("A", "B"))
    given = parser.parse_args()
    with TemporaryDirectory() as place:
        os.environ["CLIPPINGS_ARCHIVE"] = str(Path(place, "archive"))
        questions = [f"question {number}?" for number in range(2000)]
        if not given.stub:
            questions = take_in(given.folder, Path(place, "archive"))
        # As many questions at once as chats, and the next burst when this one is just dealt with.
        probe = timed_alone(schedule(questions, 1, 0.0), given.stub)
        gap = 1.5 * max(probe)
        asked = schedule(questions, given.bursts, gap)
        print(f"{len(asked):,} questions from {CHATS} chats in {given.bursts} bursts, one every {gap:.1f} s")
        if given.only != "B":
            print(f"\nA: no limits, no faults\n{'wait in s':<18}{'p50':>9}{'p95':>9}{'most':>9}")
            search = report_waits("search alone", timed_alone(asked, given.stub))
            outcome, memory, took = run(asked, given.stub, Path(place), strict=False)
            bot = report_waits("bot", outcome.waits)
            print(f"{'ratio':<18}{bot[0] / search[0]:>9.2f}{bot[1] / search[1]:>9.2f}")
            print(f"processor time of the bot: {1000 * took / len(asked):.1f} ms a question")
            quarter = len(memory) // 4
            first, last = statistics.mean(memory[:quarter]), statistics.mean(memory[-quarter:])
            print(f"memory: {first:.0f} MB in the first quarter, {last:.0f} MB in the last")
            assert set(outcome.answers) == {1}
            assert (outcome.type_errors, outcome.violations) == (0, [])
        if given.only != "A":
            outcome, *_ = run(asked, given.stub, Path(place), strict=True)
            print(f"\nB: limits, {FAILING:.0%} of messages failing; all answered after {outcome.seconds:.0f} s")
            print(f"{'faults met':<28}{'questions':>10}{'answers: 0':>12}{'1':>7}{'2':>7}{'more':>7}")
            rows = {"none": [], "before acceptance only": [], "after acceptance": []}  # type: dict[str, list[int]]
            for count, before, after in zip(outcome.answers, outcome.before, outcome.after, strict=True):
                rows["after acceptance" if after else "before acceptance only" if before else "none"].append(count)
                assert 1 <= count <= 1 + after
            for name, counts in rows.items():
                cells = [counts.count(0), counts.count(1), counts.count(2), sum(count > 2 for count in counts)]
                print(f"{name:<28}{len(counts):>10}{cells[0]:>12}{cells[1]:>7}{cells[2]:>7}{cells[3]:>7}")
            print(f"in another chat: {outcome.type_errors}; calls refused with 429: {outcome.floods or 0}")
            assert (outcome.type_errors, outcome.violations) == (0, [])


if __name__ == "__main__":
    main()
