"""Links to pages: fetched politely, within bounds, and from public addresses alone."""
