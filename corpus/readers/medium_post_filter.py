"""Exports of Medium accounts: only published posts are articles.

An export has a folder `posts` of pages. Its other folders tell of the account: e-mail and IP addresses, sessions,
bookmarks. They are no articles, and must not be quoted. The export may be packed, or unpacked in a folder.
"""

import re
from collections.abc import Iterable

from corpus.errors import Unpublished
from corpus.reader_types import SourceFile

PAGE = re.compile(r"\.html?$", re.IGNORECASE)
POST = re.compile(r"(?:^|/)posts/[^/]+\.html?$", re.IGNORECASE)
DRAFT_NAME = re.compile(r"(?:^|/)draft[_-][^/]*\.html?$", re.IGNORECASE)
ACCOUNT_PAGE = re.compile(
    r"(?:^|/)(?:blocks|bookmarks|charges|claps|email|highlights|interests|ips|lists|memberships|notes|partner-program"
    r"|profile|pubs-following|responses|sessions|social-accounts|tags-following|topics-following|twitter|users-following"
    r"|users-suggested)/[^/]+\.html?$",
    re.IGNORECASE,
)
# Only these exports number their pages so: ips/ips-0001.html.
NUMBERED_PAGE = re.compile(r"(?:^|/)([a-z][a-z-]*)/\1-\d{4}\.html?$", re.IGNORECASE)
README = re.compile(r"(?:^|/)README\.html?$", re.IGNORECASE)
# The classes of Medium's exported pages: microformats, on posts (h-entry) and on lists (h-feed, h-cite).
POST_MARK, LIST_MARK = (
    re.compile(rb"\bh-entry\b"),
    re.compile(rb"\b(?:p-name|h-feed|h-cite)\b|medium\.com", re.IGNORECASE),
)
EXPORTED, DATE_MARK = re.compile(rb"Exported from <a href=\"https://medium\.com\">"), b"dt-published"
ABOUT_MEDIUM = re.compile(rb"medium", re.IGNORECASE)
ACCOUNT_REASON = "no article, but a part of a Medium export that tells of the account; only its posts are read"
DRAFT_REASON = "not published (draft)"


def account_files(names: Iterable[str]) -> frozenset[str]:
    """Return which files of an archive file belong to an export, and are no posts."""
    names = tuple(names)
    roots = {name[: post.start()] for name in names if (post := POST.search(name))}
    roots &= {name[: page.start()] for name in names if (page := NUMBERED_PAGE.search(name))}
    posts = tuple(f"{root}/posts/".lstrip("/") for root in roots)
    return frozenset(name for name in names if any(map(name.startswith, roots)) and not name.startswith(posts))


def check_medium(file: SourceFile) -> None:
    """Raise Unpublished for a draft, or for a page about the account, as Medium exports them."""
    place = file.place.replace("\\", "/")
    if not PAGE.search(place):
        return
    if POST_MARK.search(file.head) and (DRAFT_NAME.search(place) or _is_undated_export(file)):
        raise Unpublished(DRAFT_REASON)
    tells = (ACCOUNT_PAGE.search(place) and LIST_MARK.search(file.head)) or (
        README.search(place) and ABOUT_MEDIUM.search(file.head)
    )
    if tells and not POST_MARK.search(file.head):
        raise Unpublished(ACCOUNT_REASON)


def _is_undated_export(file: SourceFile) -> bool:
    """Tell whether a page is an exported post without a date of publication: so drafts are, under any name."""
    return b"medium.com" in file.data and EXPORTED.search(file.data) is not None and DATE_MARK not in file.data
