"""How much memory the bot takes with the shipped archive, after it has answered questions."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.support.bot_process import is_answered, resident, shipped_archive, started
from benchmarks.support.results_table import Figure
from tests.telegram_server.server import BotApiServer

BOT = (sys.executable, "-m", "bot")
QUESTIONS = 40
PATIENCE = 300  # seconds for an answer, on a machine that does much else


def figures(place: Path, models: Path, model: str = "bundled", goal: float = 200) -> Iterator[Figure]:
    """Run the shipped bot with the tests' Bot API, ask questions, and measure its memory."""
    place = place / f"bot-{model}"
    place.mkdir()
    with shipped_archive(place, models, model):
        memory = _measured(place)
    yield Figure(f"memory of the bot with the archive that comes along, model {model!r}", "MB", memory, (), goal)


def _measured(place: Path) -> tuple[float, ...]:
    """Return the resident memory after each question of the second half, in MB."""
    memory = []
    with BotApiServer(PATIENCE) as server, started(BOT, server.url, place / "bot.db") as process:
        chat = server.private_chat()
        for number in range(QUESTIONS):
            chat.sends(text=f"Who met Kerry in {1980 + number}?")
            server.wait_for(partial(is_answered, chat, number + 1), "an answer")
            memory.append(resident(process.pid))
    return tuple(memory[QUESTIONS // 2 :])
