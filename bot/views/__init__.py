"""What the bot shows: texts and keyboards of its messages."""
