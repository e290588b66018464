"""The Telegram bot: a reader writes a question, the archive's own words come back."""

import os

# python-telegram-bot is moving from seconds to timedelta, and warns at every one unless told which.
os.environ.setdefault("PTB_TIMEDELTA", "1")
