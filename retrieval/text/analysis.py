"""Split a text into the words that search by words counts: folded, in lower case, stemmed.

Words in Latin letters are stemmed by the language of their text (latin_stems.py), else as English; words in Cyrillic,
Greek, Arabic and Tamil letters by their script (script_stems.py).

Chinese, Japanese, Thai and others write no spaces between words, and Korean words take endings. There, every pair of
neighbouring characters counts as a word; of Thai and the scripts related to it, every three:

    新大桥开通      新大 大桥 桥开 开通

A change of script ends a run: in Japanese, it mostly begins a word.
"""

import re
import threading
from collections.abc import Iterator
from functools import cache
from operator import add

import tantivy

from corpus.article import Span
from retrieval.text.folding import MARKS as FOLDED_MARKS
from retrieval.text.folding import fold
from retrieval.text.latin_stems import stem_latin
from retrieval.text.script_stems import INDIC_MARKS, JOINERS, stem_scripts

PAIRED = (
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",  # Han
    "\u3041-\u3096\u30fc",  # hiragana
    "\u30a1-\u30fa\u30fc\uff66-\uff9f",  # katakana
    "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",  # Hangul
)
TRIPLED = "\u0e01-\u0e3a\u0e40-\u0e4e", "\u0e81-\u0edf", "\u1000-\u103f", "\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
# Tone marks and similar signs: tantivy would end a word at them.
MARKS = "\u0e47-\u0e4c\u0e4e\u0ec8-\u0ecc\u1037\u1039\u103a\u17c9-\u17d3"
PLAIN = re.compile(r"[^\W_]+")
LETTER_WORD = re.compile(r"[^\W\d_]+")
RUNS = (
    f"(?P<pairs>{'|'.join(f'[{script}]+' for script in PAIRED)})|(?:{'|'.join(f'[{script}]+' for script in TRIPLED)})"
)
# Full-width letters and digits, each with its usual form.
NARROW = {wide: wide - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for wide in range(ord(first), ord(last) + 1)}

# The index leaves out words of so many bytes.
MAX_WORD_BYTES = 40
# Particles and interrogatives: a pair that contains such a character says nothing about the subject of a text.
PARTICLES = frozenset("的了吗嗎呢吧么麼谁誰哪を")
# Characters that may stand between two words, or end one.
JOINING = PARTICLES | frozenset(
    "在是有和與与及为為被把从從到由对對向于於这這那何几幾多又也都就将將会會はがにのでともへ을를이가은는의에도로와과"
)
UNSPACED_STOP_WORDS = """
    什么 什麼 什么时候 什麼時候 何时 何時 怎么 怎麼 怎样 怎樣 如何 为什么 為什麼 为何 為何
    多少 几个 幾個 是否 有没有 有沒有 请问 請問 关于 關於
    いつ どこ だれ なに なぜ どう どの どんな ですか ますか でした ました から まで して する した いる ある
    누가 누구 언제 어디 무엇 어떻게 습니까
"""


class _Analyzer(threading.local):
    """The analyzer that tantivy calls "en_stem": words in lower case, English endings cut off.

    Each thread has its own, because tantivy's analyzer refuses concurrent calls.
    """

    def __init__(self) -> None:
        self._tantivy = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.remove_long(MAX_WORD_BYTES))
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )

    def analyze(self, text: str) -> list[str]:
        """Return a text's words in order."""
        return self._tantivy.analyze(text)


ANALYZER = _Analyzer()


def stems(text: str, language: str | None = None) -> list[str]:
    """Return the words of a text in this language in order, as the index stores them."""
    return ANALYZER.analyze(searchable(text, language))


def searchable(text: str, language: str | None = None) -> str:
    """Return a text in this language as the index is given it.

    Letters are folded, words are stemmed unless the index stems them as English, and words of unspaced writing are
    separated.
    """
    return separate_words(stem_latin(stem_scripts(fold(text)), language))


# The patterns are compiled only when a text needs them: most texts are ASCII.
@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{''.join(PAIRED + TRIPLED)}０-９Ａ-Ｚａ-ｚ]")


@cache
def _run() -> re.Pattern[str]:
    return re.compile(RUNS)


@cache
def _word() -> re.Pattern[str]:
    letter = rf"(?![{''.join(PAIRED + TRIPLED)}])[^\W_]"
    return re.compile(rf"{RUNS}|{letter}(?:{letter}|[{FOLDED_MARKS}]|[{INDIC_MARKS}][{JOINERS}]?)*")


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(separate_words(fold(UNSPACED_STOP_WORDS)).split())


def separate_words(text: str) -> str:
    """Put spaces between the words of unspaced writing; return other text unchanged."""
    if text.isascii() or not _unspaced().search(text):
        return text
    return _run().sub(_separated, text.translate(NARROW))


def word_spans(text: str) -> Iterator[Span]:
    """Yield the span of each word, in order; the words of unspaced writing overlap."""
    if text.isascii():
        yield from (Span(*match.span()) for match in PLAIN.finditer(text))
        return
    for match in _word().finditer(text):
        yield from _grams(match) if _run().fullmatch(match[0]) else [Span(*match.span())]


def is_unspaced_stop_word(word: str) -> bool:
    """Return whether a word of unspaced writing is a stop word; False for ASCII words, which stop_words.py lists."""
    if word.isascii():
        return False
    return word in _stop_words() or (len(word) == 1 and "\u3041" <= word <= "\u3096") or not PARTICLES.isdisjoint(word)


def _separated(run: re.Match[str]) -> str:
    characters = run["pairs"]
    if characters:  # no marks in these scripts
        return f" {' '.join(map(add, characters, characters[1:])) or characters} "
    return f" {' '.join(re.sub(f'[{MARKS}]', '', run.string[start:end]) for start, end in _grams(run))} "


def _grams(run: re.Match[str]) -> Iterator[Span]:
    """Yield the span of each pair or triple of characters in a run; of the whole run if it is shorter."""
    matches = re.finditer(f".[{MARKS}]*", run[0])
    characters = [(run.start() + match.start(), run.start() + match.end()) for match in matches]
    size = min(2 if run["pairs"] else 3, len(characters))
    for (start, _), (_, end) in zip(characters, characters[size - 1 :], strict=False):
        yield Span(start, end)
