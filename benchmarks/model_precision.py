"""What int8 costs in ranking: `eval` of the whole pipeline in both precisions."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.support.measured_process import OURS
from benchmarks.support.results_table import Figure

MEASURES = ("hits@1", "mrr@10", "ndcg@10")


def figures(folders: Sequence[Path], place: Path, models: Path) -> Iterator[Figure]:
    """Measure by how many points int8 ranks worse than fp32 on question sets, in the measure with the largest loss."""
    for folder in folders:
        fp32, int8 = (_measured(folder, precision, place, models) for precision in ("fp32", "int8"))
        lost = [100 * (fp32[name] - int8[name]) for name in MEASURES]
        yield Figure(f"ranking {folder.name} in int8: points below fp32, at most", "points", (max(lost),), (), 0.5)


def _measured(folder: Path, precision: str, place: Path, models: Path) -> dict[str, float]:
    environment = os.environ | {"CLIPPINGS_PRECISION": precision, "CLIPPINGS_MODELS": str(models)}
    command = [*OURS, "eval", str(folder), "--json", "--cache", str(place / f"eval-{precision}")]
    report = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    return {name: float(report[name]["value"]) for name in MEASURES}
