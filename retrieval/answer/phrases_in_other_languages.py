"""The phrases that the bot's help recommends, in Spanish, Russian and Arabic; years in a few languages more."""

import re
from collections.abc import Iterator

from retrieval.answer.calendar_periods import Period, year_of

# "And then?"
FOLLOWED = re.compile(
    r"(?i)\W*(?:y\s+(?:después|luego)|después|luego|qué\s+pasó\s+(?:después|luego)|"
    r"(?:а|и)\s+(?:что\s+)?(?:потом|дальше)|(?:что\s+(?:было\s+)?)?(?:потом|дальше)|"
    r"وماذا\s+بعد|ثم\s+ماذا|وبعد\s+ذلك|ماذا\s+حدث\s+بعد\s+ذلك)\W*"
)
# "Tell me more"
MORE = re.compile(
    r"(?i)\W*(?:(?:(?:cuéntame|dime)\s+)?más(?:\s+detalles)?|расскажи(?:те)?\s+(?:подробнее|ещ[её]|больше)|подробнее|ещ[её]|"
    r"(?:أخبرني\s+)?(?:ب?المزيد))\W*"
)
# "Latest on"
LATEST = re.compile(
    r"(?i)\b(?:lo\s+último|(?:las\s+)?últimas\s+noticias|novedades)\s+(?:sobre|de)\b|"
    r"\b(?:последн(?:ее|ие\s+новости)|что\s+нового)\s+об?\b|\b(?:آخر|أحدث)\s+(?:ال)?أخبار(?:\s+عن)?\b|(?<!\w)الجديد\s+عن\b"
)
# Words for "what happened".
LISTING = frozenset("qué que pasó ocurrió sucedió что произошло случилось было ماذا حدث جرى".split())
IN_YEAR = re.compile(
    r"(?i)(?<!\w)(?:en(?:\s+el)?(?:\s+año)?|em|nel|im\s+jahr|в|في(?:\s+(?:عام|سنة))?)\s+"
    r"(?P<year>(?:1[6-9]|20)[0-9]{2})(?![\w-])(?:\s+году)?"
)


def years(question: str) -> Iterator[tuple[int, int, Period]]:
    """Yield the years that a question names, each with the place of its words: "en 2019", "в 2019 году"."""
    for match in IN_YEAR.finditer(question):
        yield match.start(), match.end(), year_of(int(match["year"]))
