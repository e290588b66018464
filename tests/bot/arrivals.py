"""Updates as they arrive."""

from bot.store.pending_updates import Arrival


def arrival(number: int, lane: int = 1, kind: str = "message", body: str = "my question") -> Arrival:
    return Arrival(number, lane, lane, kind, body)
