"""A secret out of a file that the settings name."""

from pathlib import Path


def first_line(file: str) -> str:
    """Return a file's first line, or nothing where none is named; raises OSError or ValueError."""
    return Path(file).expanduser().read_text(encoding="utf-8-sig").partition("\n")[0].strip() if file else ""
