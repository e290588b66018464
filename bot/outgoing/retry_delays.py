"""How long to wait between two tries: to reach Telegram, or to write bot.db."""

from datetime import timedelta

from telegram.error import RetryAfter

from corpus.backoff import Backoff

DEFAULT_BACKOFF = Backoff(1.0, max_seconds=30.0)


def retry_after_seconds(error: RetryAfter) -> float:
    """Return how long Telegram asks the bot to wait, in seconds."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
