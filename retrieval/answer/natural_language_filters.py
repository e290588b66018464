"""Filters in plain words: "in 2019", "latest on Okafor", "articles by Dana Ruiz", "in the Harbour Post".

Such words may also be part of what is asked, so a search with them is tried first, and where nothing answers, the
question is searched for as it was written (answerer.py). The terms of filter_terms.py always count.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from corpus.article import Span
from retrieval.answer import phrases_in_other_languages
from retrieval.answer.context_dependent import DETERMINERS
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.answer.periods_english import whole_period
from retrieval.answer.time_phrases import time_phrase
from retrieval.text.analysis import NARROW
from retrieval.types import Query

# "latest on X", "the most recent news about X", "what's new with X?", "any news of X"
LATEST = re.compile(
    r"(?i:(?<!['’]s\s)(?<!\bat\s)(?<!\bat\sthe\s)\b(?:what(?:['’]s|\s+is|\s+are)\s+)?(?:the\s+|any\s+)?(?:(?:latest|newest|most\s+recent)\b"
    r"(?:\s+(?:news|articles?|stor(?:y|ies)|reports?|developments?|updates?|posts?)\b)?|what(?:['’]s|\s+is)\s+new\b|"
    r"(?:recent|new)\s+(?:news|articles|stories|reports|developments|updates|posts)\b|(?:any\s+)(?:news|updates?)\b)"
    r"(?:\s+(?:on|about|with|from|of|for|in)\b(?=\s))?)"
)
RECENTLY = re.compile(r"(?i:\b(?:recently|lately|these\s+days|in\s+recent\s+(?:days|weeks|months|years))\b)")
LATEST_CHINESE = re.compile(
    "最新(?:的)?(?:新闻|新聞|消息|訊息|文章|报道|報道|进展|進展|情况|情況)?|最近(?!的?(?:医|地|车|距))|近来|近來|近日"
)
# Words for articles, after which "by" and a name are their author.
ARTICLES = (
    r"(?i:articles?|stor(?:y|ies)|reports?|pieces?|posts?|columns?|news|latest|newest|anything|something|everything|"
    r"all)"
)
NAME = r"(?P<name>[^\W\d_a-z][\w.'’-]*(?:\s+(?:(?:de|van|von|bin|al|da|del|la|le)\s+)?[^\W\d_a-z][\w.'’-]*){0,3})"
# A name in small letters: up to three words, none of which goes on with the question.
GOING_ON = r"(?:in|on|about|from|since|before|after|between|during|for|at|of|to|with)\b"
SMALL_NAME = rf"(?P<name>(?:(?!{GOING_ON})[^\W\d_][\w.'’-]*\s?){{1,3}})"
WRITTEN_BY = r"(?i:(?:that\s+)?(?:(?:was|were)\s+)?(?:written\s+|reported\s+)?by)"
AUTHOR = (
    re.compile(rf"\b{ARTICLES}\s+(?P<words>{WRITTEN_BY}\s+{NAME})"),
    re.compile(rf"\b{ARTICLES}\s+(?P<words>{WRITTEN_BY}\s+{SMALL_NAME})"),
    re.compile(rf"(?P<words>(?i:\b(?:written|reported)\s+by)\s+{NAME})"),
    re.compile(
        rf"^(?i:what|which\s+{ARTICLES})\s+(?i:did|has|have)\s+"
        rf"(?P<words>{NAME}\s+(?i:written|write|reported|report))\b"
    ),
    re.compile(
        r"(?P<words>(?P<name>[^\s，。？?、的]{2,12}?)(?:写|寫|撰写|撰寫|报道|報道))的(?:所有)?(?:文章|报道|報道|新闻|新聞)"
    ),
    re.compile(r"^(?:请|給我?|给我?|看)?(?P<words>(?P<name>[^\s，。？?、的]{2,12}))的(?:所有)?文章[。？?！!]*$"),
)
# With these an author is meant, and nothing else. "Reports by the council" and "the story by Hale" may be of an event.
ARTICLES_BY = re.compile(
    r"(?i:\W*(?:(?:please\s+)?(?:show|list|find|give|get)\s+(?:me\s+)?)?(?:(?:all|any|the|latest|newest)\s+)*"
    r"(?:articles?|stories|pieces|posts|columns)\s+(?:(?:that\s+)?(?:was\s+|were\s+)?written\s+)?by\s+)"
    rf"(?!(?i:{'|'.join(DETERMINERS)})\s)"
)
# A question of these words alone asks for the articles themselves.
LISTING = frozenset(
    """
    a about all and any anything are article articles at been columns did do does everything find from give going had
    happen happened happening happens has have here in is latest list me new news of on pieces please posts published
    reports reported show stories story tell that the there was were what what's whats which written s update updates
    """.split()
)
LISTING_CHINESE = re.compile(
    "(?:请|給|给|我|看|列出|所有|全部|有|没有|哪些|哪|什么|什麼|些|发生|發生|过|過|了|的|新闻|新聞|消息|訊息|文章|报道|報道|事情|事|"
    "嗎|吗|呢|都|关于|關於|最新|在|是|写|寫|情况|情況|[\\s，。？?！!、])*"
)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
MAY_NAME_SOURCE = re.compile(r"(?i:\b(?:in|from|for|by|according\s+to|did|has|have)\s)|《")
MAX_SOURCE_WORDS = 6  # of a question that is no more than a source's name
MAX_SOURCES = 500  # those with most articles are looked for in a question


@dataclass(frozen=True, slots=True)
class PlainFilters:
    """What plain words of a question say about where to look.

    `query` has the other words and the filters. `lists` says that these words ask for the articles themselves,
    `needs_author` that a name in them can be nothing but an author.
    """

    query: Query
    lists: bool
    needs_author: bool = False


def plain_filters(
    query: Query, sources: Callable[[], Sequence[str]], today: date, *, authors: bool = True
) -> PlainFilters | None:
    """Read the plain words of a query as filters and order, as far as it has none; None if it has no such words.

    `sources` returns the names of the archive's sources; it is called only if the query may name one.
    Without `authors`, a name behind "by" is a word.
    """
    text, filters, newest = query.text, query.filters, query.newest
    if not (filters.since or filters.until) and (phrase := time_phrase(text, today)):
        text = text if phrase.in_words else _without(text, phrase.span)
        filters = replace(filters, since=phrase.since, until=phrase.until)
    if not filters.source and (source := _source(text, sources)):
        text, filters = _without(text, source[1]), replace(filters, source=source[0])
        if not (filters.since or filters.until) and (only := whole_period(text, today)):
            text, filters = "", replace(filters, since=only.first, until=only.last)
    needs_author = False
    if authors and not filters.author and (author := _author(text)):
        needs_author = _means_author(text, author)
        text, filters = _without(text, author[1]), replace(filters, author=author[0])
    if latest := _latest(text):
        text, newest = _without(text, latest), True
    if text == query.text and filters == query.filters:
        return None
    return PlainFilters(Query(text, filters, newest), _lists(text), needs_author)


def _author(text: str) -> tuple[str, Span] | None:
    """Return the author that a question names, and the span of the words that do; None if it names none."""
    found = (match for pattern in AUTHOR if (match := pattern.search(text)))
    return next(((match["name"].rstrip(" .'’"), Span(*match.span("words"))) for match in found), None)


def _means_author(text: str, author: tuple[str, Span]) -> bool:
    """Tell whether the name that `_author` found can be nothing but an author: "articles by Dana Ruiz"."""
    name, span = author
    if is_chinese(text):
        return re.search("[写寫]", text[slice(*span)]) is not None
    return bool(ARTICLES_BY.match(text)) or (name[0].isupper() and _lists(_without(text, span)))


def _source(text: str, sources: Callable[[], Sequence[str]]) -> tuple[str, Span] | None:
    """Return the source that a question names in full, and the span of the words that do; None if it names none."""
    if not MAY_NAME_SOURCE.search(text) and len(text.split()) > MAX_SOURCE_WORDS:
        return None
    for source in sources()[:MAX_SOURCES]:
        # The question has no full-width letters any more.
        name = re.escape(source.translate(NARROW).removeprefix("The ").removeprefix("the "))
        # One word may be a word of the sentence: a source called World.
        case = "i" if " " in name else ""
        for pattern in (
            rf"(?i:\b(?:in|from|for|by|according\s+to))\s+(?i:the\s+)?(?{case}:{name})(?!['’\w])",
            rf"(?i:(?<=\bdid\s)|(?<=\bhas\s))(?i:the\s+)?(?{case}:{name})(?i:\s+(?:write|written|report|reported|publish|published)\b)",
            rf"^(?i:the\s+)?(?{case}:{name})(?=$|\s+(?:\w+\s+)?[0-9]{{4}}$)",
            rf"在?《{name}》(?:的|上|里|裡|中)?",
        ):
            if match := re.search(pattern, text):
                return source, Span(*match.span())
    return None


def _latest(text: str) -> Span | None:
    """Return the span of words that ask for the newest articles; None if there are none."""
    pattern = LATEST_CHINESE if is_chinese(text) else LATEST
    match = pattern.search(text) or RECENTLY.search(text) or phrases_in_other_languages.LATEST.search(text)
    return Span(*match.span()) if match else None


def _lists(text: str) -> bool:
    """Tell whether nothing is left to search for in the articles."""
    if is_chinese(text):
        return bool(LISTING_CHINESE.fullmatch(text))
    return all(word.lower() in LISTING | phrases_in_other_languages.LISTING for word in WORD.findall(text))


def _without(text: str, span: Span) -> str:
    """Return a text without a span, with what that leaves behind tidied up."""
    before, after = text[: span.start].rstrip(" ,，"), text[span.end :].lstrip(" ,，")
    return f"{before} {after}".strip() if before and after and not is_chinese(text) else f"{before}{after}"
