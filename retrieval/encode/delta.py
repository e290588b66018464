"""What was trained on top of the bundled model: a low-rank delta, merged into its weights when the reader is loaded.

docs/reader.md is its model card; benchmarks/train_reader.py makes it.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import ModelUntrusted

if TYPE_CHECKING:
    from torch.nn import Module

FILE = Path(__file__).with_name("delta.safetensors")
SHA256 = "0" * 64


def merge(model: "Module") -> None:
    """Add the delta to a model's weights: for each layer, the product of its two factors. Raises ModelUntrusted."""
    from safetensors.torch import load

    content = FILE.read_bytes() if FILE.is_file() else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ModelUntrusted(f"{FILE} is not what Clippings came with. Install Clippings anew.")
    parts = load(content)
    for name in sorted(part.removesuffix(".up") for part in parts if part.endswith(".up")):
        weight = model.get_parameter(f"{name}.weight")
        weight.data += (parts[f"{name}.up"].float() @ parts[f"{name}.down"].float()).to(weight.dtype)
