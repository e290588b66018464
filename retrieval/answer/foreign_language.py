"""Whether a passage is in another language than the question."""

from corpus.article import Card
from corpus.text.language import in_different_languages, language_of_question
from retrieval.answer.filter_terms import filter_terms


def foreign_language(question: str | None, article: Card) -> str | None:
    """Return the language of an article (ISO 639-1) if the question is in another one; None if either is not known.

    Filters in the question are no part of its language.
    """
    if question is None or article.language is None:
        return None
    asked = language_of_question(_without_filters(question))
    return article.language if in_different_languages(asked, article.language) else None


def _without_filters(question: str) -> str:
    for term in reversed(list(filter_terms(question))):
        question = f"{question[: term.start()]} {question[term.end() :]}"
    return question
