"""From a fresh clone to the first answer: the seconds of each step.

    python -m benchmarks.fresh_clone

What is committed is cloned twice. The first clone downloads every package, unless pip's settings name a folder of this
machine for it. The second one finds in uv's cache what the first one downloaded and unpacked.
"""

import os
import subprocess
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).parent.parent
QUESTION = "who met Kerry?"
# What the first line of a step begins with.
STEPS = {
    "Making .venv": "make .venv",
    "Installing": "install the packages",
    "Indexing": "start the command index",
    "Preparing": "export the model",
    "Indexed": "index the example, as far as it took longer than its report",
    "1. ": "print the answer",
}


def main() -> None:
    """Print a table for each clone."""
    with TemporaryDirectory(prefix="clippings-") as place:
        for number, title in enumerate(("Nothing in uv's cache", "All in uv's cache")):
            print(f"\n{title}\n")
            for step, seconds in timed_steps(Path(place) / str(number), Path(place) / "cache").items():
                print(f"{seconds:6.1f} s  {step}")


def timed_steps(clone: Path, cache: Path) -> dict[str, float]:
    """Clone and ask; return the seconds of each step, and of all."""
    started = perf_counter()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S607
    begun = {"clone": started}
    process = subprocess.Popen(
        ["make", "ask", f"Q={QUESTION}"],  # noqa: S607
        cwd=clone,
        env=environment(cache),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    begun["start make"] = perf_counter()
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        for beginning, step in STEPS.items():
            if line.startswith(beginning):
                begun.setdefault(step, perf_counter())
    if process.wait():
        raise SystemExit("".join(lines))
    times = [*begun.values(), perf_counter()]
    seconds = (after - before for before, after in pairwise(times))
    return dict(zip(begun, seconds, strict=True)) | {"all": times[-1] - started}


def environment(cache: Path) -> Mapping[str, str]:
    """Return the environment of a user: Python writes bytecode, and nothing of Clippings or of make is set."""
    ours = ("CLIPPINGS_", "MAKE", "MFLAGS", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"UV_CACHE_DIR": str(cache)}


if __name__ == "__main__":
    main()
