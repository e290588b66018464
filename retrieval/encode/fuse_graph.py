"""Prepare a traced graph for 8 bits: smooth the outliers of its matrices' inputs, and fuse nodes that are left apart.

SmoothQuant (Xiao et al. 2023, https://arxiv.org/abs/2211.10438): a few channels of a matrix's input are a hundred times
as large as the others, which leaves few of the 8 bits to those. So each channel is divided by a factor before the
matrix, and the row of the matrix is multiplied by it. The factors come from running real sentences through the model.

Matrices with the same input, as those for query, key and value, have the same factors: their input is divided, and
quantized, once. The factors of what attention returns go into the matrix for value, so nothing is divided there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

# The share of the difference in size that moves to the matrix. With .5, the smallest cosine was .979; with .75, .997.
ALPHA = 0.75
ATTENTION = "MultiHeadAttention"


@dataclass(slots=True)
class Group:
    """Products that must have the same factors, because they have an input or a matrix in common."""

    inputs: dict[str, None] = field(default_factory=dict)
    matrices: dict[str, None] = field(default_factory=dict)


def products(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Return the nodes that multiply by a weight matrix."""
    matrices = {weights.name for weights in model.graph.initializer if len(weights.dims) == 2}
    return [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in matrices]


def smooth_products(model: onnx.ModelProto, largest: Mapping[str, NDArray[np.float32]]) -> None:
    """Smooth the outliers; `largest` is the largest absolute value of each channel of the inputs, by their names."""
    weights = {matrix.name: matrix for matrix in model.graph.initializer}
    smoothed: dict[str, str] = {}
    for group in _groups([node for node in products(model) if node.input[0] in largest]):
        rows = [np.abs(numpy_helper.to_array(weights[matrix])).max(axis=1) for matrix in group.matrices]
        factors = _factors(np.max([largest[name] for name in group.inputs], axis=0), np.max(rows, axis=0))
        for matrix in group.matrices:
            _multiply(weights[matrix], factors[:, None])
        if values := _values(model, list(group.inputs)):
            for value in values:
                _multiply(weights[value], np.float32(1) / factors)
            continue
        factor = f"{next(iter(group.inputs))}.smooth"
        model.graph.initializer.append(numpy_helper.from_array(1 / factors, factor))
        smoothed |= dict.fromkeys(group.inputs, factor)
    _set_nodes(model, _divided(model, smoothed))


def fuse_activations(model: onnx.ModelProto) -> None:
    """Let one operator of onnxruntime compute each GELU, instead of five, each of which goes through the memory."""
    made_by = {output: node for node in model.graph.node for output in node.output}
    constants = {value.name: numpy_helper.to_array(value) for value in model.graph.initializer if not value.dims}

    def operands(name: str, operator: str) -> Iterator[tuple[str, float]]:
        """Yield the input of a node and the constant that it is combined with."""
        node = made_by.get(name)
        if node is not None and node.op_type == operator:
            for one, other in (node.input, reversed(node.input)):
                if other in constants:
                    yield one, float(constants[other])

    def is_erf_of(name: str, vectors: str) -> bool:
        node = made_by.get(name)
        return (
            node is not None
            and node.op_type == "Erf"
            and any(one == vectors and abs(root**2 - 2) < 1e-5 for one, root in operands(node.input[0], "Div"))
        )

    def is_gelu_of(name: str, vectors: str) -> bool:
        return any(
            half == 0.5 and one == 1 and is_erf_of(erf, vectors)
            for raised, half in operands(name, "Mul")
            for erf, one in operands(raised, "Add")
        )

    for node in model.graph.node:
        if node.op_type == "Mul":
            for vectors, factor in (node.input, reversed(node.input)):
                if is_gelu_of(factor, vectors):
                    node.CopyFrom(helper.make_node("Gelu", [vectors], node.output, domain="com.microsoft"))
                    break
    _set_nodes(model, model.graph.node)


def without_reshapes(model: onnx.ModelProto) -> None:
    """Leave out the splitting into heads that tracing puts before attention, and its undoing behind: attention does it.

    The matrices' outputs and what attention returns have the same shape, (1, tokens, channels).
    """
    made_by = {output: node for node in model.graph.node for output in node.output}

    def before_reshapes(name: str) -> str:
        node = made_by.get(name)
        return before_reshapes(node.input[0]) if node is not None and node.op_type == "Reshape" else name

    attended = {node.output[0] for node in model.graph.node if node.op_type == ATTENTION}
    for node in model.graph.node:
        sources = [before_reshapes(name) for name in node.input]
        for place, source in enumerate(sources):
            splits = node.op_type == ATTENTION and made_by.get(source, node).op_type == "Add"
            if (place < 3 and splits) or source in attended:
                node.input[place] = source
    _set_nodes(model, model.graph.node)


def _groups(nodes: Sequence[onnx.NodeProto]) -> list[Group]:
    """Return the groups of products, in the order of the graph."""
    groups: list[Group] = []
    for node in nodes:
        name, matrix = node.input
        own = Group({name: None}, {matrix: None})
        for group in [group for group in groups if name in group.inputs or matrix in group.matrices]:
            own = Group(group.inputs | own.inputs, group.matrices | own.matrices)
            groups.remove(group)
        groups.append(own)
    return groups


def _factors(inputs: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    smallest = np.float32(1e-5)
    return np.asarray(np.maximum(inputs, smallest) ** ALPHA / np.maximum(rows, smallest) ** (1 - ALPHA), np.float32)


def _multiply(weights: onnx.TensorProto, factors: NDArray[np.float32]) -> None:
    value = np.asarray(numpy_helper.to_array(weights) * factors, np.float32)
    weights.CopyFrom(numpy_helper.from_array(value, weights.name))


def _values(model: onnx.ModelProto, inputs: Sequence[str]) -> list[str]:
    """Return the matrices and biases that make the values of attention, if attention returns all of these inputs.

    A channel that attention returns is a mean of that channel of the values. Return nothing if the matrices or biases
    have other uses, too.
    """
    made_by = {output: node for node in model.graph.node for output in node.output}
    known = {weights.name for weights in model.graph.initializer}
    found: dict[str, None] = {}
    makers: set[str] = set()
    for name in inputs:
        attention = made_by.get(name)
        if attention is None or attention.op_type != ATTENTION:
            return []
        added = made_by.get(attention.input[2])
        product = made_by.get(added.input[0]) if added is not None and added.op_type == "Add" else None
        if added is None or product is None or product.op_type != "MatMul":
            return []
        found |= {product.input[1]: None, added.input[1]: None}
        makers |= {product.output[0], added.output[0]}
    uses = {node.output[0] for node in model.graph.node if found.keys() & set(node.input)}
    return list(found) if found.keys() <= known and uses == makers else []


def _divided(model: onnx.ModelProto, smoothed: Mapping[str, str]) -> list[onnx.NodeProto]:
    """Return the nodes with products that read their inputs divided, by the names of inputs and of the divisors."""
    nodes, done = [], set[str]()
    wanted = {node.output[0] for node in products(model)}
    for node in model.graph.node:
        name = node.input[0] if node.input else ""
        if node.output[0] in wanted and name in smoothed:
            node.input[0] = divided = f"{name}.smoothed"
            if name not in done:
                nodes.append(helper.make_node("Mul", [name, smoothed[name]], [divided]))
                done.add(name)
        nodes.append(node)
    return nodes


def _set_nodes(model: onnx.ModelProto, nodes: Sequence[onnx.NodeProto]) -> None:
    """Replace the nodes of a graph, and leave out nodes and weights that nothing reads."""
    graph = model.graph
    kept, read = [], {output.name for output in graph.output}
    for node in reversed(nodes):
        if not read.isdisjoint(node.output):
            kept.append(node)
            read |= set(node.input)
    weights = [value for value in graph.initializer if value.name in read]
    kept.reverse()
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(weights)
