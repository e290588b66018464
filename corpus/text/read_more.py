"""Finds the "read more" at the end of a teaser."""

import re

from corpus.text.boilerplate import is_prose

MORE = re.compile(
    r"(?:\[\s*more\s*\]|(?:read|view|see) (?:more|on|full article)"
    r"|(?:read|see) the full (?:story|article|post)"
    r"|continue reading.{0,200}|keep reading|weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo"
    r"|leggi tutto|leia mais|lees meer|читать далее|阅读更多|阅读全文|続きを読む)[\s»›>→)\].:…]*$",
    re.IGNORECASE | re.DOTALL,
)
BEFORE_MORE = re.compile(r"(?:^|\n|[.!?…\[(|»”\"])\s*$")
END_CHARACTERS = 240


def read_more_start(text: str) -> int | None:
    """Return where a final "read more" starts; None if there is none, or if it is the end of a sentence."""
    start = max(0, len(text) - END_CHARACTERS)
    while more := MORE.search(text, start):
        begins_a_line = BEFORE_MORE.search(text[: more.start()]) is not None
        if not is_prose(more[0]) and (begins_a_line or not more[0][0].islower()):
            return more.start()
        start = more.start() + 1
    return None
