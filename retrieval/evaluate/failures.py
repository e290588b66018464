"""The questions with a wrong response, by the first stage that failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from retrieval.evaluate.beir import QuestionSet
from retrieval.evaluate.evaluate import Evaluation, Outcome


class Kind(Enum):
    """What went wrong, from the first stage to the last; the value is the heading in the report."""

    MISSED = "Another document came first"
    HIGHLIGHT = "The right document, but another sentence of it"
    REFUSED = "Found, but refused as if nothing answered"
    FALSE_ANSWER = "Answered, though no document answers"


@dataclass(frozen=True, slots=True)
class Failure:
    """A question with a wrong response; `rank` is that of the first relevant document, None if none was found."""

    kind: Kind
    outcome: Outcome
    rank: int | None


def failures(questions: QuestionSet, evaluation: Evaluation) -> list[Failure]:
    """Return the failures in the order of the set, at most one for each question."""
    failed = []
    for id_, outcome in evaluation.outcomes.items():
        relevant = questions.relevant.get(id_, {})
        rank = _rank(outcome, relevant)
        if kind := _kind(outcome, rank, answerable=bool(relevant)):
            failed.append(Failure(kind, outcome, rank))
    return failed


def _kind(outcome: Outcome, rank: int | None, *, answerable: bool) -> Kind | None:
    answer = outcome.response.answer
    if not answerable:
        return Kind.FALSE_ANSWER if answer and answer.answered else None
    if rank != 1:
        return Kind.MISSED
    if outcome.highlight is False:
        return Kind.HIGHLIGHT
    return Kind.REFUSED if answer and not answer.answered else None


def _rank(outcome: Outcome, relevant: Mapping[str, int]) -> int | None:
    ranks = (rank for rank, id_ in enumerate(outcome.response.documents, start=1) if id_ in relevant)
    return next(ranks, None)
