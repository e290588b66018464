"""One process a bot: a second one, by polling or webhook, reports it and ends; the first one continues."""

import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import SecondInstance
from tests.bot.running_bot import FAST, TEXT, Running, Stub, bot
from tests.bot.updates.test_webhook import free_port, listening
from tests.telegram_server.api_client import call, updates
from tests.telegram_server.errors import CONFLICT
from tests.telegram_server.server import TOKEN, BotApiServer

ROOT = Path(__file__).parents[2]
SILENCE = 4.0  # seconds
START_SECONDS = 90.0  # for which a process of its own may start on a busy machine
# A bot as on another machine: its own process and bot.db, with a stub as the answerer.
ELSEWHERE = """
import sys
import bot.startup
from bot.wait_times import Times
from tests.bot.running_bot import Stub

silence = float(sys.argv.pop(1))
bot.startup.open_answerer = lambda settings: Stub()
sys.exit(bot.startup.main(sys.argv[1:], Times(silence=silence)))
"""


def started(server: BotApiServer, folder: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    folder.mkdir()
    named = {f"CLIPPINGS_BOT_{name.upper()}": value for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, str(SILENCE), *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NO_PROXY": "127.0.0.1",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "CLIPPINGS_BOT_API_URL": server.url,
            "CLIPPINGS_LOG_LEVEL": "warning",
            **named,
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def by_webhook() -> dict[str, str]:
    port = free_port()
    return {"webhook_url": f"http://127.0.0.1:{port}/there", "webhook_listen": f"127.0.0.1:{port}"}


@pytest.mark.parametrize("second", ["polling", "webhook"])
@pytest.mark.parametrize("first", ["polling", "webhook"])
def test_a_second_process_ends_with_one_line_and_takes_no_update(
    server: BotApiServer, tmp_path: Path, first: str, second: str
) -> None:
    chat, stub = server.private_chat(), Stub()
    running = bot(server, stub) if first == "polling" else listening(server, stub)
    with running:
        assert TEXT in chat.says("who came on Monday?").text
        other = started(server, tmp_path / "there", **(by_webhook() if second == "webhook" else {}))
        count = 0
        while other.poll() is None:
            count += 1
            chat.says(f"who met Kerry, time {count}?")
        with other:
            _, stderr = other.communicate(timeout=20)
        assert TEXT in chat.says("still there?").text
    assert other.returncode == 2
    assert stderr.count("\n") == 1
    assert stderr.startswith("Another process answers for this bot")
    assert "stop that one" in stderr
    assert TOKEN.partition(":")[2] not in stderr
    # Every question has been answered by the first, once, and nothing but an answer was ever sent.
    assert stub.questions == [
        "who came on Monday?",
        *(f"who met Kerry, time {n}?" for n in range(1, count + 1)),
        "still there?",
    ]
    assert len(chat.received) == count + 2


def test_of_two_processes_that_start_together_one_remains(server: BotApiServer) -> None:
    chat = server.private_chat()
    processes = [Running(server, Stub(), state=Path(f"{number}.db")) for number in range(2)]
    try:
        server.wait_for(lambda: any(process.error for process in processes), "one that ends")
        assert TEXT in chat.says("who met Kerry?").text
    finally:
        for process in processes:
            process.stop()
    assert [type(process.error) for process in processes if process.error] == [SecondInstance]


def test_a_process_that_takes_updates_without_ever_waiting_for_one_is_detected(server: BotApiServer) -> None:
    chat, stub = server.private_chat(), Stub()
    for number in range(3):
        chat.sends(text=f"who met Kerry, time {number}?")
    running = Running(server, stub, times=replace(FAST, first_poll=20))
    try:
        server.wait_for(lambda: len(server.called("getUpdates")) > 0, "a second process that polls")
        updates(server, timeout=0, limit=1)
        running.wait()
    finally:
        running.stop()
    assert isinstance(running.error, SecondInstance)
    assert stub.questions == []


def test_a_process_suspended_while_another_one_started_ends(server: BotApiServer, tmp_path: Path) -> None:
    chat = server.private_chat()
    suspended = started(server, tmp_path / "there")
    with suspended:
        try:
            chat.sends(text="who met Kerry?")
            server.wait_for(lambda: bool(chat.received), "the first answer", START_SECONDS)
            suspended.send_signal(signal.SIGSTOP)
            until = time.monotonic() + SILENCE
            with bot(server) as running:
                while time.monotonic() < until:
                    chat.says("and now?")
                suspended.send_signal(signal.SIGCONT)
                _, stderr = suspended.communicate(timeout=20)
                assert TEXT in chat.says("still there?").text
            assert running.error is None
        finally:
            suspended.kill()
    assert suspended.returncode == 2
    assert stderr.count("\n") == 1
    assert stderr.startswith("Another process answers for this bot already")


def test_a_process_that_ends_does_not_interrupt_the_other(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server) as running, ThreadPoolExecutor(1) as threads:
        chat.says("who met Kerry?")
        server.wait_for(lambda: server.waiting == 0, "a bot that polls again")
        # An older process: it polls again after a conflict, which a new process does not do.
        assert call(server, "getUpdates", timeout=10)["error_code"] == CONFLICT
        poll = threads.submit(updates, server, timeout=10)
        running.wait()
        chat.sends(text="who came later?")
        assert [update["message"]["text"] for update in poll.result()] == ["who came later?"]
    assert isinstance(running.error, SecondInstance)


def test_an_abandoned_webhook_is_taken_over_only_with_take_over(server: BotApiServer) -> None:
    chat = server.private_chat()
    server.webhook.set({"url": "http://127.0.0.1:9/gone"})
    chat.sends(text="who met Kerry?")
    refused = Running(server, Stub())
    refused.wait()
    refused.stop()
    assert isinstance(refused.error, SecondInstance)
    assert "127.0.0.1" in str(refused.error)
    assert "--take-over" in str(refused.error)
    assert "gone" not in str(refused.error)
    with bot(server, take_over=True):
        assert TEXT in chat.replies(1)[0].text


def test_the_bots_own_webhook_left_by_a_crash_is_no_other_process(server: BotApiServer) -> None:
    chat = server.private_chat()
    with listening(server) as (_, url):
        pass
    server.webhook.set({"url": url})
    port = url.split(":")[2].partition("/")[0]
    running = Running(server, Stub(), webhook_url=url, webhook_listen=f"127.0.0.1:{port}")
    try:
        assert TEXT in chat.says("who met Kerry?").text
    finally:
        running.stop()
    assert running.error is None
    assert (
        server.webhook.info()["url"] == ""
    )  # the bot removed it at its end, so that the next process detects no other


def test_a_bot_whose_webhook_is_replaced_ends_and_leaves_the_new_webhook(server: BotApiServer) -> None:
    with listening(server, times=replace(FAST, webhook_check=0.05)) as (running, _):
        server.webhook.set({"url": "http://127.0.0.1:9/other"})
        running.wait()
    assert isinstance(running.error, SecondInstance)
    assert server.webhook.info()["url"] == "http://127.0.0.1:9/other"


def test_setting_a_webhook_ends_a_polling_bot(server: BotApiServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with bot(server) as running:
        with server.lock:
            server.webhook.set({"url": "http://127.0.0.1:9/other"})
        running.wait()
    assert isinstance(running.error, SecondInstance)
    assert "webhook" in str(running.error)
    assert "Conflict" not in caplog.text
