"""The graph built from a model's weights returns the very numbers of the traced model, and no torch is imported."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertModel

from retrieval.encode.bert_graph import Bert, write_encoder_graph, write_joint_graph
from retrieval.encode.export_bundled import REFERENCE, reference_vectors
from retrieval.encode.external_embedding_matrix import TracedModel
from retrieval.encode.joint_reader import JointReader
from retrieval.encode.onnx import session
from retrieval.encode.quantize import extract_weights
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.encode.trace import trace_encoder, trace_joint_layers, trace_lower_layers

# torch itself still does what it warns of.
pytestmark = pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")
WORDS, TOKENS, LAYERS, HEADS = 50, 32, 3, 2


@pytest.fixture(scope="module")
def reader() -> JointReader:
    """A small reader with one joint layer, and random weights."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=24,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=40,
        max_position_embeddings=TOKENS,
    )
    small = JointReader(BertModel(config, add_pooling_layer=False), 1)
    for weight in (small.question, small.head.weight):
        torch.nn.init.normal_(weight)
    return small.eval().requires_grad_(requires_grad=False)


def bert(reader: JointReader) -> Bert:
    weights = {name: weight.numpy() for name, weight in reader.transformer.state_dict().items()}
    own = {"question": reader.question.numpy(), "head.weight": reader.head.weight.numpy()}
    return Bert(weights | own, LAYERS, HEADS, reader.transformer.config.layer_norm_eps)


def outputs(graph: TracedModel, **inputs: list[int] | NDArray[np.float32]) -> list[Any]:
    """Run a graph; each input is the ids of a text, or vectors, (tokens, dimension)."""
    whole = graph.file.with_suffix(".whole")
    shutil.copy(graph.file, whole)
    extract_weights({whole: graph}, graph.file.with_suffix(".weights"))
    return list(session(str(whole)).run(None, {name: np.asarray(given)[None] for name, given in inputs.items()}))


@pytest.mark.parametrize("ids", [[3, 9], [49, 0, 7, 7, 1], list(range(TOKENS))])
def test_an_encoder_is_as_traced(reader: JointReader, tmp_path: Path, ids: list[int]) -> None:
    traced_from = SimpleNamespace(model=[SimpleNamespace(auto_model=reader.transformer)], max_tokens=TOKENS)
    traced = trace_encoder(cast("SentenceEncoder", traced_from), tmp_path / "traced.onnx")
    built = write_encoder_graph(bert(reader), tmp_path / "built.onnx")
    np.testing.assert_array_equal(outputs(built, input_ids=ids)[0], outputs(traced, input_ids=ids)[0])


def test_a_reader_is_as_traced(reader: JointReader, tmp_path: Path) -> None:
    lower = write_encoder_graph(bert(reader), tmp_path / "lower.onnx", LAYERS - 1)
    joint = write_joint_graph(bert(reader), 1, tmp_path / "joint.onnx")
    traced_lower = trace_lower_layers(reader, tmp_path / "traced_lower.onnx", TOKENS)
    traced_joint = trace_joint_layers(reader, tmp_path / "traced_joint.onnx", TOKENS)
    for question, passage in (([3, 9], [4, 5, 6]), ([49, 0, 7, 7, 1], list(range(TOKENS)))):
        vectors = [outputs(lower, input_ids=ids)[0] for ids in (question, passage)]
        for ids, ours in zip((question, passage), vectors, strict=True):
            np.testing.assert_array_equal(ours, outputs(traced_lower, input_ids=ids)[0])
        inputs = {"question_vectors": vectors[0][0], "passage_vectors": vectors[1][0]}
        read = outputs(joint, **inputs)
        for ours, theirs in zip(read, outputs(traced_joint, **inputs), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        with torch.inference_mode():
            expected = reader(torch.tensor([question]), torch.tensor([passage]))
        for ours, original in zip(read, expected, strict=True):
            np.testing.assert_allclose(ours, original.numpy(), atol=1e-5)


def test_the_reference_is_what_torch_returns(original: SentenceEncoder) -> None:
    with np.load(REFERENCE, allow_pickle=False) as reference:
        texts = reference["texts"].tolist()
        expected = np.concatenate([reference["passages"], reference["read"]]).astype(np.float32)
    assert original.reader
    np.testing.assert_allclose(reference_vectors(original, original.reader, texts), expected, atol=2e-4)


def test_the_bundled_model_is_exported_without_torch(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from retrieval.encode.export import NO_PROMPTS, _original
original = _original("bundled", NO_PROMPTS, ["Kerry met four bloggers."], Path({str(tmp_path)!r}))
assert original.likeness["fp32.onnx"] >= 0.9999
assert set(original.expected) == {{"int8.onnx", "reader_joint.onnx"}}
assert set(original.graphs) == {{"int8.onnx", "reader_lower.onnx", "reader_joint.onnx"}}
heavy = {{"torch", "transformers", "sentence_transformers", "scipy", "sklearn"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
