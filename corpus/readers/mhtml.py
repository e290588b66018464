"""MHTML: a page that a browser saved as one file (.mht, .mhtml), in the form of a mail message."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace

from corpus.errors import Unreadable
from corpus.reader_types import Reading, SourceFile
from corpus.readers.html import HtmlReader
from corpus.readers.mail_parts import charset, header, header_names, parse_message, part_data, parts
from corpus.text.urls import canonical_url

# Pictures follow the page: only so many bytes, times the limit of an article, are read to find the page.
FILE_FACTOR = 10
SAVED = re.compile(rb"(?im)^(?:snapshot-content-location:|from:\s*\"?<saved by )")
RELATED = re.compile(rb"(?im)^content-type:\s*multipart/related\b")
LOCATION = re.compile(rb"(?im)^content-location:")
PAGE_TYPES = ("text/html", "application/xhtml+xml")


class MhtmlReader:
    """Reads the page that a browser saved as MHTML."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the headers that browsers write, or related parts with addresses that no mail carries."""
        head = file.head.removeprefix(b"\xef\xbb\xbf").lstrip()
        names = set(header_names(head))
        if not names:
            return False
        if SAVED.search(head[:5_000]):
            return True
        return bool(RELATED.search(head[:5_000]) and LOCATION.search(head)) and not names & {b"to", b"received"}

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article of the page; raises Unreadable if there is none."""
        with file.stream() as stream:
            data = stream.read(file.max_bytes * FILE_FACTOR)
        message = parse_message(_upto_page(data.lstrip().removeprefix(b"\xef\xbb\xbf").lstrip()))
        page = next((part for part in parts(message) if part.get_content_type() in PAGE_TYPES), None)
        if page is None:
            raise Unreadable("a saved page (MHTML) without a page in it: save it again as HTML")
        content = part_data(page)
        address = header(page, "Content-Location") or header(message, "Snapshot-Content-Location")
        # The address inside the file is the page's link, unless the file was itself fetched from one.
        inner = replace(
            file,
            open=lambda: io.BytesIO(content),
            url=file.url or canonical_url(address),
            charset=charset(page) or None,
        )
        yield from HtmlReader().read(inner)


def _upto_page(data: bytes) -> bytes:
    """Leave out what follows the first page: pictures, style sheets and frames."""
    boundary = re.search(rb"boundary=\"?([^\"\r\n;]{1,100})", data[:10_000], re.IGNORECASE)
    if boundary is None:
        return data
    mark = b"\n--" + boundary[1].strip()
    at = data.find(mark)
    while at >= 0:
        end = data.find(mark, at + len(mark))
        head = data[at : at + 2_000].lower()
        if b"text/html" in head or b"application/xhtml+xml" in head or b"multipart/" in head:
            return data if end < 0 else data[:end] + mark + b"--\n"
        at = end
    return data
