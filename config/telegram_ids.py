"""Reads ids of users and chats, however they are written in the settings."""

import re

from config.errors import SettingsError


def ids_as_numbers(value: object, written: str) -> object:
    """Return ids as numbers, however they are written: [123, "456"], or '123, "456"'. Raises SettingsError."""
    if isinstance(value, str):
        value = [part for part in re.split(r"""[][,;'"\s]+""", value) if part]
    if not isinstance(value, list):
        return value
    for id_ in value:
        if isinstance(id_, str) and not re.fullmatch(r"-?[0-9]{1,18}", id_.strip()):
            raise SettingsError(
                f"{written} does not fit: {id_!r} is no id. An id is a number, not a name. Write /status to the bot: "
                "it tells your id. Leave this setting empty until then."
            )
    return [int(id_) if isinstance(id_, str) else id_ for id_ in value]
