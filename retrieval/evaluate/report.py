"""The HTML report of an evaluation: the figures, the systems side by side, and the questions that failed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

from corpus.article import Article, Span
from retrieval.evaluate import FULL
from retrieval.evaluate.beir import QuestionSet
from retrieval.evaluate.charts import distribution, intervals
from retrieval.evaluate.evaluate import FIGURES, Evaluation
from retrieval.evaluate.failures import Failure, Kind, failures
from retrieval.evaluate.measures import RANKING, RESAMPLES, Figure
from retrieval.text.write_html import Content, element, page
from retrieval.types import Answer

STYLE = Path(__file__).with_name("report.css")
MEANS = {
    "hits@1": "a relevant document came first",
    "hits@5": "one was among the first five",
    "recall@10": "relevant documents among the first ten",
    "mrr@10": "1 / rank of the first relevant document",
    "ndcg@10": "the order of the first ten, held against the best one",
    "highlight": "the right document first, and its highlight on the answer",
    "shown": "the same, with the neighbour that is shown with the highlight",
    "hits_right": "hits shown, at most five, whose passage holds an answer",
    "highlight_gold": "highlight on the answer, given the right passage",
    "auroc": "surer of a question with an answer than of one without",
    "false_answers": "questions without an answer that were answered",
    "false_refusals": "questions with an answer that were refused",
    "ms": "milliseconds a question, the median",
}
# Relevant documents, and ranked passages, shown for each failure.
MAX_SHOWN, MAX_CONSIDERED = 3, 6

Evaluations = Mapping[str, Evaluation]


def report(questions: QuestionSet, evaluations: Evaluations, name: str, strictness: float) -> str:
    """Return the HTML page: the figures and failures of the system `name`, and the figures of all systems."""
    title = f"{questions.name}: how well its questions are answered"
    unanswerable = len(questions.questions) - len(questions.relevant)
    counts = (
        f"{len(questions.articles):,} documents, {len(questions.questions):,} questions, {unanswerable:,} of them "
        f"without an answer. In per cent, but for the milliseconds; in brackets 95 % intervals from {RESAMPLES:,} "
        "bootstrap resamples of the questions."
    )
    return page(
        title,
        STYLE.read_text(encoding="utf-8"),
        element("h1", title),
        element("p", counts, class_="soft"),
        *_figures(evaluations[name]),
        *_side_by_side(evaluations, name),
        *_scores(questions, evaluations[FULL], strictness),
        *_failures(questions, evaluations[name]),
    )


def _figures(evaluation: Evaluation) -> list[Content]:
    rows = [element("tr", _header(name, MEANS[name]), *_cells(name, evaluation.figures[name])) for name in FIGURES]
    return [element("h2", f"The figures of {evaluation.system}"), _table(element("tbody", *rows))]


def _cells(name: str, figure: Figure | None) -> list[Element]:
    value, interval = _formatted(name, figure)
    return [element("td", value), element("td", interval, class_="soft")]


def _side_by_side(evaluations: Evaluations, name: str) -> list[Content]:
    header = element("tr", element("th"), *(element("th", system, scope="col") for system in evaluations))
    rows = [
        element(
            "tr",
            _header(figure),
            *(_cell(figure, evaluation, chosen=evaluation.system == name) for evaluation in evaluations.values()),
        )
        for figure in FIGURES
    ]
    panels = [_panel(figure, evaluations) for figure in RANKING]
    return [
        element("h2", "The systems side by side"),
        element(
            "p",
            "bm25 finds by words alone, dense by meaning alone, hybrid fuses the two, and full is what a user gets: "
            "reordered, highlighted, and with an honest no.",
            class_="soft",
        ),
        _table(element("thead", header), element("tbody", *rows)),
        element("div", *panels, class_="panels"),
    ]


def _cell(name: str, evaluation: Evaluation, *, chosen: bool) -> Element:
    value, interval = _formatted(name, evaluation.figures[name])
    attributes = {"class": "chosen"} if chosen else {}
    return element("td", value, element("small", interval) if interval else None, **attributes)


def _panel(name: str, evaluations: Evaluations) -> Element | None:
    figures = {system: figure for system, evaluation in evaluations.items() if (figure := evaluation.figures[name])}
    return element("figure", element("figcaption", name), intervals(name, figures)) if figures else None


def _formatted(name: str, figure: Figure | None) -> tuple[str, str]:
    if figure is None:
        return "–", ""
    scale = 1 if name == "ms" else 100
    return f"{scale * figure.value:.1f}", f"[{scale * figure.low:.1f}, {scale * figure.high:.1f}]"


def _scores(questions: QuestionSet, evaluation: Evaluation, strictness: float) -> list[Content]:
    answers = {id_: outcome.response.answer for id_, outcome in evaluation.outcomes.items()}
    confidences = {id_: answer.confidence for id_, answer in answers.items() if answer}
    answerable = [confidence for id_, confidence in confidences.items() if id_ in questions.relevant]
    unanswerable = [confidence for id_, confidence in confidences.items() if id_ not in questions.relevant]
    return [
        element("h2", "How sure the answers are"),
        element(
            "p",
            "The confidence of full, from 0 to 1, in shares of each kind. ",
            element("span", f"{len(answerable):,} questions with an answer", class_="key"),
            element("span", f"{len(unanswerable):,} without one", class_="key no"),
        ),
        distribution(answerable, unanswerable, strictness),
    ]


def _failures(questions: QuestionSet, evaluation: Evaluation) -> list[Content]:
    failed = failures(questions, evaluation)
    counts = Counter(failure.kind for failure in failed)
    links = [
        element("li", element("a", f"{kind.value}: {counts[kind]:,}", href=f"#{kind.name.lower()}"))
        for kind in Kind
        if counts[kind]
    ]
    return [
        element("h2", f"Failures of {evaluation.system} to read"),
        element(
            "p",
            f"{len(failed):,} of {len(evaluation.outcomes):,} questions, each under the first thing that went wrong.",
            class_="soft",
        ),
        element("ul", *links),
        *(part for kind in Kind if counts[kind] for part in _of_kind(kind, questions, failed)),
    ]


def _of_kind(kind: Kind, questions: QuestionSet, failed: Sequence[Failure]) -> list[Content]:
    shown = [_failure(failure, questions) for failure in failed if failure.kind is kind]
    return [element("h3", kind.value, id=kind.name.lower()), *shown]


def _failure(failure: Failure, questions: QuestionSet) -> Element:
    outcome = failure.outcome
    answer = outcome.response.answer
    facts = [outcome.question]
    if answer:
        facts.append(f"{'answered' if answer.answered else 'refused'}, confidence {answer.confidence:.2f}")
    if questions.relevant.get(outcome.question):
        facts.append(f"the right document came {_ordinal(failure.rank, len(outcome.response.documents))}")
    return element(
        "article",
        element("p", questions.questions[outcome.question]),
        element("p", " · ".join(facts), class_="soft"),
        element(
            "div",
            element("section", element("h4", "What came first"), *_returned(failure)),
            element("section", element("h4", "What should have"), *_expected(failure, questions), class_="should"),
            class_="pair",
        ),
        _considered(answer) if answer and answer.considered else None,
    )


def _considered(answer: Answer) -> Element:
    """Show what spoke for each passage that was ranked, best first, as `ask --explain` does."""
    names = ("confidence", *answer.signal_names)
    header = element("tr", element("th"), *(element("th", name.replace("_", " "), scope="col") for name in names))
    rows = [
        element(
            "tr",
            element("td", " ".join(ranked.passage.text[slice(*ranked.highlight)].split())),
            element("td", f"{ranked.confidence:.2f}"),
            *(
                element("td", "–" if (value := ranked.signals.get(name)) is None else f"{value:.2f}")
                for name in answer.signal_names
            ),
        )
        for ranked in answer.considered[:MAX_CONSIDERED]
    ]
    return element(
        "details",
        element("summary", "What spoke for each"),
        _table(element("thead", header), element("tbody", *rows)),
    )


def _ordinal(rank: int | None, documents: int) -> str:
    return f"at rank {rank}" if rank else f"nowhere among the {documents} found"


def _returned(failure: Failure) -> list[Content]:
    response = failure.outcome.response
    if response.first is None:
        return [element("p", "Nothing was found.")]
    highlights = [response.highlight] if response.highlight else []
    text = marked(response.first.text, highlights, around=1000)
    card = response.first.article
    return [_title(card.title, card.id), element("p", *text)]


def _expected(failure: Failure, questions: QuestionSet) -> list[Content]:
    id_ = failure.outcome.question
    relevant = list(questions.relevant.get(id_, ()))
    if not relevant:
        return [element("p", "No document: an honest no.")]
    shown = [
        part for document in relevant[:MAX_SHOWN] for part in _relevant(id_, questions.articles[document], questions)
    ]
    more = len(relevant) - MAX_SHOWN
    return [*shown, element("p", f"And {more:,} more.", class_="soft") if more > 0 else None]


def _relevant(question: str, article: Article, questions: QuestionSet) -> list[Content]:
    marked_answers = [gold for gold in questions.answers.get(question, ()) if gold.document == article.id]
    text = marked(article.text, [span for gold in marked_answers for span in gold.spans])
    return [_title(article.title, article.id), element("p", *text)]


def _title(title: str, id_: str) -> Element:
    return element("p", title or "(no title)", " ", element("small", id_), class_="title")


def _header(name: str, means: str = "") -> Element:
    return element("th", name, element("small", means) if means else None, scope="row")


def _table(*parts: Content) -> Element:
    return element("div", element("table", *parts), class_="wide")


def marked(text: str, spans: Iterable[Span], around: int = 300) -> list[Content]:
    """Return a text with the spans marked, cut to `around` characters before the first span and after the last."""
    spans = sorted(spans)
    shown_start = _cut(text, spans[0].start - around if spans else 0)
    shown_end = _cut(text, max(span.end for span in spans) + around if spans else 2 * around)
    parts: list[Content] = ["… " if shown_start else None]
    done = shown_start
    for start, end in spans:
        if end > done:
            parts += [text[done : max(start, done)], element("mark", text[max(start, done) : end])]
            done = end
    return [*parts, text[done:shown_end], " …" if shown_end < len(text) else None]


def _cut(text: str, at: int) -> int:
    """Return the index of the next space from `at` on, or the end of the text; 0 if `at` is before the text."""
    if at <= 0:
        return 0
    space = text.find(" ", at)
    return space if space >= 0 else len(text)
