"""The bot's texts in the user's language."""
