"""Which sentences on a subject are statements."""

import re

MIN_WORDS = 3
WORD = re.compile(r"[^\W_]+")
QUESTION = re.compile(r"[?？]\W*$")


def is_statement(sentence: str, language: str | None) -> bool:
    """Tell whether a sentence says something: it asks nothing, and is no fragment of one or two words."""
    if QUESTION.search(sentence):
        return False
    return len(WORD.findall(sentence)) >= MIN_WORDS or (language in {"zh", "ja", "th"} and len(sentence) > MIN_WORDS)
