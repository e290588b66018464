"""The bot's part of the exception tree.

BotError(ClippingsError)
├── TokenMissing                    no token in the environment and none in the file
├── TokenRefused                    not the form of a token, or Telegram does not know it
├── AddressRefused                  `bot.api_url` is not an address
├── SecondInstance                  another process already answers for this bot
└── StaleButton                     a button that no longer leads anywhere

No message ever holds the token, nor the value of a setting in whose place someone may have put the token.
"""

from corpus.errors import ClippingsError


class BotError(ClippingsError):
    """Something that keeps the bot from running, or from doing what it is asked."""


class TokenMissing(BotError):
    """Nobody has said which bot this is."""


class TokenRefused(BotError):
    """The token cannot be used."""


class AddressRefused(BotError):
    """The Bot API cannot be at such an address."""


class SecondInstance(BotError):
    """Another process fetches this bot's updates."""


class StaleButton(BotError):
    """A button's data is of another version, or what it leads to is no longer in the archive."""
