from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import BotDatabase


@pytest.fixture
def database() -> Iterator[BotDatabase]:
    """The bot's database, in the test's own folder."""
    opened = BotDatabase(Path("bot.db"))
    yield opened
    opened.close()
