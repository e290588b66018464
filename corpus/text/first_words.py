"""The first words of a text, as the headline of an article that has none."""

import textwrap

MAX_CHARACTERS = 80


def opening_words(text: str) -> str:
    """Return the beginning of a text's first line, cut after a word."""
    line = text.strip().partition("\n")[0]
    opening = textwrap.shorten(line, MAX_CHARACTERS, placeholder="…")
    return opening if opening != "…" else f"{line[: MAX_CHARACTERS - 1]}…"  # a line without spaces
