"""The handlers: what the bot does with each kind of update."""
