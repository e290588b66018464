"""An index run with nothing to do, against the run that embedded everything: python -m benchmarks.unchanged_index

Both are whole processes on the same 2,000 generated articles. The goal is a hundredth of the time.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.support.generated_articles import article

ARTICLES = 2000
RUNS = 5


def seconds_of(folder: Path, environment: dict[str, str]) -> float:
    """Run `index` over a folder; return how long the process took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "retrieval", "index", str(folder)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print both times and their ratio."""
    random = np.random.default_rng(1)
    with TemporaryDirectory() as place:
        folder = Path(place, "articles")
        folder.mkdir()
        for number in range(ARTICLES):
            title, text = article(random)
            (folder / f"{number:05}.txt").write_text(f"{title}\n\n{text}\n", encoding="utf-8")
        environment = os.environ | {"CLIPPINGS_ARCHIVE": str(Path(place, "archive"))}
        first = seconds_of(folder, environment)
        again = [seconds_of(folder, environment) for _ in range(RUNS)]
    middle = statistics.median(again)
    print(f"embedding {ARTICLES:,} articles: {first:.1f} s")
    print(f"nothing to do: {middle:.2f} s (of {RUNS} runs {min(again):.2f} to {max(again):.2f})")
    print(f"ratio: 1/{first / middle:.0f}")


if __name__ == "__main__":
    main()
