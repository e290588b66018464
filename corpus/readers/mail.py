"""Mail: a message (eml), or many below each other (mbox). Each message is an article."""

import re
from collections.abc import Iterator
from dataclasses import replace

from corpus.build import ArticleKeys, RawFields, build_article
from corpus.errors import Unpublished, Unreadable
from corpus.publication_status import not_published
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.mail_parts import MAIL_NAMES, body, header, header_names, is_mail, parse_message, sender
from corpus.text.decoding import read_chunks
from corpus.text.first_words import opening_words

# The line above each message of an mbox: "From", an address or a dash, and the time of arrival.
SEPARATOR = re.compile(rb"From (?:\S{1,200} +|- *)?[^\r\n]{0,60}\d\d:\d\d[^\r\n]{0,60}\r?$")
# A line of the text may begin like a separator: a message's headers follow only below a separator.
HEADER_LINE = re.compile(rb"[A-Za-z][\w-]{0,60}:[ \t\r\n]|>From ")
QUOTED_FROM = re.compile(rb"(?m)^>(?=>*From )")
# A message may carry pictures: its limit in bytes is this many times that of an article.
MESSAGE_FACTOR = 5
# Gmail's labels, and Thunderbird's mark, of what its owner has not sent or has thrown away.
UNSENT = re.compile(r"\b(drafts?|spam|junk|trash|bin)\b", re.IGNORECASE)
DELETED_FLAG = 0x0008
INTERNAL = re.compile(r"DON'T DELETE THIS MESSAGE")


class MailReader:
    """Reads the one message of an eml file."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the headers of a message."""
        return is_mail(file.head)

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the message; raises Unreadable if it has no text."""
        large = replace(file, max_bytes=file.max_bytes * MESSAGE_FACTOR)
        yield read_message(file, large.data)


class MboxReader:
    """Reads each message of an mbox."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the line above the first message, and the message's headers."""
        first, _, rest = file.head.lstrip().partition(b"\n")
        return bool(SEPARATOR.match(first)) and len(MAIL_NAMES.intersection(header_names(rest))) > 1

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield each message that has a text, and the others as Skipped; raises Unreadable if there is none."""
        keys, number = ArticleKeys(), 0
        for number, data in enumerate(_messages(file), start=1):
            label = f"message {number:,}"
            if data is None:
                limit = file.max_bytes * MESSAGE_FACTOR / 1e6
                yield Skipped(f"{file.where}: {label}", f"a message of more than {limit:g} MB")
                continue
            try:
                yield read_message(file, QUOTED_FROM.sub(b"", data), keys, label)
            except Unreadable as error:
                yield Skipped.because(error, f"{file.where}: {label}")
        if not number:
            raise Unreadable("a mailbox with no messages in it")


def read_message(file: SourceFile, data: bytes, keys: ArticleKeys | None = None, label: str = "") -> Reading:
    """Build the article of a message; raises Unpublished for a draft and the like, Unreadable if it has no text."""
    message = parse_message(data.lstrip(b"\r\n"))
    labels, flags = header(message, "X-Gmail-Labels"), header(message, "X-Mozilla-Status")
    if unsent := UNSENT.search(labels):
        raise Unpublished(not_published(unsent[1]))
    if header(message, "X-Mozilla-Draft-Info") or header(message, "X-Unsent").strip() == "1":
        raise Unpublished(not_published("draft"))
    if re.fullmatch(r"[0-9a-fA-F]{1,8}", flags) and int(flags, 16) & DELETED_FLAG:
        raise Unpublished(not_published("deleted"))
    subject, author = header(message, "Subject"), sender(message)
    if INTERNAL.search(subject):
        raise Unpublished("a mail program's own data, no message")
    text, kind = body(message)
    if not text.text.strip():
        raise Unreadable("a message without text")
    source = header(message, "Organization") or header(message, "List-Id").partition("<")[0].strip(' "') or author
    published, link = header(message, "Date") or header(message, "Sent"), header(message, "Archived-At").strip("<> ")
    title = subject or opening_words(text.text)
    traces = [("title", "Subject" if subject else "the text's first words"), ("text", kind)]
    traces += [("author", "From")] if author else []
    traces += [("published", "Date" if header(message, "Date") else "Sent")] if published else []
    traces += [("url", "Archived-At")] if link else []
    fields = RawFields(
        title=title,
        url=link or None,
        source=source or None,
        author=author or None,
        published=published,
        traces=tuple(traces),
    )
    key = keys.key(header(message, "Message-ID"), link, title, published) if keys else ""
    return build_article(file, fields, text, key=key, label=label)


def _messages(file: SourceFile) -> Iterator[bytes | None]:
    """Yield the bytes of each message; None for one that is too large."""
    limit = file.max_bytes * MESSAGE_FACTOR
    lines: list[bytes] = []
    size, is_blank, any_message = 0, True, False
    for line, following in _with_next(_lines(file)):
        if is_blank and SEPARATOR.match(line) and (not any_message or HEADER_LINE.match(following)):
            if any_message:
                yield b"".join(lines) if size <= limit else None
            lines, size, any_message = [], 0, True
            is_blank = False
            continue
        is_blank = not line.strip()
        size += len(line)
        if size <= limit:
            lines.append(line)
        else:
            lines.clear()
    if any_message:
        yield b"".join(lines) if size <= limit else None


def _with_next(lines: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield each line with the next one."""
    line = next(lines, b"")
    for following in lines:
        yield line, following
        line = following
    if line:
        yield line, b""


def _lines(file: SourceFile) -> Iterator[bytes]:
    """Yield lines with their ends; a line of more than 1 MB comes in pieces."""
    rest = b""
    for chunk in read_chunks(file):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in lines)
        if len(rest) > 1_000_000:
            yield rest
            rest = b""
    if rest:
        yield rest
