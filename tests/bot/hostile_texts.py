"""Difficult texts, as articles may hold them, for tests of the views."""

from datetime import date

from hypothesis import strategies as st

from corpus.article import Article, Card, article_id
from retrieval.text.chunking import split
from retrieval.types import Passage
from tests.fakes import FakeEncoder

FAMILY, FLAG, THUMB = "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽"
PIECES = [
    "<b>",
    "</b>",
    "&amp;",
    "&",
    '"',
    "'",
    "a > b ",
    "😀",
    FAMILY,
    FLAG,
    "שלום עולם ",
    "中文没有空格。",
    "e\u0301",
]
PIECES += ["word ", "A sentence. ", "{count}", "\u202e", "\u2069", "\n", "\n\n", "\t"]
LONG_PIECES = ["x" * 500, "é" * 3000, "😀" * 2500, "&" * 1500, "A sentence of words. " * 60]

lines = st.lists(st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=12)
short_texts = st.builds("".join, lines)
texts = st.builds(
    lambda pieces, times: "".join(pieces) * times,
    st.lists(st.sampled_from([*PIECES, *LONG_PIECES]) | short_texts, max_size=12),
    st.integers(1, 4),
)
urls = st.none() | st.sampled_from(
    [
        "",
        "https://example.org/kerry?a=1&b=2",
        "HTTP://example.org/\"><b>x</b>'&amp;",
        "https://example.org/" + "x" * 5000,
        "javascript:alert(1)",
        "file:///etc/passwd",
        "tg://resolve?domain=x",
        "/kerry",
    ]
)
names = st.none() | short_texts
cards = st.builds(
    lambda title, url, source, author, day: Card(article_id(title), title, url, source, author, day),
    short_texts | st.text(min_size=300, max_size=300, alphabet="ab של中😀<&"),
    urls,
    names,
    names,
    st.none() | st.dates(date(1000, 1, 1)),
)


def dense(text: str) -> str:
    """Return a text without white space, which a cut may remove."""
    return "".join(text.split())


def divided(text: str, card: Card, tokens: int = 60) -> tuple[Article, list[Passage]]:
    """Return an article with a text, and its passages."""
    article = Article(card, text.strip())
    return article, split(article, FakeEncoder(), tokens)
