"""The search pool: users' questions go before searches in the background, and no call is lost."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

import pytest

from bot.priority_threads import Priority, PriorityThreads
from bot.search_pool import SearchPool
from retrieval.errors import QuestionError
from retrieval.types import Answer
from tests.bot.running_bot import Stub, answer_to


class Slow(Stub):
    """Answers a question only when it is let through; records the order in which threads take questions."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[str] = []
        self.busy = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)

    def answer(self, question: str, *_more: Any, **_named: Any) -> Answer:
        self.taken.append(question)
        self.busy.release()
        assert self.gate.acquire(timeout=20)
        if question == "refused":
            raise QuestionError("No.")
        return answer_to(question)


@pytest.fixture
def slow() -> Iterator[Slow]:
    yield (stub := Slow())
    for _ in range(1000):
        stub.gate.release()


async def begin(pool: SearchPool, *questions: str, background: bool = False) -> list[asyncio.Task[Answer]]:
    tasks = [asyncio.create_task(pool(question, background=background)) for question in questions]
    await asyncio.sleep(0)  # every task queues its search
    return tasks


@pytest.mark.parametrize("threads", [1, 2, 8])
async def test_a_question_overtakes_all_searches_in_the_background_that_wait(slow: Slow, threads: int) -> None:
    pool = SearchPool(slow, threads)
    watched = await begin(pool, *(f"watch {number}" for number in range(100)), background=True)
    for _ in range(threads):
        await asyncio.to_thread(slow.busy.acquire)
    asked = await begin(pool, "who?", "whom?")
    looked = asyncio.create_task(pool.look(lambda _: slow.taken.append("look")))
    await asyncio.sleep(0)
    # Searches that are in progress end one by one: the thread takes what was asked, not the 98 that came before.
    for _ in range(3):
        slow.gate.release()
        await asyncio.to_thread(slow.busy.acquire)
    assert slow.taken[threads : threads + 3] == ["look", "who?", "whom?"]
    for _ in range(200):
        slow.gate.release()
    await asyncio.gather(*watched, *asked, looked)
    background = [question for question in slow.taken if question.startswith("watch")]
    assert sorted(background) == sorted(f"watch {number}" for number in range(100))
    if threads == 1:
        assert background == [f"watch {number}" for number in range(100)]
    pool.close()


async def test_a_search_that_nobody_waits_for_any_more_is_not_done(slow: Slow) -> None:
    pool = SearchPool(slow, 1)
    (first,) = await begin(pool, "first")
    await asyncio.to_thread(slow.busy.acquire)
    gone, last = await begin(pool, "gone", "last")
    gone.cancel()
    await asyncio.sleep(0)
    for _ in range(3):
        slow.gate.release()
    await asyncio.gather(first, last)
    assert slow.taken == ["first", "last"]
    pool.close()


async def test_an_error_reaches_whoever_asked_and_the_thread_goes_on(slow: Slow) -> None:
    pool = SearchPool(slow, 1)
    refused, other = await begin(pool, "refused", "who?")
    for _ in range(2):
        slow.gate.release()
    with pytest.raises(QuestionError):
        await refused
    assert (await other).question == "who?"
    pool.close()


def test_short_jobs_go_first_and_those_in_the_background_last() -> None:
    threads, begun, gate = PriorityThreads(1, "test"), threading.Event(), threading.Event()
    done: list[str] = []

    def blocking() -> None:
        begun.set()
        assert gate.wait(20)

    threads.submit(blocking)
    assert begun.wait(20)
    waiting = [
        threads.submit(partial(done.append, name), priority)
        for name, priority in (
            ("background", Priority.BACKGROUND),
            ("search", Priority.NORMAL),
            ("later search", Priority.NORMAL),
            ("look", Priority.SHORT),
        )
    ]
    gate.set()
    for future in waiting:
        future.result(20)
    assert done == ["look", "search", "later search", "background"]
    threads.close()


def test_closing_waits_for_the_jobs_in_progress_and_cancels_those_that_wait() -> None:
    threads, begun, gate = PriorityThreads(1, "test"), threading.Event(), threading.Event()

    def job() -> str:
        begun.set()
        assert gate.wait(20)
        return "done"

    first, second, third = threads.submit(job), threads.submit(job, Priority.BACKGROUND), threads.submit(job)
    assert begun.wait(20)
    closing = threading.Thread(target=threads.close)
    closing.start()
    for cancelled in (second, third):
        with pytest.raises(CancelledError):
            cancelled.result(20)
    gate.set()
    closing.join(20)
    assert first.result(0) == "done"
    with pytest.raises(RuntimeError):
        threads.submit(job)
