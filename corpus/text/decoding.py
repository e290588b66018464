"""Bytes to clean text."""

import codecs
import re
import unicodedata
from html import unescape

from charset_normalizer import from_bytes

from corpus.errors import Unreadable

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What legacy pages are mostly written in, likeliest first: this settles near ties, which short texts often end in.
USUAL_ENCODINGS = ("cp1252", "cp1251", "gb18030", "big5", "cp932", "cp949")
# How much messier, and how much less like its language, a usual encoding may look than the library's first choice.
NEAR_CHAOS, NEAR_COHERENCE = 0.12, 0.1
# What a page that names the one is in, by the WHATWG's encoding standard.
WEB_ENCODINGS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
}
# Python's names of the encodings that pages are in; what else it can decode (UTF-7, escapes) no page is.
PAGE_ENCODINGS = re.compile(r"cp(?:125\d|874|866|932|949)|iso8859-\d+|koi8-[rut]|gb18030|big5hkscs|euc_jp|iso2022_jp")
LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Direction marks (U+200E, U+200F) and joiners (U+200C, U+200D) stay: they belong to how a word is written.
UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff]")
SPACES = re.compile(r"[^\S\n]+")
ENTITY = re.compile(
    r"&(?:(?:amp|#0*38|#[xX]0*26);)*(?=(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)"
    r"([A-Za-z0-9#]+;)"
)
# UTF-8 that was read as Latin letters (or Cyrillic ones, or a DOS console's) has two of these side by side.
SUSPECT = re.compile("[\x80-\u04ff\u2190-\u25ff][\x80-\u04ff\u2010-\u25ff]")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# An entity that was escaped more often than this in the same text stays.
MOST_MENDINGS = 4


def decode(data: bytes, told: str | None = None) -> str:
    """Turn a file's bytes into text, in whatever encoding it was written.

    A byte order mark decides, then UTF-8 if it is valid, then the encoding that the file tells of itself, if it is
    that; then UTF-8 with few errors, and what charset-normalizer finds likely. Raises Unreadable for bytes that are
    not text.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(encoding, data)
    if b"\0" in data:
        raise Unreadable("not a text file")
    if told and (text := _decode_told(data, told)) is not None:
        return text
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = _mostly_utf8(data) or _decode_as(likely_encoding(data), data)
    if _share_of_controls(text) > 0.01:
        raise Unreadable("not a text file")
    return text


def _decode_told(data: bytes, told: str) -> str | None:
    """Decode as a page says that it is to be read; None where it is UTF-8 after all, or not what it says."""
    label = told.strip().lower()
    try:
        encoding = codecs.lookup(WEB_ENCODINGS.get(label, label)).name
        # All bytes of ISO-2022-JP are ASCII, so they are UTF-8 as well.
        if PAGE_ENCODINGS.fullmatch(encoding) and (encoding == "iso2022_jp" or not _is_utf8(data)):
            return data.decode(encoding)
    except (LookupError, ValueError):
        return None
    return None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(data: bytes) -> str | None:
    """Decode UTF-8 with a few broken characters, each shown as U+FFFD; None where it is another encoding altogether."""
    text = data.decode(errors="replace")
    broken = text.count("\ufffd")
    beyond_ascii = sum(character > "\x7f" for character in text)
    return text if broken * 10 <= beyond_ascii else None


def likely_encoding(data: bytes) -> str:
    """Return what bytes that are not UTF-8 are most likely in; raises Unreadable for those that are not text."""
    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        raise Unreadable("not a text file, or in an encoding that cannot be told")
    near = {
        encoding
        for match in matches
        if match.chaos <= best.chaos + NEAR_CHAOS and match.coherence >= best.coherence - NEAR_COHERENCE
        for encoding in match.could_be_from_charset
    }
    return next((encoding for encoding in USUAL_ENCODINGS if encoding in near), best.encoding)


def _decode_as(encoding: str, data: bytes) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"looks like {encoding}, and is not (at byte {error.start:,})") from error


def _share_of_controls(text: str) -> float:
    sample = text[:100_000]
    return sum(unicodedata.category(character) == "Cc" and character not in "\t\n\r" for character in sample) / len(
        sample
    )


def clean(text: str) -> str:
    r"""Make every line break a \n, every other run of white space one space, and drop characters that nobody sees."""
    return SPACES.sub(" ", UNSEEN.sub("", LINE_BREAKS.sub("\n", text)))


def mended(text: str) -> str:
    """Clean a text, and mend what was done to it on its way: entities, and UTF-8 that was read as another encoding.

    Well-written text comes out as it went in.
    """
    for _ in range(MOST_MENDINGS):
        before, text = text, clean(_mended_once(text))
        if text == before:
            break
    return text


def _mended_once(text: str) -> str:
    if LONE_SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "&" in text:
        text = ENTITY.sub(lambda found: unescape(f"&{found[1]}"), text)
    if not SUSPECT.search(text):
        return text
    from ftfy import fix_encoding

    return "\n".join(fix_encoding(line) if SUSPECT.search(line) else line for line in text.split("\n"))
