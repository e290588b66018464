"""The chat as a reader sees it, drawn from the bot's real messages for the README."""
