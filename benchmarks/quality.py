"""How well questions are answered, over BEIR folders: python -m benchmarks.quality FOLDER…

Each folder holds corpus.jsonl, queries.jsonl, qrels/test.tsv and, for the highlights, answers.jsonl (characters of
the answer in the document). Printed a folder, in per cent: the right document first by cosine alone, and after
reordering by MaxSim; the highlight overlapping the answer, given the right passage; the folder's own answerable
questions answered; and the questions of the other folders refused. Strictness and passage length are the shipped ones.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from corpus.article import Article, Card, Span
from corpus.source import Reading
from retrieval.answer.answerer import Answerer
from retrieval.answer.rank import rank
from retrieval.archive.archive import Found
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.sync import sync, wanted_making
from retrieval.encode.encoder import Encoder, Tokens
from retrieval.encode.sentence import SentenceEncoder
from retrieval.types import Passage

# Questions taken of each of the other folders, to be refused.
FOREIGN = 100


@dataclass(frozen=True)
class Folder:
    """A question set: documents, questions, the right documents of a question, the answers' characters in them."""

    name: str
    documents: list[Article]
    questions: dict[str, str]
    right: dict[str, set[str]]
    answers: list[tuple[str, str, list[Span]]]


class Remembering(SentenceEncoder):
    """Encodes a text's tokens once: hundreds of questions meet the same passages here."""

    def encode_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed each token of each text that is new."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, super().encode_tokens(new), strict=True))
        return [self._known[text] for text in texts]

    @cached_property
    def _known(self) -> dict[str, Tokens]:
        return {}


def read_folder(path: Path) -> Folder:
    """Read a BEIR folder."""
    documents = [Article(Card(row["_id"], row["title"]), row["text"]) for row in _rows(path / "corpus.jsonl")]
    right: dict[str, set[str]] = {}
    for line in (path / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, _ = line.split("\t")
        right.setdefault(question, set()).add(document)
    answers = [
        (row["_id"], row["doc"], [Span(*span) for span in row["spans"]]) for row in _rows(path / "answers.jsonl")
    ]
    return Folder(path.name, documents, {r["_id"]: r["text"] for r in _rows(path / "queries.jsonl")}, right, answers)


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def archive_of(folder: Folder, encoder: Encoder, place: Path) -> EmbeddedArchive:
    """Make an archive of a folder's documents."""
    archive = EmbeddedArchive.open_or_create(place / folder.name, lambda: wanted_making(encoder, 0))
    with archive.writing("benchmark"):
        sync([Reading(article, Path(article.id)) for article in folder.documents], archive, encoder, archive.making)
    return archive


def first(folder: Folder, answerer: Answerer, questions: Mapping[str, str]) -> float:
    """Return for how many of the questions, by their ids and as they are asked, the right document comes first."""
    answers = {id_: answerer.answer(text) for id_, text in questions.items()}
    return share(answer.hits[0].passage.article.id in folder.right[id_] for id_, answer in answers.items())


def measure(folder: Folder, others: list[Folder], encoder: Encoder, place: Path) -> list[float]:
    """Return the five figures of a folder, each between 0 and 1."""
    archive = archive_of(folder, encoder, place)
    answerer = Answerer(archive, encoder)
    asked = {question: answerer.answer(folder.questions[question]) for question in folder.right}
    vectors = {question: encoder.encode([folder.questions[question]])[0] for question in folder.right}
    nearest = {q: archive.nearest(vector, 1, encoder.fingerprint)[0].passage for q, vector in vectors.items()}
    foreign = [answerer.answer(question) for other in others for question in list(other.questions.values())[:FOREIGN]]
    by_document: dict[str, list[Passage]] = {}
    for found in archive.nearest(encoder.encode(["all of them"])[0], 10_000, encoder.fingerprint):
        by_document.setdefault(found.passage.article.id, []).append(found.passage)
    return [
        share(nearest[question].article.id in right for question, right in folder.right.items()),
        share(asked[question].hits[0].passage.article.id in right for question, right in folder.right.items()),
        share(
            _highlight_overlaps(folder.questions[question], by_document[document], spans, encoder)
            for question, document, spans in folder.answers
        ),
        share(answer.answered for answer in asked.values()),
        share(not answer.answered for answer in foreign),
    ]


def _highlight_overlaps(question: str, passages: list[Passage], spans: list[Span], encoder: Encoder) -> bool:
    holding = [p for p in passages if any(start < p.end and end > p.start for start, end in spans)]
    hit = rank(question, [Found(passage, np.zeros(0, np.float16)) for passage in holding], encoder, 1)[0]
    begin, stop = (hit.passage.start + offset for offset in hit.highlight)
    return any(start < stop and begin < end for start, end in spans)


def share(facts: Iterable[bool]) -> float:
    """Return how many of the facts are so, between 0 and 1."""
    values = list(facts)
    return sum(values) / len(values) if values else float("nan")


def main() -> None:
    """Print one row a folder."""
    folders = [read_folder(Path(argument)) for argument in sys.argv[1:]]
    if not folders:
        sys.exit("Give one or more BEIR folders: make bench BENCH=path/to/folders")
    encoder = Remembering()
    print(f"{'folder':<16}{'cosine@1':>10}{'MaxSim@1':>10}{'highlight':>11}{'answered':>10}{'refused':>9}")
    for folder in folders:
        with TemporaryDirectory() as place:
            others = [other for other in folders if other is not folder]
            figures = measure(folder, others, encoder, Path(place))
        cells = zip((10, 10, 11, 10, 9), figures, strict=True)
        print(f"{folder.name:<16}" + "".join(f"{100 * figure:>{width}.1f}" for width, figure in cells), flush=True)


if __name__ == "__main__":
    main()
