"""Recognises boilerplate: text around an article, such as share bars, teasers and lists of links."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from corpus.text.dates import parse_date

if TYPE_CHECKING:
    from lxml.etree import _Element

# A paragraph that matches as a whole is boilerplate at any place in a page. Every phrase is closed: prose that begins
# like one ("By continuing to lie about cookies the company broke the law.") does not match.
BOILERPLATE = re.compile(
    r"\W*(?:(?:read (?:more|the full (?:story|article))|continue reading|keep reading|click here to read more"
    r"|share this(?: (?:article|story|post))?|like this|like loading|related(?: (?:articles|stories|posts|news))?"
    r"|advertisement|sponsored|leave a (?:reply|comment)|print|e-?mail|tweet|subscribe(?: now)?"
    r"|weiterlesen|lire la suite|leer más|seguir leyendo|leggi tutto|leia mais|lees meer|читать далее"
    r"|阅读更多|阅读全文|続きを読む)"
    r"|(?:(?:we (?:and our partners )?use|this (?:web)?site uses) cookies(?: (?:to|for) .{1,120})?"
    r"|by (?:continuing|going on|using) [^.]{0,60}you (?:accept|agree|consent)[^.]{0,60}cookies"
    r"|diese (?:website|seite) (?:verwendet|nutzt) cookies|ce site utilise des cookies"
    r"|est[ea] (?:sitio|página)(?: web)? (?:utiliza|usa) cookies)"
    r"|(?:sign up|subscribe) (?:to|for) (?:our|the)(?: [\w-]+){0,3} newsletter(?: here| now| today)?"
    r"|(?:©|\(c\)|copyright\b).{0,100}all rights reserved"
    r"|the post .{1,100} (?:first )?appeared (?:first )?on .{1,60})\W*",
    re.IGNORECASE | re.DOTALL,
)
# A label, and what follows is the headline of another article.
LABELLED_LINK = re.compile(r"(?:read (?:more|also|next)|see also|related)\s*[:：|»].{1,200}", re.IGNORECASE | re.DOTALL)
# What is left of WordPress's "The post … appeared first on …" without the two links.
FEED_FOOTER = re.compile(r"the post\s+(?:first )?appeared (?:first )?on\s*\.?", re.IGNORECASE)
# Before the headline of a page, whole sentences about cookies are the site's.
CONSENT = re.compile(
    r"(?:we (?:and our (?:\d+ )?partners )?use cookies|(?:this|our) (?:web)?site uses cookies"
    r"|by (?:continuing|going on) .{0,80}cookies|diese (?:website|seite) (?:verwendet|nutzt) cookies"
    r"|ce site utilise des cookies|est[ea] (?:sitio|página)(?: web)? (?:utiliza|usa) cookies).{0,300}",
    re.IGNORECASE | re.DOTALL,
)
MIN_PROSE_WORDS, MIN_PROSE_CHARACTERS = 9, 20
ENDS_A_SENTENCE = re.compile(r"[.!?…。！？｡][\"'”’»)\]」』）]*$")
WIDE = re.compile("[\u3041-\u30ff\u3400-\u9fff\u0e00-\u0eff]")
BYLINE = re.compile(r"(?:written |posted )?(?:by|von|par|por|di|door|作者|автор)\b\s*[:：]?\s*", re.IGNORECASE)
TIME_OF_DAY = re.compile(r"\D{0,5}\d{1,2}[:.h]\d{2}\D{0,12}$")
DATE_END = re.compile(r".*(?:\d|[日号號일]|г\.)", re.DOTALL)
# Between the parts of a byline, or the links of a list.
SEPARATORS = " \n\t\r\xa0,;|/·•–—-›»>"
CONJUNCTIONS = ("", "and", "und", "et", "y", "e", "и")
MAX_REPEAT_CHARACTERS, MAX_DATE_LINE_CHARACTERS = 300, 60
LINK_BLOCKS = frozenset("td div ul ol dl p section table tr nav header footer aside".split())
INVISIBLE_TAGS = ("script", "style")


def is_prose(text: str) -> bool:
    """Tell whether a paragraph has more than eight words and ends like a sentence: such a one is never boilerplate."""
    if not ENDS_A_SENTENCE.search(text[-10:]):
        return False
    return len(text.split(maxsplit=MIN_PROSE_WORDS)) >= MIN_PROSE_WORDS or (
        len(text) >= MIN_PROSE_CHARACTERS and WIDE.search(text) is not None
    )


def is_boilerplate(text: str, unlinked: str | None = None) -> bool:
    """Tell whether a whole paragraph is a usual phrase of boilerplate ("Read more").

    `unlinked` is its text outside links, if that is known.
    """
    if unlinked is not None and unlinked != text and FEED_FOOTER.fullmatch(" ".join(unlinked.split())):
        return True
    if is_prose(text):
        return False
    if LABELLED_LINK.fullmatch(text):
        mostly_links = unlinked is not None and 2 * len(unlinked) <= len(text)
        return mostly_links or len(text.split()) < MIN_PROSE_WORDS
    return BOILERPLATE.fullmatch(text) is not None


def repeats_fields(text: str, fields: Mapping[str, str]) -> bool:
    """Tell whether a paragraph only repeats the fields: the headline, or the author and the date."""
    line = " ".join(text.split())
    if len(line) > MAX_REPEAT_CHARACTERS:
        return False
    if line == fields.get("title"):
        return not is_prose(line)
    author, rest = fields.get("author", ""), line
    for name in (author, *author.split(", "), fields.get("source", "")):
        if len(name) > 1:
            rest = rest.replace(name, "")
    if rest != line:
        rest = BYLINE.sub("", rest, count=1).strip(SEPARATORS)
    return rest in CONJUNCTIONS or _is_publication_date(rest, fields.get("published", ""))


def is_date_line(line: str) -> bool:
    """Tell whether a line is only a date, perhaps with a time or a word like "Published"."""
    if len(line) > MAX_DATE_LINE_CHARACTERS:
        return False
    date_part = TIME_OF_DAY.sub("", line)
    return bool(DATE_END.fullmatch(date_part)) and parse_date(date_part) is not None


def _is_publication_date(line: str, published: str) -> bool:
    return is_date_line(line) and parse_date(TIME_OF_DAY.sub("", line)) == parse_date(published)


def drop_link_lists(root: "_Element") -> None:
    """Remove from a page the blocks of two or more links without other text: menus, lists of other articles."""
    from lxml.etree import iterwalk

    # For each open element: the number of its links, and of its characters outside links.
    counts, link_lists, open_links = [[0, 0]], [], 0
    for event, element in iterwalk(root, events=("start", "end")):
        if event == "start":
            open_links += element.tag == "a"
            counts.append([0, 0 if open_links or element.tag in INVISIBLE_TAGS else _length(element.text)])
            continue
        links, characters = counts.pop()
        open_links -= element.tag == "a"
        if element.tag in LINK_BLOCKS and links >= 2 and not characters:
            link_lists.append(element)
        else:
            # A link that is a paragraph of prose is no item of a menu.
            sentence = element.tag == "a" and is_prose(" ".join("".join(element.itertext()).split()))
            counts[-1][0] += links + (element.tag == "a" and not sentence)
            counts[-1][1] += characters + sentence
        counts[-1][1] += 0 if open_links else _length(element.tail)
    for element in link_lists:
        element.clear(keep_tail=True)


def _length(text: str | None) -> int:
    return len((text or "").strip(SEPARATORS))
