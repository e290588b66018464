"""Politeness: each server's robots.txt, and the time of the next request to it."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from corpus.errors import LinkFailed

if TYPE_CHECKING:
    from protego import Protego

# A robots.txt is cached for a day (the maximum by RFC 9309, section 2.4), and the failure to get it for five minutes.
RULES_SECONDS = 24 * 3600.0
FAILURE_SECONDS = 300.0
# RFC 9309, section 2.5: a crawler must process at least this much of a robots.txt.
MAX_ROBOTS_BYTES = 500 * 1024
MAX_DELAY_SECONDS = 30.0
MAX_SERVERS = 10_000
# When a cached robots.txt expires, in seconds since 1970, and its text (None if the server has none).
RobotsText = tuple[float, str | None]


@dataclass(frozen=True)
class Rules:
    """The rules of one robots.txt; without a text, everything is allowed."""

    text: str | None = None

    @cached_property
    def _parsed(self) -> "Protego | None":
        if self.text is None:
            return None
        from protego import Protego

        return Protego.parse(self.text)

    def allow(self, link: str, agent: str) -> bool:
        """Tell whether the agent may fetch a link."""
        return self._parsed is None or self._parsed.can_fetch(link, agent)

    def delay(self, agent: str) -> float:
        """Return the seconds between two requests that the server asks for (Crawl-delay), at most 30."""
        seconds = (self._parsed and self._parsed.crawl_delay(agent)) or 0.0
        return min(seconds, MAX_DELAY_SECONDS) if seconds > 0 else 0.0


class RobotsPolicy:
    """The cached rules and the pace of every server; shared by all clients of a process, on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: dict[str, tuple[float, Rules | LinkFailed]] = {}
        self._next_free: dict[str, float] = {}

    def rules(self, server: str) -> Rules | LinkFailed | None:
        """Return a server's cached rules, or the error of the last attempt to get them; None if neither is cached."""
        with self._lock:
            expires, rules = self._rules.get(server, (0.0, None))
            return rules if expires > time.time() else None

    def store(self, server: str, rules: Rules | LinkFailed) -> None:
        """Cache a server's rules for a day, or the error for five minutes."""
        now = time.time()
        with self._lock:
            if len(self._rules) >= MAX_SERVERS:
                self._rules.clear()
            self._rules[server] = (now + (RULES_SECONDS if isinstance(rules, Rules) else FAILURE_SECONDS), rules)

    def cached(self) -> dict[str, RobotsText]:
        """Return the cached robots.txt files by server, to be saved for the next process."""
        with self._lock:
            return {
                name: (expires, rules.text)
                for name, (expires, rules) in self._rules.items()
                if isinstance(rules, Rules)
            }

    def restore(self, known: Mapping[str, RobotsText]) -> None:
        """Restore the robots.txt files that another process saved, if nothing newer is cached."""
        with self._lock:
            for name, (expires, text) in known.items():
                self._rules.setdefault(name, (min(expires, time.time() + RULES_SECONDS), Rules(text)))

    def reserve(self, server: str, pause: float) -> float:
        """Reserve the next request to a server, `pause` seconds after the last; return the seconds to wait for it."""
        now = time.monotonic()
        with self._lock:
            if len(self._next_free) >= MAX_SERVERS:
                self._next_free = {name: free for name, free in self._next_free.items() if free > now}
            reserved = max(now, self._next_free.get(server, now))
            self._next_free[server] = reserved + pause
            return reserved - now
