"""Any model of sentence-transformers before its export: traced, and run on the sample (torch)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.encode.export_sample import encoded_sample, read_sample
from retrieval.encode.exported_files import READER_JOINT, READER_LOWER
from retrieval.encode.model_to_export import CannotExport, ModelToExport
from retrieval.encode.prompts import Prompts
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.encode.trace import trace_encoder, trace_joint_layers, trace_lower_layers

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def traced_model(model: str, prompts: Prompts, texts: Sequence[str], scratch: Path) -> ModelToExport:
    """Trace a model into a folder; raises CannotExport, ModelMissing or ModelUntrusted."""
    original = SentenceEncoder(model, prompts)
    pooling = _pooling(original.model)
    tokenizer = tokenizer_json(original.model.tokenizer)
    graphs = {"int8.onnx": trace_encoder(original, scratch / "fp32.onnx")}
    encoded = encoded_sample(original, texts)
    expected = {"fp32.onnx": encoded, "int8.onnx": encoded}
    if original.reader:
        module = original.reader.module
        graphs[READER_LOWER] = trace_lower_layers(module, scratch / READER_LOWER, original.max_tokens)
        graphs[READER_JOINT] = trace_joint_layers(module, scratch / READER_JOINT, original.max_tokens)
        expected[READER_JOINT] = read_sample(original.reader, texts)
    return ModelToExport(
        original.prompts,
        original.dimension,
        original.max_tokens,
        pooling,
        tokenizer,
        graphs,
        expected,
        lower_layers=original.reader.lower_layers if original.reader else None,
    )


def _pooling(model: "SentenceTransformer") -> str:
    """Return how a model pools its tokens; raises CannotExport if it has other modules or another pooling."""
    kinds = [type(module).__name__ for module in model]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise CannotExport(f"it is made of {', '.join(kinds)}")
    if not model[1].include_prompt:
        raise CannotExport("it leaves the prompt out of the vector")
    pooling = str(model[1].pooling_mode)
    if pooling not in ("mean", "cls", "lasttoken"):
        raise CannotExport(f"it pools its tokens by {pooling}")
    return pooling


def tokenizer_json(tokenizer: Any) -> str:
    """Return a tokenizer of transformers as tokenizer.json has it; raises CannotExport if it is not a fast one."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise CannotExport("its tokenizer is not one of the fast ones")
    return str(fast.to_str())
