"""Question sets for the benchmarks, in BEIR layout or SQuAD 2.0's format, and archives of their documents."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.article import Article, Card
from corpus.reader_types import Reading
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.evaluate import beir
from retrieval.indexing.pipeline import sync


@dataclass(frozen=True)
class Set:
    """Documents and questions: (text, the document that answers), None where none does."""

    name: str
    documents: list[Article]
    questions: list[tuple[str, str | None]]

    @property
    def answerable(self) -> list[tuple[str, str]]:
        """The questions that a document answers."""
        return [(text, right) for text, right in self.questions if right is not None]


def from_beir(folder: Path) -> Set:
    """Read a set in BEIR layout."""
    read = beir.read(folder)
    questions = [(text, next(iter(read.relevant.get(id_, {})), None)) for id_, text in read.questions.items()]
    return Set(read.name, list(read.articles.values()), questions)


def from_squad(file: Path) -> Iterator[Set]:
    """Read each article of a SQuAD 2.0 file as a set, its paragraphs as the documents."""
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        title = article["title"].replace("_", " ")
        documents, questions = [], []
        for number, paragraph in enumerate(article["paragraphs"]):
            id_ = f"{title}-{number}"
            documents.append(Article(Card(id_, title), paragraph["context"]))
            questions += [(qa["question"], None if qa["is_impossible"] else id_) for qa in paragraph["qas"]]
        yield Set(title, documents, questions)


@contextmanager
def archived(documents: Sequence[Article], encoder: Encoder) -> Iterator[LocalArchive]:
    """Put documents into an archive, for as long as the block runs."""
    with TemporaryDirectory() as place:
        archive = LocalArchive.open_or_create(Path(place) / "archive", lambda: wanted_spec(encoder, 0))
        with archive.write_lock("benchmark"):
            sync([Reading(article, f"/{article.id}") for article in documents], archive, encoder)
        yield archive
        archive.close()
