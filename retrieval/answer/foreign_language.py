"""The language of a question as a user writes it, and whether an article is in another one."""

from corpus.article import Card
from corpus.text.language import in_different_languages, language_of_question
from retrieval.answer.filter_terms import filter_terms


def language_without_filters(question: str) -> str | None:
    """Return the language of a question (ISO 639-1), of which its filters are no part; None if it is unclear."""
    for term in reversed(list(filter_terms(question))):
        question = f"{question[: term.start()]} {question[term.end() :]}"
    return language_of_question(question)


def foreign_language(question: str | None, article: Card) -> str | None:
    """Return the language of an article (ISO 639-1) if the question is in another one; None if either is not known."""
    if question is None or article.language is None:
        return None
    asked = language_without_filters(question)
    return article.language if in_different_languages(asked, article.language) else None
