"""What watching a folder of 100,000 files costs while nothing changes: python -m benchmarks.idle_watch [--files N]

The share of a core that `index --watch` takes between two changes: that of the watcher, since nothing else runs then.
"""

import argparse
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support.results_table import Figure, markdown
from retrieval.indexing.file_watcher import batches

FILES, FILES_A_FOLDER, SECONDS = 100_000, 1000, 20.0
GOAL = 0.01


def figure(place: Path, files: int = FILES) -> Figure:
    """Write files into folders, watch them, and measure the processor time of this process while nothing changes."""
    for number in range(files):
        folder = place / f"{number // FILES_A_FOLDER:04}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number:06}.txt").write_bytes(b"A headline\n\nA text.\n")
    started, stop = threading.Event(), threading.Event()
    watching = threading.Thread(target=lambda: list(batches([place], started.set, stop)))
    watching.start()
    started.wait()
    # What was reported of the files that have just been written is not of interest.
    time.sleep(1)
    cpu, begun = time.process_time(), time.perf_counter()
    time.sleep(SECONDS)
    share = (time.process_time() - cpu) / (time.perf_counter() - begun)
    stop.set()
    watching.join()
    return Figure(f"watching {files:,} files, idle", "of a core", (share,), (), GOAL)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=FILES)
    args = parser.parse_args()
    with TemporaryDirectory() as place:
        print(markdown([figure(Path(place), args.files)]), end="")


if __name__ == "__main__":
    main()
