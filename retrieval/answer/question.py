"""What a person asked, made ready to search for."""

import re
import unicodedata

from retrieval.errors import EmptyQuestion, QuestionTooLong

LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def check(question: str, most_characters: int) -> str:
    """Return the question on one line, without control characters; raises EmptyQuestion or QuestionTooLong."""
    if len(question) > most_characters:
        raise QuestionTooLong(
            f"That question has {len(question):,} characters; {most_characters:,} is the most. Ask it in fewer words."
        )
    visible = "".join(" " if unicodedata.category(character) in {"Cc", "Cs"} else character for character in question)
    if not LETTER_OR_DIGIT.search(visible):
        raise EmptyQuestion("There is nothing to search for in that question. Ask in words, such as: Who met Kerry?")
    return " ".join(visible.split())
