"""The time until the bot has answered after its start: python -m benchmarks.bot_start [--models FOLDER]

A question waits in Telegram when the bot starts with the shipped archive; measured is the time from the start of the
process until its answer has arrived. --models names a folder of models exported before.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support.bot_process import is_answered, shipped_archive, started
from benchmarks.support.results_table import Figure, markdown
from tests.telegram_server.server import BotApiServer

BOT = (sys.executable, "-m", "bot")
QUESTION = "Who met Kerry?"
RUNS, GOAL = 5, 2.0  # seconds
PATIENCE = 60  # seconds


def figures(place: Path, models: Path, model: str = "bundled") -> Iterator[Figure]:
    """Start the shipped bot several times with a question that waits, and time its answer."""
    place = place / f"bot-start-{model}"
    place.mkdir()
    with shipped_archive(place, models, model):
        timed = tuple(_first_answer(place / f"bot-{number}.db") for number in range(RUNS))
    yield Figure(f"first answer after the bot's start, model {model!r}", "s", timed, (), GOAL)


def _first_answer(state: Path) -> float:
    """Return the seconds from the bot's start until its first answer."""
    with BotApiServer(PATIENCE) as server:
        chat = server.private_chat()
        chat.sends(text=QUESTION)
        began = time.monotonic()
        with started(BOT, server.url, state):
            server.wait_for(partial(is_answered, chat), "an answer")
            return time.monotonic() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=Path)
    parser.add_argument("--model", default="bundled")
    args = parser.parse_args()
    with TemporaryDirectory() as temporary:
        print(markdown(list(figures(Path(temporary), args.models or Path(temporary) / "models", args.model))))


if __name__ == "__main__":
    main()
