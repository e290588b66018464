"""The bot's own edge: settings and token in, exit status out."""

import argparse
import asyncio
import contextlib
import logging
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from telegram.ext import Application

from bot.access import Access, QuestionLimit
from bot.context import BotApplication, BotConfig, BotContext
from bot.errors import AddressRefused, TokenMissing, TokenRefused
from bot.handlers.dispatch import add_handlers
from bot.i18n.language import LANGUAGES
from bot.outgoing.rate_limiter import RateLimiter
from bot.search_pool import PATIENCE, THREADS, THREADS_TO_SERVER, Answers, SearchPool
from bot.service import serve
from bot.store.database import BotDatabase
from config.milvus import is_milvus
from config.secret import first_line
from config.settings import Settings, load
from corpus.errors import ClippingsError
from retrieval import from_settings
from retrieval.errors import ArchiveUnreachable
from retrieval.sources.source import Source

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of a variable, not a token
AWAY = 75  # EX_TEMPFAIL of sysexits.h
OURS = ("bot", "config", "corpus", "retrieval")
CONNECTIONS = 32  # to Telegram at a time; more calls wait for one, and each that is open makes a call dearer

HELP = f"""\
Answer questions in Telegram from the archive, with the passages that were printed.

The bot's token comes from the environment variable {TOKEN_VARIABLE}, else from the file that the setting
bot.token_file names; @BotFather gives one out. Ctrl-C or SIGTERM ends the bot, once
the questions under way are answered.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot until it is told to stop; the exit status is 0, or after one line on stderr 2.

    It is AWAY where the archive's server does not answer: that may pass, so a service is to be started again.
    """
    parser = argparse.ArgumentParser(
        prog="clippings-bot", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--take-over", action="store_true", help="take a webhook's place that another process has left behind"
    )
    asked = parser.parse_args(arguments)
    try:
        run(load(), os.environ, take_over=asked.take_over)
    except ClippingsError as error:
        print(error, file=sys.stderr)
        return AWAY if isinstance(error, ArchiveUnreachable) else 2
    return 0


def run(settings: Settings, environment: Mapping[str, str], *, take_over: bool = False) -> None:
    """Open the archive and answer until a signal comes.

    Raises ClippingsError: no token, no archive, a second instance.
    """
    token = find_token(environment, settings.bot.token_file)
    log_to_stderr(settings.log_level, token)
    for language in LANGUAGES.values():
        language.warm_up()
    database = BotDatabase(Path(settings.bot.state))
    try:
        served = is_milvus(settings.archive)
        search = SearchPool(
            open_answerer(settings), THREADS_TO_SERVER if served else THREADS, PATIENCE if served else None
        )
        try:
            bot = open_context(settings, search, database, take_over=take_over)
            asyncio.run(_until_signalled(build(token, settings.bot.api_url, bot), bot))
        finally:
            search.close()
    finally:
        database.close()


def find_token(environment: Mapping[str, str], token_file: str) -> str:
    """Look for the token in the environment, then in the file.

    Raises TokenMissing or TokenRefused, neither of which shows what was found.
    """
    token = environment.get(TOKEN_VARIABLE, "").strip() or _first_line(token_file)
    if not token:
        raise TokenMissing(
            f"No bot token. Get one from @BotFather in Telegram (/newbot) and set {TOKEN_VARIABLE} to it, "
            "or name a file that holds it in the setting bot.token_file. "
            "To ask without Telegram: make chat."
        )
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
        raise TokenRefused(
            "The bot token does not look like one (digits, a colon, then letters and digits). "
            "Copy it again from @BotFather: /mybots, API Token."
        )
    return token


def open_answerer(settings: Settings) -> Answers:
    """Open the archive and load its model now, so that the first user does not wait for it.

    Raises ClippingsError.
    """
    answerer = from_settings.open_answerer(settings)
    answerer.warm_up()
    return answerer


def open_context(
    settings: Settings, search: SearchPool, database: BotDatabase, *, take_over: bool = False
) -> BotContext:
    """Lay out what the handlers work with."""
    return BotContext(
        search,
        database,
        Access(settings.bot.owners, settings.bot.readers, public=settings.bot.public),
        QuestionLimit(settings.bot.questions_a_minute),
        config=BotConfig(
            article_megabytes=settings.article_megabytes,
            question_characters=settings.question_characters,
            watches=settings.bot.watches,
            added=Path(settings.bot.added),
            folder=settings.folder,
            sources=tuple(Source.from_settings(entry) for entry in settings.source),
            webhook_url=settings.bot.webhook_url,
            webhook_listen=settings.bot.webhook_listen,
            take_over=take_over,
        ),
    )


def build(token: str, api_url: str, bot: BotContext, limits: RateLimiter | None = None) -> BotApplication:
    """Put the application together; nothing is sent yet.

    Raises AddressRefused.
    """
    if not re.match(r"https?://[^/\s]+", api_url):
        raise AddressRefused("The setting bot.api_url is no address. Telegram's own is https://api.telegram.org.")
    address = api_url.rstrip("/")
    application = (
        Application.builder()
        .token(token)
        .base_url(f"{address}/bot")
        .base_file_url(f"{address}/file/bot")
        .updater(None)
        .rate_limiter(limits or RateLimiter())
        .connection_pool_size(CONNECTIONS)
        .pool_timeout(30)
        .connect_timeout(10)
        .read_timeout(20)
        .write_timeout(20)
        .build()
    )
    add_handlers(application, bot)
    return application


def log_to_stderr(level: str, token: str) -> None:
    """Log what Clippings does at `level`, and of the libraries only what goes wrong."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(token))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for package in OURS:
        logging.getLogger(package).setLevel(level.upper())


class RedactingFormatter(logging.Formatter):
    """Formats records without the token, wherever it stands, and without what readers wrote."""

    def __init__(self, token: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = (token, token.partition(":")[2])

    def format(self, record: logging.LogRecord) -> str:
        """Write a record, its traceback included."""
        if record.name.startswith("telegram"):
            # Its arguments are updates and calls, whole: what readers wrote, and who they are.
            record = logging.makeLogRecord({**record.__dict__, "args": (), "exc_text": None})
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "<token>")
        return line


async def _until_signalled(application: BotApplication, bot: BotContext) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        for number in (signal.SIGINT, signal.SIGTERM):  # the second time, they end the process there and then
            loop.remove_signal_handler(number)

    with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C cancels this task instead
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
    preparing = asyncio.create_task(bot.examples())  # they take longer than a first /start should
    try:
        await serve(application, bot, stopped)
    finally:
        preparing.cancel()


def _first_line(token_file: str) -> str:
    try:
        return first_line(token_file)
    except OSError as error:
        raise TokenMissing(
            f"The file that the setting bot.token_file names cannot be read ({error.strerror}). "
            "It has to be a path, and the file's first line the token. To ask without Telegram: make chat."
        ) from None
    except ValueError:
        raise TokenRefused("The file that the setting bot.token_file names holds no bot token.") from None
