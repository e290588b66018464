"""Processes that may die.

Everything that opens FAISS or tantivy runs in a fork: the process that forks must never have started their threads.
"""

import os
import pickle
import select
import signal
import traceback
from collections.abc import Callable
from typing import TypeVar, cast

Result = TypeVar("Result")


def in_fork(work: Callable[[], Result]) -> Result:
    """Return what `work` returns in a process of its own; fails the test with its traceback if it raises."""
    reading, writing = os.pipe()
    process = _fork(lambda: _send(writing, work()), writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(process, 0)
    assert told, f"the process ended with status {status} before it could tell anything"
    result, error = pickle.loads(told)  # noqa: S301
    assert error is None, error
    return cast("Result", result)


def killed(prepare: Callable[[], None], work: Callable[[], object], delay: float | None) -> tuple[bool, float]:
    """Run `work` in a process killed after a delay; tell whether that came before its end, and how long it ran."""
    reading, writing = os.pipe()

    def child() -> None:
        prepare()
        os.write(writing, b"ready")
        work()
        os.write(writing, b"done")

    process = _fork(child, writing)
    os.close(writing)
    try:
        os.read(reading, 5)
        times = [os.times().elapsed]
        ended = bool(select.select([reading], [], [], delay)[0])
        times.append(os.times().elapsed)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        told = os.read(reading, 100_000)
    finally:
        os.close(reading)
    if told and told != b"done":
        raise AssertionError(pickle.loads(told)[1])  # noqa: S301
    assert ended or os.WIFSIGNALED(status) or told == b"done"
    return told != b"done", times[1] - times[0]


def _send(pipe: int, result: object, error: str | None = None) -> None:
    data = pickle.dumps((result, error))
    while data:
        data = data[os.write(pipe, data) :]


def _fork(work: Callable[[], object], pipe: int) -> int:
    process = os.fork()
    if process:
        return process
    try:
        work()
    except BaseException:  # noqa: BLE001 (a panic of tantivy's is no Exception; nothing may reach pytest's own stack)
        _send(pipe, None, traceback.format_exc())
    finally:
        os._exit(0)
