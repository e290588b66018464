"""The parts of a mail message: its headers, decoded, and its text or its page. Attachments are left out.

Python's `email` takes the message apart, by its older policy: the newer one raises for many broken headers.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr

from corpus.errors import Unreadable
from corpus.readers.text_layout import paragraphs
from corpus.readers.wrapped_lines import whole_lines
from corpus.text.cleaning import repair_text
from corpus.text.decoding import decode
from corpus.text.html import TAG, Block, Body, field_body, html_body, join_blocks
from corpus.text.line_joining import seen_words

# A header block: the first lines of a message. The names are those that only mail has, and those that every mail has.
HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):(?:[ \t][^\r\n]*)?\r?(?:\n|$)|[ \t]+\S[^\r\n]*\r?(?:\n|$)")
MAIL_NAMES = frozenset(
    b"from to subject date message-id received return-path delivered-to mime-version reply-to sender cc in-reply-to"
    b" references content-type list-id dkim-signature x-mailer".split()
)
CLEAR_NAMES = frozenset(
    b"message-id received return-path delivered-to mime-version dkim-signature content-type".split()
)
MAX_HEADER_LINES = 500
# The library reads each line once for every multipart that is open.
MULTIPART = re.compile(rb"multipart/[\w-]+", re.IGNORECASE)
MAX_MULTIPARTS = 40
MAX_PARTS = 1_000
ORGANIZATION = re.compile(r"\s*[(\[][^()\[\]]{1,80}[)\]]$")
NAME_AND_ADDRESS = re.compile(r"([^<>]{1,200}?)\s*<[^<>]{1,200}>")
INVERTED = re.compile(r"([^\W\d_][\w'’-]+(?: [\w'’-]+)?), ([^\W\d_][\w.'’-]*(?: [\w.'’-]+)?)")
SIGNATURE = re.compile(r"(?m)^-- ?$")
MAX_SIGNATURE_CHARACTERS = 2_000
BROKEN = (MessageError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)


def header_names(head: bytes) -> list[bytes]:
    """Return the lower-case names of the headers that a file begins with; none if they do not end at a blank line."""
    names: list[bytes] = []
    at = 0
    for _ in range(MAX_HEADER_LINES):
        line = HEADER.match(head, at)
        if line is None:
            # The block ends at a blank line, or where the file ends.
            return names if head[at : at + 2] in (b"", b"\r", b"\r\n") or head[at : at + 1] == b"\n" else []
        if line[1]:
            names.append(line[1].lower())
        elif not names:
            return []
        at = line.end()
    return names


def is_mail(head: bytes) -> bool:
    """Tell whether a file begins with the headers of a mail message."""
    names = header_names(head.removeprefix(b"\xef\xbb\xbf"))
    known = MAIL_NAMES.intersection(names)
    if not names or not ({b"from", b"received", b"return-path", b"message-id"} & known):
        return False
    return len(known) >= 3 or (len(known) == 2 and bool(CLEAR_NAMES & known or b"subject" in known))


def parse_message(data: bytes) -> Message:
    """Parse a message; raises Unreadable."""
    if len(MULTIPART.findall(data)) > MAX_MULTIPARTS:
        raise Unreadable("a message of more parts in parts than mail has")
    try:
        return message_from_bytes(data)
    except BROKEN as error:
        raise Unreadable("a broken message") from error


def header(message: Message, name: str) -> str:
    """Return a header as text on one line; "" if there is none."""
    # The library keeps bytes beyond ASCII as lone surrogates.
    raw = next((str(value) for key, value in message.raw_items() if key.casefold() == name.casefold()), "")
    written = raw.encode("utf-8", "surrogateescape")
    text = written.decode("ascii", "replace") if _is_ascii(written) else _decoded(written)
    if "=?" not in text:
        return " ".join(repair_text(text).split())
    try:
        pieces = decode_header(text)
    except (*BROKEN, HeaderParseError):
        return " ".join(text.split())
    whole = "".join(
        piece
        if isinstance(piece, str)
        else _decoded(piece, charset if charset else "latin-1" if _is_ascii(piece) else None)
        for piece, charset in pieces
    )
    return " ".join(repair_text(whole).split())


def sender(message: Message) -> str:
    """Return the display name of the sender; "" if there is only an address."""
    written = header(message, "From")
    if "@" not in written:  # a message that a program saved as text
        return _in_order(written.strip(" '\""))
    try:
        name, address = parseaddr(written)
    except BROKEN:
        return ""
    if "@" not in address and (simple := NAME_AND_ADDRESS.fullmatch(written)):  # signs that need quotation marks
        name = simple[1]
    if "@" in name and name.strip().casefold() == address.casefold():
        return ""
    return _in_order(name.strip(" '\""))


def _in_order(name: str) -> str:
    """Return "Ada Holm" for "Holm, Ada (The Dike)"."""
    name = ORGANIZATION.sub("", name)
    inverted = INVERTED.fullmatch(name)
    return f"{inverted[2]} {inverted[1]}" if inverted else name


def body(message: Message) -> tuple[Body, str]:
    """Return the text of a message and the kind of part that it is from: its plain text, or else its page."""
    plain: list[str] = []
    pages: list[str] = []
    for part in parts(message):
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html") or _is_attachment(part):
            continue
        text = part_text(part)
        if kind == "text/html":
            pages.append(text)
        else:
            plain.append(_unwrapped(part, text))
    text = "\n\n".join(plain)
    if text.strip() and not (pages and len(text.split()) < 5):
        return _plain_body(_without_end(text)), "text/plain"
    return html_body("\n".join(pages)), "text/html"


def _plain_body(text: str) -> Body:
    if TAG.search(text):
        return field_body(text)
    text = repair_text(text)
    lines, seen = [line.strip() for line in text.split("\n")], seen_words(text)
    return join_blocks(map(Block, paragraphs(whole_lines(lines, seen), seen)))


def parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a message that have content, in order; messages inside it are not opened."""
    pending = [message]
    for _ in range(MAX_PARTS):
        if not pending:
            return
        part = pending.pop()
        content = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(content, list):
            pending.extend(inner for inner in reversed(content) if isinstance(inner, Message))
        elif part.get_content_maintype() != "message":
            yield part


def part_data(part: Message) -> bytes:
    """Return the content of a part, without its transfer encoding (base64, quoted-printable)."""
    try:
        data = part.get_payload(decode=True)
    except BROKEN as error:
        raise Unreadable("a message whose encoding is broken") from error
    return data if isinstance(data, bytes) else b""


def charset(part: Message) -> str | None:
    """Return the charset that a part declares."""
    try:
        return part.get_content_charset()
    except BROKEN:
        return None


def part_text(part: Message) -> str:
    """Return the text of a part; raises Unreadable."""
    data = part_data(part)
    return decode(data, charset(part)).replace("\r\n", "\n").replace("\r", "\n") if data else ""


def _is_attachment(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or bool(part.get_filename())
    except BROKEN:
        return False


def _unwrapped(part: Message, text: str) -> str:
    """Join the lines of flowed text (RFC 3676): a line that ends in a space goes on in the next."""
    try:
        flowed = str(part.get_param("format") or "").casefold() == "flowed"
        joined = str(part.get_param("delsp") or "").casefold() == "yes"
    except BROKEN:
        return text
    if not flowed:
        return text
    text = re.sub(r"(?m)^ (?=[ >]|From )", "", text)
    return re.sub(r"(?<!^--) \n(?!\s|>|-- ?$)", "" if joined else " ", text, flags=re.MULTILINE)


def _without_end(text: str) -> str:
    """Remove the sender's signature, which is below the line "-- "."""
    last = next(reversed(list(SIGNATURE.finditer(text))), None)
    if last is None or len(text) - last.end() > MAX_SIGNATURE_CHARACTERS or not text[: last.start()].strip():
        return text
    return text[: last.start()]


def _is_ascii(data: bytes) -> bool:
    return data.isascii()


def _decoded(data: bytes, declared: str | None = None) -> str:
    if declared:
        try:
            return data.decode(declared)
        except (LookupError, ValueError):
            pass
    try:
        return decode(data, declared) if data else ""
    except Unreadable:
        return data.decode("latin-1")
