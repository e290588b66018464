"""The readers of the built-in models: for each, a low-rank delta that is added to the model's weights.

docs/ranking.md has their model cards; training/train_highlight_reader.py makes them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.errors import ModelUntrusted

if TYPE_CHECKING:
    from torch.nn import Module


@dataclass(frozen=True, slots=True)
class ReaderDelta:
    """A file with the two factors of each changed layer (safetensors, half precision), and its SHA-256."""

    file: Path
    sha256: str


READER_DELTAS: Mapping[str, ReaderDelta] = {
    BUNDLED: ReaderDelta(
        Path(__file__).with_name("reader_delta_bundled.safetensors"),
        "597cb4132cd23969e3635671c8ace38b7fc06e7b0cdfe452611cc0ffead9ad76",
    ),
    MULTILINGUAL: ReaderDelta(
        Path(__file__).with_name("reader_delta_multilingual.safetensors"),
        "df6fb5f6a82f9fd1a8ddb23cd9928d7d5ca3e2788f78beb8ceb46b8fe79f8dfc",
    ),
}


def merge_delta(model: "Module", delta: ReaderDelta) -> None:
    """Add a reader's delta to a model's weights: for each layer, the product of two factors.

    Raises ModelUntrusted if the file is not the one that Clippings came with.
    """
    from safetensors.torch import load

    content = delta.file.read_bytes() if delta.file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != delta.sha256:
        raise ModelUntrusted(f"{delta.file} is not the file that Clippings came with. Install Clippings anew.")
    parts = load(content)
    for name in sorted(part.removesuffix(".up") for part in parts if part.endswith(".up")):
        weight = model.get_parameter(f"{name}.weight")
        weight.data += (parts[f"{name}.up"].float() @ parts[f"{name}.down"].float()).to(weight.dtype)
