"""Faults on demand: errors of the network or the server, before or after a call is carried out."""

import random
from collections import defaultdict, deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

ANY = "*"


@dataclass(frozen=True)
class Fault:
    """What happens to one call. If `accepted`, the call is carried out and only its answer is lost."""

    kind: Literal["error", "page", "reset", "hang", "slow"]
    accepted: bool = False
    code: int = 502
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def error(code: int = 500, description: str = "Internal Server Error", **parameters: int) -> Fault:
    """Answer with an error as the Bot API writes it."""
    return Fault("error", code=code, description=description, parameters=parameters)


def page(code: int = 502) -> Fault:
    """Answer with an HTML page, as a proxy does."""
    return Fault("page", code=code)


def reset(*, accepted: bool = False) -> Fault:
    """Reset the connection without an answer."""
    return Fault("reset", accepted)


def hang(*, accepted: bool = False) -> Fault:
    """Send no answer until the caller gives up."""
    return Fault("hang", accepted)


def slow(seconds: float) -> Fault:
    """Carry out the call, and answer late."""
    return Fault("slow", accepted=True, seconds=seconds)


USUAL = (page(502), error(500), reset())


class FaultError(Exception):
    """A call that meets a fault, with its result if it was carried out."""

    def __init__(self, fault: Fault, result: Any = None) -> None:
        super().__init__(fault.kind)
        self.fault = fault
        self.result = result


@dataclass(frozen=True)
class FailedCall:
    """A call that met a fault."""

    method: str
    params: dict[str, Any]
    fault: Fault


@dataclass
class RandomFaults:
    """A share of calls fails at random: the same calls for the same seed and order of calls."""

    share: float
    methods: Collection[str]
    kinds: Collection[Fault]
    accepted: bool | None
    random: random.Random

    def next(self, method: str) -> Fault | None:
        if method not in self.methods or self.random.random() >= self.share:
            return None
        accepted = self.random.random() < 0.5 if self.accepted is None else self.accepted
        return replace(self.random.choice(list(self.kinds)), accepted=accepted)


class Faults:
    """The faults that are planned, and those that calls have met. All methods run under the server's lock."""

    def __init__(self) -> None:
        self.failed: list[FailedCall] = []
        self._planned: dict[str, deque[Fault]] = defaultdict(deque)
        self._random: RandomFaults | None = None

    def plan(self, method: str, *faults: Fault) -> None:
        """Give the next calls of a method, or of ANY, these faults; the method "file" is the download of a file."""
        self._planned[method].extend(faults)

    def fail_share(
        self,
        share: float,
        *,
        seed: int = 0,
        accepted: bool | None = False,
        methods: Collection[str] = ("sendMessage", "editMessageText"),
        kinds: Collection[Fault] = USUAL,
    ) -> None:
        """Let a share of calls fail at random: before they are carried out, after it (True), or either (None)."""
        self._random = RandomFaults(share, methods, kinds, accepted, random.Random(seed))  # noqa: S311 - no secret

    def clear(self) -> None:
        """Remove all faults."""
        self._planned.clear()
        self._random = None

    def next(self, method: str) -> Fault | None:
        """Return the fault of the next call of a method, if it has one."""
        planned = self._planned.get(method) or self._planned.get(ANY)
        if planned:
            return planned.popleft()
        return self._random.next(method) if self._random else None
