"""Whole processes: how long one takes from its start to its end, and how much memory it has at most."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.support.results_table import Figure

OURS = (sys.executable, "-m", "retrieval")

# By way of a small process: what is said of the most memory of one includes whoever started it.
LAUNCH = """
import os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(process, 0)
print(time.perf_counter() - start, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


class Run(NamedTuple):
    """A process from start to end; megabytes are the most that it had resident."""

    seconds: float
    megabytes: float


def run(command: Sequence[str], environment: Mapping[str, str], given: str = "") -> Run:
    """Run a process to its end, with a text at its standard input; raises CalledProcessError."""
    launch = [sys.executable, "-S", "-c", LAUNCH, *command]
    told = subprocess.run(launch, env=environment, input=given, check=True, stdout=subprocess.PIPE, text=True).stdout
    took, most = told.split()
    return Run(float(took), float(most) / 1000)


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
