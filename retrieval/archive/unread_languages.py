"""Which languages of an archive's articles its model does not read."""

from retrieval.archive.contract import Status
from retrieval.encode.languages_read import reads


def unread_languages(status: Status) -> tuple[tuple[str, int], ...]:
    """Return the languages that the archive's model does not read, each with its number of articles, largest first.

    Of a model whose languages are not known, and of articles in an unknown language, nothing is returned.
    """
    return tuple(
        (language, count)
        for language, count in status.languages
        if language is not None and not reads(status.spec.model, language)
    )
