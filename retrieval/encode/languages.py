"""Which languages the built-in models read, and whether a question is in another one."""

from corpus.text.language import language_of_question
from retrieval.encode.locate_model import BUNDLED

# Of other models it is not known: they are taken to read every language.
READ = {BUNDLED: frozenset({"en"})}


def reads(model: str, language: str | None) -> bool:
    """Return whether a model reads a language; True if either is not known."""
    return language is None or model not in READ or language in READ[model]


def unread_language(model: str, question: str) -> str | None:
    """Return the language of a question that the model does not read; None if it reads it, or if it is not clear."""
    if model not in READ:
        return None
    language = language_of_question(question)
    return None if reads(model, language) else language
