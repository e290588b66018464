"""bot.db: what the bot remembers."""
