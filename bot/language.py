"""What the bot says in its own words, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Language:
    """A language that the bot speaks."""

    code: str

    def say(self, words: str, /, **values: object) -> str:
        """Return what the catalogue has for some English words, the values put in as they are."""
        return words.format(**values)

    def say_n(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Return what the catalogue has for a number of things; `{count}` is that number."""
        return (one if count == 1 else many).format(count=self.number(count), **values)

    def day(self, day: date) -> str:
        """Write a date."""
        return f"{day.day} {day:%B %Y}"

    def number(self, number: int) -> str:
        """Write a number."""
        return f"{number:,}"


ENGLISH = Language("en")
LANGUAGES: Mapping[str, Language] = {"en": ENGLISH}


def for_code(code: str | None) -> Language:
    """Return the language that a reader's Telegram is in, or English."""
    return LANGUAGES.get((code or "en").partition("-")[0].lower(), ENGLISH)
