"""Ask a system every question of a set and measure its responses."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corpus.article import Span
from retrieval.answer.abstention import hits_or_closest
from retrieval.answer.answerer import WARM_UP, Answerer
from retrieval.answer.answering_sentences import answering_span
from retrieval.answer.confidence_file import ModelFit
from retrieval.answer.cross_encoder_rank import rank_by_cross_encoder
from retrieval.answer.fusion import Candidate, fuse
from retrieval.answer.maxsim_rerank import rank_by_maxsim
from retrieval.answer.query import check_question
from retrieval.answer.query_features import analyze_question, query_features
from retrieval.answer.rank_sentences import read_sentences
from retrieval.answer.retrieve import search as search_both
from retrieval.archive.contract import Archive
from retrieval.archive.found_passages import FoundPassage, in_columns
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder
from retrieval.errors import QuestionError
from retrieval.evaluate import FULL
from retrieval.evaluate.beir import Gold, QuestionSet
from retrieval.evaluate.measures import RANKING, Figure, auroc, mean, median, score_rankings
from retrieval.text.chunking import split
from retrieval.types import Answer, Hit, Passage

# All figures, in the order in which they are printed.
FIGURES = (
    *RANKING,
    "highlight",
    "shown",
    "highlight_gold",
    "hits_right",
    "auroc",
    "false_answers",
    "false_refusals",
    "ms",
)

Highlighter = Callable[[str, Sequence[Gold]], bool]
Counted = Callable[[Iterable[str]], Iterable[str]]
# Hits of the whole pipeline: the measures use the first ten documents.
DEPTH = 10
# Hits that a user is shown at most, for the share of them that answers.
SHOWN = 5
# Passages from a single index: ten documents of five passages each.
PASSAGES = 50


@dataclass(frozen=True, slots=True)
class Response:
    """The response of a system: documents, best first, and the first passage, whether they answer or not.

    Only `full` gives an Answer, and a highlight of the first passage.
    """

    documents: tuple[str, ...]
    first: Passage | None
    answer: Answer | None
    highlight: Span | None = None


System = Callable[[str], Response]


def system(
    name: str,
    archive: Archive,
    encoder: Encoder,
    *,
    strictness: float = 0.5,
    question_characters: int = 1000,
    reranker: Reranker | None = None,
    fit: ModelFit | None = None,
) -> System:
    """Return the system of SYSTEMS with this name, on an archive; to an invalid question it returns no documents."""

    def search(question: str) -> Sequence[FoundPassage | Candidate]:
        if name == "bm25":
            return archive.search_words(question, PASSAGES)
        if name == "dense":
            return archive.search_vectors(encoder.encode_query([question])[0], PASSAGES, encoder.fingerprint)
        features = query_features(question, analyze_question(question, archive), encoder)
        return search_both(features, archive, count=PASSAGES).first()

    def respond(question: str) -> Response:
        try:
            hits = search(check_question(question, question_characters))
        except QuestionError:
            return Response((), None, None)
        documents = _documents(hits, folded=name == "hybrid")
        return Response(documents, hits[0].passage if hits else None, None)

    if name != FULL:
        return respond
    # With a strictness of 0 every passage is a hit, so that the whole ranking is measured.
    answerer = Answerer(
        archive, encoder, strictness=0, question_characters=question_characters, reranker=reranker, fit=fit
    )
    return _full(answerer, strictness)


def _full(answerer: Answerer, strictness: float) -> System:
    def respond(question: str) -> Response:
        try:
            ranking = answerer.answer(question, DEPTH)
        except QuestionError:
            return Response((), None, Answer(question))
        documents = _documents(ranking.hits, folded=True)
        hits, closest = hits_or_closest(ranking.hits, strictness, DEPTH)
        answer = replace(ranking, hits=hits, closest=closest or ranking.closest)
        if not ranking.hits:
            return Response(documents, None, answer)
        first = ranking.hits[0]
        return Response(documents, first.passage, answer, first.highlight)

    return respond


def _documents(hits: Iterable[FoundPassage | Candidate | Hit], *, folded: bool) -> tuple[str, ...]:
    """Return the ids of the documents in the order of the best passage of each.

    If near duplicates are `folded` into one hit, they follow it, so that the relevant document among them is not lost.
    """
    ids = (id_ for hit in hits for id_ in (hit.passage.article.id, *(card.id for card in hit.also if folded)))
    return tuple(dict.fromkeys(ids))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a question.

    `highlight`: the first passage is of the right document and its highlight overlaps the answer. `shown`: so does the
    highlight with the neighbour that is shown with it. `highlight_gold`: the highlight overlaps the answer if only the
    right passages are ranked. All are None if the system has no highlights or the answer is not marked. `hits_right`
    says of each of the SHOWN hits whether its passage holds an answer.
    """

    question: str
    response: Response
    milliseconds: float
    highlight: bool | None = None
    shown: bool | None = None
    highlight_gold: bool | None = None
    hits_right: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A system on a question set: the outcomes, the scores (measure → question → score), and the FIGURES.

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
    """Ask a system every question, one after the other, after a question to warm up.

    `highlights` returns whether a question's highlight overlaps the answer if only the right passages are ranked; None
    if the system has no highlights. `counted` passes the ids of the questions through, for a progress bar.
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
        return Outcome(id_, response, milliseconds)
    first, highlight = response.first, response.highlight
    return Outcome(
        id_,
        response,
        milliseconds,
        bool(first and highlight and on_answer(first, highlight, gold)),
        bool(first and highlight and on_answer(first, answering_span(first, highlight), gold)),
        highlights(question, gold),
        tuple(
            on_answer(hit.passage, Span(0, len(hit.passage.text)), gold)
            for hit in (response.answer.hits if response.answer else ())[:SHOWN]
        ),
    )


def _figures(
    questions: QuestionSet, outcomes: Mapping[str, Outcome], scores: Mapping[str, Mapping[str, float]]
) -> dict[str, Figure | None]:
    """Return the FIGURES.

    The rankings and `false_refusals` are over the questions with a relevant document; `highlight`, `shown` and
    `highlight_gold` over those of them with a marked answer, `hits_right` over these questions' hits, `false_answers`
    over the questions without an answer, `ms` over all.
    """
    answers = {id_: outcome.response.answer for id_, outcome in outcomes.items() if outcome.response.answer}
    answerable = [answer for id_, answer in answers.items() if id_ in questions.relevant]
    unanswerable = [answer for id_, answer in answers.items() if id_ not in questions.relevant]
    marked = [outcome for outcome in outcomes.values() if outcome.highlight is not None]
    return {
        **{name: mean(list(by_question.values())) for name, by_question in scores.items()},
        "highlight": mean([bool(outcome.highlight) for outcome in marked]),
        "shown": mean([bool(outcome.shown) for outcome in marked]),
        "highlight_gold": mean([bool(outcome.highlight_gold) for outcome in marked]),
        "hits_right": mean([right for outcome in marked for right in outcome.hits_right]),
        "auroc": auroc([answer.confidence for answer in answerable], [answer.confidence for answer in unanswerable]),
        "false_answers": mean([answer.answered for answer in unanswerable]),
        "false_refusals": mean([not answer.answered for answer in answerable]),
        "ms": median([outcome.milliseconds for outcome in outcomes.values()]),
    }


def on_answer(passage: Passage, highlight: Span, answers: Iterable[Gold]) -> bool:
    """Return whether a span of a passage, such as its highlight, overlaps one of the answers in its document."""
    begin, stop = (passage.start + offset for offset in highlight)
    return any(
        start < stop and begin < end
        for gold in answers
        if gold.document == passage.article.id
        for start, end in gold.spans
    )


def highlighter(
    questions: QuestionSet, archive: Archive, encoder: Encoder, reranker: Reranker | None = None
) -> Highlighter:
    """Return a function that ranks only the passages with the answer and checks whether the highlight overlaps it."""
    tokens = archive.spec.passage_tokens
    # The vector does not matter: highlights depend on the token vectors only.
    vector = np.zeros(encoder.dimension, np.float16)

    def passages_with(gold: Gold) -> list[FoundPassage]:
        passages = split(questions.articles[gold.document], encoder, tokens)
        with_answer = (passage for passage in passages if _overlap(gold.spans, passage.start, passage.end))
        return [FoundPassage(passage, vector) for passage in with_answer]

    def highlights(question: str, answers: Sequence[Gold]) -> bool:
        features = query_features(question, analyze_question(question, archive), encoder)
        found = in_columns(passage for gold in answers for passage in passages_with(gold))
        candidates = fuse(features, found).first()
        best = rank_by_maxsim(features, candidates, encoder)[:1]
        highlighted = (
            rank_by_cross_encoder(question, best, reranker) if reranker else read_sentences(features, best, encoder)
        )
        return any(on_answer(hit.passage, hit.highlight, answers) for hit in highlighted)

    return highlights


def _overlap(spans: Iterable[Span], begin: int, stop: int) -> bool:
    return any(start < stop and begin < end for start, end in spans)
