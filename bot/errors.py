"""The bot's part of the exception tree.

BotError(ClippingsError)
├── TokenMissing                    no token in the environment and none in the file
├── TokenRefused                    malformed, or unknown to Telegram
├── AddressRefused                  `bot.api_url` is not an address
├── SecondInstance                  another process already answers for this bot
├── StateBusy                       another process has bot.db open
├── StateUnusable                   bot.db cannot be read or written
├── WebhookRefused                  the bot cannot listen, or Telegram refuses the address
├── StaleButton                     a button of another version, or about a removed passage
└── NotAnArticle                    what an admin sent cannot be added

No message holds the token, nor the value of a setting into which the token may have been put by mistake.
"""

from corpus.errors import ClippingsError


class BotError(ClippingsError):
    """The base class of the bot's errors."""


class TokenMissing(BotError):
    """No token is given."""


class TokenRefused(BotError):
    """The token cannot be used."""


class AddressRefused(BotError):
    """The address of the Bot API is malformed."""


class SecondInstance(BotError):
    """Another process receives this bot's updates."""


class StateBusy(BotError):
    """Another process has the same bot.db open."""


class StateUnusable(BotError):
    """bot.db cannot be read or written."""


class WebhookRefused(BotError):
    """Updates cannot be received by webhook."""


class StaleButton(BotError):
    """A button of another version, or one whose passages are gone."""


class NotAnArticle(BotError):
    """What an admin sent cannot be added; the message is for the admin, in their language."""
