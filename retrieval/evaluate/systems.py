"""The pipeline taken apart: words alone, meaning alone, both fused, and all of it as a reader meets it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from retrieval.answer.answerer import Answerer
from retrieval.answer.question import check
from retrieval.answer.retrieve import find
from retrieval.archive.contract import Archive, FoundPassage
from retrieval.encode.encoder import Encoder
from retrieval.errors import QuestionError
from retrieval.evaluate import FULL
from retrieval.types import Answer, Hit, Passage, Query

# Hits asked of the whole pipeline: the measures look at the first ten documents.
DEPTH = 10
# Passages that each index is asked for, where it answers alone: ten documents of five passages each.
PASSAGES = 50


@dataclass(frozen=True, slots=True)
class Response:
    """What a system says to a question: documents, best first, and the first passage; only `full` gives an Answer."""

    documents: tuple[str, ...]
    first: Passage | None
    answer: Answer | None


System = Callable[[str], Response]


def system(
    name: str, archive: Archive, encoder: Encoder, *, strictness: float = 0.5, question_characters: int = 1000
) -> System:
    """Return one of SYSTEMS over an archive; a question that cannot be asked gets no document, and no answer."""

    def found(question: str) -> Sequence[FoundPassage]:
        if name == "bm25":
            return archive.search_words(question, PASSAGES)
        if name == "dense":
            return archive.search_vectors(encoder.encode([question])[0], PASSAGES, encoder.fingerprint)
        return [candidate.found for candidate in find(Query(question), archive, encoder, PASSAGES)[1]]

    def passages(question: str) -> Response:
        try:
            there = found(check(question, question_characters))
        except QuestionError:
            return Response((), None, None)
        documents = _documents(there, folded=name == "hybrid")
        return Response(documents, there[0].passage if there else None, None)

    if name != FULL:
        return passages
    return _full(Answerer(archive, encoder, strictness=strictness, question_characters=question_characters))


def _full(answerer: Answerer) -> System:
    def full(question: str) -> Response:
        try:
            answer = answerer.answer(question, DEPTH)
        except QuestionError:
            answer = Answer(question, (), 0.0, answered=False)
        first = answer.hits[0].passage if answer.hits else None
        return Response(_documents(answer.hits, folded=True), first, answer)

    return full


def _documents(found: Iterable[FoundPassage | Hit], *, folded: bool) -> tuple[str, ...]:
    """Return the documents in the order of the best passage of each.

    Where copies of a story are folded under one of them, they follow it: whichever is the relevant one is not lost.
    """
    ids = (id_ for one in found for id_ in (one.passage.article.id, *(card.id for card in one.also if folded)))
    return tuple(dict.fromkeys(ids))
