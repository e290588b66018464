"""Telegram's flood limits: how many messages a bot may send to a chat, to a group and in all."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass

Rate = tuple[int, float]  # messages, seconds


@dataclass(frozen=True)
class Limits:
    """The limits of Telegram. The tolerance is a share of the seconds, for the jitter of the network."""

    chat: Rate = (1, 1.0)
    group: Rate = (20, 60.0)
    overall: Rate = (30, 1.0)
    tolerance: float = 0.05


@dataclass(frozen=True)
class Flood:
    """A call that exceeded a limit."""

    at: float
    method: str
    chat: int
    scope: str
    retry_after: int


class FloodCounter:
    """Counts the messages to each chat, to each group and in all."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, int], deque[float]] = defaultdict(deque)

    def count(self, limits: Limits, method: str, chat: int, now: float) -> Flood | None:
        """Count a call, or return the limit that it exceeds."""
        scopes = [("chat", chat, limits.chat), ("overall", 0, limits.overall)]
        if chat < 0:
            scopes.append(("group", chat, limits.group))
        worst: tuple[float, str] = (0.0, "")
        for scope, chat_id, (max_messages, seconds) in scopes:
            sent = self._sent[scope, chat_id]
            while sent and sent[0] <= now - seconds * (1 - limits.tolerance):
                sent.popleft()
            if len(sent) >= max_messages:
                worst = max(worst, (sent[-max_messages] + seconds - now, scope))
        if worst[1]:
            return Flood(now, method, chat, worst[1], max(1, math.ceil(worst[0])))
        for scope, chat_id, _ in scopes:
            self._sent[scope, chat_id].append(now)
        return None


def is_limited(method: str) -> bool:
    """Whether the flood limits count a method as a message."""
    return method.startswith(("send", "edit", "copy", "forward")) and method != "sendChatAction"
