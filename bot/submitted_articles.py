"""Reads what an admin sends to be added (a document, a forwarded post or a link), and stores it as a file."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from telegram import (
    Document,
    Message,
    MessageOrigin,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)
from telegram.error import BadRequest, TelegramError

from bot.context import BotConfig, UpdateContext
from bot.errors import NotAnArticle
from bot.i18n.translation import Language
from bot.linked_page import fetch, link_in, same_server
from bot.outgoing.rate_limiter import repeat_if_refused
from bot.outgoing.telegram_errors import too_big
from bot.search_pool import Answers
from bot.views.callback_data import Ref
from corpus.article import Article
from corpus.errors import NoText, Unreadable
from corpus.reader_types import Reading, ReadOptions, Skipped, SourceFile
from corpus.text.cleaning import clean_text

MEGABYTE = 1_000_000
MAX_MEGABYTES = 20  # that Telegram lets a bot download
# The sender's file name is used only for its suffix, if the content does not show the format.
SUFFIXES = (".txt", ".md", ".html", ".xml", ".pdf", ".json", ".jsonl", ".csv", ".tsv", ".zip", ".tar.gz", ".tgz")


@dataclass(frozen=True, slots=True)
class Submission:
    """What would be added: the file to write, its content, the articles in it, and the parts that are no article."""

    file: Path
    content: bytes
    readings: tuple[Reading, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def article(self) -> Article:
        """The first article."""
        return self.readings[0].article

    @property
    def digest_ref(self) -> Ref:
        """A digest of the content, in the form of a hit, as a button's data can hold it."""
        digest = _digest(self.content)
        return Ref(digest[:10], digest[10:15], 0)

    def add(self, answers: Answers) -> None:
        """Write the file and index its articles: both or neither.

        Raises OSError, and the errors of `take_in`.
        """
        from retrieval.indexing.single_articles import take_in

        is_new = not self.file.exists()
        try:
            if is_new:
                _write(self.file, self.content)
            take_in(answers.archive, answers.encoder, *self.readings)
        except BaseException:
            if is_new:
                self.file.unlink(missing_ok=True)
            raise


def holds_article(message: Message) -> bool:
    """Tell whether a message is a document or a forwarded post."""
    return _document(message) is not None or bool(message.forward_origin and (message.text or message.caption))


def _document(message: Message) -> Document | None:
    return None if message.animation else message.document  # an animation comes as a document too


async def read_submission(context: UpdateContext, message: Message) -> Submission:
    """Fetch and read the articles of a message; raises NotAnArticle."""
    config, language = context.bot.config, context.language
    if document := _document(message):
        content = await _download(context, document)
        suffix = _suffix(document.file_name or "")
    elif message.forward_origin:
        content, suffix = _post(message, language).encode(), ".txt"
    elif link := link_in(message):
        max_bytes = config.article_megabytes * MEGABYTE
        private = any(source.private and same_server(source.url, link) for source in config.sources)
        content = await asyncio.to_thread(fetch, link, max_bytes, language, private=private)
        suffix = ".jsonl"
    else:
        raise NotAnArticle(language.say("That message no longer has a document, a post or a link."))
    return await asyncio.to_thread(_read, content, suffix, config, language)


def no_text_in_picture(language: Language) -> str:
    """Say that a picture cannot be added."""
    return language.say(
        "That's a picture, and I can't read text in pictures. Please send the text, a link or a document."
    )


def no_text_in_scan(language: Language) -> str:
    """Say that a scan cannot be added."""
    return language.say(
        "That's a scan: its pages are pictures, and I can't read text in pictures. Please send "
        "the text, a link or a document."
    )


def _suffix(name: str) -> str:
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), ".txt")


async def _download(context: UpdateContext, document: Document) -> bytes:
    language, sender = context.language, context.bot.sender
    megabytes = min(context.bot.config.article_megabytes, MAX_MEGABYTES)
    too_large = NotAnArticle(language.say("That's too big: I take documents of up to {most} MB.", most=megabytes))
    if (document.file_size or 0) > megabytes * MEGABYTE:
        raise too_large
    try:
        file = await sender.call(document.get_bot(), document.get_file)
        if (file.file_size or 0) > megabytes * MEGABYTE:
            raise too_large
        content = bytes(await repeat_if_refused(file.download_as_bytearray))  # the rate limiter is not below downloads
    except TelegramError as error:
        if isinstance(error, BadRequest) and too_big(error):
            raise too_large from None
        raise NotAnArticle(language.say("Telegram didn't let me fetch the document. Please try again.")) from None
    if len(content) > megabytes * MEGABYTE:
        raise too_large
    return content


def _post(message: Message, language: Language) -> str:
    """Return a forwarded post in the form that corpus/readers/text.py reads; raises NotAnArticle."""
    title, _, body = clean_text(message.text or message.caption or "").strip().partition("\n")
    if not body.strip():
        raise NotAnArticle(
            language.say("That post is only one line. I need a headline in the first line, and the text below it.")
        )
    origin = list(_origin_lines(message.forward_origin)) if message.forward_origin else []
    return "\n".join([title, *origin, "", body])


def _origin_lines(origin: MessageOrigin) -> Iterator[str]:
    """Yield the lines with the date, source and link of a post, as far as Telegram tells them."""
    source, link = "", None
    match origin:
        case MessageOriginChannel():
            source = origin.chat.title or ""
            link = f"{origin.chat.link}/{origin.message_id}" if origin.chat.link else None
        case MessageOriginChat():
            source = origin.sender_chat.effective_name or ""
        case MessageOriginUser():
            source = origin.sender_user.full_name
        case MessageOriginHiddenUser():
            source = origin.sender_user_name
    if source := " ".join(clean_text(source).split()):
        yield f"On {origin.date:%d/%m/%Y} by {source}"
    if link:
        yield link


def _read(content: bytes, suffix: str, config: BotConfig, language: Language) -> Submission:
    from corpus.reading import read_alone

    # The file is named by its content, never by the sender: the same content is the same article.
    file = config.added / f"{_digest(content)}{suffix}"
    source = SourceFile.of(content, file.name, file.name, str(file.resolve()), config.article_megabytes * MEGABYTE)
    source = replace(source, options=ReadOptions(post_types=config.post_types))
    readings, skipped = list[Reading](), list[Skipped]()
    try:
        for item in read_alone(source):
            if isinstance(item, Skipped):
                skipped.append(item)
                continue
            readings.append(item)
            if len(readings) > config.max_articles:
                raise NotAnArticle(
                    language.say(
                        "It has more than {most} articles. Please add it on the machine that I run on: {command}",
                        most=language.number(config.max_articles),
                        command="python -m retrieval add FILE",
                    )
                )
        if not readings:
            raise Unreadable(skipped[0].reason if skipped else "an empty file")
    except NoText as error:
        text = no_text_in_scan(language) if error.is_scan else no_text_in_picture(language)
        raise NotAnArticle(text) from None
    except Unreadable as error:
        text = language.say("I can't read that as an article: {reason}.", reason=error)
        raise NotAnArticle(text) from None
    if readings[0].article.title == file.name.removesuffix(suffix):
        raise NotAnArticle(language.say("I can't read that as an article: its first line is too long for a headline."))
    return Submission(file, content, tuple(readings), tuple(skipped))


def _write(file: Path, content: bytes) -> None:
    """Write a file atomically; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}")  # indexing skips hidden files
    try:
        with unfinished.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
