"""What the bot stores, in bot.db and in memory."""
