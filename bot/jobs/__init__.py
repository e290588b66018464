"""What the bot does by itself while it runs: watches, sources, example questions."""
