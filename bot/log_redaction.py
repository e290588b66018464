"""Keeps the token, and what users wrote, out of the log."""

import logging


class RedactingFormatter(logging.Formatter):
    """Formats log records without the token and without what users wrote."""

    def __init__(self, token: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = (token, token.partition(":")[2])

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text, with its traceback."""
        if record.name.startswith("telegram"):
            # The arguments are whole updates and calls: they show what users wrote and who they are.
            record = logging.makeLogRecord({**record.__dict__, "args": (), "exc_text": None})
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "<token>")
        return line
