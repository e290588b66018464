"""Something slow is done on a thread of its own, so that whoever waits for it may stop waiting."""

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
LOOK_UP = 0.1  # seconds between two looks at whether it is still wanted


class Stopped(Exception):
    """No more is wanted: what was taken in stays, the rest comes with the next visit."""


def aside(do: Callable[[], Result], stopped: Callable[[], bool]) -> Result:
    """Return, or raise, what `do` does; raises Stopped once that is so, and leaves `do` to end by itself."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(do())
        except BaseException as error:  # noqa: BLE001 - raised again for whoever waits
            errors.append(error)

    # A daemon: a server that says nothing does not keep the process from ending.
    thread = threading.Thread(target=run, name="aside", daemon=True)
    thread.start()
    while thread.is_alive():
        if stopped():
            raise Stopped
        thread.join(LOOK_UP)
    if errors:
        raise errors[0]
    return results[0]
