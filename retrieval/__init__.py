"""From articles to answers."""
