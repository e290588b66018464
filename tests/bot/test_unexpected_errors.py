"""An exception that nobody foresaw ends the bot with one line, which quotes nothing, and a status of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telegram_server.server import TOKEN, BotApiServer

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
import bot.main_loop, bot.startup, retrieval.errors
from tests.bot.running_bot import Stub

class Panic(BaseException):
    "As the libraries in Rust raise it."

def fails(*_):
    raise {kind}("my private question")

async def fails_later(*_):
    fails()

bot.startup.open_answerer = {answerer}
bot.main_loop._poll = {poll}
sys.exit(bot.startup.main([]))
"""
AT_START = {"answerer": "fails", "poll": "bot.main_loop._poll"}
WHILE_SERVING = {"answerer": "lambda settings: Stub()", "poll": "fails_later"}


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running


def run(server: BotApiServer, where: dict[str, str], kind: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "TELEGRAM_BOT_TOKEN": TOKEN, **more}
    environment["CLIPPINGS_BOT_API_URL"] = server.url
    script = SCRIPT.format(kind=kind, **where)
    return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("kind", ["RuntimeError", "Panic"])
@pytest.mark.parametrize(("where", "status"), [(AT_START, 2), (WHILE_SERVING, 75)])
def test_the_bot_ends_with_one_line(server: BotApiServer, where: dict[str, str], status: int, kind: str) -> None:
    done = run(server, where, kind, CLIPPINGS_LOG_LEVEL="error")
    assert (done.returncode, done.stderr.count("\n")) == (status, 1), done.stderr
    assert done.stderr.startswith("Unexpected error at bot/")
    assert f": {kind}. This is a fault of Clippings" in done.stderr
    assert "Reporting a fault" in done.stderr
    assert "private" not in done.stderr


def test_the_traceback_is_logged_at_debug_level_without_words(server: BotApiServer) -> None:
    done = run(server, AT_START, "RuntimeError", CLIPPINGS_LOG_LEVEL="debug")
    assert done.returncode == 2
    assert "in fails" in done.stderr
    assert "private question" not in done.stderr.replace('raise RuntimeError("my private question")', "")
    assert done.stderr.splitlines()[-1].startswith("Unexpected error at bot/")


def test_a_locked_archive_is_no_fault_and_the_bot_is_to_be_started_again(server: BotApiServer) -> None:
    busy = {"answerer": "lambda settings: (_ for _ in ()).throw(retrieval.errors.ArchiveBusy('It is locked.'))"}
    done = run(server, AT_START | busy, "RuntimeError", CLIPPINGS_LOG_LEVEL="error")
    assert (done.returncode, done.stderr) == (75, "It is locked.\n")
