"""How much an index of meanings finds that does not look at every vector: measured when written, told by `status`."""

import json
from pathlib import Path

FILE = "measured.json"


def write(folder: Path, recall: float) -> None:
    """Write down, beside an index, what share of the ten nearest it finds; raises OSError."""
    (folder / FILE).write_text(json.dumps({"recall": round(recall, 4)}), encoding="utf-8")


def read(folder: Path) -> float:
    """Return that share of an index in a folder: 1, where nothing is written, as every vector is looked at there."""
    try:
        return float(json.loads((folder / FILE).read_bytes())["recall"])
    except (OSError, ValueError, KeyError, TypeError):
        return 1.0
