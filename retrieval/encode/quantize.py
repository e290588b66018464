"""An ONNX model with its matrices in 8 bits, which is as good as the original where outliers are smoothed first.

SmoothQuant (Xiao et al. 2023, https://arxiv.org/abs/2211.10438): a few channels of what goes into a matrix are a
hundred times as large as the others, and 8 bits for all of them leave the others few. So each channel is divided by a
number before the matrix, and the matrix's row multiplied by it. The numbers come from running real sentences through.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
import xxhash
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx.external_data_helper import set_external_data
from onnxruntime.quantization import QuantType, quantize_dynamic

from retrieval.encode.model_files import Place
from retrieval.encode.onnx import session

# How much of the difference in size goes over to the matrix: at .5 the smallest cosine here was .979, at .75 .997.
ALPHA = 0.75
PAGE = 4096  # bytes; weights of fewer are as well kept in the model's own file


def smooth(model: Path, to: Path, sample: Iterable[NDArray[np.int64]]) -> None:
    """Write a model with its outliers smoothed; `sample` are token ids, (1, tokens), of real sentences."""
    onnx.save(_smoothed(onnx.load(model), _largest(model, sample)), to)


def quantize(smoothed: Path, to: Path, *, signed: bool) -> None:
    """Write a smoothed model with weights in 8 bits, one scale for each column of a matrix.

    Signed weights are fastest on processors with VNNI. On older ones (AVX2 alone) their products overflow 16 bits and
    are cut off; unsigned weights take another path there, which is exact and hardly slower.
    """
    quantize_dynamic(smoothed, to, per_channel=True, weight_type=QuantType.QInt8 if signed else QuantType.QUInt8)


def weights_apart(models: Sequence[Path], to: Path) -> dict[str, Place]:
    """Put the weights of models into a file beside them, those that are equal once; return those that are in several.

    They are mapped from there: of a vocabulary only what is met is read.
    """
    there: dict[tuple[str, bytes], Place] = {}
    shared: dict[str, Place] = {}
    to.unlink(missing_ok=True)  # a session may still have an earlier one mapped
    with to.open("wb") as file:
        for path in models:
            model = onnx.load(path)
            for one in model.graph.initializer:
                if len(one.raw_data) < PAGE:
                    continue
                key = (one.name, xxhash.xxh3_128_digest(one.raw_data))
                if key in there:
                    shared[one.name] = there[key]
                else:
                    start, value = file.seek(-(-file.tell() // PAGE) * PAGE), numpy_helper.to_array(one)
                    there[key] = (start, value.dtype.str, value.shape)
                    file.write(one.raw_data)
                set_external_data(one, to.name, there[key][0], len(one.raw_data))
                one.ClearField("raw_data")
            path.write_bytes(model.SerializeToString())
    return shared


def _products(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Return the nodes that multiply by a matrix of weights."""
    matrices = {one.name for one in model.graph.initializer if len(one.dims) == 2}
    return [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in matrices]


def _largest(path: Path, sample: Iterable[NDArray[np.int64]]) -> dict[str, NDArray[np.float32]]:
    """Return the largest that each channel of what goes into a matrix was, by the name of what goes in."""
    model = onnx.load(path)
    inputs = list(dict.fromkeys(node.input[0] for node in _products(model)))
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in inputs)
    watched = session(model.SerializeToString())
    largest: dict[str, NDArray[np.float32]] = {}
    for ids in sample:
        for name, value in zip(inputs, watched.run(inputs, {"input_ids": ids}), strict=True):
            most = np.abs(value).reshape(-1, value.shape[-1]).max(axis=0)
            largest[name] = np.maximum(largest.get(name, most), most)
    return largest


def _smoothed(model: onnx.ModelProto, largest: dict[str, NDArray[np.float32]]) -> onnx.ModelProto:
    weights = {one.name: one for one in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[0] in largest and node.input[1] in weights:
            name, matrix = node.input
            value = numpy_helper.to_array(weights[matrix])
            scale = _scale(largest[name], np.abs(value).max(axis=1))
            weights[matrix].CopyFrom(numpy_helper.from_array(value * scale[:, None], matrix))
            factor, product = f"{matrix}.smooth", f"{matrix}.smoothed"
            model.graph.initializer.append(numpy_helper.from_array(1 / scale, factor))
            nodes.append(onnx.helper.make_node("Mul", [name, factor], [product]))
            node.input[0] = product
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def _scale(inputs: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    least = np.float32(1e-5)
    return np.asarray(np.maximum(inputs, least) ** ALPHA / np.maximum(weights, least) ** (1 - ALPHA), np.float32)
