"""How searching, memory, disk and adding grow with the archive, as a picture."""

from collections.abc import Sequence
from pathlib import Path

PANELS = (
    ("a search, ms", ("p50_ms", "p95_ms"), ("half of all", "19 of 20")),
    ("resident memory, MB", ("memory_mb",), ("",)),
    ("disk, MB", ("disk_mb",), ("",)),
    ("1,000 passages added\nuntil found, s", ("add_1000_s",), ("",)),
)
INK, GREY, SECOND = "#1f4e79", "#999999", "#c55a11"


def draw(results: Sequence[dict[str, float]], to: Path) -> None:
    """Draw with logarithmic axes. The grey line shows growth in proportion to the archive."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    sizes = [result["passages"] for result in results]
    figure, axes = plt.subplots(1, len(PANELS), figsize=(12, 3), layout="constrained")
    for axis, (title, names, labels) in zip(axes, PANELS, strict=True):
        first = results[0][names[0]]
        axis.loglog(sizes, [first * size / sizes[0] for size in sizes], ":", color=GREY, label="in proportion")
        for name, label, colour in zip(names, labels, (INK, SECOND), strict=False):
            axis.loglog(sizes, [result[name] for result in results], "o-", color=colour, label=label or None)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("passages", fontsize=9)
        axis.tick_params(labelsize=8)
        axis.grid(which="major", alpha=0.3)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        axis.legend(fontsize=8, frameon=False)
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, dpi=110, metadata={"Software": None})
