"""One visit of a link: what has to be asked for, what came of it, and what is to be remembered."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from corpus.documents import Follow, Reading, Skipped
from corpus.errors import LinkFailed, Unreadable
from corpus.reading import read_content
from retrieval.backoff import Backoff
from retrieval.sources.background_client import BackgroundClient
from retrieval.sources.source import Source
from retrieval.sources.state import CrawlState, Link

if TYPE_CHECKING:
    from corpus.web.client import Page

# What is fetched before it is taken in: little is lost when a visit is cut off, and memory stays flat.
ARTICLES_A_BATCH = 64
CHARACTERS_A_BATCH = 2_000_000
SECONDS_A_BATCH = 30.0
# Links noted in one transaction.
A_BLOCK = 500
# A sitemap of sitemaps is a list of lists; there is no honest third.
DEEPEST = 3
HOUR, DAY = 3600.0, 86_400.0
# When to fetch a link again that failed: for a reason that may pass, and for one that most likely lasts.
PASSING = Backoff(HOUR, max_seconds=30 * DAY)
LASTING = Backoff(DAY, max_seconds=30 * DAY)


@dataclass(slots=True)
class Batch:
    """What a visit came upon: to be taken in first, and its links then to be noted."""

    readings: list[Reading | Skipped] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    characters: int = 0
    begun: float = field(default_factory=time.monotonic)

    def put(self, found: Reading | Skipped | Link) -> None:
        """Put in what was found."""
        if isinstance(found, Link):
            self.links.append(found)
            return
        self.readings.append(found)
        if isinstance(found, Reading):
            self.characters += len(found.article.text)

    @property
    def full(self) -> bool:
        """Tell whether it is enough to be taken in."""
        return (
            max(len(self.readings), len(self.links)) >= ARTICLES_A_BATCH
            or self.characters >= CHARACTERS_A_BATCH
            or time.monotonic() - self.begun >= SECONDS_A_BATCH
        )


class Visit:
    """Asks for a source's link, and for those that it names: what is new, what has changed, what failed a while ago."""

    def __init__(
        self,
        source: Source,
        state: CrawlState,
        client: BackgroundClient,
        *,
        there: Callable[[str], bool],
        max_bytes: int,
        now: float,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """`there` tells whether an article of that id is in the archive; `now` is in seconds since 1970."""
        self._source = source
        self._state = state
        self._client = client
        self._there = there
        self._max_bytes = max_bytes
        self._now = now
        self._stopped = stopped
        self._excerpts: dict[str, Reading] = {}
        self.reason: str | None = None
        """Why the source itself gave nothing, once everything has been asked for."""

    def batches(self) -> Iterator[Batch]:
        """Yield what is to be taken in and noted; whoever takes no more loses nothing that was noted."""
        batch = Batch()
        for link in self._links():
            for found in self._ask(link):
                batch.put(found)
                if batch.full:
                    yield batch
                    batch = Batch()
        yield batch

    def _links(self) -> Iterator[Link]:
        """Yield the source's own link, then lists, then all else that is due: each once, and no more than `most`."""
        source, root = self._source, self._source.url
        met = {root}
        yield self._state.root_link(source.name, root)
        more = True
        while more:
            more = False
            for lists in (True, False):
                for link in self._state.due(source.name, self._now, lists=lists):
                    if link.url in met:
                        continue
                    if len(met) > source.most or self._stopped():
                        return
                    met.add(link.url)
                    more = True
                    yield link

    def _ask(self, link: Link) -> Iterator[Reading | Skipped | Link]:
        from corpus.web.client import Unchanged

        try:
            page = self._client.get(link.url, etag=link.etag, modified=link.modified)
        except LinkFailed as error:
            yield from self._failed(link, str(error), lasting=error.lasting)
            return
        if isinstance(page, Unchanged):
            # It is as it was when it was last read, so why it gave nothing then still holds.
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
        block: list[tuple[str, str | None]] = []
        for read in read_content(file):
            match read:
                case Follow() if link.depth >= DEEPEST:
                    yield Skipped(read.where, "a list that is too many lists away from its source")
                case Follow():
                    lists = True
                    block.append((read.url, read.changed))
                    if read.excerpt:
                        self._excerpts[read.url] = read.excerpt
                    if len(block) == A_BLOCK:
                        self._state.add_links(self._source.name, block, link.depth + 1)
                        block = []
                case Reading() if read.key:
                    lists = True
                    yield read
                case Reading() if link.lists:
                    # A page that says "back soon" in the place of a feed is no news.
                    raise Unreadable("neither a feed nor a sitemap any longer, but a page")
                case Reading():
                    article = read.article.id
                    yield read
                case Skipped():
                    yield read
        self._state.add_links(self._source.name, block, link.depth + 1)
        known = replace(link, article=article, excerpt=False, lists=lists or link.lists, reason=None, failures=0)
        yield self._renewed(known, page)

    def _renewed(self, link: Link, page: "Page") -> Link:
        # A server that tells neither is asked by the time: it may know more than it tells.
        modified = page.modified if page.modified or page.etag else formatdate(self._now, usegmt=True)
        link = replace(link, etag=page.etag, modified=modified, renewed=self._now)
        return replace(link, next=self._next(link))

    def _next(self, link: Link) -> float | None:
        """Return when a link is asked for again by itself: the less, the longer it has stayed the same."""
        if link.changed is not None:
            return None
        if link.lists or link.depth == 0:
            return 0.0
        return self._now + max(DAY, self._now - (link.renewed or self._now))

    # ── What gave nothing ────────────────────────────────────────────────────────────────────────────────────────────

    def _failed(self, link: Link, reason: str, *, lasting: bool) -> Iterator[Reading | Skipped | Link]:
        if link.depth == 0:
            self.reason = reason
        wait = (LASTING if lasting else PASSING).seconds(link.failures)
        link = replace(link, reason=reason, failures=link.failures + 1, next=self._now + wait)
        yield from self._instead(link, reason)

    def _unreadable(self, link: Link, page: "Page", reason: str) -> Iterator[Reading | Skipped | Link]:
        if link.depth == 0 or link.lists:
            yield from self._failed(link, reason, lasting=False)
        else:
            yield from self._instead(self._renewed(replace(link, reason=reason, failures=0), page), reason)

    def _instead(self, link: Link, reason: str) -> Iterator[Reading | Skipped | Link]:
        """Yield what the list told of an article that cannot be read, unless there is more of it already."""
        excerpt = self._excerpts.pop(link.url, None)
        if excerpt and (link.excerpt or not (link.article or self._there(excerpt.article.id))):
            # It stands in the page's place, and goes when the page comes, whatever name that gives itself.
            excerpt = replace(excerpt, origin=link.url, key="")
            yield replace(excerpt, warnings=(*excerpt.warnings, f"only an excerpt: {reason}"))
            link = replace(link, article=excerpt.article.id, excerpt=True)
        else:
            yield Skipped(link.url, reason)
        yield link
