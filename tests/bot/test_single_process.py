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
from tests.telegram_server.calls import call, updates
from tests.telegram_server.errors import CONFLICT
from tests.telegram_server.server import TOKEN, BotApiServer

ROOT = Path(__file__).parents[2]
SILENCE = 4.0  # seconds
# A bot as it is started on another machine: a process of its own, with a state of its own, on a stub.
ELSEWHERE = """
import sys
import bot.app
from bot.context import Times
from tests.bot.running_bot import Stub

silence = float(sys.argv.pop(1))
bot.app.open_answerer = lambda settings: Stub()
sys.exit(bot.app.main(sys.argv[1:], Times(silence=silence)))
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
        assert TEXT in chat.says("are you there?").text
        other = started(server, tmp_path / "there", **(by_webhook() if second == "webhook" else {}))
        asked = 0
        while other.poll() is None:
            asked += 1
            chat.says(f"who met Kerry, time {asked}?")
        with other:
            _, said = other.communicate(timeout=20)
        assert TEXT in chat.says("still there?").text
    assert other.returncode == 2
    assert said.count("\n") == 1
    assert said.startswith("Another process answers for this bot")
    assert "stop that one" in said
    assert TOKEN.partition(":")[2] not in said
    # Every question has been answered by the first, once, and nothing but an answer was ever sent.
    assert stub.asked == ["are you there?", *(f"who met Kerry, time {n}?" for n in range(1, asked + 1)), "still there?"]
    assert len(chat.received) == asked + 2


def test_of_two_processes_that_start_together_one_remains(server: BotApiServer) -> None:
    chat = server.private_chat()
    both = [Running(server, Stub(), state=Path(f"{number}.db")) for number in range(2)]
    try:
        server.wait_for(lambda: any(one.error for one in both), "one that ends")
        assert TEXT in chat.says("who met Kerry?").text
    finally:
        for one in both:
            one.stop()
    assert [type(one.error) for one in both if one.error] == [SecondInstance]


def test_a_process_suspended_while_another_one_started_ends(server: BotApiServer, tmp_path: Path) -> None:
    chat = server.private_chat()
    away = started(server, tmp_path / "there")
    with away:
        try:
            assert TEXT in chat.says("who met Kerry?").text
            away.send_signal(signal.SIGSTOP)
            until = time.monotonic() + SILENCE
            with bot(server) as here:
                while time.monotonic() < until:
                    chat.says("and now?")
                away.send_signal(signal.SIGCONT)
                _, said = away.communicate(timeout=20)
                assert TEXT in chat.says("still there?").text
            assert here.error is None
        finally:
            away.kill()
    assert away.returncode == 2
    assert said.count("\n") == 1
    assert said.startswith("Another process answers for this bot already")


def test_a_process_that_ends_does_not_interrupt_the_other(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server) as running, ThreadPoolExecutor(1) as threads:
        chat.says("who met Kerry?")
        server.wait_for(lambda: server.waiting == 0, "a bot that asks for more")
        # Another one, which asks again when it is broken off, as no newcomer does.
        assert call(server, "getUpdates", timeout=10)["error_code"] == CONFLICT
        other = threads.submit(updates, server, timeout=10)
        running.wait()
        chat.sends(text="who came later?")
        assert [one["message"]["text"] for one in other.result()] == ["who came later?"]
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
    assert server.webhook.info()["url"] == ""  # it was told to stop, so that whoever comes next finds nobody


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
