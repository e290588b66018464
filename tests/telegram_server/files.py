"""Files that users have sent, for the bot to fetch."""

from dataclasses import dataclass
from typing import Any

from tests.telegram_server.errors import bad_request

MAX_FILE_BYTES = 20 * 1024 * 1024  # that a bot may fetch


@dataclass(frozen=True)
class File:
    """A file as Telegram stores it. Its size may be claimed, so that a test needs no large content."""

    id: str
    content: bytes
    size: int

    @property
    def path(self) -> str:
        return f"documents/{self.id}"


class Files:
    """All files, by id."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}

    def add(self, content: bytes, size: int | None = None) -> File:
        """Store a file; `size` claims another size than the content has."""
        file = File(f"file-{len(self._files) + 1}", content, len(content) if size is None else size)
        self._files[file.id] = file
        return file

    def describe(self, file_id: str) -> dict[str, Any]:
        """Return Telegram's File: where a file can be fetched.

        Raises RefusedError.
        """
        file = self._files.get(file_id)
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if file.size > MAX_FILE_BYTES:
            raise bad_request("file is too big")
        return {"file_id": file.id, "file_unique_id": f"u{file.id}", "file_size": file.size, "file_path": file.path}

    def content_at(self, path: str) -> bytes | None:
        return next((file.content for file in self._files.values() if file.path == path), None)
