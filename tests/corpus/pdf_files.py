"""Builds PDF files for the tests: lines of text on pages, and an information dictionary."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MARGIN, TOP, LEADING = 72, 770, 14


@dataclass(frozen=True)
class Line:
    """A line of text, in Latin letters, `gap` points below the previous line."""

    text: str
    size: float = 10
    gap: float = LEADING
    x: float = MARGIN


def paragraphs(*texts: str, width: int = 80) -> list[Line]:
    """Break paragraphs into lines at words; the first line of each has a larger gap."""
    lines = []
    for text in texts:
        gap, line = 2.0 * LEADING, ""
        for word in text.split():
            if len(line) + len(word) >= width:
                lines.append(Line(line, gap=gap))
                gap, line = LEADING, ""
            line = f"{line} {word}".strip()
        lines.append(Line(line, gap=gap))
    return lines


def pdf(
    pages: Iterable[Iterable[Line] | bytes],
    info: Mapping[str, str] | None = None,
    trailer: bytes = b"",
    *,
    packed: bool = True,
) -> bytes:
    """Return a PDF file; a page of bytes is used unchanged as its content stream."""
    contents = [page if isinstance(page, bytes) else _drawn(page) for page in pages]
    streams = [_stream(content, packed=packed) for content in contents]
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(streams)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(streams)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<<" + b"".join(b"/%s(%s)" % (name.encode(), _escaped(text)) for name, text in (info or {}).items()) + b">>",
    ]
    for number, stream in enumerate(streams):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (6 + 2 * number)
        )
        objects.append(stream)
    return assembled(objects, trailer)


def assembled(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """Assemble numbered objects to a file: the first is the catalogue, the fourth the information dictionary."""
    data = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<</Size %d/Root 1 0 R/Info 4 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(data)


def _stream(content: bytes, *, packed: bool) -> bytes:
    if not packed:
        return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)
    content = zlib.compress(content)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content)


def _drawn(lines: Iterable[Line]) -> bytes:
    y, parts = float(TOP), [b"BT"]
    for line in lines:
        y -= line.gap
        parts.append(b"/F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj" % (line.size, line.x, y, _escaped(line.text)))
    return b"\n".join([*parts, b"ET"])


def _escaped(text: str) -> bytes:
    data = text.encode("cp1252")
    return data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
