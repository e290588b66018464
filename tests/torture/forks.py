"""Processes that may die.

All code that opens FAISS or tantivy runs in a fork: the process that forks must never have started their threads.
"""

import os
import pickle
import select
import signal
import sqlite3
import traceback
from collections.abc import Callable
from typing import TypeVar, cast

from retrieval.archive.local.database import Database

Result = TypeVar("Result")


def in_fork(work: Callable[[], Result]) -> Result:
    """Return what `work` returns in a process of its own; fails the test with its traceback if it raises."""
    reading, writing = os.pipe()
    process = _fork(lambda: _send(writing, work()), writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = pipe.read()
    _, status = os.waitpid(process, 0)
    assert message, f"the process ended with status {status} and without a result"
    result, error = pickle.loads(message)  # noqa: S301
    assert error is None, error
    return cast("Result", result)


def killed(prepare: Callable[[], None], work: Callable[[], object], delay: float | None) -> tuple[bool, float]:
    """Run `work` in a process and kill it after a delay; return whether that was before its end, and its seconds."""
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
        message = os.read(reading, 100_000)
    finally:
        os.close(reading)
    if message and message != b"done":
        raise AssertionError(pickle.loads(message)[1])  # noqa: S301
    assert ended or os.WIFSIGNALED(status) or message == b"done"
    return message != b"done", times[1] - times[0]


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


class Steps:
    """Counts a process's calls that change the disk, and kills it before or after the call with the number `fatal`."""

    CALLS = "fsync rename replace link mkdir unlink rmdir".split()
    STATEMENTS = frozenset({"BEGIN ", "COMMIT"})

    def __init__(self, fatal: int | None = None) -> None:
        self.count = 0
        self._fatal = fatal

    def step(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        for name in self.CALLS:
            setattr(os, name, self._around(getattr(os, name)))
        connect = Database._connect

        def traced(database: Database, mode: str) -> sqlite3.Connection:
            db = connect(database, mode)
            # SQLite calls this before it runs a statement.
            db.set_trace_callback(lambda sql: self.step() if mode == "rw" and sql[:6] in self.STATEMENTS else None)
            return db

        Database._connect = traced  # type: ignore[method-assign, assignment]

    def _around(self, call: Callable[..., object]) -> Callable[..., object]:
        def around(*args: object, **kwargs: object) -> object:
            self.step()
            result = call(*args, **kwargs)
            self.step()
            return result

        return around
