"""What an article is, and how articles get in."""
