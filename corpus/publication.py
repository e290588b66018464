"""Decides whether an article is published: drafts, private articles and scheduled ones are not for readers.

All formats ask here. They give the fields by which publishing systems say it (`status`, `draft`, `visibility`), under
the names that the file uses, or the file's path.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from corpus.errors import Unpublished


def plain_word(text: str) -> str:
    """Return a word without case, accents, spaces and punctuation: "Auto-Draft" is autodraft."""
    folded = unicodedata.normalize("NFKD", text[:200]).casefold()
    return "".join(character for character in folded if character.isalnum())


def _words(text: str) -> frozenset[str]:
    return frozenset(map(plain_word, text.split()))


# Fields that hold one of several words.
STATUS_NAMES = _words(
    "status post_status page_status article_status story_status entry_status content_status item_status record_status"
    " publish_status published_status publication_status publishing_status state post_state article_state publish_state"
    " publication_state workflow workflow_state workflow_status editorial_status review_state review_status"
    " moderation_state moderation_status statut estado stato état zustand статус 状态 狀態 ステータス 상태"
)
VISIBILITY_NAMES = _words(
    "visibility post_visibility page_visibility privacy privacy_status privacy_level access_level audience security"
    " sichtbarkeit visibilité visibilidad visibilità 可见性 公開状態"
)
UNPUBLISHED_WORDS = _words(
    "draft drafts auto-draft drafted private pending pending-review in-review review for-review needs-review"
    " awaiting-review under-review in-progress trash trashed bin deleted removed scheduled future queued inherit"
    " unpublished not-published hidden invisible unlisted internal embargo embargoed withdrawn retracted rejected"
    " spiked killed disabled inactive archived expired offline password password-protected protected spam"
    # Ghost and Substack, for the articles of some readers only.
    " members members-only paid only-paid paid-only subscribers subscribers-only tiers founding only-free restricted"
    # LiveJournal and social networks.
    " friends friends-only only-me usemask followers"
    # Other languages.
    " entwurf privat geplant unveröffentlicht nicht-veröffentlicht versteckt papierkorb"
    " brouillon planifié non-publié privé corbeille en-attente borrador programado privado no-publicado papelera"
    " pendiente oculto bozza bozze programmato privato non-pubblicato cestino rascunho agendado não-publicado lixeira"
    " concept gepland niet-gepubliceerd utkast kladde luonnos черновик запланировано личное неопубликовано удалено"
    " 草稿 私密 待审 未发布 未公開 回收站 下書き 非公開 予約済み 초안 비공개"
)
# The numbers for "not published" of Drupal, Joomla and Dotclear.
UNPUBLISHED_NUMBERS = frozenset(("0", "-1", "-2"))
# Fields of which "false" means that the article is not published, and those of which "true" means it.
POSITIVE_NAMES = _words(
    "published is_published publish publicado publié veröffentlicht public is_public visible is_visible approved"
    " is_approved enabled is_enabled active is_active"
)
NEGATIVE_NAMES = _words(
    "draft is_draft unpublished is_unpublished private is_private hidden is_hidden unlisted is_unlisted deleted"
    " is_deleted trashed is_trashed embargoed is_embargoed archived is_archived scheduled is_scheduled"
    " password_protected is_password_protected members_only email_only entwurf brouillon borrador bozza rascunho"
)
# Fields that are empty unless the article was taken away.
REMOVAL_NAMES = _words("deleted_at deleted_on trashed_at unpublished_at unpublished_on")
# Fields that hold the day from which an article may be read, and the day from which it may not.
EMBARGO_NAMES = _words(
    "embargo embargo_until embargo_date embargoed_until scheduled_at scheduled_for schedule_date publish_at"
)
EXPIRY_NAMES = _words("expiry_date expires_at unpublish_on unpublish_at unpublish_date")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
PASSWORD_NAMES = _words("password post_password page_password")
POST_TYPE_NAMES = _words("post_type")
ID_NAMES = _words("id")
TRUE = _words("true yes y on t 1 x ja oui si sí")
FALSE = _words("false no n off f 0 nein non")
NOTHING = _words("none null nil nan na n false no") | {""}
# WordPress stores more than articles as posts; visitors never see these by themselves.
INTERNAL_POST_TYPES = re.compile(
    r"attachment|revision|nav_menu_item|custom_css|customize_changeset|oembed_cache|user_request|wp_\w+|acf-\w+|feedback"
)
FOLDERS = frozenset("_drafts drafts _draft draft _unpublished unpublished _trash trash".split())
MAX_STATUS_CHARACTERS = 40
PASSWORD_NOTICE = re.compile(
    r"(?:content|post|page) is (?:password[- ]protected|protected by a password)\W.{0,60}\bpassword"
    r"|there is no excerpt because this is a protected post|Inhalt ist passwortgeschützt\W.{0,80}Passwort"
    r"|contenu est protégé par un mot de passe\W.{0,80}mot de passe"
    r"|contenido está protegido (?:por|con) contraseña\W.{0,80}contraseña",
    re.IGNORECASE | re.DOTALL,
)
MAX_NOTICE_CHARACTERS = 400
# A line such as "Status: draft", also as reStructuredText and Org write it.
HEAD_FIELD = re.compile(
    r"^(?::|#\+)?(status|draft|published|visibility|private)[ \t]*:[ \t]*"
    r"(draft|private|unpublished|not published|scheduled|pending|pending review|hidden|embargoed|trash"
    r"|true|false|yes|no)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
MAX_HEAD_LINES, MAX_HEAD_CHARACTERS = 12, 4_000


def check_published(fields: Mapping[str, object]) -> None:
    """Raise Unpublished if an article's fields say that it is not published."""
    for name, written in fields.items():
        if isinstance(written, Mapping) and written.get("protected") is True:  # WordPress's REST output
            raise Unpublished("behind a password")
        if check := _check_of(str(name)):
            value = _simple(written)
            if reason := check(_Field(plain_word(str(name)).removeprefix("is"), value, plain_word(value))):
                raise Unpublished(reason)


def check_place(place: str) -> None:
    """Raise Unpublished if a file is in a folder of drafts below the indexed root."""
    *folders, _ = place.replace("\\", "/").split("/")
    if folder := next((folder for folder in folders if folder.casefold() in FOLDERS), None):
        raise Unpublished(f"not published (in the folder {folder})")


def check_text(text: str) -> None:
    """Raise Unpublished if a text is only WordPress's notice that the article needs a password."""
    if len(text) <= MAX_NOTICE_CHARACTERS and PASSWORD_NOTICE.search(text):
        raise Unpublished("behind a password")


def check_head(text: str) -> None:
    """Raise Unpublished if a line at the head of a plain text says so: "Status: draft", ":status: draft"."""
    head = "\n".join(text[:MAX_HEAD_CHARACTERS].lstrip("\ufeff \n").split("\n")[:MAX_HEAD_LINES])
    check_published({match[1]: match[2] for match in HEAD_FIELD.finditer(head)})


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


def _status(field: _Field) -> str:
    unpublished = field.word in UNPUBLISHED_WORDS or field.word == "false" or field.value in UNPUBLISHED_NUMBERS
    return not_published(field.value) if unpublished else ""


def _visibility(field: _Field) -> str:
    return not_published(field.value) if field.word in UNPUBLISHED_WORDS else ""


def _positive(field: _Field) -> str:
    unpublished = field.word in FALSE or field.word in UNPUBLISHED_WORDS
    return not_published(f"{field.name}: {field.value}") if unpublished else ""


def _negative(field: _Field) -> str:
    return not_published(field.name) if field.word in TRUE else ""


def _removal(field: _Field) -> str:
    return not_published("deleted") if field.word not in NOTHING and field.word.strip("0") else ""


def _embargo(field: _Field) -> str:
    is_over = not DAY.match(field.value) or field.value[:10] <= _today()
    return "" if is_over else not_published("scheduled")


def _expiry(field: _Field) -> str:
    is_over = DAY.match(field.value) and field.value[:10] < _today() and not field.value.startswith(("0", "1970-01-01"))
    return not_published("expired") if is_over else ""


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


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
            value = next((value[name] for name in ("value", "slug", "name", "id") if name in value), None)
    if value is None or isinstance(value, list | Mapping):
        return ""
    # Tables write a column of 1, 0 and nothing as 1.0, 0.0 and nothing.
    return str(value).strip().removesuffix(".0")
