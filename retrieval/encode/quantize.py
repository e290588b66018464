"""Quantize an ONNX model to 8 bits, after smoothing its outliers (fuse_graph.py)."""

import math
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import xxhash
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx.external_data_helper import set_external_data
from onnxruntime.quantization import QuantType, quantize_dynamic

from retrieval.encode.exported_files import Place
from retrieval.encode.external_embedding_matrix import TracedModel
from retrieval.encode.fuse_graph import fuse_activations, products, smooth_products, without_reshapes
from retrieval.encode.model_to_export import GraphInputs
from retrieval.encode.onnx import session

PAGE_BYTES = 4096  # smaller weights stay in the model's own file


def smooth(traced: TracedModel, to: Path, sample: Iterable[GraphInputs]) -> None:
    """Write a model with its outliers smoothed; `sample` are its inputs for real sentences."""
    model = _without_transpositions(onnx.load(traced.file))
    without_reshapes(model)
    fuse_activations(model)
    smooth_products(model, _largest(traced, model, sample))
    onnx.save(model, to)


def quantize(smoothed: Path, to: Path, *, signed: bool) -> None:
    """Write a smoothed model with weights in 8 bits, one scale for each column of a matrix.

    Signed weights are fastest on processors with VNNI. On older ones (AVX2 alone) their products overflow 16 bits and
    are cut off; unsigned weights take another path there, which is exact and hardly slower.
    """
    quantize_dynamic(
        smoothed,
        to,
        per_channel=True,
        weight_type=QuantType.QInt8 if signed else QuantType.QUInt8,
        # ONNX does not know what onnxruntime's own operators return.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def extract_weights(models: Mapping[Path, TracedModel], to: Path) -> dict[str, Place]:
    """Move the weights of models into a single file, equal weights once; return those that several models share.

    The embedding matrices come from what was traced. The file is memory-mapped, so only the parts of the vocabulary
    that occur are read.
    """
    written: dict[tuple[str, bytes], Place] = {}
    shared: dict[str, Place] = {}
    to.unlink(missing_ok=True)  # not overwritten: a session may still have an earlier file mapped
    with to.open("wb") as file:
        for path, traced in models.items():
            model = onnx.load(path)
            for weights in model.graph.initializer:
                whole = traced.stands_in(weights)
                if len(weights.raw_data) < PAGE_BYTES and not whole:
                    continue
                stored = numpy_helper.to_array(weights)
                shape = traced.matrix.shape if whole else stored.shape
                key = (weights.name, _digest(weights, traced.matrix if whole else None))
                if key in written:
                    shared[weights.name] = written[key]
                else:
                    start = file.seek(-(-file.tell() // PAGE_BYTES) * PAGE_BYTES)
                    written[key] = (start, stored.dtype.str, shape)
                    for block in traced.rows_of(weights, model.graph) if whole else [stored]:
                        file.write(block.tobytes())
                size = stored.dtype.itemsize * math.prod(shape)
                set_external_data(weights, to.name, written[key][0], size)
                weights.dims[:] = shape
                weights.ClearField("raw_data")
            _forget_shapes(model.graph, {traced.name, f"{traced.name}_quantized"})
            path.write_bytes(model.SerializeToString())
    return shared


def _digest(weights: onnx.TensorProto, matrix: NDArray[np.float32] | None) -> bytes:
    digest = xxhash.xxh3_128(weights.raw_data)
    if matrix is not None:
        digest.update(np.ascontiguousarray(matrix).data.cast("B"))
    return digest.digest()


def _forget_shapes(graph: onnx.GraphProto, names: set[str]) -> None:
    """Remove the shapes of matrices for which other ones stood."""
    known = [value for value in graph.value_info if value.name not in names]
    del graph.value_info[:]
    graph.value_info.extend(known)


def _without_transpositions(model: onnx.ModelProto) -> onnx.ModelProto:
    """Transpose the weights that a graph transposes first, as it does if two nodes have them in common."""
    weights = {matrix.name: matrix for matrix in model.graph.initializer}
    transposed: dict[str, str] = {}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Transpose" and node.input[0] in weights and len(weights[node.input[0]].dims) == 2:
            (matrix,) = node.input
            transposed[node.output[0]] = name = f"{matrix}.transposed"
            if name not in weights:
                value = np.ascontiguousarray(numpy_helper.to_array(weights[matrix]).T)
                weights[name] = numpy_helper.from_array(value, name)
            continue
        node.input[:] = [transposed.get(name, name) for name in node.input]
        nodes.append(node)
    used = {name for node in nodes for name in node.input}
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(matrix for name, matrix in weights.items() if name in used)
    return model


def _largest(
    traced: TracedModel, original: onnx.ModelProto, sample: Iterable[GraphInputs]
) -> dict[str, NDArray[np.float32]]:
    """Return the largest absolute value of each input channel of the weight matrices, by the name of the input."""
    model = onnx.ModelProto()
    model.CopyFrom(original)
    inputs = list(dict.fromkeys(node.input[0] for node in products(model)))
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in inputs)
    matrix: GraphInputs = {traced.name: traced.matrix} if traced.name else {}
    if matrix:
        # The embedding matrix is an input, so that it is not copied.
        others = [weights for weights in model.graph.initializer if weights.name != traced.name]
        del model.graph.initializer[:]
        model.graph.initializer.extend(others)
        _forget_shapes(model.graph, {traced.name})
        shape = traced.matrix.shape
        model.graph.input.append(onnx.helper.make_tensor_value_info(traced.name, onnx.TensorProto.FLOAT, shape))
    instrumented = session(model.SerializeToString())
    del model

    def of_text(text: GraphInputs) -> list[NDArray[np.float32]]:
        values = instrumented.run(inputs, {**text, **matrix})
        return [np.abs(value).reshape(-1, value.shape[-1]).max(axis=0) for value in values]

    with ThreadPoolExecutor() as pool:  # each run uses a single thread
        largest = zip(*pool.map(of_text, sample), strict=True)
    return {name: np.max(channels, axis=0) for name, channels in zip(inputs, largest, strict=True)}
