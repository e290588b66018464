"""The line that a command or the bot ends with after an exception that nobody foresaw."""

import traceback
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "config", "corpus", "retrieval")
MAX_CHARACTERS = 300
WHERE_TO_REPORT = 'docs/operations.md, "Reporting a fault", says where'


def fault_line(error: BaseException, *, with_message: bool) -> str:
    """Return one line that names an exception, the last of our own lines that it came through, and where to report it.

    Its message is left out unless `with_message`: in the bot it may quote what a user wrote.
    """
    what = type(error).__qualname__
    if with_message and (message := " ".join(str(error).split())):
        what += f": {message[:MAX_CHARACTERS]}{'…' if len(message) > MAX_CHARACTERS else ''}"
    return (
        f"Unexpected error at {_place(error)}: {what}. This is a fault of Clippings or of its installation: please "
        f"report this line ({WHERE_TO_REPORT}). CLIPPINGS_LOG_LEVEL=debug prints the traceback."
    )


def _place(error: BaseException) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES:
            return f"{path.relative_to(ROOT).as_posix()}:{frame.lineno}"
    return "an unknown place"
