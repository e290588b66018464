"""The sentences that an answer begins with: the highlight, with a neighbour if it cannot be understood alone."""

import re
from itertools import pairwise

from corpus.article import Span
from retrieval.types import Hit, Passage

MAX_WORDS = 60  # of both sentences; two Chinese or Japanese characters count as a word
# Words at the beginning of a sentence that refer to the sentence before it, by the language of the article.
PRONOUNS = {
    "en": "he she it they his her its their him them this these those",
    "de": "er sie es sein seine ihr ihre dieser diese dieses dies",
    "es": "él ella ellos ellas este esta estos estas esto ese esa esos esas eso",
    "fr": "il elle ils elles son sa ses leur leurs ce cet cette ces cela",
    "ru": "он она оно они его её ее их это этот эта эти",
    "uk": "він вона воно вони його її їх їхній це цей ця ці",
    "tr": "o onlar onun onların bu bunlar",
}
# Chinese has no spaces: a pronoun is told by its first character.
CHINESE_PRONOUN = re.compile("[他她它牠祂此]|[这這](?!里|裡|裏|边|邊)|该|該")
FIRST_WORD = re.compile(r"[^\w]*(\w+)")
WORD = re.compile("[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{1,2}|[^\\W\u3005-\u3007\u3041-\u9fff]+")
OPENING, CLOSING = "“„«「『", "”»」』"


def answering_text(hit: Hit) -> str:
    """Return the sentences that answer, on one line: word for word, and at most two."""
    start, end = answering_span(hit.passage, hit.highlight)
    return " ".join(hit.passage.text[start:end].split())


def answering_span(passage: Passage, highlight: Span) -> Span:
    """Return the span of a passage's highlight and, if it needs one, of the sentence before or after it.

    The sentence before is added if the highlight begins with a pronoun or inside a quotation; the one after it, if the
    highlight opens a quotation that goes on. Nothing is added across a subheading, or beyond MAX_WORDS.
    """
    sentences, text = passage.sentences, passage.text
    if highlight not in sentences:
        return highlight
    number = sentences.index(highlight)
    before = Span(sentences[number - 1].start, highlight.end) if number else highlight
    after = Span(highlight.start, sentences[number + 1].end) if number + 1 < len(sentences) else highlight
    begins_inside, goes_on = _quotation(text, sentences, number)
    refers_back = _begins_with_pronoun(text[slice(*highlight)], passage.article.language)
    wanted = [before] * begins_inside + [after] * goes_on + [before] * refers_back
    fitting = (span for span in wanted if _fits(text, sentences, span))
    return next(fitting, highlight)


def _quotation(text: str, sentences: tuple[Span, ...], number: int) -> tuple[bool, bool]:
    """Tell whether a sentence begins inside a quotation, and whether one that it opens goes on after it."""
    start, end = sentences[number]
    sentence = text[start:end]
    depth = lowest = 0
    for character in sentence:
        depth += (character in OPENING) - (character in CLOSING)
        lowest = min(lowest, depth)
    paragraph = max(text.rfind("\n\n", 0, start), 0)
    straight_open = text.count('"', paragraph, start) % 2 == 1
    straight_goes_on = (text.count('"', paragraph, end) % 2 == 1) and not straight_open
    return lowest < 0 or straight_open, depth > 0 or straight_goes_on


def _begins_with_pronoun(sentence: str, language: str | None) -> bool:
    first = FIRST_WORD.match(sentence)
    if not first:
        return False
    if CHINESE_PRONOUN.match(first[1]):
        return True
    return first[1].lower() in PRONOUNS.get(language or "en", "").split()


def _fits(text: str, sentences: tuple[Span, ...], span: Span) -> bool:
    """Tell whether a span is short enough, and holds nothing but sentences."""
    inside = [sentence for sentence in sentences if span.start <= sentence.start and sentence.end <= span.end]
    between = "".join(text[one.end : two.start] for one, two in pairwise(inside))
    return len(WORD.findall(text[slice(*span)])) <= MAX_WORDS and not between.strip()
