"""Whole processes: how long one takes from its start to its end, and how much memory it has at most."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.table import Figure

OURS = (sys.executable, "-m", "retrieval")


class Run(NamedTuple):
    """A process from start to end; megabytes are the most that it had resident."""

    seconds: float
    megabytes: float


def run(command: Sequence[str], environment: Mapping[str, str], given: str = "") -> Run:
    """Run a process to its end, with a text at its standard input; raises CalledProcessError."""
    start = time.perf_counter()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, **pipes)  # type: ignore[call-overload]
    with process.stdin as stdin:
        stdin.write(given.encode())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1000)


def in_turns(commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], runs: int) -> dict[str, list[Run]]:
    """Run commands so many times, one after the other: what disturbs one disturbs all."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(run(command, environment))
    return found


def seconds(what: str, ours: Sequence[Run], theirs: Sequence[Run], goal: float) -> Figure:
    """Return how long ours took, against theirs."""
    return Figure(what, "s", tuple(one.seconds for one in ours), tuple(one.seconds for one in theirs), goal)


def megabytes(what: str, ours: Sequence[Run], theirs: Sequence[Run], goal: float) -> Figure:
    """Return how much memory ours had, against theirs."""
    return Figure(what, "MB", tuple(one.megabytes for one in ours), tuple(one.megabytes for one in theirs), goal)
