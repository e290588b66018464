"""Recognises pages that are no articles: lists, error pages, and walls of consent, sign-in, subscription and scripts.

An article about such pages is an article. So a page must say of itself that it is one: a short text in the words of a
publisher to its visitor, without anybody who is quoted; or a list of linked headlines under a title of lists.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus.text.boilerplate import is_prose
from corpus.text.boilerplate_classes import has_boilerplate_name
from corpus.text.wall_phrases import (
    CAPTCHA_TEXT,
    CAPTCHA_TITLE,
    CONSENT,
    CONSENT_DEMAND,
    CONSENT_TITLE,
    ERROR_TEXT,
    ERROR_TITLE,
    LEGAL_TEXT,
    LIST_LINK,
    LIST_NAMES,
    LIST_TITLE,
    MAYBE_LIST_TITLE,
    PAY_STRONG,
    PAY_TEXT,
    QUOTED,
    SCRIPT_TEXT,
    SIGN_IN_TEXT,
    SIGN_IN_TITLE,
    SINGLE_NAMES,
    THIS_PAGE,
    TO_VISITOR,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_TEXTS, MAX_TEXT_CHARACTERS, MAX_TITLES = 200, 2_000, 8
SEPARATOR = re.compile(r"\s+[|–—·•»«-]+\s+|\s*::\s*|\s*[|｜]\s*")
WORD = re.compile(r"[^\W_]+")
WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
SHORT_WORDS, WALL_WORDS, CONSENT_WORDS = 40, 150, 500
WALL_SHARE = 0.6
MARKS = re.compile(r"(?:News|Blog|Report|Opinion|Review|Live|Tech|Scholarly|Advertiser)?\w*(?:Article|Posting)")


class PageSigns(NamedTuple):
    """What a page shows beside its main text: titles, class of its body, linked headlines, and all its texts."""

    titles: tuple[str, ...]
    names: frozenset[str]
    linked_headings: int
    teasers: int
    is_article: bool
    texts: tuple[str, ...]


def page_signs(root: "_Element") -> PageSigns:
    """Collect the signs of a page, before anything is removed from it."""
    titles = [_text(element) for tag in ("h1", "title") for element in islice(root.iter(tag), 3)]
    metas = {meta.get("property", meta.get("name", "")).lower(): meta.get("content", "") for meta in root.iter("meta")}
    titles += [metas.get("og:title", "")]
    body = next(root.iter("body"), None)
    names = (body.get("class", "") if body is not None else "").lower().split()
    scripts = "".join(
        (script.text or "")[:20_000]
        for script in islice(root.iter("script"), 50)
        if "ld+json" in script.get("type", "")
    )
    kinds = re.findall(r'"@type"\s*:\s*\[?\s*"([^"]{1,60})"', scripts)
    texts = (
        _text(element)
        for element in islice(root.iter("p", "noscript", "h1", "h2", "h3", "li", "td", "span"), MAX_TEXTS)
    )
    return PageSigns(
        tuple(title for title in titles if title)[:MAX_TITLES],
        frozenset(names),
        _count(_is_linked_heading(element) for element in root.iter("h1", "h2", "h3", "h4")),
        _count(_is_teaser(element) for element in root.iter("li", "article", "dt")),
        metas.get("og:type", "").lower() == "article" or any(map(MARKS.fullmatch, kinds)),
        tuple(dict.fromkeys(text for text in texts if text)),
    )


def no_article(signs: PageSigns, paragraphs: Sequence[str], url: str | None) -> str | None:
    """Return why a page is no article, with the mend; None if it may be one.

    `paragraphs` are its main text; if it has none, all its texts are looked at.
    """
    texts = tuple(paragraphs) or signs.texts
    titles = tuple(
        dict.fromkeys(
            part.strip() for title in signs.titles for part in (title, *SEPARATOR.split(title)) if part.strip()
        )
    )
    words = sum(map(_words, texts))
    text = "\n".join(texts)
    for kind, mend, is_kind in (
        ("a consent wall", "accept or decline in a browser, and save the page then", _is_consent_wall),
        ("a page that asks whether its visitor is human", "open it in a browser, and save the page then", _is_captcha),
        ("a page that needs scripts", "open it in a browser, and save the page then", _is_script_wall),
        ("an error page", "give the link that the article has now", _is_error),
        ("a page behind a sign-in", "sign in with a browser, and save the page then", _is_sign_in),
        (
            "a page behind a subscription, with no text in front of it",
            "open it as a subscriber, and save the page",
            _is_paywall,
        ),
    ):
        if is_kind(titles, texts, text, words, signs):
            return f"{kind}, no article: {mend}"
    if _is_list(titles, texts, words, signs, url):
        return "a list of articles, no article: give the articles themselves, or a feed"
    return None


_Titles = tuple[str, ...]
_Texts = tuple[str, ...]


def _is_consent_wall(titles: _Titles, texts: _Texts, _text: str, words: int, _signs: PageSigns) -> bool:
    if words > CONSENT_WORDS:
        return False
    about = [text for text in texts if CONSENT.search(text) and TO_VISITOR.search(text) and not QUOTED.search(text)]
    phrases = {match[0].casefold() for text in about for match in CONSENT.finditer(text)}
    # An article may be about consent. A wall also says who asks for it, and what to press.
    demands = {match[0].casefold() for text in about for match in CONSENT_DEMAND.finditer(text)}
    share = sum(map(_words, about)) / max(1, words)
    if any(map(CONSENT_TITLE.fullmatch, titles)) and words <= WALL_WORDS:
        return share >= WALL_SHARE / 2 or words <= SHORT_WORDS
    if words > WALL_WORDS:
        return share >= WALL_SHARE and len(phrases) >= 3 and len(demands) >= 2
    return share >= WALL_SHARE and min(len(phrases), len(demands) + 1) >= 2 and len(phrases) + len(demands) >= 4


def _is_wall(text: str, words: int, pattern: re.Pattern[str], most_words: int = 80) -> bool:
    return words <= most_words and bool(pattern.search(text)) and not QUOTED.search(text)


def _is_titled_wall(titles: _Titles, text: str, words: int, title: re.Pattern[str], hint: re.Pattern[str]) -> bool:
    if words > WALL_WORDS or not any(map(title.fullmatch, titles)) or QUOTED.search(text):
        return False
    return words <= SHORT_WORDS or bool(hint.search(text))


def _is_captcha(titles: _Titles, _texts: _Texts, text: str, words: int, signs: PageSigns) -> bool:
    if signs.is_article and words > SHORT_WORDS:
        return False
    return _is_titled_wall(titles, text, words, CAPTCHA_TITLE, CAPTCHA_TEXT)


def _is_script_wall(_titles: _Titles, _texts: _Texts, text: str, words: int, _signs: PageSigns) -> bool:
    return _is_wall(text, words, SCRIPT_TEXT)


def _is_error(titles: _Titles, _texts: _Texts, text: str, words: int, signs: PageSigns) -> bool:
    return not signs.is_article and (
        _is_titled_wall(titles, text, words, ERROR_TITLE, ERROR_TEXT)
        or (_is_wall(text, words, ERROR_TEXT, SHORT_WORDS) and _is_addressed("\n".join((*titles, text))))
        or (words <= WALL_WORDS and bool(LEGAL_TEXT.search(text)))
    )


def _is_addressed(text: str) -> bool:
    """Tell whether a page speaks to its visitor, or of itself."""
    return TO_VISITOR.search(text) is not None or THIS_PAGE.search(text) is not None


def _is_sign_in(titles: _Titles, _texts: _Texts, text: str, words: int, signs: PageSigns) -> bool:
    titled = not signs.is_article and _is_titled_wall(titles, text, words, SIGN_IN_TITLE, SIGN_IN_TEXT)
    return titled or (_is_wall(text, words, SIGN_IN_TEXT, SHORT_WORDS) and not PAY_STRONG.search(text))


def _is_paywall(_titles: _Titles, texts: _Texts, text: str, words: int, _signs: PageSigns) -> bool:
    if not 0 < words <= WALL_WORDS:
        return False
    about = [paragraph for paragraph in texts if PAY_TEXT.search(paragraph) and not QUOTED.search(paragraph)]
    return (
        bool(PAY_STRONG.search(text))
        and bool(TO_VISITOR.search("\n".join(about)) or len(about) == len(texts))
        and sum(map(_words, about)) >= WALL_SHARE * words
    )


def _is_list(titles: _Titles, texts: _Texts, words: int, signs: PageSigns, url: str | None) -> bool:
    rows = max(signs.linked_headings, signs.teasers)
    if signs.is_article and words > WALL_WORDS and signs.linked_headings < 5:
        return False
    if any(map(LIST_TITLE.fullmatch, titles)):
        # Two paragraphs without a list are an article with such a headline.
        return rows >= 2 or (words <= SHORT_WORDS and sum(map(is_prose, texts)) < 2)
    if signs.is_article or signs.linked_headings < 2:
        return False
    named = bool(LIST_NAMES & signs.names) and not SINGLE_NAMES & signs.names
    return named or any(map(MAYBE_LIST_TITLE.fullmatch, titles)) or bool(url and LIST_LINK.fullmatch(url))


def _words(text: str) -> int:
    return len(WORD.findall(text)) + len(WIDE.findall(text)) // 2


def _text(element: Any) -> str:
    return " ".join("".join(islice(element.itertext(), 200))[:MAX_TEXT_CHARACTERS].split())


def _count(found: Iterable[bool]) -> int:
    return sum(islice(found, 2_000))


def _is_linked_heading(heading: "_Element") -> bool:
    """Tell whether a heading is wholly a link, outside the blocks that stand beside an article."""
    text = _text(heading)
    links = [link for link in islice(heading.iter("a"), 3) if link.get("href")]
    parent = heading.getparent()
    if not links and parent is not None and parent.tag == "a" and parent.get("href"):
        links, text = [parent], _text(parent)
    return bool(text) and len(links) == 1 and len(_text(links[0])) >= 0.8 * len(text) and not _is_aside(heading)


def _is_teaser(element: "_Element") -> bool:
    """Tell whether an item is a linked headline, perhaps with some words below it."""
    link = next((link for link in islice(element.iter("a"), 3) if link.get("href") and len(_text(link)) >= 15), None)
    text = _text(element)
    return link is not None and text.startswith(_text(link)[:15]) and not _is_aside(element)


def _is_aside(element: "_Element") -> bool:
    for ancestor in islice(element.iterancestors(), 50):
        # The header of an article's own block holds its headline.
        parent = ancestor.getparent()
        is_outer = ancestor.tag != "header" or (parent is not None and parent.tag == "body")
        if ancestor.tag in ("nav", "aside", "footer", "header") and is_outer:
            return True
        if has_boilerplate_name(ancestor.tag, ancestor.get("class", ""), ancestor.get("id", "")):
            return True
    return False
