"""Read and write a QuestionSet as a BEIR folder: documents, questions, and which document answers which question.

The layout is that of BEIR (Thakur et al. 2021, https://github.com/beir-cellar/beir): corpus.jsonl, queries.jsonl and
qrels/test.tsv. An optional file answers.jsonl says which characters of a document are the answer:
{"_id": question, "doc": document, "spans": [[start, end], …]}.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec

from corpus.article import Article, Card, Span
from corpus.text.language import detect_language
from retrieval.errors import OutputUnwritable, QuestionSetBroken, QuestionSetMissing

CORPUS, QUERIES, QRELS, ANSWERS = "corpus.jsonl", "queries.jsonl", "qrels/test.tsv", "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Gold:
    """A marked answer: spans of the text of a document."""

    document: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents, questions and known answers, each by its id.

    `digest` is that of the documents. `relevant` has, for each question with an answer, the documents with a grade
    above 0; the other questions have no answer. `answers` has the marked answers, if the set has any.
    """

    name: str
    digest: str
    articles: Mapping[str, Article]
    questions: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]
    answers: Mapping[str, tuple[Gold, ...]]

    @property
    def empty(self) -> list[str]:
        """The ids of the documents without text, which cannot be found."""
        return [id_ for id_, article in self.articles.items() if not article.text.strip()]


class _Document(msgspec.Struct, rename={"id": "_id"}):
    id: str
    text: str
    title: str | None = None


class _Query(msgspec.Struct, rename={"id": "_id"}):
    id: str
    text: str


class _Answer(msgspec.Struct, rename={"id": "_id"}):
    id: str
    doc: str
    spans: list[tuple[int, int]]


Row = TypeVar("Row", _Document, _Query, _Answer)
Location = str


def read(folder: Path) -> QuestionSet:
    """Read a BEIR folder without changing its texts; raises QuestionSetMissing or QuestionSetBroken.

    A document's language is detected, as an article's is that is indexed.
    """
    if not folder.is_dir():
        raise QuestionSetMissing(f"There is no folder {folder}. Give one with {CORPUS}, {QUERIES} and {QRELS} in it.")
    articles = {
        row.id: Article(Card(row.id, row.title or "", language=detect_language(row.text)), row.text)
        for row, _ in _distinct(_rows(folder / CORPUS, _Document), "document")
    }
    questions = {row.id: row.text for row, _ in _distinct(_rows(folder / QUERIES, _Query), "question")}
    for name, rows in ((CORPUS, articles), (QUERIES, questions)):
        if not rows:
            raise QuestionSetBroken(f"{folder / name} is empty. It should have one JSON object a line.")
    return QuestionSet(
        name=folder.resolve().name,
        digest=_digest(folder / CORPUS),
        articles=articles,
        questions=questions,
        relevant=_relevant(folder / QRELS, articles, questions),
        answers=_answers(folder / ANSWERS, articles, questions) if (folder / ANSWERS).exists() else {},
    )


def write(
    folder: Path,
    documents: Iterable[tuple[str, str, str]],
    queries: Mapping[str, str],
    qrels: Iterable[tuple[str, str, int]],
) -> None:
    """Write a BEIR folder, all of it or none: documents as (id, title, text), qrels as (query, document, grade).

    Raises OutputUnwritable, also if the folder already contains files.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise OutputUnwritable(f"{folder} holds other files. Name an empty or a new folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as temporary:
            new = Path(temporary) / folder.name
            (new / QRELS).parent.mkdir(parents=True)
            _write_rows(new / CORPUS, (_Document(id_, text, title) for id_, title, text in documents))
            _write_rows(new / QUERIES, (_Query(id_, text) for id_, text in queries.items()))
            with (new / QRELS).open("w", encoding="utf-8", newline="\n") as file:
                file.write("query-id\tcorpus-id\tscore\n")
                file.writelines(f"{query}\t{document}\t{grade}\n" for query, document, grade in qrels)
            new.rename(folder)
    except OSError as error:
        raise OutputUnwritable(
            f"{folder} cannot be written ({error.strerror}). Name an empty or a new folder, where there is room."
        ) from error


def _write_rows(file: Path, rows: Iterable[msgspec.Struct]) -> None:
    with file.open("wb") as lines:
        lines.writelines(msgspec.json.encode(row) + b"\n" for row in rows)


def _lines(file: Path) -> Iterator[tuple[bytes, Location]]:
    """Yield each line that is not blank, and its location; raises QuestionSetMissing.

    Only a line feed ends a line, because JSON strings may contain the other line separators.
    """
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if content.strip():
                    yield content.rstrip(b"\r\n"), f"{file} line {number}"
    except OSError as error:
        raise QuestionSetMissing(
            f"{file} cannot be read ({error.strerror}). A BEIR folder has {CORPUS}, {QUERIES} and {QRELS}."
        ) from error


def _rows(file: Path, type_: type[Row]) -> Iterator[tuple[Row, Location]]:
    decoder = msgspec.json.Decoder(type_)
    for line, location in _lines(file):
        try:
            row = decoder.decode(line)
        except UnicodeDecodeError as error:
            raise QuestionSetBroken(f"{location}: not UTF-8 ({error.reason}).") from error
        except msgspec.DecodeError as error:
            raise QuestionSetBroken(f"{location}: {error}.") from error
        if not row.id or any(unicodedata.category(character) == "Cc" for character in row.id):
            raise QuestionSetBroken(
                f"{location}: {row.id!r} cannot be an _id: it is empty, or has a control character."
            )
        yield row, location


def _distinct(rows: Iterator[tuple[Row, Location]], what: str) -> Iterator[tuple[Row, Location]]:
    seen: dict[str, Location] = {}
    for row, location in rows:
        if row.id in seen:
            raise QuestionSetBroken(
                f"{location}: a second {what} with the _id {row.id!r}; the first is at {seen[row.id]}."
            )
        seen[row.id] = location
        yield row, location


def _relevant(file: Path, articles: Mapping[str, Article], questions: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Read the qrels, with or without BEIR's header; documents graded 0 or less are not relevant and are left out."""
    grades: dict[str, dict[str, int]] = {}
    for number, (line, location) in enumerate(_lines(file)):
        fields = _text(line, location).split("\t")
        if len(fields) != 3:
            raise QuestionSetBroken(
                f"{location}: {len(fields)} columns, not 3: query-id, corpus-id, score, with tabs between them."
            )
        question, document, grade = fields
        if number == 0 and not _is_number(grade):
            continue
        if not _is_number(grade):
            raise QuestionSetBroken(f"{location}: the score {grade!r} is not a whole number.")
        _check_known(question, questions, location, QUERIES)
        _check_known(document, articles, location, CORPUS)
        if grades.setdefault(question, {}).setdefault(document, int(grade)) != int(grade):
            raise QuestionSetBroken(f"{location}: a second score for {question!r} and {document!r}, another one.")
    above = {question: {id_: grade for id_, grade in row.items() if grade > 0} for question, row in grades.items()}
    return {question: row for question, row in above.items() if row}


def _answers(file: Path, articles: Mapping[str, Article], questions: Mapping[str, str]) -> dict[str, tuple[Gold, ...]]:
    answers: dict[str, tuple[Gold, ...]] = {}
    for row, location in _rows(file, _Answer):
        _check_known(row.id, questions, location, QUERIES)
        _check_known(row.doc, articles, location, CORPUS)
        length = len(articles[row.doc].text)
        for start, end in row.spans:
            if not 0 <= start < end <= length:
                raise QuestionSetBroken(
                    f"{location}: the span [{start}, {end}] is not in document {row.doc!r}, "
                    f"which has {length} characters."
                )
        if row.spans:
            gold = Gold(row.doc, tuple(Span(*span) for span in row.spans))
            answers[row.id] = (*answers.get(row.id, ()), gold)
    return answers


def _check_known(id_: str, known: Mapping[str, object], location: Location, file: str) -> None:
    if id_ not in known:
        raise QuestionSetBroken(f"{location}: {id_!r} is not in {file}.")


def _text(line: bytes, location: Location) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise QuestionSetBroken(f"{location}: not UTF-8 ({error.reason}).") from error


def _is_number(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal()


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
