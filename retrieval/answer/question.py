"""What a person asked, made ready to search for."""

import re
import unicodedata

from retrieval.errors import EmptyQuestion, QuestionTooLong

LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def check(question: str, most_characters: int) -> str:
    """Return the question on one line, without control characters; raises EmptyQuestion or QuestionTooLong."""
    if len(question) > most_characters:
        raise QuestionTooLong(
            "That question has {length:,} characters; {most:,} is the most. Ask it in fewer words.",
            length=len(question),
            most=most_characters,
        )
    asked = on_one_line(question)
    if not LETTER_OR_DIGIT.search(asked):
        raise EmptyQuestion("There is nothing to search for in that question. Ask in words, such as: Who met Kerry?")
    return asked


def on_one_line(text: str) -> str:
    """Return what a person wrote with a space for whatever is none of its characters, and for many spaces."""
    visible = "".join(" " if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)
    return " ".join(visible.split())
