"""Sources: new and changed articles are fetched and indexed once; a failure removes nothing."""

import itertools
import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from corpus.article import article_id
from corpus.reader_types import ReadOptions
from corpus.web.client import ROBOTS
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.backup import backup, restore
from retrieval.errors import ArchiveBusy
from retrieval.sources.fetch_links import ARTICLES_PER_BATCH
from retrieval.sources.index_source import Crawler, CrawlResult
from retrieval.sources.source import Source
from retrieval.sources.state import CrawlState, LastVisit, due_at, read_statuses
from tests.corpus.sample_files import HTML, MANY, ONE
from tests.fakes import FakeEncoder, archive_at
from tests.news_site import Site, site

HOUR, DAY = 3600, 86_400
FAKE = FakeEncoder()
__all__ = ["site"]


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Crawling:
    """Visits sources with a new Crawler each time, as a command does."""

    archive: LocalArchive
    clock: Clock = field(default_factory=Clock)
    encoder: FakeEncoder = FAKE

    def visit(self, source: Source, *, stop_after: int = 10**9) -> CrawlResult:
        """Visit a source; `stopped` returns True after so many calls."""
        calls = itertools.count()
        state = CrawlState(self.archive.folder, self.archive)
        try:
            return Crawler(
                self.archive,
                lambda: self.encoder,
                state,
                1_000_000,
                wait=False,
                clock=self.clock,
                stopped=lambda: next(calls) >= stop_after,
            ).visit(source)
        finally:
            state.close()

    def titles(self) -> list[str]:
        assert self.archive.verify() == []
        return sorted(card.title for card in self.archive.cards())


@pytest.fixture
def crawler(tmp_path: Path) -> Crawling:
    return Crawling(archive_at(tmp_path / "archive", FAKE))


@pytest.fixture
def feed(site: Site) -> Source:
    """A feed of three pages, the first of which has an excerpt."""
    for name in ("one", "two", "three"):
        site.page(f"/{name}", f"Headline {name}", f"The whole text of {name}. It goes on for a while.")
    site.feed("/feed", ("one", "Mon, 17 Feb 2014 10:00:00 GMT"), ("two", None), ("three", None))
    return Source("feed", f"{site.url}/feed", private=True)


def counts(result: CrawlResult) -> tuple[int, int, int, int]:
    report = result.report
    return report.added, report.changed, report.removed, report.embedded


def skipped(result: CrawlResult) -> dict[str, str]:
    return {document.where.rpartition("/")[2]: document.reason for document in result.report.skipped}


# ── What is new or has changed ───────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_followed_to_its_pages_and_the_second_visit_only_asks_whether_the_feed_has_changed(
    crawler: Crawling, site: Site, feed: Source
) -> None:
    first = crawler.visit(feed)
    assert counts(first)[:3] == (3, 0, 0)
    assert crawler.titles() == ["Headline one", "Headline three", "Headline two"]
    article = crawler.archive.article(article_id(f"{site.url}/one"))
    assert article
    assert (article.card.url, article.text) == (
        f"{site.url}/one",
        "The whole text of one. It goes on for a while.",
    )
    assert {request.path for request in site.new_requests()} == {"/feed", "/one", "/two", "/three"}
    second = crawler.visit(feed)
    assert counts(second) == (0, 0, 0, 0)
    assert [(request.path, request.conditional) for request in site.new_requests()] == [("/feed", True)]


def test_the_robots_txt_that_one_process_read_is_known_to_the_next(crawler: Crawling, site: Site, feed: Source) -> None:
    site.robots("User-agent: *\nDisallow: /two\n")
    crawler.visit(feed)
    assert len(site.requests("/robots.txt")) == 1
    ROBOTS._rules.clear()  # as in a new process
    site.page("/two", "Headline two", "Another text of two. It goes on for a while.")
    assert skipped(crawler.visit(feed)).get("two") in (None, "robots.txt forbids it")
    assert len(site.requests("/robots.txt")) == 1
    assert "Headline two" not in crawler.titles()
    unconditional = [request for request in site.requests() if not request.conditional]
    assert [request for request in unconditional if request.path == "/feed"] == [site.requests()[0]]


def test_only_what_has_changed_is_fetched_again(crawler: Crawling, site: Site, feed: Source) -> None:
    crawler.visit(feed)
    site.page("/four", "Headline four", "The text of four.")
    site.page("/one", "Headline one", "Another text of one, which is longer.")
    site.feed("/feed", ("four", None), ("one", "Tue, 18 Feb 2014 10:00:00 GMT"), ("two", None))
    site.new_requests()
    assert counts(crawler.visit(feed))[:3] == (1, 1, 0)
    assert sorted(request.path for request in site.new_requests()) == ["/feed", "/four", "/one"]
    assert len(crawler.titles()) == 4  # the third is no longer in the feed, and stays


def test_a_page_without_a_date_of_change_is_requested_less_and_less_often(
    crawler: Crawling, site: Site, feed: Source
) -> None:
    crawler.visit(feed)
    days = []
    for day in range(1, 18):
        crawler.clock.now += DAY
        site.new_requests()
        assert counts(crawler.visit(feed)) == (0, 0, 0, 0)
        requests = site.new_requests()
        assert all(request.conditional for request in requests)
        paths = {request.path for request in requests}
        if "/two" in paths:
            days.append(day)
        assert "/one" not in paths  # the feed has the date of its change
    assert days == [1, 2, 4, 8, 16]
    site.page("/two", "Headline two", "A new text of two.")
    crawler.clock.now += 15 * DAY
    assert counts(crawler.visit(feed))[:3] == (0, 1, 0)
    crawler.clock.now += DAY
    site.new_requests()
    crawler.visit(feed)
    assert "/two" in {request.path for request in site.new_requests()}


def test_a_server_without_etag_and_last_modified_still_gets_conditional_requests(crawler: Crawling, site: Site) -> None:
    site.page("/page", "A page", "Its text.", versioned=False)
    source = Source("page", f"{site.url}/page", private=True)
    assert counts(crawler.visit(source))[0] == 1
    site.new_requests()
    assert counts(crawler.visit(source)) == (0, 0, 0, 0)
    assert [request.conditional for request in site.new_requests()] == [True]


def test_a_sitemap_of_sitemaps_is_followed_and_links_with_unchanged_dates_are_not_fetched(
    crawler: Crawling, site: Site
) -> None:
    site.page("/a", "A", "Text of a.")
    site.page("/b", "B", "Text of b.")
    site.sitemap("/map-1", {"/a": "2014-02-17", "/b": None})
    site.sitemap("/index", {"/map-1": "2014-02-17"}, index=True)
    source = Source("map", f"{site.url}/index", private=True)
    assert counts(crawler.visit(source))[0] == 2
    site.new_requests()
    assert counts(crawler.visit(source)) == (0, 0, 0, 0)
    assert [request.path for request in site.new_requests()] == ["/index"]
    site.page("/a", "A", "A new text of a.")
    site.sitemap("/map-1", {"/a": "2014-02-18"})
    site.sitemap("/index", {"/map-1": "2014-02-18"}, index=True)
    assert counts(crawler.visit(source))[:3] == (0, 1, 0)
    assert sorted(request.path for request in site.new_requests()) == ["/a", "/index", "/map-1"]
    assert len(crawler.titles()) == 2


def test_pages_of_every_format_are_read_at_their_links(crawler: Crawling, site: Site) -> None:
    site.put("/page", HTML, etag='"1"')
    site.put("/paper", MANY["export.csv"], "text/csv", etag='"1"')
    site.put("/print", ONE["news.pdf"], "application/pdf", etag='"1"')
    site.put("/packed", MANY["all.zip"], "application/octet-stream", etag='"1"')
    site.sitemap("/map", {f"/{name}": "2014-02-17" for name in ("page", "paper", "print", "packed")})
    source = Source("map", f"{site.url}/map", private=True)
    result = crawler.visit(source)
    assert result.report.skipped == []
    links = {card.url for card in crawler.archive.cards()}
    assert {"https://example.org/bridge", f"{site.url}/print"} <= links
    assert result.report.added == 6
    site.new_requests()
    assert counts(crawler.visit(source)) == (0, 0, 0, 0)
    assert [request.path for request in site.new_requests()] == ["/map"]


def test_lists_that_link_to_each_other_are_followed_once(crawler: Crawling, site: Site) -> None:
    site.sitemap("/index", {"/index": None, "/other": None}, index=True)
    site.sitemap("/other", {"/index": None, "/third": None}, index=True)
    site.sitemap("/third", {"/fourth": None}, index=True)
    site.sitemap("/fourth", {"/fifth": None}, index=True)
    result = crawler.visit(Source("map", f"{site.url}/index", private=True))
    assert sorted(request.path for request in site.new_requests()) == ["/fourth", "/index", "/other", "/third"]
    assert set(skipped(result).values()) == {"a list that is too many lists away from its source"}


def test_whole_articles_in_a_feed_stay_after_the_feed_drops_them(crawler: Crawling, site: Site) -> None:
    source = Source("full", f"{site.url}/full", private=True)
    whole = "It is told in the feed from its beginning to its end. " * 6
    site.full_feed("/full", ("a", whole), ("b", whole))
    assert counts(crawler.visit(source))[:3] == (2, 0, 0)
    site.full_feed("/full", ("b", f"{whole} Mended."), ("c", whole))
    assert counts(crawler.visit(source))[:3] == (1, 1, 0)
    assert crawler.titles() == ["Headline a", "Headline b", "Headline c"]
    assert {request.path for request in site.new_requests()} == {"/full"}


def test_at_most_max_links_are_followed_and_the_next_visit_goes_on(crawler: Crawling, site: Site) -> None:
    for number in range(7):
        site.page(f"/{number}", f"Headline {number}", "Some text.")
    site.sitemap("/map", {f"/{number}": "2014-02-17" for number in range(7)})
    source = Source("map", f"{site.url}/map", max_links=3, private=True)
    assert [counts(crawler.visit(source))[0] for _ in range(4)] == [3, 3, 1, 0]
    paths = [request.path for request in site.new_requests()]
    assert sorted(set(paths) - {"/map"}) == [f"/{number}" for number in range(7)]
    assert len(paths) == 7 + 4


def test_a_source_with_a_new_link_forgets_the_links_of_the_old_one(crawler: Crawling, site: Site, feed: Source) -> None:
    crawler.visit(feed)
    site.page("/five", "Headline five", "The text of five.")
    site.feed("/other", ("five", None))
    site.new_requests()
    assert counts(crawler.visit(replace(feed, url=f"{site.url}/other")))[0] == 1
    crawler.clock.now += DAY
    crawler.visit(replace(feed, url=f"{site.url}/other"))
    assert {request.path for request in site.new_requests()} == {"/other", "/five"}
    assert len(crawler.titles()) == 4


def test_the_language_and_name_of_a_source_in_the_settings_apply_to_its_articles(crawler: Crawling, site: Site) -> None:
    site.page("/page", "A page", "On 17/02/2014 by Its Own Name\nIts text.")
    site.page("/other", "Another", "Its text.")
    for name in ("page", "other"):
        crawler.visit(
            Source(name, f"{site.url}/{name}", options=ReadOptions(language="de", source="The Paper"), private=True)
        )
    cards = {card.title: card for card in crawler.archive.cards()}
    assert (cards["A page"].source, cards["Another"].source) == ("Its Own Name", "The Paper")
    assert cards["Another"].language == "de"


# ── What fails ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_excerpt_of_a_link_that_fails_is_indexed_until_the_page_replaces_it(
    crawler: Crawling, site: Site, feed: Source
) -> None:
    site.fails("/one", 503)
    site.fails("/two", 404)
    first = crawler.visit(feed)
    assert counts(first)[0] == 2
    assert "503" in first.report.warned[0].warnings[-1]
    assert first.report.warned[0].warnings[-1].startswith("only an excerpt")
    assert "404" in skipped(first)["two"]
    article = crawler.archive.article(article_id(f"{site.url}/one"))
    assert article
    assert article.text == "An excerpt of one."
    site.new_requests()
    assert counts(crawler.visit(feed)) == (0, 0, 0, 0)
    assert [request.path for request in site.new_requests()] == ["/feed"]  # not so soon
    site.page("/one", "Headline one", "The whole text of one. It goes on for a while.")
    crawler.clock.now += HOUR
    assert counts(crawler.visit(feed))[:3] == (0, 1, 0)
    article = crawler.archive.article(article.id)
    assert article
    assert article.text.startswith("The whole text of one.")
    # An excerpt never replaces a whole article.
    site.fails("/one", 503)
    site.feed("/feed", ("one", "Tue, 18 Feb 2014 10:00:00 GMT"))
    third = crawler.visit(feed)
    assert counts(third) == (0, 0, 0, 0)
    assert "503" in skipped(third)["one"]
    status = read_statuses(crawler.archive.folder, crawler.archive, ["feed"], crawler.clock.now)["feed"]
    assert {link.url.rpartition("/")[2]: link.failures for link in status.failing} == {"one": 1, "two": 1}
    assert len(crawler.titles()) == 2


def test_a_link_that_keeps_failing_is_tried_less_and_less_often(crawler: Crawling, site: Site, feed: Source) -> None:
    site.fails("/two", 503)
    crawler.visit(feed)
    site.new_requests()
    hours = []
    for hour in range(1, 17):
        crawler.clock.now += HOUR
        crawler.visit(feed)
        if "/two" in {request.path for request in site.new_requests()}:
            hours.append(hour)
    assert hours == [1, 3, 7, 15]


def test_a_link_that_robots_txt_forbids_is_not_requested_for_a_day(crawler: Crawling, site: Site, feed: Source) -> None:
    site.robots("User-agent: *\nDisallow: /two\n")
    assert skipped(crawler.visit(feed)) == {"two": "robots.txt forbids it"}
    for _ in range(23):
        crawler.clock.now += HOUR
        assert skipped(crawler.visit(feed)) == {}
    crawler.clock.now += HOUR
    assert skipped(crawler.visit(feed)) == {"two": "robots.txt forbids it"}
    assert "/two" not in {request.path for request in site.new_requests()}


def test_a_page_without_an_article_is_reported_only_once(crawler: Crawling, site: Site, feed: Source) -> None:
    site.page("/two", "Only a headline", "")
    assert skipped(crawler.visit(feed)) == {"two": "a headline, and no text under it"}
    crawler.clock.now += DAY
    assert skipped(crawler.visit(feed)) == {}
    status = read_statuses(crawler.archive.folder, crawler.archive, ["feed"], crawler.clock.now)["feed"]
    assert [link.reason for link in status.failing] == ["a headline, and no text under it"]


@pytest.mark.parametrize("how", ["gone", "a page", "empty"])
def test_a_source_that_fails_says_so_backs_off_and_removes_nothing(
    crawler: Crawling, site: Site, feed: Source, how: str
) -> None:
    crawler.visit(feed)
    began = crawler.clock.now
    if how == "gone":
        site.fails("/feed", 500)
    else:
        site.page("/feed", "Back soon", "We are mending things." if how == "a page" else "")
    waits = []
    for _ in range(7):
        crawler.clock.now += HOUR
        result = crawler.visit(feed)
        assert result.last_visit.reason
        assert counts(result) == (0, 0, 0, 0)
        waits.append((result.last_visit.next - crawler.clock.now) / HOUR)
    assert waits == [1, 2, 4, 8, 16, 24, 24]
    last_visit = read_statuses(crawler.archive.folder, crawler.archive, ["feed"], crawler.clock.now)["feed"].last_visit
    assert (last_visit.since, last_visit.failures) == (began + HOUR, 7)
    assert due_at(feed, last_visit) == crawler.clock.now + 24 * HOUR
    assert len(crawler.titles()) == 3
    site.feed("/feed", ("one", "Mon, 17 Feb 2014 10:00:00 GMT"))
    result = crawler.visit(feed)
    assert (result.last_visit.reason, result.last_visit.failures) == (None, 0)
    assert due_at(feed, result.last_visit) == crawler.clock.now + HOUR


def test_a_source_may_fail_any_number_of_times(crawler: Crawling, tmp_path: Path) -> None:
    """At the 1,024th failure the wait would overflow if it were not bounded."""
    folder = tmp_path / "not mounted"
    source = Source("folder", folder=folder, every=HOUR)
    state = CrawlState(crawler.archive.folder, crawler.archive)
    visiting = Crawler(crawler.archive, lambda: FAKE, state, 1_000_000, clock=crawler.clock)
    for _ in range(1_030):
        last_visit = visiting.visit(source).last_visit
        assert last_visit.reason
    state.close()
    assert last_visit.failures == 1_030
    assert due_at(source, last_visit) == crawler.clock.now + DAY
    folder.mkdir()
    (folder / "own.txt").write_text("Own headline\n\nOwn text.\n", encoding="utf-8")
    assert crawler.visit(source).last_visit.failures == 0
    assert crawler.titles() == ["Own headline"]


def test_a_server_in_a_private_network_is_requested_only_if_the_settings_allow_it(
    crawler: Crawling, site: Site, feed: Source
) -> None:
    result = crawler.visit(replace(feed, private=False))
    assert "private address" in (result.last_visit.reason or "")
    assert site.new_requests() == []


# ── The state of sources ─────────────────────────────────────────────────────────────────────────────────────────────


def test_after_a_restored_backup_everything_is_fetched_again(crawler: Crawling, feed: Source, tmp_path: Path) -> None:
    empty = tmp_path / "backup"
    backup(crawler.archive, empty)
    crawler.visit(feed)
    folder = crawler.archive.database.folder
    crawler.archive.close()
    restore(folder, empty)
    restored = Crawling(LocalArchive.open(folder))
    assert restored.titles() == []
    assert read_statuses(restored.archive.folder, restored.archive, ["feed"], 0.0) == {}
    assert counts(restored.visit(feed))[0] == 3


def test_an_article_that_an_admin_removed_does_not_come_back(crawler: Crawling, site: Site, feed: Source) -> None:
    crawler.visit(feed)
    with crawler.archive.write_lock("test"):
        crawler.archive.remove([article_id(f"{site.url}/one")])
    for _ in range(3):
        crawler.clock.now += DAY
        assert counts(crawler.visit(feed))[0] == 0


def test_a_visit_that_is_stopped_is_continued_by_the_next(crawler: Crawling, site: Site) -> None:
    for number in range(10):
        site.page(f"/{number}", f"Headline {number}", "Some text.")
    site.sitemap("/map", {f"/{number}": "2014-02-17" for number in range(10)})
    source = Source("map", f"{site.url}/map", private=True)
    for stop_after in (1, 5, 12, 17):
        crawler.visit(source, stop_after=stop_after)
    # A visit that was stopped is not recorded: the source stays due.
    assert read_statuses(crawler.archive.folder, crawler.archive, ["map"], crawler.clock.now) == {}
    crawler.visit(source)
    assert len(crawler.titles()) == 10
    site.new_requests()
    assert counts(crawler.visit(source)) == (0, 0, 0, 0)
    assert [request.path for request in site.new_requests()] == ["/map"]


KILLED = """
import sys
from pathlib import Path
from retrieval.archive.local.archive import LocalArchive
from retrieval.sources.index_source import Crawler
from retrieval.sources.source import Source
from retrieval.sources.state import CrawlState
from tests.fakes import FakeEncoder

archive = LocalArchive.open(Path(sys.argv[1]))
crawler = Crawler(archive, FakeEncoder, CrawlState(archive.folder, archive), 1_000_000)
crawler.visit(Source("map", sys.argv[2], private=True))
"""


def test_a_process_that_is_killed_loses_only_the_articles_that_were_not_indexed(crawler: Crawling, site: Site) -> None:
    for number in range(ARTICLES_PER_BATCH + 20):
        site.page(f"/{number}", f"Headline {number}", "Some text.")
    site.sitemap("/map", {f"/{number}": "2014-02-17" for number in range(ARTICLES_PER_BATCH + 20)})
    site.stops_at(f"/{ARTICLES_PER_BATCH + 10}")
    root = Path(__file__).parents[3]
    arguments = [sys.executable, "-c", KILLED, str(crawler.archive.database.folder), f"{site.url}/map"]
    with subprocess.Popen(arguments, cwd=root) as process:
        assert site.reached.wait(30)
        process.kill()
    site.gate.set()
    indexed = len(crawler.titles())
    assert indexed >= ARTICLES_PER_BATCH - 1
    site.new_requests()
    result = crawler.visit(Source("map", f"{site.url}/map", private=True))
    assert len(crawler.titles()) == ARTICLES_PER_BATCH + 20
    assert (result.report.added, result.report.unchanged) == (ARTICLES_PER_BATCH + 20 - indexed, 0)
    assert len(site.new_requests()) == 1 + result.report.added


def test_articles_that_could_not_be_indexed_are_fetched_again(crawler: Crawling, site: Site, feed: Source) -> None:
    with crawler.archive.write_lock("index"), pytest.raises(ArchiveBusy):
        crawler.visit(feed)
    assert site.new_requests() == []  # nothing was fetched in vain
    # If another process begins to write while pages are fetched, the crawler waits, or fetches them again later.
    with ExitStack() as writing:
        site.on_first_request("/two", lambda: writing.enter_context(crawler.archive.write_lock("index")))
        crawler.visit(feed, stop_after=30)
        assert crawler.titles() == []
    assert counts(crawler.visit(feed))[0] == 3


def test_a_damaged_sources_db_is_an_error_that_says_what_to_do(crawler: Crawling, feed: Source) -> None:
    from retrieval.errors import SourcesUnusable

    file = crawler.archive.database.folder / "sources.db"
    file.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    for use in (
        lambda: crawler.visit(feed),
        lambda: read_statuses(crawler.archive.folder, crawler.archive, ["feed"], 0.0),
    ):
        with pytest.raises(SourcesUnusable, match=r"sources.db cannot be used .* move it away"):
            use()
    file.unlink()
    assert counts(crawler.visit(feed))[0] == 3


def test_a_new_interval_counts_at_once_but_not_for_a_source_that_fails() -> None:
    source = Source("a", "https://a.org", every=60)
    assert due_at(source, None) == 0
    assert due_at(source, LastVisit(100.0, next=4000.0)) == 160
    assert due_at(source, LastVisit(100.0, reason="gone", failures=1, next=4000.0)) == 4000


# ── Folders ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_day_first_option_of_a_folder_applies_to_its_files(crawler: Crawling, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    record = {"title": "Bridge opened", "text": "The mayor opened a bridge.", "date": "3/4/2014"}
    (folder / "a.jsonl").write_text(f"{json.dumps(record)}\n", encoding="utf-8")
    for day_first, month in ((True, 4), (False, 3)):
        crawler.visit(Source("export", folder=folder, options=ReadOptions(day_first=day_first)))
        (card,) = crawler.archive.cards()
        assert card.published is not None
        assert card.published.month == month


def test_a_folder_is_synced_as_by_index_but_a_missing_folder_removes_nothing(crawler: Crawling, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        (folder / f"{name}.txt").write_text(f"Headline {name}\n\nThe text of {name}.\n", encoding="utf-8")
    source = Source("folder", folder=folder)
    assert counts(crawler.visit(source))[:3] == (4, 0, 0)
    assert counts(crawler.visit(source)) == (0, 0, 0, 0)
    (folder / "a.txt").unlink()
    (folder / "b.txt").write_text("Headline b\n\nAnother text.\n", encoding="utf-8")
    assert counts(crawler.visit(source))[:3] == (0, 1, 1)
    hidden = folder.rename(tmp_path / "elsewhere")
    result = crawler.visit(source)
    assert result.last_visit.reason == f"There is no folder {folder}."
    assert len(crawler.titles()) == 3
    folder.mkdir()
    result = crawler.visit(source)
    assert "3 are no longer there" in (result.last_visit.reason or "")
    assert len(crawler.titles()) == 3
    folder.rmdir()
    hidden.rename(folder)
    assert counts(crawler.visit(source)) == (0, 0, 0, 0)
