"""An indexer as on a machine of its own: the shipped `index --shard`, with a stand-in for the model.

python -m benchmarks.support.simulated_indexer SECONDS index --shard 1/4 FOLDER

The vectors are computed from hashes of the texts. A passage takes SECONDS without using a processor, since in practice
each indexer has its own. After each batch it prints how many passages it has written.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import xxhash

from benchmarks.support.synthetic_corpus import DIMENSION, Corpus, entries, unit
from config.settings import load
from corpus.article import Article
from corpus.reader_types import Reading
from corpus.reading import read_all
from retrieval.archive.index_spec import wanted_spec
from retrieval.cli.main import main as command_line
from retrieval.encode.encoder import Tokens, Vectors
from retrieval.indexing.pipeline import sync
from retrieval.indexing.report import Report
from retrieval.text.chunking import split
from retrieval.types import Passage

# The first words of a text, which determine its vector; and the first words of a passage, which make its question.
VECTOR_WORDS, QUESTION_WORDS = 5, 8


class Wanted(NamedTuple):
    """An article, and the passages that an archive must have of it."""

    article: Article
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Machine:
    """An Encoder: texts with the same first words, without their headlines, have the same vector."""

    seconds: float = 0.0
    name: str = "machine"
    fingerprint: str = "machine"
    dimension: int = DIMENSION
    max_tokens: int = 100

    @property
    def reader(self) -> None:
        """Nothing: it has no reader."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count words."""
        return [len(text.split()) + 2 for text in texts]

    def token_ends(self, text: str) -> Sequence[int]:
        """Tell where the words end."""
        return [place for place, sign in enumerate(f"{text} ") if sign == " "]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Take as long as a model would, and return vectors of length 1."""
        time.sleep(self.seconds * len(texts))
        seeds = [xxhash.xxh3_64_intdigest(" ".join(_vector_words(text)).encode()) for text in texts]
        drawn = [np.random.default_rng(seed).standard_normal(self.dimension, np.float32) for seed in seeds]
        return unit(np.array(drawn, np.float32).reshape(-1, self.dimension))

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed a question as a passage."""
        return self.encode_passages(texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed a question as a passage."""
        return self.encode_passage_tokens(texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return a text's vector, as one token."""
        vectors = self.encode_passages(texts)
        return [
            Tokens(vector[None], np.array([[0, len(text)]]), vector)
            for text, vector in zip(texts, vectors, strict=True)
        ]


def draw(passages: int, folder: Path) -> None:
    """Write the articles of so many passages as JSON Lines, a thousand passages in each file."""
    folder.mkdir()
    for drawn in Corpus(passages).blocks():
        with (folder / f"{drawn.number:05}.jsonl").open("w", encoding="utf-8") as file:
            for entry in entries(drawn):
                card = entry.article.card
                line = {"url": card.url, "title": card.title, "source": card.source, "published": str(card.published)}
                file.write(json.dumps({**line, "text": entry.article.text}) + "\n")


def expected(folder: Path) -> Mapping[str, Wanted]:
    """Return the articles of a folder and their passages in an archive, by the articles' ids."""
    encoder = Machine()
    tokens = wanted_spec(encoder, 0).passage_tokens
    results = read_all([folder], load().article_megabytes * 1_000_000)
    articles = [result.article for result in results if isinstance(result, Reading)]
    return {article.id: Wanted(article, tuple(split(article, encoder, tokens))) for article in articles}


def question(passage: Passage) -> str:
    """Return a question that a passage answers better than any other."""
    return " ".join(passage.text.lower().split()[:QUESTION_WORDS])


def _vector_words(text: str) -> list[str]:
    """Return the words that determine a text's vector; a passage has its headline on a line before it."""
    headline, _, rest = text.partition("\n")
    return (rest or headline).lower().split()[:VECTOR_WORDS]


def _print_progress(report: Report) -> None:
    print(report.passages, flush=True)


def main() -> None:
    """Run the command line with the stand-in for the model, and print the progress."""
    seconds = float(sys.argv[1])
    with (
        patch("retrieval.encode.open.open_encoder", lambda *_, **__: Machine(seconds)),
        patch("retrieval.indexing.folder_indexer.sync", partial(sync, progress=_print_progress)),
    ):
        sys.exit(command_line(sys.argv[2:]))


if __name__ == "__main__":
    main()
