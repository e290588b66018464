"""Text work that no format owns: decoding, cleaning, HTML, boilerplate, dates, languages, URLs."""
