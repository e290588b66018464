"""Ask a system every question of a set, and measure its answers."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.article import Span
from retrieval.answer.answerer import Answerer
from retrieval.answer.features import count_words, query_features
from retrieval.answer.fusion import Candidate, fuse
from retrieval.answer.maxsim_rerank import highlight_with_reader, rank_by_maxsim
from retrieval.answer.query import check_question
from retrieval.answer.retrieve import retrieve_candidates
from retrieval.archive.contract import Archive, FoundPassage
from retrieval.encode.encoder import Encoder
from retrieval.errors import QuestionError
from retrieval.evaluate import FULL
from retrieval.evaluate.beir import Gold, QuestionSet
from retrieval.evaluate.measures import RANKING, Figure, auroc, mean, median, score_rankings
from retrieval.text.chunking import split
from retrieval.types import Answer, Hit, Passage

# All figures, in the order in which they are printed.
FIGURES = (*RANKING, "highlight", "highlight_gold", "auroc", "false_answers", "false_refusals", "ms")
WARM_UP = "Is anyone there?"

Highlighter = Callable[[str, Sequence[Gold]], bool]
Counted = Callable[[Iterable[str]], Iterable[str]]
# Hits that the whole pipeline returns: the measures use the first ten documents.
DEPTH = 10
# Passages that one index returns when it answers alone: ten documents of five passages each.
PASSAGES = 50


@dataclass(frozen=True, slots=True)
class Response:
    """A system's response: documents, best first, and the first passage; an Answer only from `full`."""

    documents: tuple[str, ...]
    first: Passage | None
    answer: Answer | None


System = Callable[[str], Response]


def system(
    name: str, archive: Archive, encoder: Encoder, *, strictness: float = 0.5, question_characters: int = 1000
) -> System:
    """Return one of SYSTEMS over an archive; to an invalid question it responds with no document."""

    def found(question: str) -> Sequence[FoundPassage | Candidate]:
        if name == "bm25":
            return archive.search_words(question, PASSAGES)
        if name == "dense":
            return archive.search_vectors(encoder.encode([question])[0], PASSAGES, encoder.fingerprint)
        features = query_features(question, count_words(question, archive), encoder)
        return retrieve_candidates(features, archive, count=PASSAGES)

    def passages(question: str) -> Response:
        try:
            there = found(check_question(question, question_characters))
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


def _documents(found: Iterable[FoundPassage | Candidate | Hit], *, folded: bool) -> tuple[str, ...]:
    """Return the documents in the order of the best passage of each.

    Where copies of a story are folded under one of them, they follow it: whichever is the relevant one is not lost.
    """
    ids = (id_ for one in found for id_ in (one.passage.article.id, *(card.id for card in one.also if folded)))
    return tuple(dict.fromkeys(ids))


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
    """Return whether the passage is of a document that answers, and its highlight overlaps the answer."""
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
        features = query_features(question, count_words(question, archive), encoder)
        best = rank_by_maxsim(
            features, fuse(features, [found for gold in answers for found in holding(gold)]), encoder
        )[:1]
        read = highlight_with_reader(features, best, encoder)
        return bool(read) and on_answer(read[0].passage, read[0].highlight, answers)

    return highlights


def _overlap(spans: Iterable[Span], begin: int, stop: int) -> bool:
    return any(start < stop and begin < end for start, end in spans)
