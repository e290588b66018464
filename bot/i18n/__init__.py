"""The languages that the bot speaks, and their catalogues of messages."""
