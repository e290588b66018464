"""Exports of Substack (zip): the published posts that every reader may see.

A table, posts.csv, has the fields of the posts, and a folder the text of each. The other files tell of subscribers.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from corpus.build import RawFields, build_article
from corpus.errors import Unpublished, Unreadable
from corpus.publication_status import check_published
from corpus.reader_types import Reading, Skipped, SourceFile
from corpus.readers.archive_entries import Budget, Entry, LimitReached, open_spool, unpack_to_spool, zip_entries
from corpus.text.decoding import decode
from corpus.text.html import html_body, join_bodies

ZIP_MAGIC = b"PK\x03\x04"
TABLE = re.compile(r"(?:^|/)posts\.csv$")
POST = re.compile(r"(?:^|/)posts/([^/]+)\.html$")
COLUMNS = {"post_id", "is_published", "title"}
NOT_A_POST = "no article, but a part of a Substack export that tells of its readers; only its posts are read"


class SubstackReader:
    """Reads the posts of an export."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a zip file with a table of posts and a folder of them."""
        if not file.head.startswith(ZIP_MAGIC):
            return False
        try:
            with file.stream() as stream:
                names = [entry.name for entry in zip_entries(stream)]
        except Unreadable:
            return False
        return any(map(TABLE.search, names)) and any(map(POST.search, names)) and bool(_posts(file))

    def read(self, file: SourceFile) -> Iterator[Reading | Skipped]:
        """Yield each published post, and the other files as Skipped."""
        posts, budget = _posts(file), _budget(file)
        with file.stream() as stream:
            for entry in zip_entries(stream):
                if TABLE.search(entry.name):
                    continue
                where = f"{file.where}: {entry.name}"
                try:
                    budget.spend_entry()
                    yield _post(replace(file, where=where), entry, posts, budget)
                except LimitReached as error:
                    yield Skipped(file.where, str(error))
                    return
                except Unreadable as error:
                    yield Skipped.because(error, where)


def _budget(file: SourceFile) -> Budget:
    with file.stream() as stream:
        return Budget(stream.seek(0, io.SEEK_END))


def _posts(file: SourceFile) -> Mapping[str, Mapping[str, str]]:
    """Return the rows of the table by the id of their post; none if it is no table of Substack's."""
    with file.stream() as stream:
        for entry in zip_entries(stream):
            if TABLE.search(entry.name):
                try:
                    text = decode(_data(file, entry, _budget(file)))
                    csv.field_size_limit(max(csv.field_size_limit(), file.max_bytes))
                    rows = list(csv.DictReader(io.StringIO(text, newline="")))
                except (Unreadable, csv.Error):
                    return {}
                return {row["post_id"]: row for row in rows if row.keys() >= COLUMNS and row["post_id"]}
    return {}


def _data(file: SourceFile, entry: Entry, budget: Budget) -> bytes:
    if entry.open is None:
        raise Unreadable(entry.reason)
    with unpack_to_spool(entry.open, budget) as spool:
        return replace(file, open=lambda: open_spool(spool)).data


def _post(file: SourceFile, entry: Entry, posts: Mapping[str, Mapping[str, str]], budget: Budget) -> Reading:
    match = POST.search(entry.name)
    if match is None:
        raise Unpublished(NOT_A_POST)
    # The file's name is the post's id, which has its number and its address: 1234.harbour-wall.
    row = posts.get(match[1]) or posts.get(match[1].partition(".")[0])
    if row is None:
        raise Unpublished("not published (not in the table of posts)")
    check_published({name: value for name, value in row.items() if name})
    if row["is_published"].strip().casefold() != "true":
        raise Unpublished("not published (draft)")
    content, subtitle = html_body(decode(_data(file, entry, budget))), html_body(row.get("subtitle") or "")
    is_new = subtitle.text not in content.text
    return build_article(
        file,
        RawFields(
            title=row["title"],
            published=row.get("post_date"),
            traces=(("title", "posts.csv title"), ("published", "posts.csv post_date")),
        ),
        join_bodies((subtitle, content)) if is_new else content,
        key=entry.name,
    )
