"""Documents that are zip files of XML (DOCX, ODT, EPUB): which one a file is, and its parts, unpacked within limits."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from corpus.errors import Unreadable
from corpus.reader_types import SourceFile
from corpus.readers.archive_entries import BROKEN, ENCRYPTED_FLAG, open_zip

ZIP_MAGIC = b"PK\x03\x04"
# Parts are limited together. Text and markup pack to a tenth or a twentieth.
MAX_TOTAL_BYTES = 200_000_000
MAX_PART_BYTES = 50_000_000
CHUNK_BYTES = 65_536
MAX_TYPE_BYTES = 200
ODT_TYPES = ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text-template")


class Parts:
    """The parts of a document, by their names."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._budget = MAX_TOTAL_BYTES

    @property
    def names(self) -> list[str]:
        """The names of all parts, in the order of the file."""
        return self._archive.namelist()

    def __contains__(self, name: str) -> bool:
        return name in self._archive.NameToInfo

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a part; raises Unreadable if it is missing, broken, locked or too large."""
        info = self._archive.NameToInfo.get(name)
        if info is None:
            raise Unreadable(f"broken: {name[:80]} is missing in it")
        if info.flag_bits & ENCRYPTED_FLAG:
            raise Unreadable("locked with a password: save it without one")
        size = 0
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    size += len(chunk)
                    self._budget -= len(chunk)
                    if size > MAX_PART_BYTES or self._budget < 0:
                        raise Unreadable("unpacks to far more than a document of its size does")
                    yield chunk
        except BROKEN as error:
            raise Unreadable(f"broken: {name[:80]} cannot be unpacked whole") from error

    def data(self, name: str, default: bytes | None = None) -> bytes:
        """Return the bytes of a part, or the default if it is missing; raises Unreadable."""
        if default is not None and name not in self:
            return default
        return b"".join(self.chunks(name))


@contextmanager
def open_parts(file: SourceFile) -> Iterator[Parts]:
    """Open a zip file; raises Unreadable."""
    with file.stream() as stream, open_zip(stream) as archive:
        yield Parts(archive)


def document_kind(file: SourceFile) -> str | None:
    """Return "docx", "odt" or "epub"; None for any other file."""
    if not file.head.startswith(ZIP_MAGIC):
        return None
    try:
        with open_parts(file) as parts:
            kind = b""
            if "mimetype" in parts:
                kind = next(iter(parts.chunks("mimetype")), b"")[:MAX_TYPE_BYTES].strip()
            if kind == b"application/epub+zip" or "META-INF/container.xml" in parts:
                return "epub"
            if kind.decode("ascii", "replace") in ODT_TYPES:
                return "odt"
            if "word/document.xml" in parts and "[Content_Types].xml" in parts:
                return "docx"
            if "content.xml" in parts and not kind and b"office:text" in next(iter(parts.chunks("content.xml")), b""):
                return "odt"
    except Unreadable:
        return None
    return None


class XmlTarget:
    """Receives the elements of an XML part as they are parsed; names are without their namespaces."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""

    def end(self, tag: str) -> None:
        """End an element."""

    def data(self, text: str) -> None:
        """Receive text."""

    def doctype(self, *_: Any) -> None:
        """Refuse entities of a document's own, which may expand to gigabytes."""
        raise Unreadable("XML that declares a document type, which documents of its kind do not")

    def close(self) -> None:
        """End the part."""


def parse_xml(chunks: Iterator[bytes], target: XmlTarget) -> None:
    """Parse a part without building its tree, so that memory is bounded; raises Unreadable."""
    from lxml.etree import LxmlError, XMLParser

    parser = XMLParser(target=target, resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        for chunk in chunks:
            parser.feed(chunk)
        parser.close()
    except LxmlError as error:
        raise Unreadable("broken: XML that cannot be made out") from error


def local_name(tag: str) -> str:
    """Return a tag or an attribute without its namespace."""
    return tag.rpartition("}")[2]


def local_names(attributes: dict[str, str]) -> dict[str, str]:
    """Return attributes by their names without namespaces."""
    return {local_name(name): value for name, value in attributes.items()}


class Properties(XmlTarget):
    """The texts of the elements of a part that lists properties, such as title and creator: the first of each name."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names, self._open = names, ""
        self.values: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002, D102
        name = local_name(tag)
        self._open = name if name in self._names and name not in self.values else ""

    def data(self, text: str) -> None:  # noqa: D102
        if self._open and len(self.values.get(self._open, "")) < 2_000:
            self.values[self._open] = self.values.get(self._open, "") + text

    def end(self, tag: str) -> None:  # noqa: ARG002, D102
        self._open = ""
