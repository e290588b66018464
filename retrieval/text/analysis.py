"""Writing without spaces between its words, and Korean, whose words take endings: pairs of neighbouring signs.

    新大桥开通      新大 大桥 桥开 开通

What a word is nobody can tell there without a dictionary, so every two signs side by side are a word to the index, of
Thai and its relatives every three. Runs of one script are taken apart: in Japanese a new one mostly begins a word. Text
in other scripts is left as it is, to the character.
"""

import re
from collections.abc import Iterator
from functools import cache
from operator import add

from corpus.article import Span

PAIRED = (
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",  # Han
    "\u3041-\u3096\u30fc",  # hiragana
    "\u30a1-\u30fa\u30fc\uff66-\uff9f",  # katakana
    "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",  # Hangul
)
TRIPLED = "\u0e01-\u0e3a\u0e40-\u0e4e", "\u0e81-\u0edf", "\u1000-\u103f", "\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
# Marks of tone and the like, which tantivy takes for the end of a word.
MARKS = "\u0e47-\u0e4c\u0e4e\u0ec8-\u0ecc\u1037\u1039\u103a\u17c9-\u17d3"
PLAIN = re.compile(r"[^\W_]+")
RUNS = (
    f"(?P<pairs>{'|'.join(f'[{script}]+' for script in PAIRED)})|(?:{'|'.join(f'[{script}]+' for script in TRIPLED)})"
)
# Letters and digits as wide as a sign, for the usual ones.
NARROW = {wide: wide - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for wide in range(ord(first), ord(last) + 1)}

# Signs that only join or ask: a pair with one of them tells nothing of what a text is about.
PARTICLES = frozenset("的了吗嗎呢吧么麼谁誰哪を")
# Signs that may be all that there is between two words, or the end of one.
JOINING = PARTICLES | frozenset(
    "在是有和與与及为為被把从從到由对對向于於这這那何几幾多又也都就将將会會はがにのでともへ을를이가은는의에도로와과"
)
ASKING = """
    什么 什麼 什么时候 什麼時候 何时 何時 怎么 怎麼 怎样 怎樣 如何 为什么 為什麼 为何 為何
    多少 几个 幾個 是否 有没有 有沒有 请问 請問 关于 關於
    いつ どこ だれ なに なぜ どう どの どんな ですか ますか でした ました から まで して する した いる ある
    누가 누구 언제 어디 무엇 어떻게 습니까
"""


# What is here is made when the first such text comes: the others are not to wait for it.
@cache
def _any() -> re.Pattern[str]:
    return re.compile(f"[{''.join(PAIRED + TRIPLED)}０-９Ａ-Ｚａ-ｚ]")


@cache
def _run() -> re.Pattern[str]:
    return re.compile(RUNS)


@cache
def _word() -> re.Pattern[str]:
    return re.compile(rf"{RUNS}|(?:(?![{''.join(PAIRED + TRIPLED)}])[^\W_])+")


@cache
def _small() -> frozenset[str]:
    return frozenset(spaced(ASKING).split())


def spaced(text: str) -> str:
    """Return a text with spaces between the words that the index knows."""
    if text.isascii() or not _any().search(text):
        return text
    return _run().sub(_apart, text.translate(NARROW))


def word_spans(text: str) -> Iterator[Span]:
    """Yield where the words of a text stand, in order: those without spaces between them overlap."""
    if text.isascii():
        yield from (Span(*found.span()) for found in PLAIN.finditer(text))
        return
    for found in _word().finditer(text):
        yield from _grams(found) if _run().fullmatch(found[0]) else [Span(*found.span())]


def is_small(word: str) -> bool:
    """Tell whether a word, as the index has it, is one of those that every question has."""
    if word.isascii():
        return False
    return word in _small() or (len(word) == 1 and "\u3041" <= word <= "\u3096") or not PARTICLES.isdisjoint(word)


def _apart(run: re.Match[str]) -> str:
    signs = run["pairs"]
    if signs:  # none has a mark
        return f" {' '.join(map(add, signs, signs[1:])) or signs} "
    return f" {' '.join(re.sub(f'[{MARKS}]', '', run.string[start:end]) for start, end in _grams(run))} "


def _grams(run: re.Match[str]) -> Iterator[Span]:
    """Yield the pairs or triples of a run's signs; all of it, where it has no more signs than that."""
    signs = [(run.start() + sign.start(), run.start() + sign.end()) for sign in re.finditer(f".[{MARKS}]*", run[0])]
    size = min(2 if run["pairs"] else 3, len(signs))
    for (start, _), (_, end) in zip(signs, signs[size - 1 :], strict=False):
        yield Span(start, end)
