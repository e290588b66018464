"""Files that readers have sent, kept for the bot to fetch."""

from dataclasses import dataclass
from typing import Any

from tests.telegram_server.errors import bad_request

LARGEST = 20 * 1024 * 1024  # bytes that a bot may fetch


@dataclass(frozen=True)
class File:
    """A file as Telegram keeps it; its size may be claimed, so that a test need not hold it."""

    id: str
    content: bytes
    size: int

    @property
    def path(self) -> str:
        return f"documents/{self.id}"


class Files:
    """All files."""

    def __init__(self) -> None:
        self._kept: dict[str, File] = {}

    def keep(self, content: bytes, size: int | None = None) -> File:
        """Keep a file."""
        file = File(f"file-{len(self._kept) + 1}", content, len(content) if size is None else size)
        self._kept[file.id] = file
        return file

    def describe(self, file_id: str) -> dict[str, Any]:
        """Say where a file can be fetched.

        Raises RefusedError.
        """
        file = self._kept.get(file_id)
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if file.size > LARGEST:
            raise bad_request("file is too big")
        return {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": file.size, "file_path": file.path}

    def at(self, path: str) -> bytes | None:
        """Give what lies at a path."""
        return next((file.content for file in self._kept.values() if file.path == path), None)
