"""Many at once on one archive of any kind: whoever asks is shown what stood there, and indexers end in one archive."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from corpus.article import Article
from retrieval.archive.contract import Archive
from tests.contract.archive_locations import Home
from tests.fakes import FakeEncoder, nearest, take_in
from tests.news_site import until
from tests.retrieval.archive.local.test_concurrency import an_article, asking, check

FAKE = FakeEncoder()
ARTICLES, BATCH, ASKERS = 30, 10, 4


def asks_of(archive: Archive) -> list[Callable[[int], None]]:
    """Ask in every way that there is; each checks what it is shown."""

    def by_meaning(number: int) -> None:
        for one in nearest(archive, FAKE, f"report {number} edition", 5):
            check(one.passage)

    def by_words(number: int) -> None:
        for one in archive.search_words(f"report {number} edition", 5):
            check(one.passage)

    def look(number: int) -> None:
        id_ = f"id{number % ARTICLES}"
        article = archive.article(id_)
        assert article is None or article == an_article(number % ARTICLES, int(article.title.split()[-1]))
        for passage in archive.passages_of(id_):
            check(passage)

    return [by_meaning, by_words, look]


def holds(archive: Archive, wanted: dict[str, Article], *, swept: bool = True) -> None:
    """See that an archive has these articles, once each, and nothing else, and finds them all.

    Where it is not swept, what was left by changes that failed may be counted, but not found.
    """
    assert {id_: archive.article(id_) for id_ in archive.known_articles()} == wanted
    there = sorted(one.passage.id for one in archive.search_words("report", 999))
    assert there == sorted({passage.id for id_ in wanted for passage in archive.passages_of(id_)})
    assert len(there) == 2 * len(wanted)
    assert archive.status().passages == len(there) or not swept
    assert archive.verify() == []


def test_whoever_asks_while_another_writes_is_shown_what_stood_there(home: Home) -> None:
    writer = home.made(FAKE)
    take_in(writer, FAKE, *map(an_article, range(0, ARTICLES, 3)))
    reader = home.opened()
    with asking(*asks_of(reader), askers=ASKERS) as wait_for:
        wait_for(ASKERS)
        for first in range(0, ARTICLES, BATCH):
            numbers = range(first, first + BATCH)
            take_in(writer, FAKE, *map(an_article, numbers))
            take_in(writer, FAKE, *(an_article(number, 1) for number in numbers))
            with writer.write_lock("test"):
                writer.remove([f"id{number}" for number in numbers if number % 3])
        wait_for(ASKERS)
    holds(home.opened(), {f"id{number}": an_article(number, 1) for number in range(0, ARTICLES, 3)})


def test_a_running_reader_answers_from_a_change_within_two_seconds(home: Home) -> None:
    writer, number = home.made(FAKE), 7
    take_in(writer, FAKE, an_article(1))
    reader = home.opened()
    before = reader.generation().number
    take_in(writer, FAKE, an_article(number))
    written = time.monotonic()
    assert reader.known_articles().keys() == {"id1", "id7"}
    assert reader.generation().number > before
    until(lambda: any(one.passage.article.id == "id7" for one in reader.search_words(f"report {number}", 5)))
    until(lambda: nearest(reader, FAKE, an_article(number).text, 1)[0].passage.article.id == "id7")
    assert time.monotonic() - written < 2
    with writer.write_lock("test"):
        writer.remove(["id7"])
    until(lambda: reader.article("id7") is None and len(reader.search_words(f"report {number}", 5)) == 2)


@pytest.mark.parametrize("editions", [(0, 0), (0, 1)], ids=["the same", "another edition"])
def test_two_indexers_of_the_same_articles_end_in_one(home: Home, editions: tuple[int, int]) -> None:
    first = home.made(FAKE)
    take_in(first, FAKE, *(an_article(number, 7) for number in range(0, ARTICLES, 2)))
    handles, together = [first, home.opened()], threading.Barrier(2)

    def index(handle: Archive, edition: int, numbers: list[int]) -> None:
        together.wait(30)
        for start in range(0, ARTICLES, BATCH):
            take_in(handle, FAKE, *(an_article(number, edition) for number in numbers[start : start + BATCH]))

    orders = [list(range(ARTICLES)), list(reversed(range(ARTICLES)))]
    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(index, *given) for given in zip(handles, editions, orders, strict=True)]:
            one.result()
    archive = home.opened()
    # Of two editions at once either may stand, but wholly.
    wanted = dict[str, Article]()
    for number in range(ARTICLES):
        article = archive.article(f"id{number}")
        assert article
        assert article in [an_article(number, edition) for edition in editions]
        wanted[article.id] = article
    archive.checkpoint()
    holds(archive, wanted)
