"""Everything that goes wrong on purpose descends from one base class.

ClippingsError                      corpus/errors.py
├── CorpusError
│   ├── PathMissing                 a path to index is not there
│   ├── NoArticles                  a folder without a single readable article
│   └── Unreadable                  one file that no reader can take (it is skipped, named and counted)
│       └── LinkFailed              a link under which nothing can be fetched
├── SettingsError                   config/settings.py
├── BotError                        bot/errors.py
└── RetrievalError                  retrieval/errors.py, where the tree goes on

A message says what, where and the mend, in one line: whoever catches it shows it as it is.
"""


class ClippingsError(Exception):
    """Anything that Clippings refuses or cannot do; its text is meant for a person to read."""


class CorpusError(ClippingsError):
    """Something about the files that articles come from."""


class PathMissing(CorpusError):
    """A path that was to be indexed does not exist."""


class NoArticles(CorpusError):
    """Nothing under the given paths could be read as an article."""


class Unreadable(CorpusError):
    """One file (or one article of it) that cannot be taken in; the text is the reason alone."""


class LinkFailed(Unreadable):
    """A link under which nothing could be fetched; `lasting` where it will most likely be the same tomorrow."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting
