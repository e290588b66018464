"""The Telegram bot: a user writes a question, and gets the passage that answers, word for word."""

import os

# python-telegram-bot is moving from seconds to timedelta, and warns at each value unless the choice is made here.
os.environ.setdefault("PTB_TIMEDELTA", "1")
