"""What tells an article from the others of its file, for as long as it is there."""

import hashlib


class Keys:
    """The keys of one file's articles.

    An article's own id is its key, else its link. Without either it is its headline and date, so that it keeps its key
    when others are put in front of it; those that have these in common are numbered.
    """

    def __init__(self) -> None:
        self._met: dict[bytes, int] = {}

    def key(self, own: str | None, url: str | None, title: str | None, published: str | None) -> str:
        """Return an article's key."""
        if told := (own or url or "").strip():
            return told
        digest = hashlib.sha256(f"{title}\n{published}".encode(errors="replace")).digest()[:8]
        self._met[digest] = self._met.get(digest, 0) + 1
        return digest.hex() + (f"-{self._met[digest]}" if self._met[digest] > 1 else "")
