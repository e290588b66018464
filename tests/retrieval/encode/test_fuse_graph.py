"""A fused and smoothed graph computes what it computed before, with fewer nodes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from retrieval.encode.fuse_graph import fuse_activations, products, smooth_products, without_reshapes
from retrieval.encode.onnx import session

WIDTH, INNER, HEADS, TOKENS = 8, 16, 2, 5
RANDOM = np.random.default_rng(3)


class Graph:
    """A layer of a transformer as it is traced; two texts may go through the same layer."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.values: dict[str, NDArray[np.generic]] = {
            "root": np.array(2**0.5, np.float32),
            "one": np.array(1, np.float32),
            "half": np.array(0.5, np.float32),
            "heads": np.array([1, -1, HEADS, WIDTH // HEADS]),
            "flat": np.array([1, -1, WIDTH]),
        }

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        output = f"{operator}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def linear(self, vectors: str, name: str, rows: int, columns: int) -> str:
        matrix = RANDOM.standard_normal((rows, columns)).astype(np.float32)
        self.values.setdefault(name, matrix)
        self.values.setdefault(f"{name}.bias", RANDOM.standard_normal(columns).astype(np.float32))
        return self.node("Add", self.node("MatMul", vectors, name), f"{name}.bias")

    def layer(self, vectors: str, others_input: str = "") -> str:
        read = [self.linear(vectors, name, WIDTH, WIDTH) for name in ("query", "key", "value")]
        split = [self.node("Reshape", self.node("Reshape", one, "heads"), "flat") for one in read]
        attended = self.node("MultiHeadAttention", *split, domain="com.microsoft", num_heads=HEADS)
        added = self.linear(self.node("Reshape", attended, "flat"), "output", WIDTH, WIDTH)
        if others_input:
            added = self.node("Add", added, self.linear(others_input, "value", WIDTH, WIDTH))
        inner = self.linear(self.node("Add", added, vectors), "up", WIDTH, INNER)
        raised = self.node("Add", self.node("Erf", self.node("Div", inner, "root")), "one")
        gelu = self.node("Mul", inner, self.node("Mul", "half", raised))
        return self.linear(gelu, "down", INNER, WIDTH)

    def model(self, inputs: list[str], outputs: list[str]) -> onnx.ModelProto:
        shape = (1, None, WIDTH)
        graph = helper.make_graph(
            self.nodes,
            "layer",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in outputs],
            [numpy_helper.from_array(value, name) for name, value in self.values.items()],
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def one_text() -> onnx.ModelProto:
    graph = Graph()
    return graph.model(["vectors"], [graph.layer("vectors")])


def two_texts_through_one_layer() -> onnx.ModelProto:
    graph = Graph()
    return graph.model(["vectors", "others"], [graph.layer("vectors"), graph.layer("others")])


def values_with_another_use() -> onnx.ModelProto:
    graph = Graph()
    return graph.model(["vectors", "others"], [graph.layer("vectors", others_input="others")])


def outputs(model: onnx.ModelProto, more: list[str] | None = None) -> list[NDArray[np.float32]]:
    random = np.random.default_rng(4)
    vectors = {value.name: random.standard_normal((1, TOKENS, WIDTH)).astype(np.float32) for value in model.graph.input}
    # As outliers are: a channel that is a hundred times as large as the others.
    for value in vectors.values():
        value[..., 2] *= 100
    instrumented = onnx.ModelProto()
    instrumented.CopyFrom(model)
    instrumented.graph.output.extend(onnx.ValueInfoProto(name=name) for name in more or [])
    return [np.asarray(output) for output in session(instrumented.SerializeToString()).run(more, vectors)]


def prepared(model: onnx.ModelProto) -> onnx.ModelProto:
    without_reshapes(model)
    fuse_activations(model)
    inputs = list(dict.fromkeys(node.input[0] for node in products(model)))
    largest = [np.abs(value).reshape(-1, value.shape[-1]).max(axis=0) for value in outputs(model, inputs)]
    smooth_products(model, dict(zip(inputs, largest, strict=True)))
    return model


@pytest.mark.parametrize("build", [one_text, two_texts_through_one_layer, values_with_another_use])
def test_a_prepared_graph_computes_what_it_did(build: Callable[[], onnx.ModelProto]) -> None:
    model = build()
    before = outputs(model)
    after = outputs(prepared(model))
    for expected, computed in zip(before, after, strict=True):
        np.testing.assert_allclose(computed, expected, rtol=2e-4, atol=2e-4 * float(np.abs(expected).max()))


def test_the_input_of_several_matrices_is_divided_once_and_that_of_attention_never() -> None:
    nodes = prepared(one_text()).graph.node
    counts = Counter(node.op_type for node in nodes)
    assert not {"Reshape", "Erf", "Div"} & counts.keys()
    assert counts["Gelu"] == 1
    # Before query, key and value; before the matrix up; and before the matrix down.
    assert [node.output[0].endswith(".smoothed") for node in nodes if node.op_type == "Mul"] == [True] * 3


def test_values_with_another_use_keep_their_size() -> None:
    nodes = prepared(values_with_another_use()).graph.node
    assert sum(node.op_type == "Mul" for node in nodes) == 5


def test_smoothing_takes_the_outliers_from_the_inputs() -> None:
    model = prepared(one_text())
    (smoothed,) = outputs(model, ["vectors.smoothed"])
    channels = np.abs(smoothed).reshape(-1, WIDTH).max(axis=0)
    assert channels.max() / np.median(channels) < 10
