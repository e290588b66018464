"""Decides whether an article is published: drafts, private articles and scheduled ones are not for readers.

All formats ask here. They give the fields by which publishing systems say it (`status`, `draft`, `visibility`), under
the names that the file uses, or the file's path.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from corpus.errors import Unpublished
from corpus.publication_status_words import (
    DRAFT_WORDS,
    EMBARGO_NAMES,
    EXPIRY_NAMES,
    FALSE,
    FOLDERS,
    ID_NAMES,
    LIVE_NAMES,
    NEGATIONS,
    NEGATIVE_NAMES,
    NOTHING,
    PASSWORD_NAMES,
    POSITIVE_NAMES,
    POST_TYPE_NAMES,
    PUBLISHED_WORDS,
    REMOVAL_NAMES,
    STATUS_NAMES,
    TRUE,
    TYPO3_NAMES,
    UNPUBLISHED_NUMBERS,
    UNPUBLISHED_WORDS,
    VISIBILITY_NAMES,
    WAGTAIL_NAMES,
    plain_word,
)
from corpus.text.dates import parse_date

# WordPress stores more than articles as posts; visitors never see these by themselves.
INTERNAL_POST_TYPES = re.compile(
    r"attachment|revision|nav_menu_item|custom_css|customize_changeset|oembed_cache|user_request|wp_\w+|acf-\w+|feedback"
)
MAX_STATUS_CHARACTERS = 40
PASSWORD_NOTICE = re.compile(
    r"(?:content|post|page) is (?:password[- ]protected|protected by a password)\W.{0,60}\bpassword"
    r"|there is no excerpt because this is a protected post|Inhalt ist passwortgeschützt\W.{0,80}Passwort"
    r"|contenu est protégé par un mot de passe\W.{0,80}mot de passe"
    r"|contenido está protegido (?:por|con) contraseña\W.{0,80}contraseña",
    re.IGNORECASE | re.DOTALL,
)
MAX_NOTICE_CHARACTERS = 400
# What NewsAPI and Reddit leave of a text that was taken away.
REMOVED = re.compile(r"\W*\[(?:removed|deleted)(?: by \w+)?\]\W*", re.IGNORECASE)
YEAR_AHEAD, TIME_STAMP = re.compile(r"(?<!\d)[2-9]\d{3}(?!\d)"), re.compile(r"\d{9,11}|\d{13}")
# The calendar repeats itself after so many years; dates are read from the first year on.
CALENDAR_YEARS, FIRST_YEAR = 400, 1600
MAX_STATUS_WORDS = 6
WORD = re.compile(r"[^\W_]+")
# A line such as "Status: draft", also as reStructuredText and Org write it.
HEAD_FIELD = re.compile(
    r"^(?::|#\+)?(status|draft|published|visibility|private)[ \t]*:[ \t]*"
    r"(draft|private|unpublished|not published|scheduled|pending|pending review|hidden|embargoed|trash"
    r"|true|false|yes|no)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# A line of its own by which offices mark what nobody may print, and one that says until when.
HEAD_DRAFT = re.compile(
    r"^\W*(?:DRAFT|ENTWURF|BROUILLON|BORRADOR|BOZZA|(?i:(?:draft\W+)?(?:not|not yet) for (?:publication|release)"
    r"|do not publish|nicht zur veröffentlichung|ne pas publier|no publicar))\W*$",
    re.MULTILINE,
)
HEAD_EMBARGO = re.compile(
    r"^\W*(?:strictly )?(?:embargo(?:ed)?|sperrfrist|not for (?:release|publication))\b"
    r"[ \t:]*(?:(?:until|till|before|bis|for)\b[ \t:]*)?([^\n]{4,80})$",
    re.IGNORECASE | re.MULTILINE,
)
MAX_HEAD_LINES, MAX_HEAD_CHARACTERS = 12, 4_000


def check_published(fields: Mapping[str, object]) -> None:
    """Raise Unpublished if an article's fields say that it is not published."""
    for name, written in fields.items():
        if isinstance(written, Mapping) and written.get("protected") is True:  # WordPress's REST output
            raise Unpublished("behind a password")
        if name == "archived" and "subreddit" in fields:  # Reddit closes old articles to comments
            continue
        if check := _check_of(str(name)):
            value = _simple(written)
            if reason := check(_Field(plain_word(str(name)).removeprefix("is"), value, plain_word(value))):
                raise Unpublished(reason)
    if reason := _known_system(fields):
        raise Unpublished(reason)


def check_place(place: str) -> None:
    """Raise Unpublished if a file is in a folder of drafts below the indexed root."""
    *folders, _ = place.replace("\\", "/").split("/")
    if folder := next((folder for folder in folders if folder.casefold() in FOLDERS), None):
        raise Unpublished(f"not published (in the folder {folder})")


def check_text(text: str) -> None:
    """Raise Unpublished if a text is only a notice that the article needs a password, or was removed."""
    if len(text) <= MAX_NOTICE_CHARACTERS and PASSWORD_NOTICE.search(text):
        raise Unpublished("behind a password")
    if len(text) <= MAX_STATUS_CHARACTERS and REMOVED.fullmatch(text):
        raise Unpublished(not_published("removed"))


def check_head(text: str) -> None:
    """Raise Unpublished if a line at the head of a plain text says so: "Status: draft", ":status: draft"."""
    head = "\n".join(text[:MAX_HEAD_CHARACTERS].lstrip("\ufeff \n").split("\n")[:MAX_HEAD_LINES])
    check_published({match[1]: match[2] for match in HEAD_FIELD.finditer(head)})
    if HEAD_DRAFT.search(head):
        raise Unpublished(not_published("draft"))
    if embargo := HEAD_EMBARGO.search(head):
        check_published({"embargo": embargo[1], "embargo_until": embargo[1].split()[-1]})  # a time may precede


def not_published(status: str) -> str:
    """Return the reason for an article of a status; it is the same for all articles of that status."""
    return f"not published ({' '.join(status.split())[:MAX_STATUS_CHARACTERS].casefold()})"


class _Field(NamedTuple):
    """A field of a record: its name without "is", its value, and its value as a plain word."""

    name: str
    value: str
    word: str


# Each check returns the reason why an article with such a field is not published, or "".
_Check = Callable[[_Field], str]


def _is_unpublished(field: _Field) -> bool:
    """Tell whether a status means that an article is not published; it may be one of a few words."""
    if field.word in UNPUBLISHED_WORDS:
        return True
    words = [plain_word(word) for word in WORD.findall(field.value[:MAX_STATUS_CHARACTERS])]
    if len(words) > MAX_STATUS_WORDS:
        return False
    is_published = not PUBLISHED_WORDS.isdisjoint(words)
    if not NEGATIONS.isdisjoint(words):
        return is_published
    return not is_published and not DRAFT_WORDS.isdisjoint(words)


def _status(field: _Field) -> str:
    unpublished = _is_unpublished(field) or field.word in ("false", "falsch") or field.value in UNPUBLISHED_NUMBERS
    return not_published(field.value) if unpublished else ""


def _visibility(field: _Field) -> str:
    return not_published(field.value) if _is_unpublished(field) else ""


def _positive(field: _Field) -> str:
    unpublished = field.word in FALSE or _is_unpublished(field)
    return not_published(f"{field.name}: {field.value}") if unpublished else ""


def _negative(field: _Field) -> str:
    return not_published(field.name) if field.word in TRUE else _embargo(field)


def _removal(field: _Field) -> str:
    return not_published("deleted") if field.word not in NOTHING and field.word.strip("0") else ""


def _embargo(field: _Field) -> str:
    # Today's articles are published somewhere else on the globe.
    day = _day(field.value)
    return not_published("scheduled") if day and day > _today() + timedelta(days=1) else ""


def _expiry(field: _Field) -> str:
    day = _day(field.value)
    return not_published("expired") if day and day < _today() else ""


def _day(value: str) -> date | None:
    """Return the day that a value states, also one of the future; None for 0000-00-00 and the like."""
    if TIME_STAMP.fullmatch(value):
        return datetime.fromtimestamp(int(value) / (1000 if len(value) > 11 else 1), UTC).date()
    year = YEAR_AHEAD.search(value)
    if year is None:
        return None
    # A date of the future is none for parse_date; the calendar repeats itself.
    years = (int(year[0]) - FIRST_YEAR) // CALENDAR_YEARS * CALENDAR_YEARS
    past = parse_date(f"{value[: year.start()]}{int(year[0]) - years}{value[year.end() :]}")
    return past.replace(year=past.year + years) if past else None


def _today() -> date:
    return datetime.now(UTC).date()


def _password(field: _Field) -> str:
    return "" if field.word in NOTHING else "behind a password"


def _post_type(field: _Field) -> str:
    internal = INTERNAL_POST_TYPES.fullmatch(field.value)
    return f"no article (post type {field.value[:MAX_STATUS_CHARACTERS]})" if internal else ""


def _sanity_id(field: _Field) -> str:
    return not_published("draft") if field.value.startswith("drafts.") else ""


_CHECKS: tuple[tuple[frozenset[str], _Check], ...] = (
    (STATUS_NAMES, _status),
    (VISIBILITY_NAMES, _visibility),
    (POSITIVE_NAMES, _positive),
    (NEGATIVE_NAMES, _negative),
    (REMOVAL_NAMES, _removal),
    (EMBARGO_NAMES, _embargo),
    (EXPIRY_NAMES, _expiry),
    (PASSWORD_NAMES, _password),
    (POST_TYPE_NAMES, _post_type),
    (ID_NAMES, _sanity_id),
)


def _known_system(fields: Mapping[str, object]) -> str:
    """Return the reason why an article is not published by what a single system writes, or ""."""
    values = {plain_word(str(name)): value for name, value in fields.items()}
    if "publishedat" in values and values["publishedat"] is None and {"createdat", "updatedat"} <= values.keys():
        return not_published("draft")  # Strapi, and the tables of many programs
    if values.get("type") == "Entry" and "version" in values and "publishedversion" not in values:
        return not_published("draft")  # Contentful
    if not WAGTAIL_NAMES.isdisjoint(values):
        is_live = next((_simple(values[name]) for name in LIVE_NAMES if name in values), "")
        if plain_word(is_live) in FALSE:
            return not_published("live: false")
    if not TYPO3_NAMES.isdisjoint(values):
        begins, ends = (_Field("", _simple(values.get(name)), "") for name in ("starttime", "endtime"))
        return _embargo(begins) or _expiry(ends)
    return ""


@lru_cache(maxsize=4096)
def _check_of(name: str) -> _Check | None:
    word = plain_word(name)
    return next((check for names, check in _CHECKS if word in names), None)


def _simple(value: object) -> str:
    """Return a value as text: also of a list of one record, as Drupal writes it, and of a record with a name."""
    for _ in range(3):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, Mapping):
            value = next(
                (
                    value[name]
                    for name in ("value", "slug", "name", "target_id", "id", "select", "status", "label")
                    if name in value
                ),
                None,
            )
    if value is None or isinstance(value, list | Mapping):
        return ""
    # Tables write a column of 1, 0 and nothing as 1.0, 0.0 and nothing.
    return str(value).strip().removesuffix(".0")
