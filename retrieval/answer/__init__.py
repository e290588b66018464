"""From a question to an answer: parse the query, retrieve, rerank, decide."""
