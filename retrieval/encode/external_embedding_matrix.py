"""A traced model without its embedding matrix, which is the largest part of a multilingual model.

Two rows stand for the matrix in the graph: of its least and of its largest number, so that the graph is quantized as
with the whole matrix. The matrix itself is written once, and never copied in memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization.quant_utils import quantize_nparray

if TYPE_CHECKING:
    from torch.nn import Module

ROWS_A_STEP = 16384


@dataclass(frozen=True, slots=True)
class TracedModel:
    """The graph in `file`, and the embedding matrix that it names, if there is one."""

    file: Path
    name: str = ""
    matrix: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))

    def rows_of(self, weights: onnx.TensorProto, graph: onnx.GraphProto) -> Iterator[NDArray[np.generic]]:
        """Yield blocks of rows of the matrix that these weights stand for, quantized as the graph says."""
        blocks = (self.matrix[start : start + ROWS_A_STEP] for start in range(0, len(self.matrix), ROWS_A_STEP))
        if weights.name == self.name:
            yield from blocks
            return
        values = {value.name: value for value in graph.initializer}
        scale, zero = (numpy_helper.to_array(values[f"{self.name}_{kind}"]) for kind in ("scale", "zero_point"))
        yield from (quantize_nparray(weights.data_type, block, scale, zero) for block in blocks)

    def stands_in(self, weights: onnx.TensorProto) -> bool:
        """Return whether these weights stand for the matrix, in 32 or in 8 bits."""
        return bool(self.name) and weights.name in (self.name, f"{self.name}_quantized")


def extreme_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the two rows that stand for a matrix, of its least and of its largest number."""
    return np.repeat([[matrix.min()], [matrix.max()]], matrix.shape[1], axis=1)


@contextmanager
def embeddings_left_out(embedding: "Module") -> Iterator[NDArray[np.float32]]:
    """Let two rows stand for the matrix of an embedding, and yield the matrix."""
    import torch

    weight: Any = embedding.weight
    matrix: NDArray[np.float32] = weight.detach().numpy()
    embedding.weight = torch.nn.Parameter(torch.from_numpy(extreme_rows(matrix)), requires_grad=False)
    try:
        yield matrix
    finally:
        embedding.weight = weight
