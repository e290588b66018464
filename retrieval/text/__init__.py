"""Text as search sees it: chunks, tokens, spelling distance, near duplicates."""
