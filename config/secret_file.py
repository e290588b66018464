"""Read a secret from the file that the settings name."""

from pathlib import Path


def first_line(file: str) -> str:
    """Return the first line of a file, or an empty text if no file is named; raises OSError or ValueError."""
    return Path(file).expanduser().read_text(encoding="utf-8-sig").partition("\n")[0].strip() if file else ""
