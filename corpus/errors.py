"""The base class of all errors that Clippings raises on purpose, and the errors of reading articles.

ClippingsError                      corpus/errors.py
├── CorpusError
│   ├── PathMissing                 a path to index does not exist
│   ├── NoArticles                  nothing readable under the given paths
│   └── Unreadable                  one file, or one article of it, cannot be read (it is skipped)
│       ├── NoText                  a picture, or a scan without a text layer
│       ├── Unpublished             an article is a draft, private or scheduled
│       └── LinkFailed              a link cannot be fetched
├── SettingsError                   config/settings.py
├── BotError                        bot/errors.py
└── RetrievalError                  retrieval/errors.py continues the tree

A message says in one line what is wrong, where, and what to do; the code that catches the error shows it unchanged.
"""


class ClippingsError(Exception):
    """Anything that Clippings refuses or cannot do; its message is shown to the user."""


class CorpusError(ClippingsError):
    """Something is wrong with the files that articles come from."""


class PathMissing(CorpusError):
    """A path to index does not exist."""


class NoArticles(CorpusError):
    """Nothing under the given paths could be read as an article."""


class Unreadable(CorpusError):
    """One file, or one article of it, cannot be read; the message is only the reason."""


class NoText(Unreadable):
    """A picture, or a scan without a text layer."""

    def __init__(self, reason: str, *, is_scan: bool) -> None:
        super().__init__(reason)
        self.is_scan = is_scan


class Unpublished(Unreadable):
    """An article is not published, or not for every reader; what was read of it before is removed."""


class LinkFailed(Unreadable):
    """A link could not be fetched; `lasting` means that another attempt tomorrow will most likely fail too."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting
