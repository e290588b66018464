"""Sources that are visited again and again: feeds, sitemaps, pages and folders, and what is known of each."""
