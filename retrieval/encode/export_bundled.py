"""The bundled model before its export: its graphs are built from its weights, and no torch is imported.

Clippings comes with what torch returned for a few texts. The graphs must return the same on this machine.
"""

import json
import shutil
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

from retrieval.encode.bert_graph import Bert, write_encoder_graph, write_joint_graph
from retrieval.encode.encoder import Encoder, Reader, Vectors
from retrieval.encode.export_sample import MIN_COSINE, encoded_sample, read_sample
from retrieval.encode.exported_files import (
    INT8_WEIGHTS,
    READER_JOINT,
    READER_LOWER,
    TOKENIZER,
    VERSION,
    Exported,
    file_digests,
)
from retrieval.encode.locate_model import BUNDLED, locate
from retrieval.encode.model_to_export import CannotExport, ModelToExport
from retrieval.encode.onnx import OnnxEncoder, OnnxReader
from retrieval.encode.prompts import Prompts, prompts_of
from retrieval.encode.quantize import extract_weights
from retrieval.encode.reader_delta import READER_DELTAS, delta_parts, with_low_rank

# training/reference_vectors.py writes it: `texts`, (texts,); their vectors as `passages`, (texts, dimension); and
# `read`, (2 × texts, dimension): of each text and of the text before it as a question, read together.
REFERENCE = Path(__file__).with_name("reference_bundled.npz")


def built_model(prompts: Prompts, texts: Sequence[str], scratch: Path) -> ModelToExport:
    """Build the graphs of the bundled model and of its reader in a folder.

    Raises ModelUntrusted, or CannotExport if they do not return here what torch returned elsewhere.
    """
    from safetensors.numpy import load_file

    folder = locate(BUNDLED)
    config, sentence_config = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("config.json", "sentence_bert_config.json")
    )
    bert = Bert(
        load_file(folder / "model.safetensors"),
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config["layer_norm_eps"],
    )
    reader, joint_layers = _reader(bert)
    graphs = {
        "int8.onnx": write_encoder_graph(bert, scratch / "encoder.graph"),
        READER_LOWER: write_encoder_graph(reader, scratch / "lower.graph", reader.layers - joint_layers),
        READER_JOINT: write_joint_graph(reader, joint_layers, scratch / "joint.graph"),
    }
    shutil.copy(folder / TOKENIZER, scratch / TOKENIZER)
    # The full weights stand in the place of those in 8 bits, so that they can be run before there are any.
    for name, graph in graphs.items():
        shutil.copy(graph.file, scratch / name)
    shared = extract_weights({scratch / name: graph for name, graph in graphs.items()}, scratch / INT8_WEIGHTS)
    seal = Exported(
        VERSION,
        BUNDLED,
        fingerprint="",
        source="",
        sources={},
        dimension=config["hidden_size"],
        max_tokens=sentence_config["max_seq_length"],
        files=file_digests(scratch),
        shared=shared,
    )
    likeness = _likeness_to_reference(OnnxEncoder(scratch, seal))
    if not likeness >= MIN_COSINE["fp32.onnx"]:
        raise CannotExport(f"its graphs came out with a cosine of {likeness:.4f} to the original")
    prompts = prompts_of(BUNDLED, folder, prompts)
    encoder = OnnxEncoder(scratch, seal, prompts=prompts)
    onnx_reader = OnnxReader(encoder)
    return ModelToExport(
        prompts,
        seal.dimension,
        seal.max_tokens,
        seal.pooling,
        (folder / TOKENIZER).read_text(encoding="utf-8"),
        graphs,
        {"int8.onnx": encoded_sample(encoder, texts), READER_JOINT: read_sample(onnx_reader, texts)},
        {"fp32.onnx": likeness},
        onnx_reader.lower_layers,
    )


def _reader(bert: Bert) -> tuple[Bert, int]:
    """Return the model with the delta of its reader added, and the number of joint layers."""
    parts = delta_parts(READER_DELTAS[BUNDLED])
    own = {name: parts[name].astype(np.float32) for name in ("question", "head.weight")}
    weights = with_low_rank(bert.weights, parts) | own
    return Bert(weights, bert.layers, bert.heads, bert.epsilon), int(parts["joint_layers"])


def _likeness_to_reference(encoder: OnnxEncoder) -> float:
    """Return the smallest cosine of the vectors to those that torch returned."""
    with np.load(REFERENCE, allow_pickle=False) as reference:
        texts = reference["texts"].tolist()
        expected = np.concatenate([reference["passages"], reference["read"]]).astype(np.float32)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    return float((reference_vectors(encoder, OnnxReader(encoder), texts) * expected).sum(axis=1).min())


def reference_vectors(encoder: Encoder, reader: Reader, texts: Sequence[str]) -> Vectors:
    """Return the vectors of texts, then those of each text and of the one before it, read together.

    Their shape is (3 × texts, dimension).
    """
    questions = cycle([texts[-1], *texts[:-1]])
    read = [reader.read(question, [text])[0] for question, text in zip(questions, texts, strict=False)]
    wholes = [tokens.whole for pair in read for tokens in (pair.passage, pair.question)]
    return np.concatenate([encoder.encode_passages(texts), np.stack(wholes)])
