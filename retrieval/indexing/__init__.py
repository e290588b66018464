"""From articles to an archive: which are new, splitting and embedding them, and writing them in batches."""
