"""HTML pages: the article out of everything that stands around it."""

import re
from collections.abc import Iterator

from corpus.build import compose
from corpus.documents import Reading, SourceFile
from corpus.page import page
from corpus.text.decoding import decode

# After a declaration or comments, or none.
PAGE = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->).){0,20000}-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
PIECE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[a-z!]", re.IGNORECASE)
CHARSET = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
EXTENSIONS = (".html", ".htm", ".xhtml")


class HtmlReader:
    """Reads the one article of a page."""

    def takes(self, file: SourceFile) -> bool:
        """Say yes to what begins as a page does, and to a piece of one that is named as a page."""
        head = file.head.replace(b"\0", b"")
        return bool(PAGE.match(head)) or (file.place.lower().endswith(EXTENSIONS) and bool(PIECE.match(head)))

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable where there is none."""
        found = page(decode(file.data, file.charset or _charset(file.head)), file.url)
        texts = {field: told.text for field, told in found.told.items()}
        yield compose(
            file,
            title=texts.get("title"),
            prose=found.prose,
            url=texts.get("url") or file.url,
            source=texts.get("source"),
            author=texts.get("author"),
            published=texts.get("published"),
            language=texts.get("language"),
            traces=[(field, told.where) for field, told in found.told.items()],
        )


def _charset(head: bytes) -> str | None:
    found = DECLARED.match(head) or CHARSET.search(head)
    return found[1].decode("ascii") if found else None
