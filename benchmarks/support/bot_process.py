"""The bot as a process of its own: starting it with a Bot API at an address, its memory and its processor time."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.support.measured_process import OURS, run
from tests.telegram_server.chat import Chat
from tests.telegram_server.server import TOKEN


@contextmanager
def started(command: Sequence[str], url: str, state: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the bot by a command, with a Bot API at an address, until the block ends."""
    settings = {"CLIPPINGS_BOT_API_URL": url, "CLIPPINGS_BOT_STATE": str(state), "NO_PROXY": "127.0.0.1"}
    settings |= {"CLIPPINGS_BOT_QUESTIONS_A_MINUTE": "0", "TELEGRAM_BOT_TOKEN": TOKEN, "CLIPPINGS_LOG_LEVEL": "warning"}
    with subprocess.Popen(command, env=os.environ | settings) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def shipped_archive(place: Path, models: Path, model: str) -> Iterator[None]:
    """Index the shipped archive below a folder with a model; processes use it until the block ends."""
    before = dict(os.environ)
    os.environ |= {
        "CLIPPINGS_ARCHIVE": str(place / "archive"),
        "CLIPPINGS_MODELS": str(models),
        "CLIPPINGS_MODEL": model,
    }
    try:
        run([*OURS, "index"], os.environ)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def is_answered(chat: Chat, count: int = 1) -> bool:
    """Tell whether so many messages of the bot have arrived in a chat."""
    return len(chat.received) >= count


def resident(process: int) -> float:
    """Return a process's memory, in MB."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has taken, in seconds."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
