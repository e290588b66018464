"""Sitemaps: links to pages, and to further sitemaps, with the day that each changed."""

from collections.abc import Iterator

from corpus.documents import Follow, Skipped, SourceFile
from corpus.errors import Unreadable
from corpus.readers.xml_elements import children, words
from corpus.readers.xml_stream import Pieces, root_of
from corpus.text.urls import canonical

ROOTS = {"urlset": "url", "sitemapindex": "sitemap"}
# The protocol allows 50 MB and 50,000 links.
MOST_BYTES = 100_000_000


class SitemapReader:
    """Reads the links of a sitemap."""

    def takes(self, file: SourceFile) -> bool:
        """Say yes to what begins as a sitemap does."""
        return root_of(file.head) in ROOTS

    def read(self, file: SourceFile) -> Iterator[Follow | Skipped]:
        """Yield what is to be followed: pages, or of an index its sitemaps, in the order in which they are listed.

        Raises Unreadable for a sitemap that lists nothing.
        """
        some = False
        for piece in Pieces(file, ROOTS[root_of(file.head) or "urlset"], max_bytes=MOST_BYTES):
            some, where = True, f"{file.where}: {piece.which}"
            if piece.element is None:
                yield Skipped(where, piece.fault)
                continue
            fields = children(piece.element)
            written = words(fields.get("loc"))
            url = canonical(written, file.url) if written else None
            if url:
                yield Follow(url, where, changed=words(fields.get("lastmod")) or None)
            else:
                yield Skipped(where, f"'{written[:60]}' is no link" if written else "no link")
        if not some:
            raise Unreadable("a sitemap that lists nothing")
