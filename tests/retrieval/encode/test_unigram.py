"""The tokenizer on a memory map: its tokens and offsets are those of the library tokenizers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from corpus.reading import read_all
from retrieval.encode import unigram
from retrieval.encode.charsmap import charsmap, read_charsmap
from retrieval.encode.double_array import build
from retrieval.encode.exported_files import PIECES, exported_folder, find
from retrieval.encode.locate_model import locate
from retrieval.encode.memory_mapped_arrays import map_arrays, write_arrays
from retrieval.encode.multilingual_file import FILE, read, wheel_folder
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.tokenizer import LibraryTokenizer
from retrieval.encode.unigram import UnigramTokenizer
from retrieval.encode.unpack_multilingual import save_tokenizer
from retrieval.encode.write_unigram import HARD_TEXTS, write_unigram
from tests.conftest import ARTICLES, MAX_FILE_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOKENS = Path(__file__).with_name("xlm_roberta_tokens.jsonl")
LINES = [json.loads(line) for line in TOKENS.read_text(encoding="utf-8").rstrip("\n").split("\n")]
ALL = 1 << 30
# Characters by which tokenizers differ, beside any others: marks, what is deleted or replaced by more, special tokens.
HARD = st.sampled_from(
    [
        *"ae ▁.,\r\n\t\x01\xad\u0301\u0302\u0600\u06dd\u200b\u200d\u3000Ａé½ﬁ㌔™क़किที่אָ剪彩가각각©🙂👍🏽🇩🇪",
        "  ",
        "<s>",
        "<mask>",
        "the",
        "▁the",
    ]
)
TEXTS = st.lists(st.one_of(HARD, st.characters(exclude_categories=["Cs"])), max_size=40).map("".join)


@pytest.fixture(scope="module")
def tokenizers(
    multilingual: OnnxEncoder, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[UnigramTokenizer, LibraryTokenizer]:
    """The tokenizer that was exported with the multilingual model, and the library's for the same file."""
    exported = find(models, multilingual.name)
    assert exported
    file = tmp_path_factory.mktemp("tokenizers") / "tokenizer.json"
    save_tokenizer(read(wheel_folder() / FILE), file)
    return UnigramTokenizer(exported_folder(models, exported.fingerprint) / PIECES), LibraryTokenizer(str(file))


def check_equal(tokenizers: tuple[UnigramTokenizer, LibraryTokenizer], text: str, max_tokens: int = ALL) -> None:
    ours, theirs = (tokenizer.cut(text, max_tokens) for tokenizer in tokenizers)
    assert ours.ids.tolist() == theirs.ids.tolist(), repr(text)
    assert ours.offsets.tolist() == theirs.offsets.tolist(), repr(text)


def test_every_script_is_split_as_the_published_tokenizer_splits_it(
    tokenizers: tuple[UnigramTokenizer, LibraryTokenizer],
) -> None:
    for line in LINES:
        tokens = tokenizers[0].cut(line["text"], ALL)
        assert tokens.ids.tolist() == line["ids"], line["text"]
        assert tokens.offsets.tolist() == line["offsets"], line["text"]


@given(TEXTS)
@settings(max_examples=1500)
def test_any_text_is_split_as_the_library_splits_it(
    tokenizers: tuple[UnigramTokenizer, LibraryTokenizer], text: str
) -> None:
    check_equal(tokenizers, text)


@given(st.lists(st.sampled_from([*(line["text"] for line in LINES), *HARD_TEXTS]), max_size=4), st.integers(2, 40))
def test_a_text_is_cut_as_the_library_cuts_it(
    tokenizers: tuple[UnigramTokenizer, LibraryTokenizer], texts: list[str], max_tokens: int
) -> None:
    check_equal(tokenizers, "\n".join(texts), max_tokens)


def test_counts_and_ends_are_those_of_the_library(tokenizers: tuple[UnigramTokenizer, LibraryTokenizer]) -> None:
    (article,) = (reading.article for reading in read_all([ARTICLES], MAX_FILE_BYTES) if hasattr(reading, "article"))
    texts = [article.text, *HARD_TEXTS, *(line["text"] for line in LINES)]
    ours, theirs = tokenizers
    assert ours.count(texts) == theirs.count(texts)
    assert [ours.ends(text) for text in texts] == [theirs.ends(text) for text in texts]
    assert ours.unknown == theirs.unknown == 3


def test_words_are_forgotten_before_they_are_too_many(
    tokenizers: tuple[UnigramTokenizer, LibraryTokenizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unigram, "REMEMBERED", 3)
    tokenizers[0]._words.clear()
    for line in LINES:
        check_equal(tokenizers, line["text"])
        assert len(tokenizers[0]._words) <= 3


def test_a_tokenizer_of_another_kind_is_left_to_the_library(tmp_path: Path) -> None:
    assert not write_unigram(locate("bundled") / "tokenizer.json", tmp_path / "pieces.bin", [])
    other = Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0)], 0, byte_fallback=False))
    other.save(str(tmp_path / "tokenizer.json"))
    assert not write_unigram(tmp_path / "tokenizer.json", tmp_path / "pieces.bin", [])
    assert not (tmp_path / "pieces.bin").exists()


def test_a_difference_to_the_library_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = read(wheel_folder() / FILE)
    save_tokenizer(replace(content, pieces=content.pieces[:300]), tmp_path / "tokenizer.json")
    assert write_unigram(tmp_path / "tokenizer.json", tmp_path / "pieces.bin", [])
    monkeypatch.setattr("retrieval.encode.write_unigram.UNKNOWN_PENALTY", -30.0)
    assert not write_unigram(tmp_path / "tokenizer.json", tmp_path / "pieces.bin", [])
    assert not (tmp_path / "pieces.bin").exists()


@given(st.lists(st.text("abcdé克\U0001f642", min_size=1, max_size=6), min_size=1, unique=True))
def test_the_trie_holds_exactly_its_strings(strings: list[str]) -> None:
    trie = build(strings)

    def find(string: str) -> int:
        node = 0
        for character in string:
            child = int(trie.base[node]) + int(trie.codes[ord(character)])
            if not trie.codes[ord(character)] or trie.check[child] != node:
                return -1
            node = child
        return int(trie.ends[node])

    for number, string in enumerate(strings):
        assert find(string) == number
        for other in (string[:-1], string + "a", string + "z", string[::-1]):
            if other:
                assert find(other) == (strings.index(other) if other in strings else -1)


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), min_size=1, max_size=3),
        st.text("abcé", max_size=4),
        max_size=40,
    )
)
def test_a_table_of_replacements_can_be_read_again(replacements: dict[str, str]) -> None:
    assert read_charsmap(charsmap(replacements)) == replacements


def test_arrays_are_mapped_as_they_were_written(tmp_path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "a": np.arange(7, dtype=np.uint8),
        "b": np.arange(6, dtype=np.float64).reshape(2, 3),
        "c": np.zeros(0),
    }
    write_arrays(tmp_path / "arrays", arrays, {"name": "克"})
    mapped, values = map_arrays(tmp_path / "arrays")
    assert values == {"name": "克"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(mapped[name], array)
        assert mapped[name].dtype == array.dtype
