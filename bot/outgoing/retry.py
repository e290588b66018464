"""How long to wait between two tries: to reach Telegram, or to write bot.db."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from telegram.error import RetryAfter


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits in seconds: the first one, doubled after each try, up to the longest one."""

    first: float = 1.0
    longest: float = 30.0

    def waits(self) -> Iterator[float]:
        """Yield the waits, without end."""
        wait = self.first
        while True:
            yield wait
            wait = min(2 * wait, self.longest)


DEFAULT_BACKOFF = Backoff()


def retry_after_seconds(error: RetryAfter) -> float:
    """Return how long Telegram asks the bot to wait, in seconds."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
