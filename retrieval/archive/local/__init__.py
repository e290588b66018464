"""The archive in a folder: SQLite for the articles, FAISS for search by meaning, tantivy for search by words."""
