"""Whole processes: the time of each from start to end, and its peak memory."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.support.results_table import Figure

OURS = (sys.executable, "-m", "retrieval")

# A small process starts the measured one, since a process's peak memory includes that of its parent at the start.
LAUNCH = """
import os, sys, time
start = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(process, 0)
print(time.perf_counter() - start, usage.ru_maxrss, usage.ru_utime + usage.ru_stime)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


class Run(NamedTuple):
    """A process from start to end: megabytes are its peak resident memory, cpu the seconds of its threads together."""

    seconds: float
    megabytes: float
    cpu: float


def run(command: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> Run:
    """Run a process to its end, with a text at its standard input; raises CalledProcessError."""
    launch = [sys.executable, "-S", "-c", LAUNCH, *command]
    output = subprocess.run(launch, env=environment, input=stdin, check=True, stdout=subprocess.PIPE, text=True).stdout
    elapsed, kilobytes, cpu = output.split()
    return Run(float(elapsed), float(kilobytes) / 1000, float(cpu))


def in_turns(commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], runs: int) -> dict[str, list[Run]]:
    """Run commands several times, in turns, so that other load on the machine disturbs all alike."""
    results: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            results[name].append(run(command, environment))
    return results


def seconds(what: str, ours: Sequence[Run], theirs: Sequence[Run], goal: float) -> Figure:
    """Return the seconds of ours and theirs."""
    return Figure(what, "s", tuple(run_.seconds for run_ in ours), tuple(run_.seconds for run_ in theirs), goal)


def megabytes(what: str, ours: Sequence[Run], theirs: Sequence[Run], goal: float) -> Figure:
    """Return the peak memory of ours and theirs."""
    return Figure(what, "MB", tuple(run_.megabytes for run_ in ours), tuple(run_.megabytes for run_ in theirs), goal)
