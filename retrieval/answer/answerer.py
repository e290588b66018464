"""A question in, an Answer out: the one function that the edges call."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Self

from retrieval.answer.confidence import confidence
from retrieval.answer.question import check
from retrieval.answer.rank import one_a_story, rank
from retrieval.answer.slices import narrowed, read
from retrieval.answer.spelling import corrected
from retrieval.archive.archive import Archive, Found
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.sync import check_making, wanted_making
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveMismatch, ModelChanged
from retrieval.types import EVERYTHING, Answer, Hit, Query, Slice

# Passages reordered, by meaning and by words: their tokens are encoded afresh for each question, so they are what a
# question costs.
NEAREST, MATCHING = 8, 4
# So many times as many are looked up, as one story may be there in several copies, of which one is enough.
COPIES = 4
# And of those ordered by date so many times as many are reordered: what went on for years is told in many passages.
NEWEST = 3


class Answerer:
    """Answers questions from one archive in as many threads as ask, always from what is in it now.

    `load` gives the encoder of a model by its name: once the archive has been embedded with another one, that is used.
    """

    def __init__(
        self,
        archive: Archive,
        encoder: Encoder,
        *,
        hits: int = 3,
        strictness: float = 0.5,
        question_characters: int = 1000,
        load: Callable[[str], Encoder] | None = None,
    ) -> None:
        self._archive = archive
        self._encoder = encoder
        self._hits = hits
        self._strictness = strictness
        self._question_characters = question_characters
        self._load = load
        self._loading = threading.Lock()

    @classmethod
    def open(
        cls,
        *,
        archive: Path,
        model: str,
        threads: int,
        batch: int,
        passage_tokens: int,
        hits: int,
        strictness: float,
        question_characters: int,
    ) -> Self:
        """Open an archive and load its model; raises ArchiveError or EncoderError."""
        opened = EmbeddedArchive.open(archive)

        from retrieval.encode.sentence import SentenceEncoder

        def load(name: str) -> Encoder:
            return SentenceEncoder(name, threads=threads, batch=batch)

        encoder = load(model)
        check_making(opened.making, wanted_making(encoder, passage_tokens))
        return cls(
            opened, encoder, hits=hits, strictness=strictness, question_characters=question_characters, load=load
        )

    def warm_up(self) -> None:
        """Load the model and open the indexes now, so that the first reader does not wait for them."""
        self.answer("Is anyone there?")

    def answer(
        self, question: str, hits: int | None = None, *, slice: Slice = EVERYTHING, newest: bool = False
    ) -> Answer:
        """Answer a question with at most `hits` passages from a slice of the archive; raises QuestionError.

        `newest` orders what answers by date, newest first. What the question itself says of either wins.
        """
        asked = check(question, self._question_characters)
        query = narrowed(read(asked, self._question_characters), slice, newest=newest)
        count = hits or self._hits
        encoder = self._encoder
        query = corrected(query, self._archive, encoder)
        try:
            found = self._candidates(query, encoder, count)
        except ModelChanged:
            encoder = self._encoder_in_use()
            found = self._candidates(query, encoder, count)
        ranked = rank(query.text, found, encoder, len(found) if query.newest else count)
        sure = confidence(ranked[0].score) if ranked else 0.0
        answered = bool(ranked) and sure >= self._strictness
        if query.newest and answered:
            ranked = _newest_first(hit for hit in ranked if confidence(hit.score) >= self._strictness)
        searched = None if query == Query(asked) else query
        return Answer(asked, ranked[:count], sure, answered, searched)

    def _candidates(self, query: Query, encoder: Encoder, count: int) -> list[Found]:
        vector = encoder.encode([query.text])[0]
        times = NEWEST if query.newest else 1
        nearest_, matching_ = times * max(count, NEAREST), times * MATCHING
        nearest = self._archive.nearest(vector, COPIES * nearest_, encoder.fingerprint, query.slice)
        matching = self._archive.matching(query.text, COPIES * matching_, query.slice)
        told = {one.passage.id for one in one_a_story([*nearest, *matching])}
        found = [*_some(nearest, told, nearest_), *_some(matching, told, matching_)]
        return list({one.passage.id: one for one in found}.values())

    def _encoder_in_use(self) -> Encoder:
        """Load the model that the archive has been embedded with since; raises ArchiveMismatch."""
        with self._loading:
            making = self._archive.making
            if self._encoder.fingerprint != making.fingerprint:
                encoder = self._load(making.model) if self._load else None
                if encoder is None or encoder.fingerprint != making.fingerprint:
                    raise ArchiveMismatch(
                        f"The archive is embedded with the model {making.model!r} now, which is not to be had here as "
                        "it was there. Mend the setting `model` and start again."
                    )
                self._encoder = encoder
            return self._encoder

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


def _newest_first(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Order hits by their articles' dates, newest first, those without a date last, and rank them so."""
    by_date = sorted(hits, key=lambda hit: hit.passage.article.published or date.min, reverse=True)
    return tuple(replace(hit, rank=number) for number, hit in enumerate(by_date, start=1))


def _some(found: list[Found], of: set[str], count: int) -> list[Found]:
    return [one for one in found if one.passage.id in of][:count]
