"""Cleans text: white space, invisible characters, escaped entities, and text decoded with a wrong encoding."""

import re
from html import unescape

LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Direction marks (U+200E, U+200F) and joiners (U+200C, U+200D) are not removed: they belong to a word's spelling.
INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff]")
# Runs of white space that are not one plain space already.
SPACES = re.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")
ENTITY = re.compile(
    r"&(?:(?:amp|#0*38|#[xX]0*26);)*(?=(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)"
    r"([A-Za-z0-9#]+;)"
)
# UTF-8 that was decoded as a Latin, Cyrillic or DOS encoding contains two of these characters in a row.
MISDECODED = re.compile("[\x80-\u04ff\u2190-\u25ff][\x80-\u04ff\u2010-\u25ff]")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# An entity that was escaped more often than this stays escaped.
MAX_REPAIRS = 4


def clean_text(text: str) -> str:
    r"""Make every line break a \n, every other run of white space one space, and drop invisible characters."""
    return SPACES.sub(" ", INVISIBLE.sub("", LINE_BREAKS.sub("\n", text)))


def repair_text(text: str) -> str:
    """Clean a text, and repair what earlier programs broke: escaped entities, and UTF-8 decoded as another encoding.

    Text that is not broken stays as it is.
    """
    for _ in range(MAX_REPAIRS):
        before, text = text, clean_text(_repaired_once(text))
        if text == before:
            break
    return text


def _repaired_once(text: str) -> str:
    if LONE_SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "&" in text:
        text = ENTITY.sub(lambda match: unescape(f"&{match[1]}"), text)
    if not MISDECODED.search(text):
        return text
    from ftfy import fix_encoding

    return "\n".join(fix_encoding(line) if MISDECODED.search(line) else line for line in text.split("\n"))
