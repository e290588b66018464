"""Where articles, passages and their vectors are stored and searched: one contract, two kinds of archive."""
