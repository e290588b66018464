"""The readers of the built-in models: for each, a low-rank delta that is added to the model's weights.

For a reader with joint layers (joint_reader.py), the file has their number, and the reader's other weights, too.
docs/ranking.md has the model cards; training/train_highlight_reader.py and training/train_joint_reader.py make them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.errors import ModelUntrusted

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module

    from retrieval.encode.encoder import Vectors

# What is added to the attention of a passage's tokens to the question's, and the other way: a question is so short that
# the passage would overlook it, and drown it.
TO_QUESTION, TO_PASSAGE = 1.0, -4.0


@dataclass(frozen=True, slots=True)
class ReaderDelta:
    """A file with the two factors of each changed layer (safetensors), and its SHA-256."""

    file: Path
    sha256: str


READER_DELTAS: Mapping[str, ReaderDelta] = {
    BUNDLED: ReaderDelta(
        Path(__file__).with_name("reader_delta_bundled.safetensors"),
        "c4057ac42e1bbb368277714d92b30c9a01404047174d33565501bafcdbf67795",
    ),
    MULTILINGUAL: ReaderDelta(
        Path(__file__).with_name("reader_delta_multilingual.safetensors"),
        "cc084e19d51fb03e9cc25cd1860d808d20e8840112bf941da74cd5d18e65da5e",
    ),
}


def delta_parts(delta: ReaderDelta) -> dict[str, "NDArray[Any]"]:
    """Read the arrays of a delta; raises ModelUntrusted if the file is not the one that Clippings came with."""
    from safetensors.numpy import load

    content = delta.file.read_bytes() if delta.file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != delta.sha256:
        raise ModelUntrusted(f"{delta.file} is not the file that Clippings came with. Install Clippings anew.")
    return load(content)


def add_low_rank(model: "Module", parts: Mapping[str, "Tensor"]) -> None:
    """Add to the weights of each layer that a delta changes the product of its two factors."""
    for name in _changed_layers(parts):
        weight = model.get_parameter(f"{name}.weight")
        weight.data += (parts[f"{name}.up"].float() @ parts[f"{name}.down"].float()).to(weight.dtype)


def with_low_rank(weights: Mapping[str, "Vectors"], parts: Mapping[str, "NDArray[Any]"]) -> dict[str, "Vectors"]:
    """Return a model's weights as `add_low_rank` changes them."""
    changed = dict(weights)
    for name in _changed_layers(parts):
        up, down = (parts[f"{name}.{factor}"].astype("float32") for factor in ("up", "down"))
        changed[f"{name}.weight"] = weights[f"{name}.weight"] + up @ down
    return changed


def _changed_layers(parts: Mapping[str, object]) -> list[str]:
    return sorted(part.removesuffix(".up") for part in parts if part.endswith(".up"))
