"""Ask every question of a set, and measure what came back."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.article import Span
from retrieval.answer.features import ask
from retrieval.answer.fusion import fuse
from retrieval.answer.rerank import highlighted, rank
from retrieval.archive.contract import Archive, FoundPassage
from retrieval.encode.encoder import Encoder
from retrieval.evaluate.beir import Gold, QuestionSet
from retrieval.evaluate.measures import RANKING, Figure, auroc, mean, median, score_rankings
from retrieval.evaluate.systems import Response, System
from retrieval.text.chunking import split
from retrieval.types import Passage

# Every figure, in the order that it is told in.
FIGURES = (*RANKING, "highlight", "highlight_gold", "auroc", "false_answers", "false_refusals", "ms")
WARM_UP = "Is anyone there?"

Highlighter = Callable[[str, Sequence[Gold]], bool]
Counted = Callable[[Iterable[str]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question. What a system does not do, or nobody has marked the answer for, is None.

    `highlight`: the first hit is of the right document and its highlight on the answer; `highlight_gold`: it would be,
    had the right passage been given.
    """

    question: str
    response: Response
    milliseconds: float
    highlight: bool | None
    highlight_gold: bool | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One system over one set: the outcomes, what each question scores by each measure, and the FIGURES over all.

    A figure that the system or the set does not have is None.
    """

    system: str
    outcomes: Mapping[str, Outcome]
    scores: Mapping[str, Mapping[str, float]]
    figures: Mapping[str, Figure | None]


def evaluate(
    name: str,
    ask: System,
    questions: QuestionSet,
    highlights: Highlighter | None,
    counted: Counted = lambda ids: ids,
) -> Evaluation:
    """Ask a system every question, one after the other, once it is warm.

    `highlights` tells whether a question's highlight would be on the answer, given the right passage; None where the
    system has no highlights. `counted` is handed the questions' ids and gives them back, for a progress bar.
    """
    ask(WARM_UP)
    outcomes = {id_: _outcome(id_, ask, questions, highlights) for id_ in counted(questions.questions)}
    rankings = {id_: outcome.response.documents for id_, outcome in outcomes.items()}
    scores = score_rankings(questions.relevant, rankings)
    return Evaluation(name, outcomes, scores, _figures(questions, outcomes, scores))


def _outcome(id_: str, ask: System, questions: QuestionSet, highlights: Highlighter | None) -> Outcome:
    question = questions.questions[id_]
    start = time.perf_counter()
    response = ask(question)
    milliseconds = 1000 * (time.perf_counter() - start)
    gold = questions.answers.get(id_, ())
    if not (gold and highlights and id_ in questions.relevant):
        return Outcome(id_, response, milliseconds, None, None)
    hit = response.answer.hits[0] if response.answer and response.answer.hits else None
    return Outcome(
        id_,
        response,
        milliseconds,
        bool(hit and on_answer(hit.passage, hit.highlight, gold)),
        highlights(question, gold),
    )


def _figures(
    questions: QuestionSet, outcomes: Mapping[str, Outcome], scores: Mapping[str, Mapping[str, float]]
) -> dict[str, Figure | None]:
    """Return the FIGURES. Over which questions:

    the rankings and `false_refusals` over those that have a relevant document, `highlight` and `highlight_gold` over
    those of them whose answer is marked, `false_answers` over those without an answer, `ms` over all.
    """
    answers = {id_: one.response.answer for id_, one in outcomes.items() if one.response.answer}
    with_answer = [answer for id_, answer in answers.items() if id_ in questions.relevant]
    without = [answer for id_, answer in answers.items() if id_ not in questions.relevant]
    marked = [one for one in outcomes.values() if one.highlight is not None]
    return {
        **{name: mean(list(of.values())) for name, of in scores.items()},
        "highlight": mean([bool(one.highlight) for one in marked]),
        "highlight_gold": mean([bool(one.highlight_gold) for one in marked]),
        "auroc": auroc([one.confidence for one in with_answer], [one.confidence for one in without]),
        "false_answers": mean([one.answered for one in without]),
        "false_refusals": mean([not one.answered for one in with_answer]),
        "ms": median([one.milliseconds for one in outcomes.values()]),
    }


def on_answer(passage: Passage, highlight: Span, answers: Iterable[Gold]) -> bool:
    """Tell whether a passage is of a document that answers, and its highlight overlaps the answer there."""
    begin, stop = (passage.start + offset for offset in highlight)
    return any(
        start < stop and begin < end
        for gold in answers
        if gold.document == passage.article.id
        for start, end in gold.spans
    )


def highlighter(questions: QuestionSet, archive: Archive, encoder: Encoder) -> Highlighter:
    """Return what tells whether the pipeline's highlight would be on the answer, given the passages that hold it."""
    tokens = archive.spec.passage_tokens

    nowhere = np.zeros(encoder.dimension, np.float16)  # given the passage, how it is found does not matter

    def holding(gold: Gold) -> list[FoundPassage]:
        passages = split(questions.articles[gold.document], encoder, tokens)
        return [FoundPassage(one, nowhere) for one in passages if _overlap(gold.spans, one.start, one.end)]

    def highlights(question: str, answers: Sequence[Gold]) -> bool:
        asked = ask(question, archive, encoder)
        best = rank(asked, fuse(asked, [found for gold in answers for found in holding(gold)]), encoder)[:1]
        read = highlighted(asked, best, encoder)
        return bool(read) and on_answer(read[0].passage, read[0].highlight, answers)

    return highlights


def _overlap(spans: Iterable[Span], begin: int, stop: int) -> bool:
    return any(start < stop and begin < end for start, end in spans)
