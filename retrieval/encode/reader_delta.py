"""The readers of the built-in models: for each, a low-rank delta that is added to the model's weights.

For a reader with joint layers (joint_reader.py), the file has their number, and the reader's other weights, too.
docs/ranking.md has the model cards; training/train_highlight_reader.py and training/train_joint_reader.py make them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.errors import ModelUntrusted

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


@dataclass(frozen=True, slots=True)
class ReaderDelta:
    """A file with the two factors of each changed layer (safetensors), and its SHA-256."""

    file: Path
    sha256: str


READER_DELTAS: Mapping[str, ReaderDelta] = {
    BUNDLED: ReaderDelta(
        Path(__file__).with_name("reader_delta_bundled.safetensors"),
        "a7be8b511a4e11277e3664c6695666cd6eefc0b32fe080ec2a49d001064ec501",
    ),
    MULTILINGUAL: ReaderDelta(
        Path(__file__).with_name("reader_delta_multilingual.safetensors"),
        "cc084e19d51fb03e9cc25cd1860d808d20e8840112bf941da74cd5d18e65da5e",
    ),
}


def delta_parts(delta: ReaderDelta) -> dict[str, "Tensor"]:
    """Read the tensors of a delta; raises ModelUntrusted if the file is not the one that Clippings came with."""
    from safetensors.torch import load

    content = delta.file.read_bytes() if delta.file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != delta.sha256:
        raise ModelUntrusted(f"{delta.file} is not the file that Clippings came with. Install Clippings anew.")
    return load(content)


def add_low_rank(model: "Module", parts: Mapping[str, "Tensor"]) -> None:
    """Add to the weights of each layer that a delta changes the product of its two factors."""
    for name in sorted(part.removesuffix(".up") for part in parts if part.endswith(".up")):
        weight = model.get_parameter(f"{name}.weight")
        weight.data += (parts[f"{name}.up"].float() @ parts[f"{name}.down"].float()).to(weight.dtype)
