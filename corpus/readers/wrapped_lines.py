"""Decides which lines between two empty lines are one paragraph, and which stand alone (items, verses, speakers)."""

import re
from collections.abc import Iterator
from itertools import pairwise

from corpus.text.line_joining import SeenWords, is_divided

# Nobody wraps prose at fewer columns: shorter lines are full only beyond it.
MIN_WRAP_COLUMN = 32
ENDS_A_SENTENCE = re.compile(r"[.!?…。！？।։።۔؟॥][\"'”’»)\]」』]*$")
# After an abbreviation, a short line may be one that somebody wrapped by hand.
ENDS_IN_AN_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]|[A-Z][a-z]{1,2}|[a-z]{1,3})\.$")
ENDS_A_CLAUSE = re.compile(r"[.!?…:;。！？：；।][\"'”’»)\]」』]*$")
WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]")
# How the lines begin that stand alone: items, numbers, times, speakers and other labels.
LABELLED = re.compile(r"(?![a-z])[^\W\d_][^\s:：]{0,20}(?: [^\s:：]{1,20}){0,3}[:：]\s*\S")
MARKS = (
    LABELLED,
    re.compile(r"[•●▪◦‣·*]\s*\S|[-–—]\s+\S"),
    re.compile(r"\(?(?:\d{1,3}|[a-z])[.)]\s"),
    re.compile(r"[\[(]?(?:\d{4}-\d\d-\d\d[T ])?\d{1,2}[:.h]\d\d(?:[:.]\d\d)?\b"),
)
# A line that only divides what is above it from what is below it.
RULE = re.compile(r"(?:[-=_*~#•·—–]\s?){3,}")
QUOTE_MARK = re.compile(r"(?:>\s?)+")
# A large initial on a line of its own, or before a space. "A" and "I" are words.
INITIAL = re.compile(r"[^\W\d_]")
INITIAL_AND_REST = re.compile(r"([B-HJ-Z]) ([a-z]+)\b")
FIRST_WORDS = frozenset(
    """
    the he she they there this that these those when what while where with without we who why how his her their two
    three four five six seven eight nine ten for from last more most many some since before by but both because nobody
    nearly not no never now next then though under until you your yesterday today tomorrow to just like police people
    """.split()
)
VOWEL_WORDS = frozenset(
    """
    after an and as at all although about another again according almost along already also among in it is if its into
    inside on one our over of only once other or out outside
    """.split()
)
# Single lines with an empty line below each: so many pairs of them, and the share that is full.
MIN_PAIRS, MIN_FULL_SHARE, MIN_SMALL_SHARE = 4, 0.7, 0.3
MAX_COLUMN = 100
BEGINS_QUOTED = re.compile('["“„«「]')


def separate(block: list[str]) -> Iterator[list[str]]:
    """Yield the lines of each paragraph in a block of wrapped lines."""
    width = max(map(len, block))
    stand_alone = _marked(block, width)
    is_list = _is_list(block, max(MIN_WRAP_COLUMN, width))
    paragraph = [block[0]]
    for number, (line, following) in enumerate(pairwise(block), start=1):
        if is_list or number in stand_alone or _ends_a_paragraph(line, following, width):
            yield paragraph
            paragraph = []
        paragraph.append(following)
    yield paragraph


def is_full(line: str, following: str, width: int) -> bool:
    """Tell whether a line has no room for the first word of the next one."""
    word = 4 if WIDE.match(following) else len(following.split(maxsplit=1)[0]) + 1
    return len(line) + word > width or is_divided(line)


def _ends_a_paragraph(line: str, following: str, width: int) -> bool:
    return (
        ENDS_A_SENTENCE.search(line) is not None
        and not following[0].islower()
        and not is_full(line, following, width)
        and not ENDS_IN_AN_ABBREVIATION.search(line)
    )


def _is_list(block: list[str], width: int) -> bool:
    """Tell whether most lines have room for more, and none goes on in small letters: verses, results, names.

    So do lines that are all sentences, but not a sentence and what somebody says after it.
    """
    pairs = list(pairwise(block))
    if any(following[0].islower() or is_divided(line) for line, following in pairs):
        return False
    ended = [ENDS_A_SENTENCE.search(line) and not ENDS_IN_AN_ABBREVIATION.search(line) for line in block]
    if all(ended):
        return len(block) > 2 or not BEGINS_QUOTED.match(block[-1])
    if ended[-1] and not any(ended[:-1]):
        return False  # one sentence over all lines
    return 2 * sum(is_full(line, following, width) for line, following in pairs) <= len(pairs)


def _marked(block: list[str], width: int) -> set[int]:
    """Return the numbers of the lines that begin with a mark which another line of the block has, too."""
    numbers = set()
    for mark in MARKS:
        found = {number for number, line in enumerate(block) if mark.match(line)}
        if len(found) > 1 and all(
            number == 0
            or number - 1 in found
            or ENDS_A_CLAUSE.search(block[number - 1])
            or not is_full(block[number - 1], block[number], width)
            for number in found
        ):
            numbers.update(found)
    return numbers


def begins_with_prose(block: list[str]) -> bool:
    """Tell whether the first line of a block goes on in the next one, though that begins with a capital."""
    width = max(map(len, block))
    return (
        len(block) > 2
        and MIN_WRAP_COLUMN <= width <= MAX_COLUMN
        and any(line[0].islower() for line in block[2:])
        and is_full(block[0], block[1], width)
        and len(next(separate(block))) > 2
    )


def whole_lines(lines: list[str], seen: SeenWords) -> list[str]:
    """Return the lines as they were before rules, large initials, marks of quotation and empty lines divided them."""
    lines = ["" if RULE.fullmatch(line) else line for line in lines]
    return _single_spaced(_unquoted(_with_initials(lines, seen)))


def _with_initials(lines: list[str], seen: SeenWords) -> list[str]:
    whole: list[str] = []
    for line in lines:
        before = whole[-2] if len(whole) > 1 else ""
        if whole and not before and INITIAL.fullmatch(whole[-1]) and whole[-1].isupper() and line[:1].islower():
            joined = whole[-1] + line
            word = re.match(r"[^\W\d_]+", joined)
            is_word = whole[-1] in "AIO" and not (
                word and (word[0].lower() in VOWEL_WORDS or word[0].lower() in seen.whole)
            )
            whole[-1] = f"{whole[-1]} {line}" if is_word else joined
            continue
        if (not whole or not whole[-1]) and (match := INITIAL_AND_REST.match(line)):
            word_found = (match[1] + match[2]).lower()
            if word_found in FIRST_WORDS or (word_found in seen.whole and len(match[2]) > 1):
                line = match[1] + line[2:]
        whole.append(line)
    return whole


def _unquoted(lines: list[str]) -> list[str]:
    """Remove the marks with which a mail program begins the lines of a quotation, if two follow each other."""
    marked = [bool(QUOTE_MARK.match(line)) for line in lines]
    return [
        QUOTE_MARK.sub("", line, count=1)
        if marked[number] and (any(marked[max(0, number - 1) : number]) or any(marked[number + 1 : number + 2]))
        else line
        for number, line in enumerate(lines)
    ]


def _single_spaced(lines: list[str]) -> list[str]:
    """Remove the empty lines below each wrapped line, if every line has one."""
    gaps: list[int] = []
    written: list[str] = []
    for line in lines:
        if line:
            written.append(line)
            gaps.append(0)
        elif gaps:
            gaps[-1] += 1
    if len(written) <= MIN_PAIRS or min(gaps[:-1]) == 0 or max(map(len, written)) > MAX_COLUMN:
        return lines
    width = max(MIN_WRAP_COLUMN, *map(len, written))
    pairs = [pair for pair, gap in zip(pairwise(written), gaps, strict=False) if gap == 1]
    full = sum(is_full(*pair, width) for pair in pairs)
    small = sum(following[0].islower() for _, following in pairs)
    if len(pairs) < MIN_PAIRS or full < MIN_FULL_SHARE * len(pairs) or small < MIN_SMALL_SHARE * len(pairs):
        return lines
    return [part for line, gap in zip(written, gaps, strict=True) for part in (line, *[""] * (gap - 1))]
