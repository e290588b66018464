"""Receives updates by webhook: a small HTTP server behind a TLS proxy, which accepts only requests with its secret."""

import asyncio
import hmac
import json
import logging
import secrets
import socket
from types import TracebackType
from typing import NoReturn

from telegram import Bot as Telegram
from telegram.error import BadRequest, TelegramError
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.errors import SecondInstance, StateUnusable, WebhookRefused
from bot.updates.polling import reach
from bot.updates.queue import UpdateQueue
from bot.updates.update_schema import WANTED
from bot.wait_times import Times

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
MAX_BODY_BYTES = 1_000_000  # Telegram's updates have a few thousand
MAX_PORT = 65_535
MAX_CONNECTIONS = 40  # from Telegram
REMOVAL_SECONDS = 5.0  # to remove the webhook when the bot stops

log = logging.getLogger(__name__)


class Webhook:
    """Listens at `listen` (host:port) for updates that Telegram sends to `url`, the public https address of a proxy."""

    def __init__(self, telegram: Telegram, queue: UpdateQueue, url: str, listen: str, times: Times) -> None:
        self._telegram = telegram
        self._url = url
        self._times = times
        # A new secret at every start: nothing to configure, nothing to leak.
        self._secret = secrets.token_urlsafe(32)
        self._host, _, port = listen.rpartition(":")
        self._is_set = False
        self._listen, self._port = listen, int(port) if port.isdecimal() else 0
        self._server = HTTPServer(
            Application([(r"/.*", _Updates, {"queue": queue, "secret": self._secret})], log_function=lambda _: None),
            max_body_size=MAX_BODY_BYTES,
            idle_connection_timeout=60,
            body_timeout=10,
        )

    async def open(self) -> None:
        """Listen, and set the webhook at Telegram; raises WebhookRefused."""
        try:
            if not self._host or not 0 < self._port <= MAX_PORT:
                raise OSError("that is no host and port")
            # tornado's own bind_sockets leaves a socket open if the port is in use.
            family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
            listener = socket.create_server((self._host.strip("[]"), self._port), family=family)
        except OSError as error:
            raise WebhookRefused(
                f"The bot cannot listen at {self._listen} ({error}). Set bot.webhook_listen to a host and a free port, "
                "such as 127.0.0.1:8080."
            ) from error
        listener.setblocking(False)
        self._server.add_sockets([listener])
        await reach(self._set_webhook, self._times.backoff)
        self._is_set = True

    async def _set_webhook(self) -> None:
        try:
            await self._telegram.set_webhook(
                self._url, secret_token=self._secret, allowed_updates=WANTED, max_connections=MAX_CONNECTIONS
            )
        except BadRequest as error:
            raise WebhookRefused(
                f"Telegram does not take the address in bot.webhook_url ({error.message}). It has to be a public "
                "https address that leads to bot.webhook_listen."
            ) from error

    async def watch(self) -> NoReturn:
        """Check for ever that updates still come to this process; raises SecondInstance when they do not."""
        while True:
            await asyncio.sleep(self._times.webhook_check)
            info = await reach(self._telegram.get_webhook_info, self._times.backoff)
            if info.url != self._url:
                self._is_set = False
                raise SecondInstance(
                    "Another process has taken this bot over: its updates are no longer brought here. "
                    "One is enough: stop that one, then start this one again."
                )

    async def close(self) -> None:
        """Stop listening and remove the webhook; Telegram keeps later updates until somebody asks for them."""
        if self._is_set:
            try:
                await asyncio.wait_for(self._telegram.delete_webhook(drop_pending_updates=False), REMOVAL_SECONDS)
            except (TelegramError, TimeoutError) as error:
                log.info("The webhook could not be removed (%s).", type(error).__name__)
        self._server.stop()
        await self._server.close_all_connections()


class _Updates(RequestHandler):
    def initialize(self, queue: UpdateQueue, secret: str) -> None:
        self._queue, self._secret = queue, secret

    def post(self) -> None:
        """Store an update; Telegram sends it again unless the status is 200."""
        if not hmac.compare_digest(self.request.headers.get(SECRET_HEADER, "").encode(), self._secret.encode()):
            self.set_status(403)
            return
        try:
            self._queue.receive([json.loads(self.request.body)])
        except ValueError:
            self.set_status(400)
        except StateUnusable as error:
            log.error("%s", error)  # noqa: TRY400
            self.set_status(503)

    def write_error(self, status_code: int, **_: object) -> None:
        """Send no page: it would describe the server."""
        self.set_status(status_code)
        self.finish()

    def set_default_headers(self) -> None:
        """Send no Server header."""
        self.clear_header("Server")

    def data_received(self, chunk: bytes) -> None:
        """Ignore streamed bodies."""

    def log_exception(
        self, typ: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        """Log the kind of error only: the request holds what a user wrote."""
        log.error("An update could not be stored (%s).", typ and typ.__name__)
