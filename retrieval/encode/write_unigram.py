"""Write the file of a UnigramTokenizer from a tokenizer.json, and compare the two tokenizers."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import normalizers

from retrieval.encode.charsmap import charsmap, read_charsmap
from retrieval.encode.double_array import CODE_POINTS, build
from retrieval.encode.memory_mapped_arrays import write_arrays
from retrieval.encode.normalize_text import ALONE, JOINS_LEFT, JOINS_RIGHT, REPLACED
from retrieval.encode.tokenizer import LibraryTokenizer, TokenIds
from retrieval.encode.unigram import UnigramTokenizer

# An unknown character's score is so much below the lowest score of a piece, in the library.
UNKNOWN_PENALTY = 10.0
ENOUGH = 1 << 30  # tokens, for any text
SURROGATES = range(0xD800, 0xE000)
PRE_TOKENIZER = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
REPLACE_SPACES = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
PLAIN_TOKEN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
# Texts that a tokenizer may take apart in another way: marks, clusters, spaces, what is deleted, replaced or special.
HARD_TEXTS = (
    "",
    " ",
    "  two  spaces  ",
    "a\r\nb\n\nc\td",
    "\x01a\x01b \x01\x01c",
    "\u0600e\u0301 e\u0301\u0301 \n\u0301 Ａ\u0301b",
    "ﬁne ㌔メートル ½ ™ ‚x‘ …",
    "<s> a<mask>b </s> ＜unk＞ ＜s＞",
    "剪彩 🙂🙂👍🏽 met 👩‍👩‍👧 𒀀𒀁",
    "▁a▁▁b",
    "क्षत्रिय ที่นี่ कि\u0958 क\u093c אָלֶף الْعَرَبِيَّة Việt Việt",
)


def write_unigram(tokenizer_json: Path, to: Path, texts: Iterable[str]) -> bool:
    """Write the file if the tokenizer is of this kind and splits the texts alike; return whether it was written."""
    content = json.loads(tokenizer_json.read_text(encoding="utf-8"))
    if not _is_supported(content):
        return False
    theirs = LibraryTokenizer(str(tokenizer_json))
    try:
        _write(content, theirs.cut("a", ENOUGH), to)
    except OverflowError:  # too many characters
        return False
    ours = UnigramTokenizer(to)
    for text in (*HARD_TEXTS, *texts):
        our, their = ours.cut(text, ENOUGH), theirs.cut(text, ENOUGH)
        if not (np.array_equal(our.ids, their.ids) and np.array_equal(our.offsets, their.offsets)):
            to.unlink()
            return False
    return True


def _is_supported(content: dict[str, Any]) -> bool:
    """Return whether a tokenizer is SentencePiece's unigram model, with the parts that UnigramTokenizer has."""
    model, steps = content["model"], (content["normalizer"] or {}).get("normalizers", [])
    return (
        model["type"] == "Unigram"
        and model.get("unk_id") is not None
        and not model.get("byte_fallback")
        and content["pre_tokenizer"] == PRE_TOKENIZER
        and [step["type"] for step in steps] == ["Precompiled", "Replace"]
        and steps[1] == REPLACE_SPACES
        and all(PLAIN_TOKEN.items() <= token.items() for token in content["added_tokens"])
    )


def _write(content: dict[str, Any], letter: TokenIds, to: Path) -> None:
    """Write the file; `letter` are the tokens of a letter, in whose front and behind it stand the special ones."""
    pieces, scores = zip(*content["model"]["vocab"], strict=True)
    trie = build(pieces)
    replacements = read_charsmap(base64.b64decode(content["normalizer"]["normalizers"][0]["precompiled_charsmap"]))
    of_text = np.flatnonzero(letter.offsets[:, 1])
    arrays: dict[str, NDArray[Any]] = {
        "codes": trie.codes,
        "base": trie.base,
        "check": trie.check,
        "ends": trie.ends,
        "scores": np.array(scores, np.float64),
        "kinds": _kinds(replacements),
    }
    values = {
        "replacements": replacements,
        "special": {token["content"]: token["id"] for token in content["added_tokens"]},
        "first": letter.ids[: of_text[0]].tolist(),
        "last": letter.ids[of_text[-1] + 1 :].tolist(),
        "unknown": content["model"]["unk_id"],
        "unknown_score": min(scores) - UNKNOWN_PENALTY,
    }
    write_arrays(to, arrays, values)


def _kinds(replacements: dict[str, str]) -> NDArray[np.uint8]:
    """Return what is known of each code point. How characters join is asked of the library, by what it replaces."""
    kinds = np.zeros(CODE_POINTS, np.uint8)
    kinds[[ord(key) for key in replacements if len(key) == 1]] = REPLACED
    # Every "a" is replaced with all that joins it.
    kinds |= JOINS_LEFT * _probe("a", "a{}", "!")
    # "á" of two characters is replaced, but not where what stands before it makes the cluster another one.
    kinds |= JOINS_RIGHT * _probe("a\u0301", "{}a\u0301", "{}a\u0301")
    # Two accents are a cluster of their own only after what stays alone.
    kinds |= ALONE * _probe("\u0301\u0301", "{}\u0301\u0301", "{}!")
    kinds[[0x0A, 0x0D]] |= ALONE
    return kinds


def _probe(replaced: str, spelled: str, outcome: str) -> NDArray[np.uint8]:
    """Return for each code point whether the library makes the outcome of what is spelled with it."""
    normalizer = normalizers.Precompiled(charsmap({replaced: "!"}))
    numbers = (*range(1, SURROGATES.start), *range(SURROGATES.stop, CODE_POINTS))
    characters = [chr(number) for number in numbers if number not in (0x0A, 0x0D)]
    normalized = normalizer.normalize_str("\n".join(spelled.format(character) for character in characters))
    found = np.zeros(CODE_POINTS, np.uint8)
    for character, line in zip(characters, normalized.split("\n"), strict=True):
        found[ord(character)] = line == outcome.format(character)
    return found
