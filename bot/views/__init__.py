"""What the bot shows: messages and their buttons."""
