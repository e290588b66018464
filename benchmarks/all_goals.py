"""Every figure with a goal, in one table, and how they grow: python -m benchmarks.all_goals FOLDER… [--place FOLDER]

FOLDER is in BEIR layout. Passages and questions come from the first one. --place keeps the drawn archives, 4 GB, for
the next run. This writes benchmarks/results/bench.md and bench.json, and two pictures in docs/pictures. The output of
the other benchmarks goes to benchmarks/results/others.md. txtai and matplotlib come with the extra `bench`.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import (
    bot_failing_calls,
    bot_memory,
    bot_start,
    bot_waits,
    cold_start,
    encoding_speed,
    follow_up_questions,
    freshness,
    growth,
    idle_watch,
    indexing,
    model_precision,
    multilingual_resources,
    quality,
    reading_speed,
    scale,
    spelling,
    unchanged_index,
    vector_types,
)
from benchmarks.support import growth_chart
from benchmarks.support.results_table import Figure, as_json, markdown
from retrieval.encode.open import open_encoder
from retrieval.evaluate.beir import read

ROOT = Path(__file__).parent.parent
RESULTS, PICTURES = ROOT / "benchmarks" / "results", ROOT / "docs" / "pictures"
# Benchmarks without a peer, or that compare our own methods; the first need question sets.
OVER_SETS = (quality, vector_types, spelling, follow_up_questions)
OTHERS = (freshness, unchanged_index, bot_waits, bot_failing_calls)


def figures(folders: Sequence[Path], place: Path) -> Iterator[Figure]:
    """Measure everything but growth."""
    models = place / "models"
    open_encoder("bundled", models)
    questions = read(folders[0])
    yield from cold_start.figures(place, models)
    yield from cold_start.large(place, models)
    yield from encoding_speed.figures(questions, place, models)
    yield from indexing.figures(questions, place, models)
    yield from bot_memory.figures(place, models)
    yield from bot_start.figures(place, models)
    yield from multilingual_resources.figures(questions, place, models)
    yield from model_precision.figures(folders, place, models)
    (place / "watched").mkdir()
    yield idle_watch.figure(place / "watched")
    (place / "reading").mkdir()
    yield from reading_speed.figures(place / "reading")
    reading_speed.plot(reading_speed.memory(place / "reading"), PICTURES / "reading.png")


def write(measured: Sequence[Figure], grown: Sequence[dict[str, float]]) -> None:
    """Write the table as Markdown and as JSON, and draw the picture."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    text = (
        f"# Figures\n\nWritten by `make bench` on {machine}. Medians, and in brackets the least and the most of the\n"
        "runs; theirs are from the same run, on the same work and the same model.\n\n"
        f"{markdown(measured)}\n## Growth\n\nDrawn text and vectors (benchmarks/support/synthetic_corpus.py); a search "
        f"is all but the question's encoding.\n\n{scale.table(grown)}"
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "bench.md").write_text(text, encoding="utf-8")
    results = {"machine": machine, "figures": as_json(measured), "growth": list(grown)}
    (RESULTS / "bench.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    growth_chart.draw(grown, PICTURES / "growth.png")


def others(folders: Sequence[Path]) -> Iterator[str]:
    """Run the other benchmarks, and yield what each prints."""
    for benchmark in (*OVER_SETS, *OTHERS):
        command = [sys.executable, "-m", benchmark.__name__, *(map(str, folders) if benchmark in OVER_SETS else ())]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
        yield f"## {benchmark.__name__}\n\n```\n{output.rstrip()}\n```\n"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--place", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=scale.SIZES)
    parser.add_argument("--without-others", action="store_true")
    args = parser.parse_args()
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        measured = []
        for figure in figures(args.folders, place):
            measured.append(figure)
            print(markdown([figure]).splitlines()[-1], flush=True)
        drawn = args.place or place / "drawn"
        drawn.mkdir(parents=True, exist_ok=True)
        grown = scale.measure(args.sizes, drawn)
    measured += [*scale.figures(grown), *growth.figures(drawn, max(args.sizes))]
    write(measured, grown)
    print((RESULTS / "bench.md").read_text(encoding="utf-8"))
    if not args.without_others:
        head = "# What the other benchmarks print\n\nWritten by `make bench`.\n"
        (RESULTS / "others.md").write_text("\n".join([head, *others(args.folders)]), encoding="utf-8")


if __name__ == "__main__":
    main()
