"""The webhook: posts updates to the bot in order, each again and again until the bot accepts it."""

import json
import re
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from tests.telegram_server.errors import breach
from tests.telegram_server.update_queue import Update, Updates

ANSWER_SECONDS = 10.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - its name
OK = range(200, 300)


class Webhook:
    """The webhook of the bot. It is set and read under the server's lock."""

    def __init__(self, updates: Updates) -> None:
        self.retry_after = 0.05  # seconds; Telegram takes longer
        self._updates = updates
        self._url = ""
        self._params: dict[str, Any] = {}
        self._error: tuple[int, str] | None = None
        self._ended = threading.Event()

    def set(self, params: dict[str, Any]) -> None:
        """Post updates to an address from now on; an empty address ends it.

        Raises BreachError.
        """
        url, secret = params["url"], params.get("secret_token", "")
        address = urlsplit(url)
        if url and (address.scheme, address.hostname) != ("http", "127.0.0.1"):
            raise breach("bad webhook: An HTTPS URL must be provided for webhook (here: http://127.0.0.1)")
        if not re.fullmatch(r"[\w-]*", secret, re.ASCII):
            raise breach("secret token contains unallowed characters")
        self.end()
        self._updates.wanted = params.get("allowed_updates", self._updates.wanted)
        if params.get("drop_pending_updates"):
            self._updates.drop()
        self._url, self._params, self._error = url, params, None
        self._updates.by_webhook = bool(url)
        if url:
            self._updates.end_poll("terminated by setWebhook request")
            self._ended = threading.Event()
            threading.Thread(target=self._post_all, args=(url, secret, self._ended), daemon=True).start()

    def end(self) -> None:
        """Stop posting."""
        self._ended.set()
        with self._updates.arrived:
            self._updates.arrived.notify_all()

    def info(self) -> dict[str, Any]:
        info = {"url": self._url, "has_custom_certificate": False, "pending_update_count": len(self._updates)}
        if self._error:
            info |= {"last_error_date": self._error[0], "last_error_message": self._error[1]}
        if self._url:
            names = self._params.keys() & {"allowed_updates", "max_connections"}
            info |= {name: self._params[name] for name in names}
        return info

    def _post_all(self, url: str, secret: str, ended: threading.Event) -> None:
        while True:
            with self._updates.arrived:
                self._updates.arrived.wait_for(lambda: ended.is_set() or len(self._updates))
                update = self._updates.first()
            if ended.is_set():
                return
            assert update is not None
            error = _post(url, secret, update)
            with self._updates.arrived:
                if not error and not ended.is_set():
                    self._updates.confirm(update)
                    self._updates.arrived.notify_all()
                elif error:
                    self._error = (int(time.time()), error)
            if error:
                ended.wait(self.retry_after)


def _post(url: str, secret: str, update: Update) -> str:
    """Post one update; returns the error, or an empty text."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=ANSWER_SECONDS)
    headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: secret} if secret else {})
    try:
        connection.request("POST", address._replace(scheme="", netloc="").geturl(), json.dumps(update), headers)
        response = connection.getresponse()
        response.read()
    except (OSError, HTTPException) as error:
        return "Connection refused" if isinstance(error, ConnectionRefusedError) else "Connection failed"
    finally:
        connection.close()
    return "" if response.status in OK else f"Wrong response from the webhook: {response.status} {response.reason}"
