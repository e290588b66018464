"""The values of records as text: lists, nested objects, and what programs write for no value."""

import math
import re
import warnings
from ast import literal_eval
from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape

from corpus.publication_status_words import FALSE, TRUE, plain_word
from corpus.readers.rich_text import rich_text_html

# What programs write for no value. A person may be called Nan, and a headline may be "None of them".
EMPTY = frozenset(
    "nan NaN NAN None none null NULL Null NaT \\N N/A n/a #N/A <NA> NA undefined (null) nil [] {} () [None] [nan] - --"
    " – — . ? … (blank) (empty) (unset) #NAME? #VALUE! #REF! #DIV/0! #NULL! #NUM! #NV #NOM? #VALEUR! #WERT! #BEZUG!"
    " #NOMBRE? #¡VALOR! #¡REF!".split()
) | {"", "(not set)", "ONLY AVAILABLE IN PAID PLANS", "ONLY AVAILABLE IN PROFESSIONAL AND CORPORATE PLANS"}
BOOLEAN = frozenset(("true", "false", "yes", "no"))
# The names in a nested object that hold the value of a field, likeliest first.
NESTED_NAMES = {
    "title": ("main", "basic", "rendered", "title", "name", "text", "value", "#text", "_"),
    "author": (
        "name",
        "by",
        "original",
        "display_name",
        "displayName",
        "full_name",
        "fullName",
        "author",
        "title",
        "value",
    ),
    "source": ("name", "title", "display_name", "value", "domain", "#text"),
    "published": ("$date", "date", "iso", "value", "#text", "$numberLong", "seconds", "_seconds", "_"),
    "url": ("url", "href", "@id", "rendered", "permalink", "canonical", "value", "#text", "_"),
    "language": ("code", "iso", "id", "value", "name"),
    "id": ("$oid", "rendered", "id", "value", "#text", "_"),
    "text": ("rendered", "html", "text", "plaintext", "content", "value", "paragraph", "body", "#text", "_"),
}
FIRST_NAMES, LAST_NAMES = (
    ("firstname", "first_name", "firstName", "givenName"),
    ("lastname", "last_name", "lastName", "familyName"),
)
# Parts of a text that are other fields, or no text.
OTHER_PARTS = frozenset(
    "title headline byline kicker date image video gallery author_info author tweet advertisement ad".split()
)
# Parts of one paragraph in the exports of Telegram.
INLINE = frozenset(
    "plain bold italic underline strikethrough link text_link mention mention_name hashtag cashtag bot_command email"
    " phone code pre spoiler custom_emoji bank_card blockquote".split()
)
QUOTES = ("'", '"')
# NumPy writes a list of texts without commas; Python would join them.
NUMPY_BREAK = re.compile(r"(?<=['\"])([ \n]{1,200})(?=['\"])")
# Python's b'…', a line end written as two characters, and HTML that was escaped once too often.
PYTHON_BYTES = re.compile(r"\s*b['\"]")
WRITTEN_LINE_END = re.compile(r"((?:(?:\\r)?\\n){2,})|(?<=[.!?…\"'”’»)\]\s>])(?:\\r)?\\n")
ESCAPED_HTML = re.compile(
    r"\s*&lt;(?:p|div|h[1-6]|ul|ol|article|section|span|strong|blockquote)(?:\s[^&]{0,300})?&gt;", re.IGNORECASE
)
LOCALE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")
MAX_DEPTH = 6


def is_boolean(text: str) -> bool:
    """Tell whether a text is a truth value, which no field of an article is."""
    return text.strip().casefold() in BOOLEAN


def value_text(field: str, value: object, depth: int = 0) -> str | None:
    """Return the text of a field's value; None for what stands for no value."""
    if value is None or isinstance(value, bool) or depth > MAX_DEPTH:
        return None
    if isinstance(value, str):
        # The language "no" is Norwegian.
        if value.strip() in EMPTY or (field not in ("title", "text", "language") and is_boolean(value)):
            return None
        if field == "author" and value.strip().isdecimal():  # the number of a user
            return None
        if field == "published" and plain_word(value) in TRUE | FALSE:
            return None
        if field == "text" and (html := rich_text_html(value)):
            return html
        if field == "text":
            value = _unescaped(value)
        listed = _listed(value) if field == "text" else None
        return value if listed is None else value_text(field, listed, depth + 1)
    if isinstance(value, int | float):
        no_number = field in ("author", "text") or (isinstance(value, float) and not math.isfinite(value))
        return None if no_number else str(value)
    if isinstance(value, Mapping):
        return _nested_text(field, value, depth)
    return _list_text(field, value, depth) if isinstance(value, Sequence) else None


def _unescaped(text: str) -> str:
    """Return a text without what programs put around it or in place of its line ends and tags."""
    if PYTHON_BYTES.match(text) and text.rstrip()[-1:] == text.lstrip()[1]:
        try:
            with warnings.catch_warnings(action="ignore"):
                text = literal_eval(text.strip()).decode()
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return text
    if "\n" not in text and "\\n" in text:
        text = WRITTEN_LINE_END.sub(lambda match: "\n\n" if match[1] else "\n", text)
    return unescape(text) if ESCAPED_HTML.match(text) and "<" not in text else text


def _nested_text(field: str, value: Mapping[str, object], depth: int) -> str | None:
    if field == "text" and (html := rich_text_html(value)):
        return html
    if field == "text" and (sections := value.get("sections")) is not None:
        return _sections(value.get("summary"), sections, depth)
    if field == "author":
        names = [_first(field, (value.get(name) for name in names), depth) for names in (FIRST_NAMES, LAST_NAMES)]
        if all(names):
            return " ".join(filter(None, names))
    if value and all(LOCALE.fullmatch(str(name)) for name in value):  # Contentful's values, by language
        return _first(field, value.values(), depth)
    return _first(field, (value.get(name) for name in NESTED_NAMES[field]), depth)


def _first(field: str, values: Iterable[object], depth: int) -> str | None:
    return next((text for value in values if (text := value_text(field, value, depth + 1))), None)


def _list_text(field: str, values: Sequence[object], depth: int) -> str | None:
    if field == "text":
        if html := rich_text_html(values):
            return html
        if _is_inline(values):
            return inline_text(values) or None
        parts = (
            value for value in values if not (isinstance(value, Mapping) and str(value.get("type")) in OTHER_PARTS)
        )
        return "\n\n".join(filter(None, (value_text(field, part, depth + 1) for part in parts))) or None
    texts = (value_text(field, value, depth + 1) for value in values)
    return ", ".join(filter(None, texts)) or None if field == "author" else next(filter(None, texts), None)


def _sections(summary: object, sections: object, depth: int) -> str | None:
    """Return the HTML of a text in sections, each with a headline and paragraphs, as Fundus writes it."""
    html = [f"<p>{escape(text)}</p>" for text in _texts(summary, depth)]
    for section in sections if isinstance(sections, Sequence) and not isinstance(sections, str) else ():
        if isinstance(section, Mapping):
            html += [f"<h2>{escape(text)}</h2>" for text in _texts(section.get("headline"), depth)]
            html += [f"<p>{escape(text)}</p>" for text in _texts(section.get("paragraphs"), depth)]
        else:
            html += [f"<p>{escape(text)}</p>" for text in _texts(section, depth)]
    return "".join(html) or None


def _texts(value: object, depth: int) -> list[str]:
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [text for item in values if (text := value_text("text", item, depth + 1))]


def _is_inline(values: Sequence[object]) -> bool:
    objects = [value for value in values if isinstance(value, Mapping)]
    return bool(objects) and all(
        isinstance(value, str) or (isinstance(value, Mapping) and str(value.get("type")) in INLINE) for value in values
    )


def inline_text(values: object) -> str:
    """Return the text of parts that follow each other without a space; each line is a paragraph."""
    parts = values if isinstance(values, Sequence) and not isinstance(values, str) else [values]
    texts = (part.get("text") if isinstance(part, Mapping) else part for part in parts)
    return re.sub(r"\n+", "\n\n", "".join(text for text in texts if isinstance(text, str))).strip()


def _listed(text: str) -> list[object] | None:
    """Return the items of a list that a program wrote as text; None if the text is none."""
    listed = text.strip()
    if listed[:1] + listed[-1:] != "[]" or listed[1:-1].strip()[:1] not in QUOTES:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):  # of escapes that Python does not know
            values = literal_eval(NUMPY_BREAK.sub(r",\1", listed))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return values if isinstance(values, list) and all(isinstance(value, str) for value in values) else None
