"""Which languages the built-in models read, and whether a question is in another one."""

from retrieval.encode.locate_model import BUNDLED

# Of other models it is not known: they are taken to read every language.
READ = {BUNDLED: frozenset({"en"})}


def reads(model: str, language: str | None) -> bool:
    """Return whether a model reads a language; True if either is not known."""
    return language is None or model not in READ or language in READ[model]


def unread_language(model: str, language: str | None) -> str | None:
    """Return the language of a question if the model does not read it; None if it reads it, or if it is not clear."""
    return None if reads(model, language) else language
