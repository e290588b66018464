"""Text files of many articles, one below the other: split at the lines that begin or end an article."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from corpus.build import ArticleKeys, RawFields, build_article
from corpus.errors import Unreadable
from corpus.reader_types import Reading, Skipped, SourceFile, too_large
from corpus.text.decoding import read_lines
from corpus.text.first_words import opening_words
from corpus.text.html import Body


class Part(NamedTuple):
    """The lines of one article, and the number of the first; `problem` says why they cannot be read."""

    number: int
    lines: list[str]
    problem: str = ""

    @property
    def label(self) -> str:
        """The part's name in messages."""
        return f"line {self.number:,}"


def _no_line(_: str) -> bool:
    return False


def split_lines(
    file: SourceFile, *, begins: Callable[[str], bool] = _no_line, ends: Callable[[str], bool] = _no_line
) -> Iterator[Part]:
    """Yield the parts of a file that are not blank: `begins` recognises a part's first line, `ends` its last."""
    lines: list[str] = []
    first, size, problem = 1, 0, ""
    for line in read_lines(file):
        is_first, is_last = begins(line.text), ends(line.text)
        if is_first and lines:
            yield from _part(first, lines, problem)
            lines, size, problem = [], 0, ""
        if not lines:
            first = line.number
        size += len(line.text) + 1
        problem = problem or line.problem or (str(too_large(file.max_bytes)) if size > file.max_bytes else "")
        if not problem:
            lines.append(line.text.rstrip())
        elif not lines:
            lines.append("")
        if is_last:
            yield from _part(first, lines, problem)
            lines, size, problem = [], 0, ""
    yield from _part(first, lines, problem)


def _part(first: int, lines: list[str], problem: str) -> Iterator[Part]:
    if problem or any(line.strip() for line in lines):
        yield Part(first, [] if problem else lines, problem)


def build_part(
    file: SourceFile, part: Part, fields: RawFields, body: Body, keys: ArticleKeys, own_id: str | None = None
) -> Reading | Skipped:
    """Build the article of a part; one without a headline has its first words as headline."""
    if not (fields.title or "").strip() and body.text:
        fields = RawFields(
            title=opening_words(body.text),
            url=fields.url,
            source=fields.source,
            author=fields.author,
            published=fields.published,
            language=fields.language,
            traces=(*fields.traces, ("title", "the text's first words")),
        )
    try:
        key = keys.key(own_id, fields.url, fields.title, fields.published)
        return build_article(file, fields, body, key=key, label=part.label)
    except Unreadable as error:
        return Skipped.because(error, f"{file.where}: {part.label}")
