"""Text processing that several formats share: decoding, cleaning, HTML, boilerplate, dates, languages, URLs."""
