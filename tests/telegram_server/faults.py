"""Faults on demand: what networks and servers do to a call, before or after it is carried out."""

import random
from collections import defaultdict, deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

ANY = "*"


@dataclass(frozen=True)
class Fault:
    """What happens to one call; where it is accepted, the call is carried out and only its answer is lost."""

    kind: Literal["error", "page", "reset", "hang", "slow"]
    accepted: bool = False
    code: int = 502
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def error(code: int = 500, description: str = "Internal Server Error", **parameters: int) -> Fault:
    """Answer with an error of the Bot API's own kind."""
    return Fault("error", code=code, description=description, parameters=parameters)


def page(code: int = 502) -> Fault:
    """Answer with a web server's page of HTML."""
    return Fault("page", code=code)


def reset(*, accepted: bool = False) -> Fault:
    """Break the connection without an answer."""
    return Fault("reset", accepted)


def hang(*, accepted: bool = False) -> Fault:
    """Say nothing until the caller gives up."""
    return Fault("hang", accepted)


def slow(seconds: float) -> Fault:
    """Carry out, and answer late."""
    return Fault("slow", accepted=True, seconds=seconds)


USUAL = (page(502), error(500), reset())


class FaultyError(Exception):
    """A call that meets a fault; with its result, where it was carried out."""

    def __init__(self, fault: Fault, result: Any = None) -> None:
        super().__init__(fault.kind)
        self.fault = fault
        self.result = result


@dataclass(frozen=True)
class Met:
    """A call that met a fault."""

    method: str
    params: dict[str, Any]
    fault: Fault


@dataclass
class Share:
    """A share of calls that fail at random, the same ones for the same seed and order of calls."""

    part: float
    methods: Collection[str]
    kinds: Collection[Fault]
    accepted: bool | None
    dice: random.Random

    def roll(self, method: str) -> Fault | None:
        if method not in self.methods or self.dice.random() >= self.part:
            return None
        accepted = self.dice.random() < 0.5 if self.accepted is None else self.accepted
        return replace(self.dice.choice(list(self.kinds)), accepted=accepted)


class Faults:
    """What is planned. It is planned and met under the server's lock."""

    def __init__(self) -> None:
        self.met: list[Met] = []
        self._planned: dict[str, deque[Fault]] = defaultdict(deque)
        self._share: Share | None = None

    def plan(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method, or of ANY, meet these faults; "file" is the download of a file."""
        self._planned[method].extend(faults)

    def fail_share(
        self,
        part: float,
        *,
        seed: int = 0,
        accepted: bool | None = False,
        methods: Collection[str] = ("sendMessage", "editMessageText"),
        kinds: Collection[Fault] = USUAL,
    ) -> None:
        """Let a share of calls fail at random: before acceptance, after it (True), or either (None)."""
        self._share = Share(part, methods, kinds, accepted, random.Random(seed))  # noqa: S311 - dice, no secret

    def clear(self) -> None:
        """Let everything go well again."""
        self._planned.clear()
        self._share = None

    def next(self, method: str) -> Fault | None:
        """Take what the next call of a method meets."""
        planned = self._planned.get(method) or self._planned.get(ANY)
        if planned:
            return planned.popleft()
        return self._share.roll(method) if self._share else None
