"""Find the keywords of a Chinese question, without knowing its words: the runs of characters rarest in the archive.

The question words are taken out. What is left are pairs of neighbouring characters, as search by words counts them, and
words and numbers in other letters. A pair that the archive does not have, between two that it has, spans the end of one
word and the beginning of the next. The others that overlap are a keyword, as rare as its rarest pair:

    许志永为什么被捕？      许志永 (3 passages)  被捕 (20)
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from corpus.article import Span
from retrieval.answer.context_dependent_chinese import ASKING, simplified
from retrieval.text.analysis import JOINING, is_unspaced_stop_word, word_spans

if TYPE_CHECKING:
    from retrieval.archive.contract import Archive

PARTICLE = re.compile("[的了着吗呢吧]|[他她它]们?")
# What may stand between the parts of one name.
WITHIN_NAME = re.compile("[·•・‧]|(?<=[A-Za-z0-9])[ -](?=[A-Za-z0-9])")


class Keyword(NamedTuple):
    """Characters of a question without a gap, and the number of passages that have its rarest part."""

    start: int
    text: str
    frequency: int

    @property
    def rank(self) -> tuple[bool, int, int]:
        """What to sort by: the rarest first, of equally rare ones the longest; those that the archive lacks last."""
        return self.frequency == 0, self.frequency, -len(self.text)


def chinese_keywords(question: str, archive: "Archive") -> list[Keyword]:
    """Return the keywords of a question, rarest first."""
    text = question
    for nameless in (ASKING, PARTICLE):
        for match in nameless.finditer(simplified(text)):
            text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
    spans = [span for span in word_spans(text) if not is_unspaced_stop_word(text[slice(*span)])]
    frequencies = archive.document_frequencies([text[slice(*span)] for span in spans]).by_word
    known = {at for span in spans if frequencies[text[slice(*span)]] for at in range(*span)}
    within = [span for span in spans if frequencies[text[slice(*span)]] or not known.issuperset(range(*span))]
    keywords = [_keyword(text, group, frequencies) for group in _joined(text, within)]
    return sorted((keyword for keyword in keywords if keyword.text), key=lambda keyword: keyword.rank)


def _joined(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    """Return groups of spans that belong together: they overlap, or have only a point or a change of script between."""
    groups: list[list[Span]] = []
    for span in spans:
        last = groups[-1][-1] if groups else None
        if last and (
            span.start < last.end
            or ((between := WITHIN_NAME.match(text, last.end)) and between.end() == span.start)
            or (span.start == last.end and text[last.end - 1].isascii() != text[span.start].isascii())
        ):
            groups[-1].append(span)
        else:
            groups.append([span])
    return groups


def _keyword(text: str, spans: Sequence[Span], frequencies: Mapping[str, int]) -> Keyword:
    start, end = spans[0].start, spans[-1].end
    while end - start > 2 and text[start] in JOINING:
        start += 1
    while end - start > 2 and text[end - 1] in JOINING:
        end -= 1
    found = [frequencies[text[slice(*span)]] for span in spans]
    return Keyword(start, text[start:end], min((frequency for frequency in found if frequency), default=0))
