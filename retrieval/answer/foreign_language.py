"""Whether a passage is in another language than the question."""

from corpus.article import Card
from corpus.text.language import language_of_question
from retrieval.answer.filter_terms import filter_terms

# Norwegian has one code for both of its written forms, and one for each.
SAME = {"nb": "no", "nn": "no"}


def foreign_language(question: str | None, article: Card) -> str | None:
    """Return the language of an article (ISO 639-1) if the question is in another one; None if either is not known.

    Filters in the question are no part of its language.
    """
    if question is None or article.language is None:
        return None
    asked = language_of_question(_without_filters(question))
    return article.language if asked and _same(asked) != _same(article.language) else None


def _without_filters(question: str) -> str:
    for term in reversed(list(filter_terms(question))):
        question = f"{question[: term.start()]} {question[term.end() :]}"
    return question


def _same(language: str) -> str:
    return SAME.get(language, language)
