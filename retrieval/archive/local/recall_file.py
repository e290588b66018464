"""The recall of an index that does not compare all vectors: measured when it is built, and reported by `status`."""

import json
from pathlib import Path

FILE = "measured.json"


def write(folder: Path, recall: float) -> None:
    """Write the share of the ten nearest vectors that an index finds into its folder; raises OSError."""
    (folder / FILE).write_text(json.dumps({"recall": round(recall, 4)}), encoding="utf-8")


def read(folder: Path) -> float:
    """Return the recall of the index in a folder; 1 if there is no file, because such an index compares all vectors."""
    try:
        return float(json.loads((folder / FILE).read_bytes())["recall"])
    except (OSError, ValueError, KeyError, TypeError):
        return 1.0
