"""A visit of a link: fetch it and the links that it lists; yield the articles, and the new state of each link."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from corpus.backoff import Backoff
from corpus.errors import LinkFailed, Unreadable
from corpus.reader_types import Follow, Reading, Skipped
from corpus.reading import read_content
from retrieval.sources.cancellable_client import BackgroundClient
from retrieval.sources.source import Source
from retrieval.sources.state import CrawlState, Link

if TYPE_CHECKING:
    from corpus.web.client import Page

# The limits of a batch. A visit that is cut off loses at most one batch, and memory stays flat.
ARTICLES_PER_BATCH = 64
CHARACTERS_PER_BATCH = 2_000_000
SECONDS_PER_BATCH = 30.0
LINKS_PER_TRANSACTION = 500
# A sitemap may list sitemaps, whose links are pages; deeper nesting is not followed.
MAX_DEPTH = 3
HOUR, DAY = 3600.0, 86_400.0
# When to fetch a failed link again: after an error that may pass, and after one that is likely to last.
PASSING = Backoff(HOUR, max_seconds=30 * DAY)
LASTING = Backoff(DAY, max_seconds=30 * DAY)


@dataclass(slots=True)
class Batch:
    """A part of a visit: articles to index first, then the state of links to record."""

    readings: list[Reading | Skipped] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    characters: int = 0
    begun: float = field(default_factory=time.monotonic)

    def add(self, item: Reading | Skipped | Link) -> None:
        """Add an article, a skipped document or a link."""
        if isinstance(item, Link):
            self.links.append(item)
            return
        self.readings.append(item)
        if isinstance(item, Reading):
            self.characters += len(item.article.text)

    @property
    def full(self) -> bool:
        """Whether the batch is large enough to be indexed."""
        return (
            max(len(self.readings), len(self.links)) >= ARTICLES_PER_BATCH
            or self.characters >= CHARACTERS_PER_BATCH
            or time.monotonic() - self.begun >= SECONDS_PER_BATCH
        )


class Visit:
    """Fetches a source's link and the links that it lists, if they are new, changed or due to be tried again."""

    def __init__(
        self,
        source: Source,
        state: CrawlState,
        client: BackgroundClient,
        *,
        indexed: Callable[[str], bool],
        max_bytes: int,
        now: float,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """`indexed` returns whether the archive has an article of that id; `now` is in seconds since 1970."""
        self._source = source
        self._state = state
        self._client = client
        self._indexed = indexed
        self._max_bytes = max_bytes
        self._now = now
        self._stopped = stopped
        self._excerpts: dict[str, Reading] = {}
        self.reason: str | None = None
        """Why the source itself failed, None if it did not; valid after the last batch."""

    def batches(self) -> Iterator[Batch]:
        """Yield batches to index and record. The caller may stop early: what it recorded stays valid."""
        batch = Batch()
        for link in self._links():
            for item in self._fetch(link):
                batch.add(item)
                if batch.full:
                    yield batch
                    batch = Batch()
        yield batch

    def _links(self) -> Iterator[Link]:
        """Yield the source's own link, then the lists and the pages that are due: each once, at most `max_links`."""
        source, root = self._source, self._source.url
        seen = {root}
        yield self._state.root_link(source.name, root)
        more = True
        while more:
            more = False
            for lists in (True, False):
                for link in self._state.due(source.name, self._now, lists=lists):
                    if link.url in seen:
                        continue
                    if len(seen) > source.max_links or self._stopped():
                        return
                    seen.add(link.url)
                    more = True
                    yield link

    def _fetch(self, link: Link) -> Iterator[Reading | Skipped | Link]:
        from corpus.web.client import Unchanged

        try:
            page = self._client.get(link.url, etag=link.etag, modified=link.modified)
        except LinkFailed as error:
            yield from self._failed(link, str(error), lasting=error.lasting)
            return
        if isinstance(page, Unchanged):
            # The page has not changed, so the reason why it gave no article still holds.
            reason = None if link.failures else link.reason
            yield replace(link, reason=reason, failures=0, next=self._next(link))
            return
        try:
            yield from self._read(link, page)
        except Unreadable as error:
            yield from self._unreadable(link, page, str(error))

    def _read(self, link: Link, page: "Page") -> Iterator[Reading | Skipped | Link]:
        file = page.as_file(max_bytes=self._max_bytes, options=self._source.options)
        lists, article = False, None
        links: list[tuple[str, str | None]] = []
        for item in read_content(file):
            match item:
                case Follow() if link.depth >= MAX_DEPTH:
                    yield Skipped(item.where, "a list that is too many lists away from its source")
                case Follow():
                    lists = True
                    links.append((item.url, item.changed))
                    if item.excerpt:
                        self._excerpts[item.url] = item.excerpt
                    if len(links) == LINKS_PER_TRANSACTION:
                        self._state.add_links(self._source.name, links, link.depth + 1)
                        links = []
                case Reading() if item.key:
                    lists = True
                    yield item
                case Reading() if link.lists:
                    # A page such as "back soon" that replaces a feed is no article.
                    raise Unreadable("neither a feed nor a sitemap any longer, but a page")
                case Reading():
                    article = item.article.id
                    yield item
                case Skipped():
                    yield item
        self._state.add_links(self._source.name, links, link.depth + 1)
        link = replace(link, article=article, excerpt=False, lists=lists or link.lists, reason=None, failures=0)
        yield self._renewed(link, page)

    def _renewed(self, link: Link, page: "Page") -> Link:
        # If the server sends neither header, send it the time of this visit: it may compare times nevertheless.
        modified = page.modified if page.modified or page.etag else formatdate(self._now, usegmt=True)
        link = replace(link, etag=page.etag, modified=modified, renewed=self._now)
        return replace(link, next=self._next(link))

    def _next(self, link: Link) -> float | None:
        """Return when to fetch a link again: the longer it has not changed, the later; None if its list has dates."""
        if link.changed is not None:
            return None
        if link.lists or link.depth == 0:
            return 0.0
        return self._now + max(DAY, self._now - (link.renewed or self._now))

    # ── Links that gave no article ────────────────────────────────────────────────────────────────────────────────────

    def _failed(self, link: Link, reason: str, *, lasting: bool) -> Iterator[Reading | Skipped | Link]:
        if link.depth == 0:
            self.reason = reason
        wait = (LASTING if lasting else PASSING).seconds(link.failures)
        link = replace(link, reason=reason, failures=link.failures + 1, next=self._now + wait)
        yield from self._excerpt_or_skipped(link, reason)

    def _unreadable(self, link: Link, page: "Page", reason: str) -> Iterator[Reading | Skipped | Link]:
        if link.depth == 0 or link.lists:
            yield from self._failed(link, reason, lasting=False)
        else:
            yield from self._excerpt_or_skipped(self._renewed(replace(link, reason=reason, failures=0), page), reason)

    def _excerpt_or_skipped(self, link: Link, reason: str) -> Iterator[Reading | Skipped | Link]:
        """Yield the list's excerpt in place of a page that cannot be read, unless the archive has the page already."""
        excerpt = self._excerpts.pop(link.url, None)
        if excerpt and (link.excerpt or not (link.article or self._indexed(excerpt.article.id))):
            # The excerpt's origin is the page, so the page replaces it later, even if it names another link as its own.
            excerpt = replace(excerpt, origin=link.url, key="")
            yield replace(excerpt, warnings=(*excerpt.warnings, f"only an excerpt: {reason}"))
            link = replace(link, article=excerpt.article.id, excerpt=True)
        else:
            yield Skipped(link.url, reason)
        yield link
