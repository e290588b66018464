"""Fetches the page of a link, reads it as one article, and writes the article as JSON."""

import json
import re
from collections.abc import Iterator
from html import escape
from urllib.parse import urlsplit

from telegram import Message, MessageEntity

from bot.errors import NotAnArticle
from bot.i18n.translation import Language
from corpus.article import Article
from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile

LINK = re.compile(r"https?://\S*[^\s.,;:!?)\]}>\"'»”’]", re.IGNORECASE)


def link_in(message: Message) -> str | None:
    """Return the first link in a message, visible or behind a text; None in the bot's own messages."""
    if message.from_user and message.from_user.id == message.get_bot().id:
        return None
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.TEXT_LINK and entity.url:
            return entity.url
    match = LINK.search(message.text or message.caption or "")
    return match[0] if match else None


def same_server(url: str, other_url: str) -> bool:
    """Tell whether two links have the same host and port."""
    return urlsplit(url).netloc.lower() == urlsplit(other_url).netloc.lower()


def fetch(link: str, max_bytes: int, language: Language, *, private: bool) -> bytes:
    """Fetch a page and return its article as JSON that corpus/readers read; raises NotAnArticle."""
    from corpus.web.client import Client, Page

    try:
        with Client(max_bytes=max_bytes, allow_private=private) as client:
            page = client.get(link)
        if not isinstance(page, Page):
            raise Unreadable("the server says that it has not changed")
        return as_json(_only(page.as_file(max_bytes=max_bytes), language).article)
    except Unreadable as error:
        raise NotAnArticle(language.say("I can't read what is there: {reason}.", reason=error)) from None


def _only(file: SourceFile, language: Language) -> Reading:
    from corpus.reading import read_content  # slow to import: the bot's start must not wait for it

    for item in read_content(file):
        match item:
            case Skipped():
                raise Unreadable(item.reason)
            case Reading(key=""):
                return item
            case _:
                raise NotAnArticle(
                    language.say(
                        "That's a list of articles. Add it to the sources in the settings, and I'll read what is "
                        "new there."
                    )
                )
    raise Unreadable("a page with no article in it: save the text of the article as plain text")


def as_json(article: Article) -> bytes:
    """Return an article as a line of JSON, with its text as HTML: reading it again needs no guessing."""
    card = article.card
    fields = {
        "title": card.title,
        "url": card.url,
        "date": card.published.isoformat() if card.published else None,
        "author": card.author,
        "source": card.source,
        "language": card.language,
        "text": "".join(_paragraphs(article)),
    }
    return (json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False) + "\n").encode()


def _paragraphs(article: Article) -> Iterator[str]:
    headings = {article.text[start:end] for start, end in article.headings}
    for paragraph in article.text.split("\n\n"):
        tag = "h2" if paragraph in headings else "p"
        yield f"<{tag}>{escape(paragraph)}</{tag}>"
