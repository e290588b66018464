"""The bot's command line: reads settings and token, runs the bot, returns an exit status."""

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
from typing import TYPE_CHECKING

from telegram.ext import Application

from bot.access import Access
from bot.errors import AddressRefused, TokenMissing, TokenRefused
from bot.i18n.translation import ENGLISH, LANGUAGES
from bot.log_redaction import RedactingFormatter
from bot.outgoing.rate_limiter import RateLimiter
from bot.question_limit import QuestionLimit
from bot.store.database import BotDatabase
from bot.updates.single_process import ensure_single
from bot.wait_times import Times
from config.milvus_scheme import is_milvus
from config.secret_file import first_line
from config.settings import Settings, load
from config.unexpected_error import fault_line
from corpus.errors import ClippingsError
from retrieval import from_settings
from retrieval.errors import ArchiveBusy, ArchiveUnreachable
from retrieval.extras import require_extra
from retrieval.sources.source import Source

if TYPE_CHECKING:
    from bot.context import BotApplication, BotConfig, BotContext
    from bot.search_pool import Answers

# What is slow to import is imported in functions: the check for another process begins before.
log = logging.getLogger(__name__)
TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of a variable, not a token
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h
PACKAGES = ("bot", "config", "corpus", "retrieval")
MAX_CONNECTIONS = 32  # to Telegram; more calls wait for a free one, and open connections slow each call down
DEFAULT_TIMES = Times()

HELP = f"""\
Answer questions in Telegram from the archive, with the passages that were printed.

The bot's token comes from the environment variable {TOKEN_VARIABLE}, else from the file that the setting
bot.token_file names; @BotFather gives one out. Ctrl-C or SIGTERM ends the bot, once
the questions under way are answered.
"""


def main(arguments: Sequence[str] | None = None, times: Times = DEFAULT_TIMES) -> int:
    """Run the bot until a signal stops it; return 0, or 2 after an error, which is one line on stderr.

    Return TRY_AGAIN, so that a service manager starts the bot again, if the archive's server does not answer, if
    another program has locked the archive, and if an exception that nobody foresaw ends the bot while it serves.
    """
    parser = argparse.ArgumentParser(
        prog="clippings-bot", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--take-over", action="store_true", help="take a webhook's place that another process has left behind"
    )
    options = parser.parse_args(arguments)
    try:
        run(load(), os.environ, take_over=options.take_over, times=times)
    except ClippingsError as error:
        print(error, file=sys.stderr)
        return TRY_AGAIN if isinstance(error, ArchiveUnreachable | ArchiveBusy) else 2
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - not only Exception: libraries in Rust panic with another one
        serving = isinstance(error, EndedServing)
        fault = error.__cause__ if serving and error.__cause__ else error
        from bot.handlers.error_handler import trace

        # Without the messages of exceptions, which may quote what a user wrote.
        log.debug("What ended the bot:\n%s", trace(fault))
        print(fault_line(fault, with_message=False), file=sys.stderr)
        return TRY_AGAIN if serving else 2
    return 0


class EndedServing(Exception):
    """An exception that nobody foresaw, its cause, ended the bot while it served."""


def run(settings: Settings, environment: Mapping[str, str], *, take_over: bool, times: Times) -> None:
    """Open the archive and answer questions until a signal comes.

    Raises ClippingsError, such as for a missing token or archive, or a second instance.
    """
    if settings.bot.webhook_url:
        require_extra("webhook", "tornado", "The setting bot.webhook_url")
    token = find_token(environment, settings.bot.token_file)
    log_to_stderr(settings.log_level, token)
    with contextlib.ExitStack() as opened:
        database = BotDatabase(Path(settings.bot.state))
        opened.callback(database.close)
        application = connect(token, settings.bot.api_url)
        asyncio.run(_run(application, settings, database, opened, take_over=take_over, times=times))


async def _run(
    application: "BotApplication",
    settings: Settings,
    database: BotDatabase,
    opened: contextlib.ExitStack,
    *,
    take_over: bool,
    times: Times,
) -> None:
    """Open the archive, and check meanwhile that no other process answers; then serve until a signal comes."""
    checking = asyncio.create_task(_first_check(application, settings, take_over=take_over, times=times))
    try:
        bot = await asyncio.to_thread(open_bot, settings, database, take_over=take_over, times=times)
        opened.callback(bot.search.close)
        from bot.handlers.all_handlers import add_handlers

        add_handlers(application, bot)
        await _serve(application, bot, checking)
    finally:
        checking.cancel()
        await asyncio.gather(checking, return_exceptions=True)
        await application.shutdown()
        await application.bot.shutdown()


async def _first_check(application: "BotApplication", settings: Settings, *, take_over: bool, times: Times) -> None:
    await application.initialize()
    await ensure_single(application.bot, settings.bot.webhook_url, times, take_over=take_over)


def open_bot(settings: Settings, database: BotDatabase, *, take_over: bool, times: Times) -> "BotContext":
    """Import the rest of the bot, and open the archive; raises ClippingsError."""
    import bot.handlers.all_handlers
    import bot.main_loop  # noqa: F401 - serving imports it when the event loop must not wait
    from bot.context import BotContext
    from bot.search_pool import SERVER_TIMEOUT, THREADS, THREADS_TO_SERVER, SearchPool

    for language in LANGUAGES.values():
        language.warm_up()
    options = (THREADS_TO_SERVER, SERVER_TIMEOUT) if is_milvus(settings.archive) else (THREADS, None)
    return BotContext(
        SearchPool(open_answerer(settings), *options),
        database,
        Access(settings.bot.owners, settings.bot.readers, public=settings.bot.public),
        QuestionLimit(settings.bot.questions_a_minute),
        config=bot_config(settings, take_over=take_over, times=times),
    )


async def _serve(application: "BotApplication", bot: "BotContext", checking: asyncio.Task[None]) -> None:
    """Serve until a signal comes; raises ClippingsError, and EndedServing from any other exception."""
    try:
        await _until_signalled(application, bot, checking)
    except (ClippingsError, KeyboardInterrupt, SystemExit, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise EndedServing from error


def find_token(environment: Mapping[str, str], token_file: str) -> str:
    """Return the token from the environment, else from the file.

    Raises TokenMissing or TokenRefused; their messages never show the token.
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


def open_answerer(settings: Settings) -> "Answers":
    """Open the archive and load its model now, so that the first user does not wait for it.

    Raises ClippingsError.
    """
    answerer = from_settings.open_answerer(settings)
    answerer.warm_up()
    return answerer


def bot_config(settings: Settings, *, take_over: bool, times: Times) -> "BotConfig":
    """Return the bot's part of the settings."""
    from bot.context import BotConfig

    return BotConfig(
        article_megabytes=settings.article_megabytes,
        post_types=settings.post_types,
        question_characters=settings.question_characters,
        watches=settings.bot.watches,
        added=Path(settings.bot.added),
        folder=settings.folder,
        sources=tuple(Source.from_settings(entry, settings.post_types) for entry in settings.source),
        webhook_url=settings.bot.webhook_url,
        webhook_listen=settings.bot.webhook_listen,
        take_over=take_over,
        times=times,
    )


def build(token: str, api_url: str, bot: "BotContext", limits: RateLimiter | None = None) -> "BotApplication":
    """Return the application with its handlers; nothing is sent yet. Raises AddressRefused."""
    from bot.handlers.all_handlers import add_handlers

    application = connect(token, api_url, limits)
    add_handlers(application, bot)
    return application


def connect(token: str, api_url: str, limits: RateLimiter | None = None) -> "BotApplication":
    """Return the application without handlers; nothing is sent yet. Raises AddressRefused."""
    if not re.match(r"https?://[^/\s]+", api_url):
        raise AddressRefused("The setting bot.api_url is no address. Telegram's own is https://api.telegram.org.")
    address = api_url.rstrip("/")
    return (
        Application.builder()
        .token(token)
        .base_url(f"{address}/bot")
        .base_file_url(f"{address}/file/bot")
        .updater(None)
        .rate_limiter(limits or RateLimiter())
        .connection_pool_size(MAX_CONNECTIONS)
        .pool_timeout(30)
        .connect_timeout(10)
        .read_timeout(20)
        .write_timeout(20)
        .build()
    )


def log_to_stderr(level: str, token: str) -> None:
    """Log our packages at `level`, and libraries only from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(token))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for package in PACKAGES:
        logging.getLogger(package).setLevel(level.upper())


async def _until_signalled(application: "BotApplication", bot: "BotContext", checking: asyncio.Task[None]) -> None:
    from bot.main_loop import serve

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        for number in (signal.SIGINT, signal.SIGTERM):  # a second signal ends the process at once
            loop.remove_signal_handler(number)

    with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C cancels this task instead
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
    preparing = asyncio.create_task(_prepare_examples(bot))
    try:
        await serve(application, bot, stopped, checking)
    finally:
        preparing.cancel()


async def _prepare_examples(bot: "BotContext") -> None:
    """Find the questions of /start once the first updates are answered: neither has to wait for the other."""
    await asyncio.sleep(bot.config.times.first_examples)
    await bot.examples(ENGLISH.code)


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
