"""Threads query and index an archive of any kind: each sees whole articles, and two indexers may run at once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from corpus.article import Article
from retrieval.archive.contract import Archive
from tests.concurrent_queries import an_article, check, queries_running
from tests.contract.archive_locations import Home
from tests.fakes import FakeEncoder, nearest, take_in
from tests.news_site import until

FAKE = FakeEncoder()
ARTICLES, BATCH, THREADS = 30, 10, 4


def queries_of(archive: Archive) -> list[Callable[[int], None]]:
    """Return every kind of query; each checks what it returns."""

    def by_meaning(number: int) -> None:
        for hit in nearest(archive, FAKE, f"report {number} edition", 5):
            check(hit.passage)

    def by_words(number: int) -> None:
        for hit in archive.search_words(f"report {number} edition", 5):
            check(hit.passage)

    def look(number: int) -> None:
        id_ = f"id{number}"
        article = archive.article(id_)
        assert article is None or article == an_article(number, int(article.title.split()[-1]))
        for passage in archive.passages_of(id_):
            check(passage)

    return [by_meaning, by_words, look]


def assert_has(archive: Archive, wanted: dict[str, Article], *, swept: bool = True) -> None:
    """Assert that an archive has exactly these articles, once each, and finds them all.

    If it is not `swept`, remains of failed changes may be counted, but must not be found.
    """
    assert {id_: archive.article(id_) for id_ in archive.known_articles()} == wanted
    found_ids = sorted(hit.passage.id for hit in archive.search_words("report", 999))
    assert found_ids == sorted({passage.id for id_ in wanted for passage in archive.passages_of(id_)})
    assert len(found_ids) == 2 * len(wanted)
    assert archive.status().passages == len(found_ids) or not swept
    assert archive.verify() == []


def test_queries_while_another_writes_return_whole_articles(home: Home) -> None:
    writer = home.open_or_create(FAKE)
    take_in(writer, FAKE, *map(an_article, range(0, ARTICLES, 3)))
    opened = home.open()
    with queries_running(*queries_of(opened), threads=THREADS, articles=ARTICLES) as wait_for:
        wait_for(THREADS)
        for first in range(0, ARTICLES, BATCH):
            numbers = range(first, first + BATCH)
            take_in(writer, FAKE, *map(an_article, numbers))
            take_in(writer, FAKE, *(an_article(number, 1) for number in numbers))
            with writer.write_lock("test"):
                writer.remove([f"id{number}" for number in numbers if number % 3])
        wait_for(THREADS)
    assert_has(home.open(), {f"id{number}": an_article(number, 1) for number in range(0, ARTICLES, 3)})


def test_an_open_archive_finds_a_change_within_two_seconds(home: Home) -> None:
    writer, number = home.open_or_create(FAKE), 7
    take_in(writer, FAKE, an_article(1))
    opened = home.open()
    before = opened.generation().number
    take_in(writer, FAKE, an_article(number))
    written = time.monotonic()
    assert opened.known_articles().keys() == {"id1", "id7"}
    assert opened.generation().number > before
    until(lambda: any(hit.passage.article.id == "id7" for hit in opened.search_words(f"report {number}", 5)))
    until(lambda: nearest(opened, FAKE, an_article(number).text, 1)[0].passage.article.id == "id7")
    assert time.monotonic() - written < 2
    with writer.write_lock("test"):
        writer.remove(["id7"])
    until(lambda: opened.article("id7") is None and len(opened.search_words(f"report {number}", 5)) == 2)


@pytest.mark.parametrize("editions", [(0, 0), (0, 1)], ids=["the same", "another edition"])
def test_two_indexers_of_the_same_articles_leave_each_once(home: Home, editions: tuple[int, int]) -> None:
    first = home.open_or_create(FAKE)
    take_in(first, FAKE, *(an_article(number, 7) for number in range(0, ARTICLES, 2)))
    handles, together = [first, home.open()], threading.Barrier(2)

    def index(handle: Archive, edition: int, numbers: list[int]) -> None:
        together.wait(30)
        for start in range(0, ARTICLES, BATCH):
            take_in(handle, FAKE, *(an_article(number, edition) for number in numbers[start : start + BATCH]))

    orders = [list(range(ARTICLES)), list(reversed(range(ARTICLES)))]
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(index, *arguments) for arguments in zip(handles, editions, orders, strict=True)]:
            future.result()
    archive = home.open()
    # Of two editions indexed at once either may be stored, but all of it.
    wanted = dict[str, Article]()
    for number in range(ARTICLES):
        article = archive.article(f"id{number}")
        assert article
        assert article in [an_article(number, edition) for edition in editions]
        wanted[article.id] = article
    archive.checkpoint()
    assert_has(archive, wanted)
