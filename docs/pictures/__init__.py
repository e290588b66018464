"""The chat as a user sees it, drawn from the bot's real messages for the README."""
