"""A question in, an Answer out: the one function that the edges call."""

from pathlib import Path
from typing import Self

from retrieval.answer.confidence import confidence
from retrieval.answer.question import check
from retrieval.answer.rank import rank
from retrieval.archive.archive import Archive
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.encode.encoder import Encoder
from retrieval.types import Answer

# Passages reordered, at least: their tokens are encoded afresh for each question, so they are what a question costs.
CANDIDATES = 10


class Answerer:
    """Answers questions from one archive, with one encoder, in as many threads as ask."""

    def __init__(
        self,
        archive: Archive,
        encoder: Encoder,
        *,
        hits: int = 3,
        strictness: float = 0.5,
        question_characters: int = 1000,
    ) -> None:
        self._archive = archive
        self._encoder = encoder
        self._hits = hits
        self._strictness = strictness
        self._question_characters = question_characters

    @classmethod
    def open(
        cls,
        *,
        archive: Path,
        model: str,
        threads: int,
        batch: int,
        hits: int,
        strictness: float,
        question_characters: int,
    ) -> Self:
        """Open an archive and load its model; raises ArchiveError or EncoderError."""
        from retrieval.encode.sentence import SentenceEncoder

        opened = EmbeddedArchive.open(archive)
        encoder = SentenceEncoder(model, threads=threads, batch=batch)
        opened.check(encoder)
        return cls(opened, encoder, hits=hits, strictness=strictness, question_characters=question_characters)

    def answer(self, question: str, hits: int | None = None) -> Answer:
        """Answer a question with at most `hits` passages; raises QuestionError."""
        asked = check(question, self._question_characters)
        count = hits or self._hits
        found = self._archive.search(self._encoder.encode([asked])[0], max(count, CANDIDATES))
        ranked = rank(asked, [one.passage for one in found], self._encoder, count)
        sure = confidence(ranked[0].score) if ranked else 0.0
        return Answer(asked, ranked, sure, answered=bool(ranked) and sure >= self._strictness)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()
