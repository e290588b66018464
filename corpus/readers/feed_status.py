"""Decides whether an entry of a feed is a published article; exports of Blogger contain much that is none."""

from typing import TYPE_CHECKING

from corpus.errors import Unpublished
from corpus.publication_status import check_published

if TYPE_CHECKING:
    from lxml.etree import _Element

# Blogger marks each entry as a post, a page, a comment, a setting or a template: in a category, or in an element.
KIND_SCHEME = "schemas.google.com/g/2005#kind"
BLOGGER = "schemas.google.com/blogger/"
POST = "post"
# Blogger's status of a published post, or of one that was published before its export.
PUBLISHED_STATUSES = ("live", "published")
MAX_VALUE_CHARACTERS = 60


def check_entry(entry: "_Element") -> None:
    """Raise Unpublished if an entry is a draft, or no article, by app:draft, Blogger's kinds or a field like status."""
    values: dict[str, object] = {}
    for child in entry:
        if not isinstance(child.tag, str):
            continue
        namespace, _, name = child.tag.rpartition("}")
        if name == "category" and KIND_SCHEME in (child.get("scheme") or ""):
            _check_kind((child.get("term") or "").rpartition("#")[2])
        elif name == "control":
            values |= {part.tag.rpartition("}")[2]: _value(part) for part in child if isinstance(part.tag, str)}
        elif BLOGGER in namespace and name == "type":
            _check_kind(_value(child))
        elif BLOGGER in namespace and name == "status":
            _check_blogger_status(_value(child))
        elif not len(child):
            values[name] = _value(child)
    check_published(values)


def _check_kind(kind: str) -> None:
    if kind.casefold() not in ("", POST):
        raise Unpublished(f"no post of the blog (Blogger {kind.casefold()[:MAX_VALUE_CHARACTERS]})")


def _check_blogger_status(status: str) -> None:
    if status.casefold() not in ("", *PUBLISHED_STATUSES):
        raise Unpublished(f"not published ({status.casefold()[:MAX_VALUE_CHARACTERS].replace('_', ' ')})")


def _value(element: "_Element") -> str:
    text = (element.text or "").strip()
    return text if len(text) <= MAX_VALUE_CHARACTERS else ""
