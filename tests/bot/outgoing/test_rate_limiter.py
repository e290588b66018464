"""The rate limiter, on a clock that moves only when all tasks sleep."""

import asyncio
import heapq
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import RetryAfter

from bot.outgoing.rate_limiter import A_CHAT, A_GROUP, ALL, RateLimiter

Call = tuple[float, int]  # its time and its chat


class Clock:
    """The limiter's time: when all tasks sleep, it jumps to the first one that wakes."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, future))
        await future

    async def run(self, *work: Any) -> None:
        """Run coroutines at the same time, and let time pass until they are done."""
        tasks = [asyncio.create_task(coroutine) for coroutine in work]
        while not all(task.done() for task in tasks):
            for _ in range(20):  # everybody who is awake goes on until they sleep
                await real_sleep(0)
            if self._sleepers:
                at, _, future = heapq.heappop(self._sleepers)
                self.now = max(self.now, at)
                if not future.done():
                    future.set_result(None)
        await asyncio.gather(*tasks)


real_sleep = asyncio.sleep


class Telegram:
    """Records when calls are made, and refuses some of them."""

    def __init__(self, clock: Clock, refusals: dict[int, list[float]] | None = None, lasting: float = 0.0) -> None:
        self.clock = clock
        self._lasting = lasting
        self.limits = RateLimiter(clock=clock)
        self.call_times: dict[int, list[float]] = defaultdict(list)
        self.refused: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self._refusals = refusals or {}

    async def call(self, at: float, chat: int, endpoint: str = "sendMessage") -> None:
        async def callback() -> None:
            if waits := self._refusals.get(chat):
                seconds = waits.pop(0)
                self.refused[chat].append((self.clock.now, seconds))
                raise RetryAfter(int(seconds))
            if self._lasting:
                await self.clock.sleep(self._lasting)
            self.call_times[chat].append(self.clock.now)

        await self.clock.sleep(at)
        await self.limits.process_request(callback, (), {}, endpoint, {"chat_id": chat}, None)

    def all(self) -> list[float]:
        return sorted(at for times in self.call_times.values() for at in times)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: CLOCK[-1].sleep(seconds))


CLOCK: list[Clock] = []


def run_calls(calls: list[Call], refusals: dict[int, list[float]] | None = None) -> Telegram:
    CLOCK.append(Clock())
    telegram = Telegram(CLOCK[-1], refusals)
    asyncio.run(CLOCK[-1].run(*(telegram.call(at, chat) for at, chat in calls)))
    return telegram


def busiest(times: list[float], seconds: float) -> int:
    """Return the highest number of calls in any window, by trying every window."""
    return max((sum(start <= at < start + seconds for at in times) for start in times), default=0)


calls = st.lists(st.tuples(st.floats(0, 90), st.sampled_from([1, 2, 3, -4, -5])), max_size=90)


@settings(max_examples=60)
@given(calls)
def test_never_more_than_allowed_in_any_window_and_every_call_is_made(requested: list[Call]) -> None:
    telegram = run_calls(requested)
    assert len(telegram.all()) == len(requested)
    assert busiest(telegram.all(), 1.0) <= ALL.calls
    for chat, times in telegram.call_times.items():
        assert busiest(times, 1.0) <= A_CHAT.calls
        if chat < 0:
            assert busiest(times, 60.0) <= A_GROUP.calls


@settings(max_examples=30)
@given(st.lists(st.floats(0, 3), min_size=1, max_size=120))
def test_all_chats_together_keep_to_the_overall_limit(times: list[float]) -> None:
    telegram = run_calls([(at, chat) for chat, at in enumerate(times, start=1)])
    assert len(telegram.all()) == len(times)
    assert busiest(telegram.all(), 1.0) <= ALL.calls


def test_a_chat_is_not_forgotten_while_it_waits_for_all_the_others() -> None:
    CLOCK.append(clock := Clock())
    telegram = Telegram(clock)

    async def twice(chat: int) -> None:
        await telegram.call(0.0, chat)
        await telegram.call(0.0, chat)

    once = [telegram.call(0.0, chat) for chat in range(1, 1 + ALL.calls)]
    asyncio.run(clock.run(*once, *(twice(chat) for chat in range(101, 111))))
    assert [telegram.call_times[chat] for chat in range(101, 111)] == [[ALL.seconds, ALL.seconds + A_CHAT.seconds]] * 10


def test_calls_within_the_limits_do_not_wait() -> None:
    telegram = run_calls([(2.0 * n, 1) for n in range(10)] + [(0.5, chat) for chat in range(2, 20)])
    assert telegram.call_times[1] == [2.0 * n for n in range(10)]
    assert all(telegram.call_times[chat] == [0.5] for chat in range(2, 20))


def test_a_slow_call_counts_from_when_it_arrived() -> None:
    CLOCK.append(clock := Clock())
    telegram = Telegram(clock, lasting=3.0)

    async def one_after_the_other() -> None:
        for _ in range(3):
            await telegram.call(0.0, 1)

    asyncio.run(clock.run(one_after_the_other()))
    assert telegram.call_times[1] == pytest.approx([3.0, 6.0 + A_CHAT.seconds, 9.0 + 2 * A_CHAT.seconds])


def test_a_group_gets_twenty_at_its_pace_and_then_waits_for_the_minute() -> None:
    telegram = run_calls([(0.0, -1)] * 22)
    times = telegram.call_times[-1]
    assert times[19] == pytest.approx(19 * A_CHAT.seconds)
    assert times[20] == pytest.approx(A_GROUP.seconds)


def test_a_refused_chat_waits_exactly_as_long_as_asked_and_alone() -> None:
    telegram = run_calls([(0.0, 1), (0.0, 2), (1.5, 1), (1.5, 2), (3.0, 2)], {1: [7.0]})
    assert telegram.refused[1] == [(0.0, 7.0)]
    assert telegram.call_times[1] == [7.0, 7.0 + A_CHAT.seconds]
    assert telegram.call_times[2] == [0.0, 1.5, 3.0]


def test_a_chat_refused_twice_waits_twice() -> None:
    telegram = run_calls([(0.0, 1)], {1: [7.0, 3.0]})
    assert telegram.call_times[1] == [10.0]


def test_two_chats_refused_within_a_second_pause_all() -> None:
    telegram = run_calls([(0.0, 1), (0.9, 2), (1.0, 3), (1.0, 4)], {1: [2.0], 2: [9.0]})
    assert telegram.call_times[1] == telegram.call_times[2] == telegram.call_times[3] == telegram.call_times[4] == [9.9]


@pytest.mark.parametrize("second", [(1.1, 2), (0.9, 1)], ids=["later than that", "the same chat"])
def test_two_refusals_of_one_chat_or_far_apart_pause_no_other_chat(second: Call) -> None:
    telegram = run_calls([(0.0, 1), second, (1.2, 3)], {1: [2.0, 2.0], 2: [9.0]})
    assert telegram.call_times[3] == [1.2]


def test_calls_that_send_no_message_are_not_delayed() -> None:
    CLOCK.append(clock := Clock())
    telegram = Telegram(clock)
    asyncio.run(clock.run(*(telegram.call(0.0, 1, "sendChatAction") for _ in range(50))))
    assert telegram.call_times[1] == [0.0] * 50


@pytest.mark.parametrize("named", [{}, {"chat_id": "@channel"}, {"scope": {"type": "chat", "chat_id": 1}}])
@pytest.mark.parametrize("endpoint", ["answerInlineQuery", "answerCallbackQuery", "getFile", "setMyCommands", "getMe"])
def test_a_refused_call_without_a_chat_is_repeated_when_telegram_allows_it_and_delays_no_other(
    endpoint: str, named: dict[str, Any]
) -> None:
    CLOCK.append(clock := Clock())
    limits, times, waits = RateLimiter(clock=clock), list[float](), [7, 3]

    async def refused_twice() -> str:
        times.append(clock.now)
        if waits:
            raise RetryAfter(waits.pop(0))
        return "accepted"

    async def accepted() -> str:
        return f"at {clock.now}"

    results = list[str]()

    async def call(callback: Any) -> None:
        results.append(await limits.process_request(callback, (), {}, endpoint, named, None))

    asyncio.run(clock.run(call(refused_twice), call(accepted), Telegram(clock).call(0.0, 1)))
    assert (times, results) == ([0.0, 7.0, 10.0], ["at 0.0", "accepted"])


def test_a_refused_courtesy_is_not_repeated() -> None:
    async def refused() -> None:
        raise RetryAfter(7)

    with pytest.raises(RetryAfter):
        asyncio.run(RateLimiter().process_request(refused, (), {}, "sendChatAction", {"chat_id": 1}, None))


def test_a_chat_that_was_idle_is_forgotten() -> None:
    telegram = run_calls([(0.0, chat) for chat in range(1, 20)] + [(200.0, 20)])
    assert set(telegram.limits._chats) == {20}
