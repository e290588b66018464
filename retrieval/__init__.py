"""From articles to answers.

As a library: `from retrieval import open_archive`; library.py says what an archive can do, errors.py what it raises.
Nothing is imported before it is used, so that the command line starts at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings
    from corpus.article import Card, Span
    from corpus.errors import ClippingsError
    from retrieval.indexing.report import Report
    from retrieval.library import NewsArchive, open_archive
    from retrieval.types import Answer, Hit, Passage

__all__ = [
    "Answer",
    "Card",
    "ClippingsError",
    "Hit",
    "NewsArchive",
    "Passage",
    "Report",
    "Settings",
    "Span",
    "open_archive",
]

_MODULES = {
    "Answer": "retrieval.types",
    "Card": "corpus.article",
    "ClippingsError": "corpus.errors",
    "Hit": "retrieval.types",
    "NewsArchive": "retrieval.library",
    "Passage": "retrieval.types",
    "Report": "retrieval.indexing.report",
    "Settings": "config.settings",
    "Span": "corpus.article",
    "open_archive": "retrieval.library",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
