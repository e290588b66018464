"""The reader: a built-in model with a delta trained on top of it."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from retrieval.encode.locate_model import locate
from retrieval.encode.reader_delta import READER_DELTAS, ReaderDelta
from retrieval.encode.sentence_transformers import SentenceEncoder, SentenceReader
from retrieval.errors import ModelUntrusted

BUNDLED_DELTA = READER_DELTAS["bundled"]
QUESTION = "How long is his sentence?"
TEXT = "Xu Zhiyong\nHe was detained in July. He was sentenced to four years in prison."


@pytest.mark.parametrize("delta", READER_DELTAS.values(), ids=READER_DELTAS)
def test_a_delta_is_small_and_unchanged(delta: ReaderDelta) -> None:
    content = delta.file.read_bytes()
    assert len(content) <= 3_000_000
    assert hashlib.sha256(content).hexdigest() == delta.sha256


def test_the_reader_is_the_bundled_model_plus_the_delta_and_reads_both_together(original: SentenceEncoder) -> None:
    """Against another implementation: the whole model at once, with the attention across masked below."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    folder = str(locate("bundled"))
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    parts = load_file(BUNDLED_DELTA.file)
    weights = {name.removesuffix(".up") for name in parts if name.endswith(".up")}
    assert len(weights) == 36  # six layers: query, key, value, output and the two of the feed-forward part
    for name in weights:
        product = parts[f"{name}.up"].double() @ parts[f"{name}.down"].double()
        model.get_parameter(f"{name}.weight").data += product.float()
    asked, text = (tokenizer(part, return_tensors="pt")["input_ids"] for part in (QUESTION, TEXT))
    count = asked.shape[1]
    positions = torch.cat([torch.arange(count), torch.arange(text.shape[1])])[None]
    vectors = model.embeddings(input_ids=torch.cat([asked, text], 1), position_ids=positions)
    of_passage = torch.arange(vectors.shape[1]) >= count
    apart = (of_passage[:, None] != of_passage[None, :]) * -1e9
    across = torch.where(of_passage[:, None], 1.0, -4.0) * (of_passage[:, None] != of_passage[None, :])
    for number, layer in enumerate(model.encoder.layer):
        if number == 3:
            vectors = vectors + torch.where(of_passage, 0.0, 1.0)[None, :, None] * parts["question"].float()
        vectors = layer(vectors, (apart if number < 3 else across)[None, None])
    numbers = vectors[0] @ parts["head.weight"][0].float()
    expected = torch.nn.functional.normalize(vectors[0], dim=-1).detach().numpy()

    assert original.reader is not None
    (read,) = original.reader.read(QUESTION, [TEXT])
    assert read.question.vectors == pytest.approx(expected[1 : count - 1], abs=1e-4)
    assert read.passage.vectors == pytest.approx(expected[count + 1 : -1], abs=1e-4)
    assert read.of_answer == pytest.approx(numbers[count + 1 : -1].detach().numpy(), abs=1e-3)
    plain = original.encode_passage_tokens([TEXT])[0].vectors
    assert (read.passage.vectors * plain).sum(axis=1).min() < 0.99  # the encoder itself stays unchanged


def test_the_question_changes_what_is_read(original: SentenceEncoder) -> None:
    assert original.reader is not None
    first, second = (original.reader.read(question, [TEXT])[0] for question in (QUESTION, "Who was detained?"))
    assert not np.allclose(first.passage.vectors, second.passage.vectors, atol=0.01)


def test_a_model_folder_has_no_reader(original: SentenceEncoder, tmp_path: Path) -> None:
    assert original.reader is original.reader
    shutil.copytree(locate("bundled"), tmp_path / "model")
    assert SentenceEncoder(str(tmp_path / "model")).reader is None


@pytest.mark.parametrize("content", [None, b"", b"flipped"])
def test_another_delta_is_refused(content: bytes | None, original: SentenceEncoder, tmp_path: Path) -> None:
    file = tmp_path / "reader_delta.safetensors"
    if content == b"flipped":
        whole = bytearray(BUNDLED_DELTA.file.read_bytes())
        whole[-1] ^= 1
        content = bytes(whole)
    if content is not None:
        file.write_bytes(content)
    reader = SentenceReader(original, ReaderDelta(file, BUNDLED_DELTA.sha256))
    with pytest.raises(ModelUntrusted, match="Install Clippings anew"):
        reader.read(QUESTION, [TEXT])
