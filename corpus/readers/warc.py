"""WARC files of web archives: each HTML page that a server answered with is read, with its link.

A file may be packed record by record (.warc.gz). Records are read one at a time, within limits. The library warcio is
not used: it reads lines, chunks and packed records of any length into memory.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from corpus.errors import Unreadable
from corpus.reader_types import ReaderOutput, Reading, Skipped, SourceFile, too_large
from corpus.readers.html import HtmlReader
from corpus.text.urls import canonical_url

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

VERSION = re.compile(rb"WARC/\d\.\d\d?\s*$")
SIGNATURE = re.compile(rb"\s{0,20}WARC/\d\.\d")
GZIP_MAGIC = b"\x1f\x8b\x08"
MAX_LINE_BYTES, MAX_HEADERS = 65_536, 1_000
CHUNK_BYTES = 65_536
PAGE_TYPE = re.compile(r"\s*(?:text/html|application/xhtml\+xml)\b", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r?\n")
BROKEN_OFF = "broken: the web archive ends in the middle of it, or is damaged there"
BROKEN = (OSError, EOFError, zlib.error)


class _Record(NamedTuple):
    headers: dict[str, str]
    content: bytes | None  # None if it was too large, or of a kind that is not read
    is_whole: bool = True


class WarcReader:
    """Reads the pages in a web archive."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the first record, packed or not."""
        return bool(SIGNATURE.match(_unpacked_head(file.head)))

    def read(self, file: SourceFile) -> Iterator[ReaderOutput]:
        """Yield the article of each page, and pages without one as Skipped; raises Unreadable if there is no page."""
        any_page = False
        with file.stream() as stream:
            raw = _Content(stream, packed=file.head.startswith(GZIP_MAGIC))
            for record in _records(raw, file.max_bytes):
                address = record.headers.get("warc-target-uri", "").strip("<> ")
                label = address or record.headers.get("warc-record-id", "a record without an address")
                where = f"{file.where}: {label}"
                any_page = True
                if record.content is None or not record.is_whole:
                    yield Skipped(where, str(too_large(file.max_bytes)) if record.is_whole else BROKEN_OFF)
                    continue
                key = f"{address} {record.headers.get('warc-date', '')}".strip()
                yield from _read_page(_page(file, record, where), key)
        if not any_page:
            raise Unreadable("a web archive (WARC) without an HTML page in it")


def _unpacked_head(head: bytes) -> bytes:
    if not head.startswith(GZIP_MAGIC):
        return head[:100]
    try:
        return zlib.decompressobj(31).decompress(head, 100)
    except zlib.error:
        return b""


def _read_page(page: SourceFile, key: str) -> Iterator[ReaderOutput]:
    try:
        for reading in HtmlReader().read(page):
            yield replace(reading, key=key) if isinstance(reading, Reading) else reading
    except Unreadable as error:
        yield Skipped.because(error, page.where)


def _page(file: SourceFile, record: _Record, where: str) -> SourceFile:
    """Return the page that a record holds, as its server meant it."""
    content = record.content or b""
    kind = record.headers.get("content-type", "")
    if record.headers.get("warc-type", "").lower() == "response":
        _, headers, content = _http_response(content)
        kind = headers.get("content-type", "")
        content = _transferred(content, headers, file.max_bytes)
    charset = CHARSET.search(kind)
    url = canonical_url(record.headers.get("warc-target-uri", "").strip("<> "))
    return replace(
        file,
        where=where,
        place=f"{file.place}/{url or where}",
        open=lambda: io.BytesIO(content),
        url=url,
        charset=charset[1] if charset else None,
    )


class _Content(io.RawIOBase):
    """The unpacked bytes of a web archive; where they are damaged, they end, and `is_damaged` is true."""

    def __init__(self, stream: BinaryIO, *, packed: bool) -> None:
        self._stream = cast("io.BufferedReader", gzip.GzipFile(fileobj=stream) if packed else stream)
        self.is_damaged = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer)
        try:
            data = b"" if self.is_damaged else self._stream.read1(len(target))
        except BROKEN:
            self.is_damaged, data = True, b""
        target[: len(data)] = data
        return len(data)


def _records(stream: _Content, max_bytes: int) -> Iterator[_Record]:
    """Yield the records that may hold pages. What is between records, or broken, is skipped up to the next record."""
    reader = io.BufferedReader(stream, CHUNK_BYTES)
    while line := reader.readline(MAX_LINE_BYTES):
        if not VERSION.match(line):
            continue
        headers = _headers(reader)
        length = headers.get("content-length", "")
        size = int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else 0
        if not _may_be_page(headers):
            _skip(reader, size)
            continue
        content = reader.read(min(size, MAX_LINE_BYTES))
        rest = size - len(content)
        if headers["warc-type"].lower() == "response" and not _is_page_response(content):
            _skip(reader, rest)
        elif size > max_bytes + MAX_LINE_BYTES:
            yield _Record(headers, None)
            _skip(reader, rest)
        else:
            content += reader.read(rest)
            yield _Record(headers, content, len(content) == size)
    if stream.is_damaged:
        yield _Record({}, b"", is_whole=False)


def _may_be_page(headers: dict[str, str]) -> bool:
    record, kind = headers.get("warc-type", "").lower(), headers.get("content-type", "")
    return record == "response" if "http" in kind or not kind else record == "resource" and bool(PAGE_TYPE.match(kind))


def _headers(reader: IO[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    name = ""
    for _ in range(MAX_HEADERS):
        line = reader.readline(MAX_LINE_BYTES)
        text = line.decode(errors="replace").rstrip("\r\n")
        if not text.strip():
            break
        if text[0] in " \t" and name:
            headers[name] += f" {text.strip()}"
            continue
        name, _colon, value = text.partition(":")
        name = name.strip().lower()
        headers.setdefault(name, value.strip())
    return headers


def _skip(reader: IO[bytes], size: int) -> None:
    while size > 0 and (chunk := reader.read(min(size, CHUNK_BYTES))):
        size -= len(chunk)


def _is_page_response(content: bytes) -> bool:
    status, headers, _ = _http_response(content)
    return 200 <= status < 300 and bool(PAGE_TYPE.match(headers.get("content-type", "")))


def _http_response(content: bytes) -> tuple[int, dict[str, str], bytes]:
    """Split a response into its status, its headers and its content."""
    reader = io.BytesIO(content)
    status = re.match(rb"HTTP/\S+\s+(\d{3})\b", reader.readline(MAX_LINE_BYTES))
    if status is None:
        return 0, {}, b""
    headers = _headers(reader)
    return int(status[1]), headers, content[reader.tell() :]


def _transferred(content: bytes, headers: dict[str, str], max_bytes: int) -> bytes:
    """Undo how the server packed the content. Some programs keep the headers and store the content unpacked."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        content = _unchunked(content)
    packing = headers.get("content-encoding", "").lower().strip()
    for name, windows in (("gzip", (31,)), ("deflate", (15, -15))):
        if name not in packing:
            continue
        for window in windows:
            if (unpacked := _unpacked(content, window, max_bytes)) is not None:
                return unpacked
    return content


def _unpacked(content: bytes, window: int, max_bytes: int) -> bytes | None:
    """Return at most one byte more than `max_bytes`; None if the content is not packed so."""
    unpacker = zlib.decompressobj(window)
    try:
        return unpacker.decompress(content, max_bytes + 1)
    except zlib.error:
        return None


def _unchunked(content: bytes) -> bytes:
    """Join the chunks of a response; content that is not in chunks is returned as it is."""
    chunks: list[bytes] = []
    at = 0
    while size := CHUNK_SIZE.match(content, at):
        length = int(size[1], 16)
        if not length:
            break
        chunks.append(content[size.end() : size.end() + length])
        at = size.end() + length
        at += 2 if content[at : at + 2] == b"\r\n" else content[at : at + 1] == b"\n"
    return b"".join(chunks) if chunks else content
