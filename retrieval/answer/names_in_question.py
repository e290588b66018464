"""The names in a question: whose timeline may be offered."""

from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.answer.conversation import names


def named_in(question: str) -> list[str]:
    """Return the names in a question, in their order: runs of capitalized words; in Chinese, names of people."""
    return list(chinese_names(question)) if is_chinese(question) else names(question)
