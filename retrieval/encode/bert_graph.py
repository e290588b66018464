"""Build the ONNX graph of a BERT model, and that of its reader, from their weights. No torch is imported.

The nodes compute what tracing the model gives (trace.py), in the same order, so the outputs are the same bit for bit.
BERT: Devlin and others 2019, https://arxiv.org/abs/1810.04805. joint_reader.py describes the reader.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from retrieval.encode.encoder import Vectors
from retrieval.encode.external_embedding_matrix import TracedModel, extreme_rows
from retrieval.encode.reader_delta import TO_PASSAGE, TO_QUESTION

OPSET = 18
IR_VERSION = 10
WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Bert:
    """The weights of a BertModel by the names that transformers gives them, and the sizes that they do not tell."""

    weights: Mapping[str, Vectors]
    layers: int
    heads: int
    epsilon: float


def write_encoder_graph(bert: Bert, to: Path, layers: int | None = None) -> TracedModel:
    """Write the graph that maps the token ids of one text, (1, tokens), to vectors, (1, tokens, dimension).

    They are those of the last layer, or of as many of the lower `layers`.
    """
    graph = _Graph(bert)
    vectors = graph.embeddings("input_ids")
    for layer in range(bert.layers if layers is None else layers):
        vectors = graph.layer(layer, vectors)
    graph.rename(vectors, "tokens")
    return graph.write(to, {"input_ids": "tokens"}, {"tokens": "tokens"})


def write_joint_graph(bert: Bert, joint_layers: int, to: Path) -> TracedModel:
    """Write the graph of a reader's joint layers: what JointReader.join computes.

    The weights are the model's with the reader's delta added, and those named "question" and "head.weight".
    """
    graph = _Graph(bert)
    question = graph.node("Add", "question_vectors", graph.weight("question"))
    vectors = graph.node("Concat", question, "passage_vectors", axis=1)
    attention = graph.attention_across("question_vectors", "passage_vectors")
    for layer in range(bert.layers - joint_layers, bert.layers):
        vectors = graph.layer(layer, vectors, attention)
    graph.rename(vectors, "tokens")
    graph.rename(graph.node("MatMul", "tokens", graph.transposed("head.weight")), "numbers")
    lengths = {"question_vectors": "question_tokens", "passage_vectors": "passage_tokens"}
    return graph.write(to, lengths, dict.fromkeys(("tokens", "numbers"), "all_tokens"))


class _Graph:
    """The nodes of a graph, and the weights that they name."""

    def __init__(self, bert: Bert) -> None:
        self._bert = bert
        self._nodes: list[onnx.NodeProto] = []
        self._used: dict[str, NDArray[Any]] = {}
        self._attended: list[onnx.ValueInfoProto] = []

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        output = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def rename(self, output: str, name: str) -> None:
        """Give the output of the last node another name."""
        assert list(self._nodes[-1].output) == [output]  # noqa: S101 - no other node may have read it
        self._nodes[-1].output[:] = [name]

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Name a constant."""
        self._used[name] = value
        return name

    def weight(self, name: str) -> str:
        """Name a weight of the model."""
        return self.constant(name, self._bert.weights[name])

    def transposed(self, name: str) -> str:
        """Name a matrix of the model, (outputs, inputs), as the graph multiplies by it: (inputs, outputs)."""
        return self.constant(f"{name}.transposed", np.ascontiguousarray(self._bert.weights[name].T))

    def embeddings(self, input_ids: str) -> str:
        """Add up the embeddings of ids: of the words, of the type of the first text, and of the positions."""
        positions = np.arange(len(self._bert.weights["embeddings.position_embeddings.weight"]))[None]
        first, one = self.constant("first", np.array([0])), self.constant("one", np.array([1]))
        length = self.node("Shape", input_ids, start=1, end=2)
        ids = {
            "word": input_ids,
            "token_type": self.constant("type", np.array([[0]])),
            "position": self.node("Slice", self.constant("positions", positions), first, length, one, one),
        }
        words, types, places = (
            self.node("Gather", self.weight(f"embeddings.{kind}_embeddings.weight"), of, axis=0)
            for kind, of in ids.items()
        )
        return self.normalized(self.node("Add", self.node("Add", words, types), places), "embeddings.LayerNorm")

    def layer(self, number: int, vectors: str, added: str = "") -> str:
        """Add a layer of the transformer; `added` is added to the attention of each token to each."""
        name = f"encoder.layer.{number}"
        read = (self.linear(vectors, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        width = len(self._bert.weights[f"{name}.attention.self.query.bias"])
        attended = self.node(
            "MultiHeadAttention",
            *read,
            *(("", "", added) if added else ()),
            domain="com.microsoft",
            num_heads=self._bert.heads,
            scale=(width / self._bert.heads) ** -0.5,
        )
        # What onnxruntime's own operators return is unknown to ONNX, and the quantizer must know it.
        self._attended.append(helper.make_tensor_value_info(attended, TensorProto.FLOAT, (1, None, width)))
        projected = self.linear(attended, f"{name}.attention.output.dense")
        vectors = self.normalized(self.node("Add", projected, vectors), f"{name}.attention.output.LayerNorm")
        inner = self.gelu(self.linear(vectors, f"{name}.intermediate.dense"))
        outer = self.linear(inner, f"{name}.output.dense")
        return self.normalized(self.node("Add", outer, vectors), f"{name}.output.LayerNorm")

    def linear(self, vectors: str, name: str) -> str:
        """Multiply by a layer's matrix, and add its bias."""
        product = self.node("MatMul", vectors, self.transposed(f"{name}.weight"))
        return self.node("Add", product, self.weight(f"{name}.bias"))

    def gelu(self, vectors: str) -> str:
        """Apply GELU, in the steps that onnxruntime fuses."""
        root, one, half = (
            self.constant(name, np.array(value, np.float32))
            for name, value in (("root_of_2", math.sqrt(2)), ("one_float", 1), ("half", 0.5))
        )
        raised = self.node("Add", self.node("Erf", self.node("Div", vectors, root)), one)
        return self.node("Mul", vectors, self.node("Mul", half, raised))

    def normalized(self, vectors: str, name: str) -> str:
        """Apply a layer normalization."""
        return self.node(
            "LayerNormalization",
            vectors,
            self.weight(f"{name}.weight"),
            self.weight(f"{name}.bias"),
            axis=-1,
            epsilon=self._bert.epsilon,
            stash_type=1,
        )

    def attention_across(self, question: str, passage: str) -> str:
        """Compute attention_across of joint_reader.py, (1, 1, tokens, tokens), from the vectors of both."""
        zero, one = self.constant("first", np.array([0])), self.constant("one", np.array([1]))
        kinds = [
            self.node(
                "ConstantOfShape",
                self.node("Shape", vectors, start=1, end=2),
                value=numpy_helper.from_array(np.array([kind], np.float32)),
            )
            for vectors, kind in ((question, 0), (passage, 1))
        ]
        of_passage = self.node("Concat", *kinds, axis=0)
        rows, columns = (self.node("Unsqueeze", of_passage, axis) for axis in (one, zero))
        across = self.node("Sub", rows, columns)
        parts = []
        for operator, factor in (("Max", TO_QUESTION), ("Min", TO_PASSAGE)):
            clamped = self.node(operator, across, self.constant("zero", np.array(0, np.float32)))
            parts.append(self.node("Mul", clamped, self.constant(f"{operator}_factor", np.array(factor, np.float32))))
        return self.node("Unsqueeze", self.node("Sub", *parts), self.constant("two_axes", np.array([0, 1])))

    def write(self, to: Path, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> TracedModel:
        """Write the graph; inputs and outputs have names for their numbers of tokens."""
        matrix = self._used.get(WORDS)
        weights = self._used if matrix is None else self._used | {WORDS: extreme_rows(matrix)}
        width = self._bert.weights[WORDS].shape[1]
        widths = {"tokens": width, "numbers": 1}
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, (1, tokens))
                if name == "input_ids"
                else helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, tokens, width))
                for name, tokens in inputs.items()
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, tokens, widths[name]))
                for name, tokens in outputs.items()
            ],
            [numpy_helper.from_array(value, name) for name, value in weights.items()],
            value_info=self._attended,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        to.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString())
        return TracedModel(to) if matrix is None else TracedModel(to, WORDS, matrix)
