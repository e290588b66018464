"""Sources that are visited again and again (feeds, sitemaps, pages, folders), and the state of each."""
