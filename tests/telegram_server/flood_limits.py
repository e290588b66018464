"""Telegram's flood limits: so many messages in a chat, in a group, over all."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass

Rate = tuple[int, float]  # so many in so many seconds


@dataclass(frozen=True)
class Limits:
    """What Telegram puts up with. Arrivals may come a little close: the network's jitter is nobody's fault."""

    chat: Rate = (1, 1.0)
    group: Rate = (20, 60.0)
    overall: Rate = (30, 1.0)
    tolerance: float = 0.05


@dataclass(frozen=True)
class Flood:
    """A call that was one too many."""

    at: float
    method: str
    chat: int
    scope: str
    retry_after: int


class Gauge:
    """Counts what was sent."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, int], deque[float]] = defaultdict(deque)

    def flood(self, limits: Limits, method: str, chat: int, now: float) -> Flood | None:
        """Count a call, or say what it is too much of."""
        scopes = [("chat", chat, limits.chat), ("overall", 0, limits.overall)]
        if chat < 0:
            scopes.append(("group", chat, limits.group))
        worst: tuple[float, str] = (0.0, "")
        for scope, whose, (most, seconds) in scopes:
            sent = self._sent[scope, whose]
            while sent and sent[0] <= now - seconds * (1 - limits.tolerance):
                sent.popleft()
            if len(sent) >= most:
                worst = max(worst, (sent[-most] + seconds - now, scope))
        if worst[1]:
            return Flood(now, method, chat, worst[1], max(1, math.ceil(worst[0])))
        for scope, whose, _ in scopes:
            self._sent[scope, whose].append(now)
        return None


def counts(method: str) -> bool:
    """Say whether a method is a message in the eyes of the flood limits."""
    return method.startswith(("send", "edit", "copy", "forward")) and method != "sendChatAction"
