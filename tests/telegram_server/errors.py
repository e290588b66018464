"""Refusals of the Bot API, as Telegram words them."""

from typing import Any

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY = 400, 401, 403, 404, 409, 429


class RefusedError(Exception):
    """A call answered with an error; `parameters` are Telegram's ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class BreachError(RefusedError):
    """A call that a correct bot never makes: the tests fail on it."""


def bad_request(words: str, **parameters: int) -> RefusedError:
    return RefusedError(BAD_REQUEST, f"Bad Request: {words}", **parameters)


def breach(words: str) -> BreachError:
    return BreachError(BAD_REQUEST, f"Bad Request: {words}")


def conflict(words: str) -> RefusedError:
    return RefusedError(CONFLICT, f"Conflict: {words}")


def forbidden(words: str) -> RefusedError:
    return RefusedError(FORBIDDEN, f"Forbidden: {words}")
