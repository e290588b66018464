"""A question in, an Answer out: the one function that the edges call."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Self

from retrieval.answer.confidence import confidence
from retrieval.answer.conversation import Turn, followed
from retrieval.answer.query import check, narrowed, read
from retrieval.answer.rerank import RankedPassage, highlighted
from retrieval.answer.retrieve import search
from retrieval.answer.spelling import corrected
from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import check_askable, wanted_spec
from retrieval.archive.location import Where
from retrieval.archive.open import open_archive
from retrieval.encode.cross_encoder import CrossReranker, Reranker
from retrieval.encode.encoder import Encoder, Precision, precision_of, same_model
from retrieval.encode.onnx import OnnxEncoder, share_memory_pool
from retrieval.encode.open import open_encoder
from retrieval.errors import ArchiveMismatch, ModelChanged
from retrieval.types import NO_FILTERS, Answer, Filters, Hit, Query


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
        reranker: Reranker | None = None,
    ) -> None:
        self._archive = archive
        self._encoder = encoder
        self._hits = hits
        self._strictness = strictness
        self._question_characters = question_characters
        self._load = load
        self._reranker = reranker
        self._loading = threading.Lock()

    @classmethod
    def open(
        cls,
        *,
        archive: Where,
        model: str,
        threads: int,
        batch: int,
        models: Path,
        precision: Precision | None,
        passage_tokens: int,
        hits: int,
        strictness: float,
        question_characters: int,
        reranker: str = "",
    ) -> Self:
        """Open an archive and find its model among the exported ones in `models`; raises ArchiveError or EncoderError.

        Without a `precision` questions have the one that the archive is embedded in.
        """
        share_memory_pool()
        opened = open_archive(archive)

        def load(name: str) -> Encoder:
            wanted = precision or precision_of(opened.spec.fingerprint)
            return open_encoder(name, models, precision=wanted, threads=threads, batch=batch)

        encoder = load(model)
        check_askable(opened.spec, wanted_spec(encoder, passage_tokens))
        if isinstance(encoder, OnnxEncoder):
            encoder.load()
        return cls(
            opened,
            encoder,
            hits=hits,
            strictness=strictness,
            question_characters=question_characters,
            load=load,
            reranker=CrossReranker(reranker) if reranker else None,
        )

    @property
    def archive(self) -> Archive:
        """The archive that answers."""
        return self._archive

    @property
    def encoder(self) -> Encoder:
        """The encoder that the archive is embedded with; another one after a re-embedding. Raises ArchiveMismatch."""
        return self._encoder_in_use()

    def warm_up(self) -> None:
        """Load the model and open the indexes now, so that the first reader does not wait for them."""
        self.answer("Is anyone there?")

    def answer(
        self,
        question: str,
        hits: int | None = None,
        *,
        filters: Filters = NO_FILTERS,
        newest: bool = False,
        before: Turn | None = None,
    ) -> Answer:
        """Answer a question with at most `hits` passages from a part of the archive; raises QuestionError.

        `newest` orders what answers by date, newest first. What the question itself says of either wins. `before` is
        the conversation's last question, for one that leans on it.
        """
        written = check(question, self._question_characters)
        query = narrowed(read(written, self._question_characters), filters, newest=newest)
        count = hits or self._hits
        encoder = self._encoder
        query = corrected(followed(query, before, self._archive), self._archive, encoder)
        try:
            features, found = search(query, self._archive, encoder, count, self._reranker)
        except ModelChanged:
            encoder = self._encoder_in_use()
            features, found = search(query, self._archive, encoder, count, self._reranker)
        sure = confidence(features, found[0]) if found else 0.0
        answered = bool(found) and sure >= self._strictness
        if query.newest and answered:
            found = _newest_first(one for one in found if confidence(features, one) >= self._strictness)
        shown = highlighted(features, found[:count], encoder)
        told = replace(query, filters=replace(query.filters, added_after=None))
        return Answer(written, _hits(shown), sure, answered, None if told == Query(written) else told)

    def _encoder_in_use(self) -> Encoder:
        """Load the model that the archive has been embedded with since; raises ArchiveMismatch."""
        with self._loading:
            spec = self._archive.spec
            if not same_model(self._encoder.fingerprint, spec.fingerprint):
                encoder = self._load(spec.model) if self._load else None
                if encoder is None or not same_model(encoder.fingerprint, spec.fingerprint):
                    raise ArchiveMismatch(
                        f"The archive is embedded with the model {spec.model!r} now, which is not to be had here as "
                        "it was there. Mend the setting `model` and start again."
                    )
                self._encoder = encoder
            return self._encoder

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


def _newest_first(read: Iterable[RankedPassage]) -> list[RankedPassage]:
    """Order passages by their articles' dates, newest first, those without a date last."""
    return sorted(read, key=lambda one: one.passage.article.published or date.min, reverse=True)


def _hits(read: Sequence[RankedPassage]) -> tuple[Hit, ...]:
    return tuple(
        Hit(one.passage, one.score, number, one.highlight, one.candidate.found.also)
        for number, one in enumerate(read, start=1)
    )
