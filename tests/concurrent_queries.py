"""Queries that run in threads while an archive changes, and articles whose passages can be checked at any time."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from corpus.article import Article, Card
from retrieval.types import Passage

PAUSE_SECONDS = 0.2


def an_article(number: int, version: int = 0) -> Article:
    """Return an article that any passage can be checked against: its text follows from its headline."""
    card = Card(f"id{number}", f"Report {number} edition {version}", f"https://example.org/{number}")
    lines = [f"Line {line} of report {number} in edition {version} says what was seen there." for line in range(6)]
    return Article(card, "\n\n".join([" ".join(lines[:3]), " ".join(lines[3:])]))


def check(passage: Passage) -> None:
    """See that a passage lies, word for word, in the version of the article that it says it is from."""
    _, number, _, version = passage.article.title.split()
    article = an_article(int(number), int(version))
    assert passage.article == article.card
    assert article.text[passage.start : passage.end] == passage.text


@contextmanager
def queries_running(*queries: Callable[[int], None], threads: int, articles: int) -> Iterator[Callable[[int], None]]:
    """Run queries in threads, over and over, until the block ends; gives a function that waits for so many more."""
    stop, count, more = threading.Event(), 0, threading.Condition()

    def query(thread: int) -> None:
        nonlocal count
        number = thread
        try:
            # Without the pause, the interpreter would leave the writer only its share of twenty-one threads.
            while not stop.wait(PAUSE_SECONDS):
                queries[thread % len(queries)](number % articles)
                number += 7
                with more:
                    count += 1
                    more.notify_all()
        except BaseException:
            stop.set()
            raise

    def wait_for(further: int) -> None:
        with more:
            wanted = count + further
            assert more.wait_for(lambda: count >= wanted or stop.is_set(), 60)

    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(query, thread) for thread in range(threads)]
        try:
            yield wait_for
        finally:
            stop.set()
    for future in running:
        future.result()
