"""Translates what the bot says into the user's language.

The English text is written where it is used, as `language.say("…")`, or marked as `to_say("…")` if it is used later.
bot/i18n/extract_messages.py gathers these texts; their translations are in bot/i18n/locale.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from retrieval.errors import QuestionError

# Babel is imported in the functions that use it: --help must not wait for it.
LOCALES = Path(__file__).with_name("locale")
ORIGINAL = "en_GB"
# They begin what is isolated, in the direction of its first letter or from right to left, and end it (Unicode Annex 9).
FIRST_LETTER, RIGHT_TO_LEFT, ISOLATED = "\u2068", "\u2067", "\u2069"
# What stays in its order within a text from right to left: commands and what users can type.
TYPED = re.compile(r"<(code|i)>[^<]*[a-z][^<]*</\1>|(?<![\w<])/[a-z]+(?: off)?(?:@\{name\})?")


@dataclass(frozen=True)
class Language:
    """A language of the bot: Telegram's code for it, and the locale of its catalogue, dates and numbers.

    `comma` and `semicolon` separate the items of a list; between the two `marks` stands what is quoted.
    """

    code: str
    locale: str
    comma: str = ", "
    semicolon: str = "; "
    marks: str = "“”"

    @property
    def iso(self) -> str:
        """The language itself (ISO 639-1), however it is written."""
        return self.code.partition("-")[0]

    def say(self, text: str, /, **values: object) -> str:
        """Return the translation of an English text, with the values filled in as they are."""
        return self._translated(text).format(**values)

    def _translated(self, text: str) -> str:
        translated = _catalogue(self.locale).gettext(text)
        return TYPED.sub(rf"{FIRST_LETTER}\g<0>{ISOLATED}", translated) if self is ARABIC else translated

    def say_n(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """Return the translation for a number of things; `{count}` is that number."""
        return _catalogue(self.locale).ngettext(singular, plural, count).format(count=self.number(count), **values)

    def of_error(self, error: QuestionError) -> str:
        """Return why a question cannot be asked. It is not escaped, and may quote what the user wrote."""
        return error.filled(self._translated(error.template), comma=self.comma, marks=self.marks)

    def day(self, day: date) -> str:
        """Return a date in words."""
        from babel.dates import format_date

        return self._isolated(format_date(day, "long", self.locale))

    def period(self, first: date, unit: str) -> str:
        """Return the day, month or year that begins on a day, in words."""
        from babel.dates import format_skeleton

        if unit == "day":
            return self.day(first)
        return self._isolated(str(format_skeleton("y" if unit == "year" else "yMMMM", first, locale=self.locale)))

    def _isolated(self, written: str) -> str:
        """Keep a date together that is written from right to left, also beside words from left to right."""
        return f"{RIGHT_TO_LEFT}{written}{ISOLATED}" if self is ARABIC else written

    def moment(self, seconds: float) -> str:
        """Return a time, given in seconds from now, in words: "2 hours ago", "in 5 minutes"."""
        from babel.dates import format_timedelta

        return format_timedelta(timedelta(seconds=round(seconds)), add_direction=True, locale=self.locale)

    def number(self, number: int) -> str:
        """Return a number with the language's separators."""
        from babel.numbers import format_decimal

        return format_decimal(number, locale=self.locale)

    def language_name(self, code: str) -> str:
        """Return the name of a language (ISO 639-1); the code if it has none."""
        from babel import Locale

        return str(Locale.parse(self.locale).languages.get(code, code))

    def warm_up(self) -> None:
        """Load the catalogue and the locale now, so that no user waits for it."""
        _catalogue(self.locale)
        self.day(date(2014, 2, 17))
        self.number(1000)


ENGLISH = Language("en", ORIGINAL)
CHINESE = Language("zh", "zh_Hans", "、", "；")
TRADITIONAL_CHINESE = Language("zh-hant", "zh_Hant", "、", "；")
SPANISH = Language("es", "es", marks="«»")
ARABIC = Language("ar", "ar", "، ", "؛ ", "«»")
RUSSIAN = Language("ru", "ru", marks="«»")
LANGUAGES: Mapping[str, Language] = {
    language.code: language for language in (ENGLISH, CHINESE, TRADITIONAL_CHINESE, SPANISH, ARABIC, RUSSIAN)
}
# Places and the name of the script that stand for traditional characters.
TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def for_code(code: str | None) -> Language:
    """Return the language of a Telegram language code, or English."""
    language, *more = re.split("[-_]", (code or "").lower())
    if language == CHINESE.code and not TRADITIONAL.isdisjoint(more):
        return TRADITIONAL_CHINESE
    return LANGUAGES.get(language, ENGLISH)


def to_say(text: str) -> str:
    """Mark an English text that is used later, so that the catalogue gets it."""
    return text


@cache
def _catalogue(locale: str) -> NullTranslations:
    if locale == ORIGINAL:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with (LOCALES / locale / "LC_MESSAGES" / "clippings.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
