"""What a guest knows of each server: what its robots.txt asks for, and when it was last asked for anything."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from corpus.errors import LinkFailed

if TYPE_CHECKING:
    from protego import Protego

# As long as RFC 9309 allows, section 2.4; and until one that could not be had is asked for again.
SECONDS_KEPT = 24 * 3600.0
SECONDS_FAILED = 300.0
# RFC 9309, section 2.5: at least so much of a robots.txt counts.
MOST_ROBOTS_BYTES = 500 * 1024
LONGEST_DELAY = 30.0
MOST_SERVERS = 10_000
# Until when what a robots.txt says is known, in seconds since 1970, and its text, None where there is none.
Robots = tuple[float, str | None]


@dataclass(frozen=True)
class Rules:
    """What a robots.txt says; without one, everything is allowed."""

    text: str | None = None

    @cached_property
    def robots(self) -> "Protego | None":
        """The rules in it."""
        if self.text is None:
            return None
        from protego import Protego

        return Protego.parse(self.text)

    def allow(self, link: str, agent: str) -> bool:
        """Tell whether a link may be asked for."""
        return self.robots is None or self.robots.can_fetch(link, agent)

    def delay(self, agent: str) -> float:
        """Return the seconds that are asked for between two requests, 30 at most."""
        told = (self.robots and self.robots.crawl_delay(agent)) or 0.0
        return min(told, LONGEST_DELAY) if told > 0 else 0.0


class Manners:
    """Shared by every client of a process, on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: dict[str, tuple[float, Rules | LinkFailed]] = {}
        self._free: dict[str, float] = {}

    def rules(self, server: str) -> Rules | LinkFailed | None:
        """Return a server's rules, or why they could not be had, or None where neither is known any longer."""
        with self._lock:
            until, rules = self._rules.get(server, (0.0, None))
            return rules if until > time.time() else None

    def learn(self, server: str, rules: Rules | LinkFailed) -> None:
        """Keep a server's rules for a day, or why they could not be had for five minutes."""
        now = time.time()
        with self._lock:
            if len(self._rules) >= MOST_SERVERS:
                self._rules.clear()
            self._rules[server] = (now + (SECONDS_KEPT if isinstance(rules, Rules) else SECONDS_FAILED), rules)

    def known(self) -> dict[str, Robots]:
        """Return what is known of robots.txt files, by server, for whoever starts another process."""
        with self._lock:
            return {name: (until, one.text) for name, (until, one) in self._rules.items() if isinstance(one, Rules)}

    def recall(self, known: Mapping[str, Robots]) -> None:
        """Take what another process knew, where nothing newer is known."""
        with self._lock:
            for name, (until, text) in known.items():
                self._rules.setdefault(name, (min(until, time.time() + SECONDS_KEPT), Rules(text)))

    def turn(self, server: str, pause: float) -> float:
        """Take the next turn at a server, `pause` seconds after the last; return the seconds until it comes."""
        now = time.monotonic()
        with self._lock:
            if len(self._free) >= MOST_SERVERS:
                self._free = {name: free for name, free in self._free.items() if free > now}
            mine = max(now, self._free.get(server, now))
            self._free[server] = mine + pause
            return mine - now
