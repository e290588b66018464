"""The reader: a built-in model with a delta trained on top of it."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from retrieval.encode.locate_model import locate
from retrieval.encode.reader_delta import READER_DELTAS, ReaderDelta
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.errors import ModelUntrusted

BUNDLED_DELTA = READER_DELTAS["bundled"]
TEXT = "Xu Zhiyong\nHe was detained in July. He was sentenced to four years in prison."


@pytest.mark.parametrize("delta", READER_DELTAS.values(), ids=READER_DELTAS)
def test_a_delta_is_small_and_unchanged(delta: ReaderDelta) -> None:
    content = delta.file.read_bytes()
    assert len(content) <= 3_000_000
    assert hashlib.sha256(content).hexdigest() == delta.sha256


def test_the_reader_is_the_bundled_model_plus_the_delta(original: SentenceEncoder) -> None:
    import torch
    from safetensors.numpy import load_file
    from transformers import AutoModel, AutoTokenizer

    folder = str(locate("bundled"))
    model, tokenizer = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    parts = load_file(BUNDLED_DELTA.file)
    weights = {name.removesuffix(".up") for name in parts if name.endswith(".up")}
    assert len(weights) == 36  # six layers: query, key, value, output and the two of the feed-forward part
    for name in weights:
        product = parts[f"{name}.up"].astype(np.float64) @ parts[f"{name}.down"].astype(np.float64)
        model.get_parameter(f"{name}.weight").data += torch.from_numpy(product).float()
    batch = tokenizer(TEXT, return_tensors="pt")
    with torch.no_grad():
        expected = model.eval()(**batch).last_hidden_state[0, 1:-1].numpy()
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)

    vectors = original.reader.encode_passage_tokens([TEXT])[0].vectors
    assert vectors == pytest.approx(expected, abs=1e-4)
    plain = original.encode_passage_tokens([TEXT])[0].vectors
    assert (vectors * plain).sum(axis=1).min() < 0.99  # the encoder itself stays unchanged


def test_a_model_folder_is_its_own_reader(original: SentenceEncoder, tmp_path: Path) -> None:
    assert original.reader is original.reader
    assert original.reader is not original
    assert original.reader.reader is original.reader
    shutil.copytree(locate("bundled"), tmp_path / "model")
    own = SentenceEncoder(str(tmp_path / "model"))
    assert own.reader is own


@pytest.mark.parametrize("content", [None, b"", b"flipped"])
def test_another_delta_is_refused(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "reader_delta.safetensors"
    if content == b"flipped":
        whole = bytearray(BUNDLED_DELTA.file.read_bytes())
        whole[-1] ^= 1
        content = bytes(whole)
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelUntrusted, match="Install Clippings anew"):
        SentenceEncoder(delta=ReaderDelta(file, BUNDLED_DELTA.sha256)).encode_passage_tokens([TEXT])
