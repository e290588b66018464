"""Write rankings as a TREC run, with a line for each document: question Q0 document rank score tag."""

from collections.abc import Iterator

from retrieval.errors import QuestionSetBroken
from retrieval.evaluate.beir import QuestionSet
from retrieval.evaluate.evaluate import Evaluation


def check_ids(questions: QuestionSet) -> None:
    """Raise QuestionSetBroken if an id contains a space, because spaces separate the columns of a run."""
    for id_ in (*questions.questions, *questions.articles):
        if len(id_.split()) != 1:
            raise QuestionSetBroken(f"The _id {id_!r} has a space in it, and a TREC run cannot. Leave out --run.")


def run_lines(evaluation: Evaluation) -> Iterator[str]:
    """Yield the lines of a run. The score is 1 / rank, so sorting by score gives the same order."""
    for id_, outcome in evaluation.outcomes.items():
        for rank, document in enumerate(outcome.response.documents, start=1):
            yield f"{id_} Q0 {document} {rank} {1 / rank:.6f} clippings-{evaluation.system}\n"
