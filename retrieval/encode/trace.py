"""Trace a model into an ONNX graph, with attention as onnxruntime's own operator (torch)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx

from retrieval.encode.cross_encoder import SentenceReranker
from retrieval.encode.external_embedding_matrix import TracedModel, embeddings_left_out
from retrieval.encode.model_to_export import CannotExport
from retrieval.encode.sentence_transformers import SentenceEncoder

if TYPE_CHECKING:
    from torch import Tensor

    from retrieval.encode.joint_reader import JointReader


def trace_encoder(encoder: SentenceEncoder, to: Path) -> TracedModel:
    """Write the graph that maps the token ids of one text, (1, tokens), to vectors, (1, tokens, dimension)."""
    import torch

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer: Any = encoder.model[0].auto_model

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            return self.transformer(input_ids=input_ids, attention_mask=None).last_hidden_state  # type: ignore[no-any-return]

    return _trace(Wrapped().eval(), {"input_ids": "tokens"}, ["tokens"], encoder.max_tokens, to)


def trace_lower_layers(reader: "JointReader", to: Path, max_tokens: int) -> TracedModel:
    """Write the graph of what the joint layers are given for the token ids of a text, (1, tokens)."""
    import torch

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.reader = reader
            self.transformer: Any = reader.transformer

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            return self.reader.alone(input_ids)

    return _trace(Wrapped().eval(), {"input_ids": "tokens"}, ["tokens"], max_tokens, to)


def trace_joint_layers(reader: "JointReader", to: Path, max_tokens: int) -> TracedModel:
    """Write the graph of what JointReader.join returns."""
    import torch

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.reader = reader
            self.transformer: Any = reader.transformer

        def forward(
            self, question_vectors: torch.Tensor, passage_vectors: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            return self.reader.join(question_vectors, passage_vectors)

    inputs = {"question_vectors": "question_tokens", "passage_vectors": "passage_tokens"}
    dimension = int(reader.transformer.config.hidden_size)
    return _trace(Wrapped().eval(), inputs, ["tokens", "numbers"], max_tokens, to, dimension)


def trace_cross_encoder(encoder: SentenceReranker, to: Path) -> TracedModel:
    """Write the graph that maps a question with a text, both as ids in INPUTS, (1, tokens), to its score, (1, 1)."""
    import torch

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.classifier: Any = encoder.classifier
            self.transformer: Any = self.classifier.base_model

        def forward(self, input_ids: torch.Tensor, token_type_ids: torch.Tensor | None = None) -> torch.Tensor:
            types = {} if token_type_ids is None else {"token_type_ids": token_type_ids}
            return self.classifier(input_ids=input_ids, attention_mask=None, **types).logits  # type: ignore[no-any-return]

    return _trace(Wrapped().eval(), dict.fromkeys(encoder.inputs, "tokens"), ["scores"], encoder.max_tokens, to)


def _trace(
    module: Any, inputs: Mapping[str, str], outputs: Sequence[str], max_tokens: int, to: Path, dimension: int = 0
) -> TracedModel:
    """Write the graph of a module that has a transformer; each input is ids, (1, tokens).

    With a dimension it is vectors, (1, tokens, dimension). `inputs` are the inputs' names, with a name for their number
    of tokens.
    """
    import torch

    tokens = {name: torch.export.Dim(name, min=2, max=max_tokens) for name in inputs.values()}
    # Of different lengths, so that none is taken for another.
    lengths = {name: 16 + number for number, name in enumerate(tokens)}
    wide, kind = ((dimension,), torch.float) if dimension else ((), torch.long)
    embedding = module.transformer.get_input_embeddings()
    with _one_operator_for_attention(module.transformer), embeddings_left_out(embedding) as matrix:
        names = [name for name, weight in module.named_parameters(remove_duplicate=False) if weight is embedding.weight]
        program = torch.onnx.export(
            module,
            tuple(torch.zeros((1, lengths[of], *wide), dtype=kind) for of in inputs.values()),
            dynamo=True,
            dynamic_shapes=tuple({1: tokens[of]} for of in inputs.values()),
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=18,
            verbose=False,
        )
        if program is None:
            raise CannotExport("PyTorch returned nothing")
        program.save(to)
    found = (weights.name for weights in onnx.load(to).graph.initializer if weights.name in names)
    name = next(found, None)
    return TracedModel(to, name, matrix) if name else TracedModel(to)


@contextmanager
def _one_operator_for_attention(transformer: Any) -> Iterator[None]:
    """Trace attention as onnxruntime's own operator. A single text has no padding, so it needs no mask.

    Traced as its many small steps, attention takes as long as everything else together.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register("onnxruntime", _attention)
    AttentionMaskInterface.register("onnxruntime", lambda *_, **__: None)
    before = transformer.config._attn_implementation
    transformer.set_attn_implementation("onnxruntime")
    try:
        yield
    finally:
        transformer.set_attn_implementation(before)


def _attention(
    _: object,
    query: "Tensor",
    key: "Tensor",
    value: "Tensor",
    added: "Tensor | None",
    *__: object,
    scaling: float | None = None,
    **___: object,
) -> tuple["Tensor", None]:
    """Compute attention with com.microsoft.MultiHeadAttention; each input is (batch, heads, tokens, channels).

    `added` is added to the attention, (batch, 1, tokens, tokens).
    """
    import torch

    batch, heads, tokens, channels = query.shape
    flat = [part.transpose(1, 2).reshape(batch, -1, heads * channels) for part in (query, key, value)]
    attended = torch.onnx.ops.symbolic(
        "com.microsoft::MultiHeadAttention",
        flat if added is None else [*flat, None, None, added],
        attrs={"num_heads": heads, "scale": float(scaling or channels**-0.5)},
        dtype=query.dtype,
        shape=(batch, tokens, heads * channels),
        version=1,
    )
    return attended.reshape(batch, tokens, heads, channels), None
