"""Low-rank adaptation: what is trained on top of a model's frozen linear layers.

LoRA: Hu and others 2021, https://arxiv.org/abs/2106.09685.
"""

import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

RANK = 16


class LoRA(nn.Module):
    """A linear layer, and what is learned on top of it: the product of two thin matrices."""

    def __init__(self, layer: nn.Linear, rank: int = RANK) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(requires_grad=False)
        self.down = nn.Parameter(torch.randn(rank, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))

    def forward(self, values: Tensor) -> Tensor:
        """Apply both, added up first: a processor multiplies by one large matrix faster than by thin ones too."""
        return nn.functional.linear(values, self.layer.weight + self.up @ self.down, self.layer.bias)


def with_lora(model: nn.Module, rank: int = RANK, first_layer: int = 0) -> nn.Module:
    """Freeze a model, and put something to learn on top of every linear map of its encoder's layers from one on."""
    model.requires_grad_(requires_grad=False)
    for name, layer in list(model.named_modules()):
        if (
            isinstance(layer, nn.Linear)
            and name.startswith("encoder.layer.")
            and int(name.split(".")[2]) >= first_layer
        ):
            above, _, last = name.rpartition(".")
            setattr(model.get_submodule(above), last, LoRA(layer, rank))
    return model


def delta_of(model: nn.Module, scale: float = 1) -> dict[str, Tensor]:
    """Return the delta's two factors for each layer, in half precision; the product is scaled."""
    parts = {}
    for name, layer in model.named_modules():
        if isinstance(layer, LoRA):
            parts[f"{name}.down"] = layer.down.detach().half().contiguous()
            parts[f"{name}.up"] = (scale * layer.up.detach()).half().contiguous()
    return parts


def restore_delta(model: nn.Module, file: Path) -> None:
    """Go on from a delta that `delta_of` returned."""
    parts = load_file(file)
    for name, layer in model.named_modules():
        if isinstance(layer, LoRA):
            layer.down.data.copy_(parts[f"{name}.down"].float())
            layer.up.data.copy_(parts[f"{name}.up"].float())
