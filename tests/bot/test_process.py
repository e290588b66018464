"""The bot as a process: its exit status and its log; and once with the real model."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import TokenMissing, TokenRefused
from bot.startup import find_token, main
from tests.bot.running_bot import TEXT
from tests.telegram_server.server import TOKEN, BotApiServer

ROOT = Path(__file__).parents[2]
MODEL_SECONDS = 90.0  # the model is loaded first
SECRET = TOKEN.partition(":")[2]

# The console script's own main, logging all there is, on a stub that answers once a line comes on stdin.
STUBBED = """
import logging, sys
import bot.startup
from tests.bot.running_bot import CARD, Stub

class Waiting(Stub):
    def answer(self, question, *more, **named):
        if question != CARD.title:  # the bot itself searches for this as an example question
            sys.stdin.readline()
        if "fail" in question:
            raise RuntimeError(question)
        return super().answer(question, *more, **named)

    def close(self):
        print("answerer closed", file=sys.stderr)

def open_stub(settings):
    logging.getLogger().setLevel(logging.DEBUG)
    return Waiting()

bot.startup.open_answerer = open_stub
sys.exit(bot.startup.main([]))
"""


@pytest.fixture
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running
    assert running.violations == []


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", **more}


def run_bot(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a bot until it ends by itself."""
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def stubbed(server: BotApiServer, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Run the bot with a stub; it is listening when the block starts."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBED],
        env=environment(TELEGRAM_BOT_TOKEN=TOKEN, CLIPPINGS_BOT_API_URL=server.url + "/", **more),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            server.wait_for(lambda: bool(server.called("getUpdates")), "a bot that listens")
            yield process
        finally:
            process.kill()


def let_through(process: subprocess.Popen[str], questions: int = 1) -> None:
    assert process.stdin is not None
    process.stdin.write("\n" * questions)
    process.stdin.flush()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Read the log up to a line with these words."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"Never logged: {words}\n{''.join(lines)}")


# --- starts that fail


def test_without_a_token_one_line_says_how_to_get_one_and_how_to_ask_without() -> None:
    result = run_bot()
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    for needed in ("@BotFather", "TELEGRAM_BOT_TOKEN", "bot.token_file", "make chat"):
        assert needed in result.stderr


def test_a_token_that_telegram_does_not_know_is_refused_in_one_line_without_it(server: BotApiServer) -> None:
    result = subprocess.run(
        [sys.executable, "-c", STUBBED.replace("logging.DEBUG", "logging.WARNING")],
        env=environment(TELEGRAM_BOT_TOKEN=f"9{TOKEN}", CLIPPINGS_BOT_API_URL=server.url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("Telegram does not know this bot token.")
    assert set(result.stderr.splitlines()[:-1]) <= {"answerer closed"}


def test_a_missing_archive_is_reported_in_one_line_with_the_remedy() -> None:
    result = run_bot(TELEGRAM_BOT_TOKEN=TOKEN)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "index" in result.stderr
    assert SECRET not in result.stderr


def test_help_says_where_the_token_comes_from() -> None:
    result = run_bot("--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "TELEGRAM_BOT_TOKEN" in result.stdout


@pytest.mark.parametrize("address", ["", "api.telegram.org", "ftp://example.org", TOKEN])
def test_a_malformed_api_address_is_refused_and_not_shown(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("CLIPPINGS_BOT_API_URL", address)
    assert main([]) == 2
    assert SECRET not in capsys.readouterr().err


def test_the_token_comes_from_the_environment_first_then_from_the_first_line_of_the_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "token"
    file.write_text("\ufeff 12:from-the-file \r\nand more\n", encoding="utf-8")
    assert find_token({}, str(file)) == "12:from-the-file"
    assert find_token({"TELEGRAM_BOT_TOKEN": " 34:from-the-environment\n"}, str(file)) == "34:from-the-environment"


@pytest.mark.parametrize("content", [b"", b"\n12:second-line", b" \n"])
def test_a_file_without_a_token_is_no_token(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(TokenMissing):
        find_token({}, str(tmp_path / "token"))


@pytest.mark.parametrize("token", ["secret", "12:", ":secret", "12:secret secret", "12:sécret", "bot12:secret"])
def test_a_malformed_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        find_token({"TELEGRAM_BOT_TOKEN": token}, "")
    assert "secret" not in str(caught.value)
    assert "sécret" not in str(caught.value)


@pytest.mark.parametrize("pasted", [TOKEN, f"{TOKEN}/", f"{TOKEN}\0", TOKEN * 20])
def test_a_token_pasted_where_the_file_belongs_is_not_shown(pasted: str) -> None:
    with pytest.raises((TokenMissing, TokenRefused)) as caught:
        find_token({}, pasted)
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_token_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TokenRefused):
        find_token({}, str(tmp_path / "token"))


# --- signals and logs


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_bot_after_the_question_in_progress(server: BotApiServer, number: signal.Signals) -> None:
    chat = server.private_chat()
    with stubbed(server) as process:
        chat.sends(text="who met Kerry?")
        server.wait_for(lambda: bool(chat.actions), "the question under way")
        process.send_signal(number)
        read_until(process, "Stopping")
        assert chat.received == []
        let_through(process)
        rest = read_until(process, "answerer closed")
        assert process.wait(20) == 0
    assert [TEXT in message.text for message in chat.received] == [True]
    assert "Traceback" not in rest


def test_no_log_holds_the_token_or_user_data_even_at_debug_level(
    server: BotApiServer,
) -> None:
    chat = server.private_chat("Adalovelace")
    server.fail_next("getUpdates", 502, "Bad Gateway")
    with stubbed(server, CLIPPINGS_LOG_LEVEL="debug") as process:
        let_through(process, 2)
        chat.says("my private question")
        chat.says("now fail at my private question")
        process.terminate()
        log = read_until(process, "answerer closed")
        assert process.wait(20) == 0
    assert len(chat.received) == 2
    for spoken in (
        "httpx",
        "httpcore",
        "telegram",
        "bot.handlers.error_handler",
        "in answer",
        "RuntimeError",
        "<token>",
    ):
        assert spoken in log, spoken
    for private in (SECRET, "private question", "Adalovelace", str(chat.info["id"])):
        assert private not in log, private


# --- with the real model


def test_the_real_model_answers_from_the_article(server: BotApiServer, seed_archive: Path) -> None:
    chat = server.private_chat()
    settings: Mapping[str, str] = {
        "CLIPPINGS_ARCHIVE": str(seed_archive),
        "CLIPPINGS_BOT_API_URL": server.url,
    }
    command = [sys.executable, "-m", "bot"]
    with subprocess.Popen(command, env=environment(TELEGRAM_BOT_TOKEN=TOKEN, **settings)) as process:
        try:
            question = chat.sends(text="who met Kerry?")
            server.wait_for(lambda: bool(chat.received), "an answer", MODEL_SECONDS)
            nothing = chat.says("what is the capital of France?")
            unread = chat.says("谁是法国总统？")
            process.terminate()
            assert process.wait(20) == 0
        finally:
            process.kill()
    reply = chat.received[0]
    assert reply.reply_to == question
    headline, sentence = reply.bold[:2]
    assert headline == "Chinese Bloggers Ask Kerry to Help Bring Down Internet Firewall"
    assert reply.text.startswith(f"{sentence.strip()}\n\n{headline}\n17 February 2014 · ")
    assert any(
        words in sentence
        for words in (
            "a meeting with four bloggers at the U.S. Embassy in Beijing",
            "in the 40-minute meeting with Kerry",
        )
    )
    assert nothing.text.startswith("Nothing in this archive answers that.")
    assert nothing.labels[0] == ["Chinese Bloggers Ask Kerry to Help Bring Down Internet Fire…"]
    assert unread.text.startswith("我目前主要能看懂英文")


# --- an update that ends the process

DEADLY = """
import os, sys, time
import bot.startup
from tests.bot.running_bot import Stub

class Deadly(Stub):
    def answer(self, question, *more, **named):
        if "deadly" in question:
            time.sleep(0.05)  # other chats' questions are in progress
            os._exit(9)
        return super().answer(question, *more, **named)

bot.startup.open_answerer = lambda settings: Deadly()
sys.exit(bot.startup.main([]))
"""


def test_a_question_at_which_the_process_dies_is_given_up_after_three_times(
    server: BotApiServer, tmp_path: Path
) -> None:
    chinese, other = server.private_chat("小明", language="zh-hans"), server.private_chat("Bob")
    group = server.group(forum=True)
    question = chinese.sends(text="a deadly secret")
    chinese.sends(text="and who?")
    group.sends(text="/ask what of the deadly secret?", message_thread_id=77, is_topic_message=True)
    other.sends(text="who met Kerry?")
    state, log, deaths = tmp_path / "bot.db", tmp_path / "log", 0
    settings = environment(
        TELEGRAM_BOT_TOKEN=TOKEN, CLIPPINGS_BOT_API_URL=server.url + "/", CLIPPINGS_BOT_STATE=str(state)
    )

    def answered() -> bool:
        return (len(chinese.received), len(group.received)) == (2, 1) and not server.waiting

    def live() -> int:
        """Run the bot until it dies, or has answered everything and is stopped; return its exit status."""
        with log.open("ab") as stderr:
            process = subprocess.Popen([sys.executable, "-c", DEADLY], env=settings, stderr=stderr)
        with process:
            try:
                while process.poll() is None and not answered():
                    with server.changed:
                        server.changed.wait(0.1)  # nobody is notified of a death
                process.terminate()
                return process.wait(20)
            finally:
                process.kill()

    while (status := live()) == 9:
        deaths += 1
        assert deaths < 10, log.read_text()
    assert status == 0, log.read_text()
    # Two questions, three times each; both may be in progress at the first death.
    assert deaths in {5, 6}
    apology, answer = chinese.received
    assert (apology.text, apology.reply_to) == ("抱歉，这个问题我答不了，每次处理都会出错。请换个说法再问。", question)
    assert TEXT in answer.text
    (in_topic,) = group.received
    assert in_topic.text.startswith("Sorry, I can't answer that: something goes wrong each time.")
    assert in_topic.topic == 77
    assert [TEXT in message.text for message in other.received] == [True]
    logged = log.read_text()
    assert logged.count("An update (message) was given up: the process died 3 times at it.") == 2
    assert "secret" not in logged + "".join(
        file.read_bytes().decode(errors="replace") for file in tmp_path.glob("bot.db*")
    )
