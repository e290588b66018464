"""The bot's part of the exception tree.

BotError(ClippingsError)
├── TokenMissing                    no token in the environment and none in the file
├── TokenRefused                    not the form of a token, or Telegram does not know it
├── AddressRefused                  `bot.api_url` is not an address
├── SecondInstance                  another process already answers for this bot
├── StateBusy                       another process has bot.db
├── StateUnusable                   bot.db cannot be read or written
├── WebhookRefused                  no place to listen, or Telegram does not take the address
├── StaleButton                     a button whose meaning is lost
└── NotAnArticle                    what an owner sent cannot be added

No message ever holds the token, nor the value of a setting in whose place someone may have put the token.
"""

from corpus.errors import ClippingsError


class BotError(ClippingsError):
    """Something that keeps the bot from running."""


class TokenMissing(BotError):
    """Nobody has said which bot this is."""


class TokenRefused(BotError):
    """The token cannot be used."""


class AddressRefused(BotError):
    """The Bot API cannot be at such an address."""


class SecondInstance(BotError):
    """Another process fetches this bot's updates."""


class StateBusy(BotError):
    """Another process works from the same bot.db."""


class StateUnusable(BotError):
    """What has to be written down cannot be."""


class WebhookRefused(BotError):
    """Updates cannot come by webhook."""


class StaleButton(BotError):
    """A button that this version did not make, or whose passages are gone."""


class NotAnArticle(BotError):
    """What was sent to be added cannot be; the text is for the owner, in their language."""
