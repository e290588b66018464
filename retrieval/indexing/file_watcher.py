"""Watches folders, and yields the paths that have changed once they no longer change."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

# Changes within this time are yielded together: long enough for a file that is being written, short enough to have it
# in the archive within two seconds of its last write.
REST_MILLISECONDS = 400
STEP_MILLISECONDS = 100


class NotHidden(DefaultFilter):
    """Ignores hidden files and folders, as reading does."""

    def __init__(self, roots: Sequence[Path]) -> None:
        super().__init__(ignore_dirs=(), ignore_entity_patterns=(), ignore_paths=())
        self._roots = [root.resolve() for root in roots]

    def __call__(self, _change: Change, path: str) -> bool:
        """Tell whether a changed path is not hidden."""
        below = next((Path(path).relative_to(root) for root in self._roots if Path(path).is_relative_to(root)), None)
        return below is None or not any(part.startswith(".") for part in below.parts)


def batches(
    roots: Sequence[Path], started: Callable[[], None], stop: threading.Event | None = None
) -> Iterator[list[Path]]:
    """Yield the paths that have changed below the roots, until `stop` is set.

    `started` is called once, when the folders are being watched: every later change is yielded.
    """
    is_watching = False
    for changes in watch(
        *roots,
        watch_filter=NotHidden(roots),
        debounce=REST_MILLISECONDS,
        step=STEP_MILLISECONDS,
        stop_event=stop,
        rust_timeout=STEP_MILLISECONDS,
        yield_on_timeout=True,
    ):
        if not is_watching:
            is_watching = True
            started()
        if changes:
            yield sorted({Path(path) for _, path in changes})
