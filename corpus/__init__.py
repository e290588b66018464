"""What an article is, and how files and pages become articles."""
