"""Text of formats that hold no articles: it is refused by its name, not read as prose."""

from collections.abc import Iterator

from corpus.errors import Unreadable
from corpus.reader_types import Reading, SourceFile
from corpus.text.decoding import head_text
from corpus.text.non_prose_formats import other_format


class NotProseReader:
    """Refuses program source, settings, logs and the like; it comes before the readers that take any text."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a text that is no prose."""
        return _reason(file) is not None

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Raise Unreadable, with the name of the format and the mend."""
        raise Unreadable(_reason(file) or "no article: save the text of the article as plain text")


def _reason(file: SourceFile) -> str | None:
    text = head_text(file)
    return other_format(text, file.place) if text is not None else None
