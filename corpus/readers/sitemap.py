"""Sitemaps: links to pages or to other sitemaps, with the date of the last change."""

from collections.abc import Iterator

from corpus.errors import Unreadable
from corpus.reader_types import Follow, Skipped, SourceFile
from corpus.readers.xml_elements import children, element_text
from corpus.readers.xml_stream import XmlStream, root_name
from corpus.text.urls import canonical_url

ROOTS = {"urlset": "url", "sitemapindex": "sitemap"}
# The protocol allows 50 MB and 50,000 links.
MAX_BYTES = 100_000_000


class SitemapReader:
    """Reads the links of a sitemap."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise the root element of a sitemap."""
        return root_name(file.head) in ROOTS

    def read(self, file: SourceFile) -> Iterator[Follow | Skipped]:
        """Yield the links to follow, in their order; they lead to pages or, from an index, to sitemaps.

        Raises Unreadable for a sitemap that lists nothing.
        """
        any_item = False
        for item in XmlStream(file, ROOTS.get(root_name(file.head) or "", ROOTS["urlset"]), max_bytes=MAX_BYTES):
            any_item, where = True, f"{file.where}: {item.label}"
            if item.element is None:
                yield Skipped(where, item.problem)
                continue
            fields = children(item.element)
            written = element_text(fields.get("loc"))
            url = canonical_url(written, file.url) if written else None
            if url:
                yield Follow(url, where, changed=element_text(fields.get("lastmod")) or None)
            else:
                yield Skipped(where, f"'{written[:60]}' is no link" if written else "no link")
        if not any_item:
            raise Unreadable("a sitemap that lists nothing")
