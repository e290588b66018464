"""The error of settings that cannot be used."""

from corpus.errors import ClippingsError


class SettingsError(ClippingsError):
    """A settings file or an environment variable is invalid; the message names the key and the nearest valid one."""
