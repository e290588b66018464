"""What is peculiar to single exports: JSON Feed's and Ghost's fields outside the article, Telegram's messages."""

from collections.abc import Mapping
from typing import Any

from corpus.readers.record_values import inline_text
from corpus.text.urls import canonical_url

# The chats of an account that only their members can read.
PRIVATE_CHATS = frozenset(("personal_chat", "bot_chat", "saved_messages", "private_group", "private_supergroup"))


def feed_fields(item: Mapping[str, Any], feed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Complete an item of a JSON Feed by the feed's title, authors and language; a plain list has none of them."""
    if not ("jsonfeed.org" in str(feed.get("version")) or "home_page_url" in feed):
        return item
    authors = item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author")
    # The headline may be missing, and the summary is no whole text.
    completed = {"title": "", "source": feed.get("title"), "language": feed.get("language"), **item}
    link, home = item.get("url"), feed.get("home_page_url")
    if isinstance(link, str) and isinstance(home, str):
        completed["url"] = canonical_url(link, home) or link
    return {**completed, "authors": authors, "author": None}


def with_ghost_authors(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name the authors in the posts of a Ghost export, which lists them apart."""
    posts, users = data.get("posts"), data.get("users")
    if not (isinstance(posts, list) and isinstance(users, list)):
        return data
    names = {str(user.get("id")): user.get("name") for user in users if isinstance(user, Mapping)}
    authors: dict[str, list[tuple[int, Any]]] = {}
    for link in data.get("posts_authors") or ():
        if isinstance(link, Mapping) and isinstance(link.get("sort_order", 0), int):
            authors.setdefault(str(link.get("post_id")), []).append(
                (link.get("sort_order", 0), names.get(str(link.get("author_id"))))
            )
    completed = []
    for post in posts:
        if isinstance(post, Mapping) and not post.get("authors"):
            links = sorted(authors.get(str(post.get("id")), []), key=lambda link: link[0])
            written = [name for _, name in links] or [names.get(str(post.get("author_id")))]
            post = {**post, "authors": [name for name in written if name]}
        completed.append(post)
    return {**data, "posts": completed}


def is_message(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is a message in an export of Telegram."""
    return value.get("type") in ("message", "service") and (
        "date_unixtime" in value or "from_id" in value or "from" in value
    )


def message_fields(message: Mapping[str, Any], chat: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a message; {} for one without a text, such as a picture."""
    text = inline_text(message.get("text"))
    if not text:
        return {}
    sender = message.get("author") or message.get("from")
    return {
        "id": message.get("id"),
        "title": "",
        "text": text,
        "date": message.get("date"),
        "author": sender if sender != chat.get("name") else None,
        "source": chat.get("name"),
        "visibility": "private" if str(chat.get("type")) in PRIVATE_CHATS else "",
    }
