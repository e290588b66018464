"""Updates brought by Telegram: a small HTTP server behind the owner's TLS, which takes nothing without the secret."""

import asyncio
import hmac
import json
import logging
import secrets
import socket
from types import TracebackType
from typing import NoReturn
from urllib.parse import urlsplit

from telegram import Bot as Telegram
from telegram.error import BadRequest, TelegramError
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.errors import SecondInstance, StateUnusable, WebhookRefused
from bot.updates.polling import reach
from bot.updates.queue import UpdateQueue
from bot.updates.schema import WANTED

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1_000_000  # bytes of an update; Telegram's are a few thousand
LAST_PORT = 65_535
AT_ONCE = 40  # connections that Telegram may open
LOOK_EVERY = 60.0  # seconds between two looks at whether updates still come here
PARTING = 5.0  # seconds that Telegram has to be told that nobody listens any more

log = logging.getLogger(__name__)


class Webhook:
    """Listens at `listen` (host:port) for what Telegram brings to `url`, a public https address in front of it."""

    def __init__(self, telegram: Telegram, inbox: UpdateQueue, url: str, listen: str) -> None:
        self._telegram = telegram
        self._url = url
        # A new one at every start: nothing to configure, nothing to leak.
        self._secret = secrets.token_urlsafe(32)
        self._host, _, port = listen.rpartition(":")
        self._ours = False
        self._listen, self._port = listen, int(port) if port.isdecimal() else 0
        self._server = HTTPServer(
            Application([(r"/.*", _Updates, {"inbox": inbox, "secret": self._secret})], log_function=lambda _: None),
            max_body_size=LARGEST,
            idle_connection_timeout=60,
            body_timeout=10,
        )

    async def open(self) -> None:
        """Listen, and tell Telegram where; raises WebhookRefused."""
        try:
            if not self._host or not 0 < self._port <= LAST_PORT:
                raise OSError("that is no host and port")
            # As tornado's own does, but that leaves a socket open where the port is taken.
            family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
            listening = socket.create_server((self._host.strip("[]"), self._port), family=family)
        except OSError as error:
            raise WebhookRefused(
                f"The bot cannot listen at {self._listen} ({error}). Set bot.webhook_listen to a host and a free port, "
                "such as 127.0.0.1:8080."
            ) from error
        listening.setblocking(False)
        self._server.add_sockets([listening])
        await reach(self._tell)
        self._ours = True

    async def _tell(self) -> None:
        try:
            await self._telegram.set_webhook(
                self._url, secret_token=self._secret, allowed_updates=WANTED, max_connections=AT_ONCE
            )
        except BadRequest as error:
            raise WebhookRefused(
                f"Telegram does not take the address in bot.webhook_url ({error.message}). It has to be a public "
                "https address that leads to bot.webhook_listen."
            ) from error

    async def watch(self) -> NoReturn:
        """Look, for ever, whether updates still come here; raises SecondInstance where they do not."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            info = await reach(self._telegram.get_webhook_info)
            if info.url != self._url:
                self._ours = False
                raise SecondInstance(
                    "Another process has taken this bot over: its updates are no longer brought here. "
                    "One is enough: stop that one, then start this one again."
                )

    async def close(self) -> None:
        """Listen no more, and tell Telegram, which keeps what comes until somebody asks for it."""
        if self._ours:
            try:
                await asyncio.wait_for(self._telegram.delete_webhook(drop_pending_updates=False), PARTING)
            except (TelegramError, TimeoutError) as error:
                log.info("Telegram could not be told that nobody listens any more (%s).", type(error).__name__)
        self._server.stop()
        await self._server.close_all_connections()


async def make_sure(telegram: Telegram, own: str, *, take_over: bool) -> bool:
    """Tell whether updates are brought to our `own` address, or to one that is to be taken over for it.

    Raises SecondInstance where they are brought to somebody else.
    """
    url = (await reach(telegram.get_webhook_info)).url
    if url and url != own and not take_over:
        # Some put the token into the path.
        raise SecondInstance(
            f"Another process answers for this bot: Telegram brings its updates to {urlsplit(url).hostname}. One is "
            "enough: stop that one, and its webhook goes with it. If nobody is there any longer, start this one "
            "once with --take-over."
        )
    if url and not own:
        await reach(lambda: telegram.delete_webhook(drop_pending_updates=False))
    return bool(url and own)


class _Updates(RequestHandler):
    def initialize(self, inbox: UpdateQueue, secret: str) -> None:
        self._inbox, self._secret = inbox, secret

    def post(self) -> None:
        """Take an update; Telegram brings it again unless it is told 200."""
        if not hmac.compare_digest(self.request.headers.get(HEADER, "").encode(), self._secret.encode()):
            self.set_status(403)
            return
        try:
            self._inbox.receive([json.loads(self.request.body)])
        except ValueError:
            self.set_status(400)
        except StateUnusable as error:
            log.error("%s", error)  # noqa: TRY400
            self.set_status(503)

    def write_error(self, status_code: int, **_: object) -> None:
        """Say nothing about ourselves."""
        self.set_status(status_code)
        self.finish()

    def set_default_headers(self) -> None:
        """Say nothing about ourselves here either."""
        self.clear_header("Server")

    def data_received(self, chunk: bytes) -> None:
        """Take no streams."""

    def log_exception(
        self, typ: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        """Log no request: it holds what a reader wrote."""
        log.error("An update that was brought could not be taken (%s).", typ and typ.__name__)
