"""kill -9 of the bot a hundred times while users ask; and a trace of what is on the disk before Telegram hears of it.

Every question must be answered. A second copy is allowed only if the bot was killed after Telegram accepted the first
copy and before the bot recorded that. The server knows these moments, and kills the bot there on purpose.
"""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.telegram_server.chat import Chat
from tests.telegram_server.server import TOKEN, BotApiServer
from tests.torture.test_fsync_trace import calls

ROOT = Path(__file__).parents[2]
KILLS, CHATS, AHEAD = 100, 30, 3
STATE = "bot.db"
QUESTION = re.compile(r"q(\d+) of (-?\d+)")
# The console script's own main, without rate limits. A stub gives answers that repeat the question.
DRIVER = """
import sys
import bot.startup
from bot.outgoing.rate_limiter import Allowance, RateLimiter
from corpus.article import Card, Span
from retrieval.archive.contract import Generation
from retrieval.types import Answer, Hit, Passage

class Stub:
    archive = property(lambda self: self)

    def generation(self):
        return Generation(0, "")

    def passages_of(self, id_):
        return []

    def answer(self, question, hits=None, **more):
        text = f"Answers {question}."
        passage = Passage("a1a1a1a1a1a1a1a1-b2b2b2b2b2b2", Card("a1a1a1a1a1a1a1a1", "Title"), text, 0, len(text),
                          (Span(0, len(text)),))
        return Answer(question, (Hit(passage, 1.0, 1, Span(0, len(text)), confidence=1.0),))

    def close(self):
        pass

bot.startup.open_answerer = lambda settings: Stub()
bot.startup.RateLimiter = lambda: RateLimiter(*[Allowance(1, 0.0)] * 3)
sys.exit(bot.startup.main([]))
"""


class Sent(NamedTuple):
    """An answer that Telegram accepted: the life of the bot that sent it, and the number of its question."""

    life: int
    question: int
    chat: int


class Users(BotApiServer):
    """Users who ask the next question after each answer; and `deadly`, the call after which the bot is killed."""

    def __init__(self) -> None:
        super().__init__(wait_seconds=30)
        self.asking = True
        self.question_counts: Counter[int] = Counter()
        self.sent: dict[int, list[Sent]] = defaultdict(list)
        self.numbers: set[int] = set()
        self.life = 0
        self.bot: subprocess.Popen[bytes] | None = None
        self.deadly: tuple[str, int] = ("", 0)  # the method, and how many calls of it the bot still survives

    def populate(self) -> None:
        """Let every user ask a few questions at once."""
        for number in range(CHATS):
            chat = self.private_chat() if number % 5 else self.group()
            for _ in range(AHEAD):
                self.ask(chat)

    def ask(self, chat: Chat) -> None:
        """Let the user of a chat ask the next question."""
        self.question_counts[chat.id] += 1
        question = f"q{self.question_counts[chat.id]} of {chat.id}"
        chat.sends(text=question if chat.id > 0 else f"/ask {question}")

    def push(self, update: dict[str, Any]) -> None:
        with self.lock:
            super().push(update)
            self.numbers.add(self.updates._queue[-1]["update_id"])

    @property
    def confirmed(self) -> set[int]:
        """The updates that the bot has confirmed to Telegram."""
        with self.lock:
            return self.numbers - {update["update_id"] for update in self.updates._queue}

    @property
    def answered(self) -> bool:
        answers = {id_: self.sent[id_] for id_ in self.chats}
        return all(sent and sent[-1].question == self.question_counts[id_] for id_, sent in answers.items())

    def _carry_out(self, method: str, params: dict[str, Any]) -> Any:
        result = super()._carry_out(method, params)
        if method == "sendMessage":
            question = QUESTION.search(params["text"])
            assert question, params
            again = any(sent.question == int(question[1]) for sent in self.sent[params["chat_id"]][-1:])
            self.sent[params["chat_id"]].append(Sent(self.life, int(question[1]), int(question[2])))
            if self.asking and not again:
                self.ask(self.chats[params["chat_id"]])
        self._die_of(method)
        return result

    def _die_of(self, method: str) -> None:
        """Kill the bot after a call was carried out, and before the bot gets the result."""
        fatal, left = self.deadly
        if method == fatal and self.bot:
            self.deadly = (fatal, left - 1) if left else ("", 0)
            if not left:
                self.bot.kill()


@contextmanager
def a_bot(server: BotApiServer, log: Path, *before: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the bot; kill it if it still runs when the block ends."""
    settings = {"API_URL": server.url, "STATE": STATE, "QUESTIONS_A_MINUTE": "0"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "TELEGRAM_BOT_TOKEN": TOKEN}
    environment |= {f"CLIPPINGS_BOT_{name}": value for name, value in settings.items()}
    with (
        log.open("ab") as stderr,
        subprocess.Popen(
            [*before, sys.executable, "-c", DRIVER], env=environment, stderr=stderr, start_new_session=True
        ) as process,
    ):
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def stored_updates(copy: Path) -> set[int]:
    """Return the updates in bot.db. Read a copy, since opening the database recovers it."""
    copy.mkdir()
    for file in Path().glob(f"{STATE}*"):
        shutil.copy(file, copy)
    with closing(sqlite3.connect(copy / STATE)) as db:
        known = {number for (number,) in db.execute("SELECT id FROM waiting")}
    shutil.rmtree(copy)
    return known


def test_no_kill_loses_a_question_and_only_a_kill_before_the_record_of_an_answer_repeats_it(tmp_path: Path) -> None:
    dice, log = random.Random(5), tmp_path / "log"  # noqa: S311
    ways = ("sendMessage", "at any time", "sendMessage", "getUpdates", "at any time")
    with Users() as server:
        server.populate()
        for life in range(KILLS):
            kind = ways[life % len(ways)]
            with a_bot(server, log) as process:
                with server.lock:
                    server.life, server.bot = life, process
                    server.deadly = (kind, dice.randrange(60 if kind == "sendMessage" else 8))
                    listened = len(server.called("getUpdates"))
                if kind == "at any time":
                    server.wait_for(lambda so_far=listened: len(server.called("getUpdates")) > so_far, "a bot")  # type: ignore[misc]
                    time.sleep(dice.uniform(0, 0.6))
                    process.kill()
                process.wait(120)
            assert (process.returncode, server.violations) == (-signal.SIGKILL, []), log.read_text()
            assert server.confirmed - stored_updates(tmp_path / "copy") == set(), life

        server.life, server.asking, server.deadly = KILLS, False, ("", 0)
        with a_bot(server, log) as process:
            server.wait_for(lambda: server.answered and not server.waiting, "an answer to every question", 60)
            process.terminate()
            assert process.wait(20) == 0

        copies = Counter[str]()
        for chat in server.chats.values():
            last, life = 0, -1
            for sent in server.sent[chat.id]:
                assert sent.chat == chat.id
                # In order. Only the last answer of a life that was cut short may come again.
                again = sent.question == last and sent.life > life
                assert again or sent.question == last + 1, server.sent[chat.id]
                copies[ways[life % len(ways)]] += again
                last, life = sent.question, sent.life
            assert last == server.question_counts[chat.id]
        assert server.violations == []
    assert "could not" not in log.read_text()
    files = {file.name: file.read_bytes() for file in Path().glob(f"{STATE}*")}
    assert [name for name, content in files.items() if QUESTION.search(content.decode(errors="replace"))] == []
    kills = Counter(ways[life % len(ways)] for life in range(KILLS))
    print(f"\n{sum(server.question_counts.values())} questions; killed {dict(kills)}; second copies {dict(copies)}")


def test_the_next_start_deletes_questions_that_a_kill_left_in_the_journal() -> None:
    from bot.store.database import BotDatabase
    from bot.store.pending_updates import Arrival, PendingUpdates
    from tests.torture.forks import in_fork

    def work() -> int:
        updates = PendingUpdates(BotDatabase(Path(STATE)))
        updates.arrive([Arrival(1, 1, 1, "message", "my private question")])
        updates.mark_processed(1)
        os._exit(9)

    def files() -> str:
        return "".join(file.read_bytes().decode(errors="replace") for file in Path().glob(f"{STATE}*"))

    with pytest.raises(AssertionError, match="ended with status"):
        in_fork(work)
    assert "my private question" in files()
    state = BotDatabase(Path(STATE))
    assert "my private question" not in files()
    state.close()


def test_an_update_is_on_the_disk_before_it_is_acknowledged_to_telegram(tmp_path: Path) -> None:
    if not shutil.which("strace") or subprocess.run(["strace", "-o", "none", "true"], check=False).returncode:
        pytest.skip("strace cannot trace here")
    trace = tmp_path / "trace"
    strace = f"strace -f -y -s 900 -e trace=openat,write,pwrite64,fsync,fdatasync,sendto -o {trace}".split()
    with BotApiServer(wait_seconds=60) as server:
        chats = [server.private_chat() for _ in range(3)]
        with a_bot(server, tmp_path / "log", *strace) as process:
            for number in range(5):
                for chat in chats:
                    chat.sends(text=f"q{number} of {chat.id}")
                for chat in chats:
                    chat.replies(number + 1)
            os.killpg(process.pid, signal.SIGTERM)  # strace itself takes no notice
            assert process.wait(120) == 0
    unsynced, confirmations, syncs = set[str](), 0, 0
    for call in calls(trace.read_text(encoding="utf-8", errors="replace")):
        path = call.paths[0] if call.paths else ""
        if call.name == "sendto" and "getUpdates" in call.arguments and "offset=" in call.arguments:
            assert not {name for name in unsynced if name.endswith("-wal")}, "acknowledged before it is on the disk"
            confirmations += 1
        elif STATE in path and call.name in {"write", "pwrite64"}:
            unsynced.add(path)
        elif STATE in path and call.name in {"fsync", "fdatasync"}:
            unsynced.discard(path)
            syncs += 1
    assert confirmations >= 5
    assert syncs > confirmations
