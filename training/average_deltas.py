"""Average readers: python -m training.average_deltas FILE=WEIGHT… --out FILE

Each FILE is a delta as train_joint_reader.py writes it; the weights have to add up to 1. The mean of the last
checkpoints of a training is better than the last one (Izmailov and others 2018, https://arxiv.org/abs/1803.05407), and
a share of the reader before keeps more of what that one knew. The factors of the low-rank deltas are averaged, which
stands for their products as long as all files come of one training and what it began with.
"""

import argparse
import math
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

NOT_AVERAGED = "joint_layers"


def average(weights: Mapping[Path, float]) -> dict[str, Tensor]:
    """Return the weighted mean of deltas, in half precision; raises SystemExit if they do not have the same parts."""
    read = {file: load_file(file) for file in weights}
    first = next(iter(read.values()))
    shapes = [{name: part.shape for name, part in parts.items()} for parts in read.values()]
    if any(each != shapes[0] for each in shapes):
        raise SystemExit("These files have other parts than each other: they are not of one training.")
    mean = {
        name: torch.stack([weight * read[file][name].float() for file, weight in weights.items()]).sum(0).half()
        for name in first
        if name != NOT_AVERAGED
    }
    return {name: part.contiguous() for name, part in mean.items()} | {NOT_AVERAGED: first[NOT_AVERAGED]}


def main() -> None:
    """Average, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE=WEIGHT")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    pairs = [each.rpartition("=") for each in args.files]
    weights = {Path(file): float(weight) for file, _, weight in pairs}
    if not math.isclose(sum(weights.values()), 1, abs_tol=0.01):
        raise SystemExit("The weights have to add up to 1.")
    save_file(average(weights), args.out)


if __name__ == "__main__":
    main()
