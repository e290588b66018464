import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from corpus.article import Card, Span
from retrieval.evaluate import SYSTEMS
from retrieval.evaluate.beir import QuestionSet, read
from retrieval.evaluate.evaluate import FIGURES, Evaluation, Response, evaluate
from retrieval.evaluate.failures import Kind, failures
from retrieval.evaluate.report import marked, report
from retrieval.text.write_html import element, page
from retrieval.types import Answer, ClosestPassage, Hit, Passage, RankedSentence
from tests.retrieval.evaluate.question_sets import QUESTIONS, TOWN, write_set

HOSTILE = "</article><script>alert('&amp;')</script><img src=x onerror=\"alert(1)\"> \" ' & <mark>"
VOID = {"meta", "br", "img"}


class Page(HTMLParser):
    """Parses a page: all tags, those still open, the text, and the text of each article."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.articles: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "article":
            self.articles.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "article" in self.open:
            self.articles[-1] += data


def make_response(document: str, *, answered: bool, confidence: float, sentence: int = 0) -> Response:
    text = TOWN[document][1]
    middle = text.index(". ") + 2
    sentences = (Span(0, middle - 1), Span(middle, len(text)))
    passage = Passage(f"{document}-1", Card(document, TOWN[document][0]), text, 0, len(text), sentences)
    highlight = sentences[sentence]
    others = [id_ for id_ in TOWN if id_ != document]
    hit, near = Hit(passage, 0.5, 1, highlight, (), confidence), ClosestPassage(passage, 0.5, 1, (), confidence)
    considered = (
        RankedSentence(passage, highlight, confidence, {"score": 1.25, "reader": 4.5, "coverage": 0.5}),
        RankedSentence(passage, highlight, 0.04, {"score": 0.75, "coverage": 0.25}),
    )
    answer = Answer("", (hit,) if answered else (), () if answered else (near,), considered=considered)
    return Response((document, *others), passage, answer, highlight)


# q1 is missed, q2 highlights the wrong sentence, q3 is refused, q4 is answered; q5 is right.
RESPONSES = {
    QUESTIONS["q1"]: make_response("dog", answered=True, confidence=0.9),
    QUESTIONS["q2"]: make_response("dog", answered=True, confidence=0.8, sentence=0),
    QUESTIONS["q3"]: make_response("tax", answered=False, confidence=0.3),
    QUESTIONS["q4"]: make_response("tax", answered=True, confidence=0.7),
    QUESTIONS["q5"]: Response((), None, Answer("")),
}


def measured(questions: QuestionSet) -> dict[str, Evaluation]:
    """Evaluate all systems with RESPONSES; only full has an Answer."""

    def ask(question: str) -> Response:
        return RESPONSES.get(question, RESPONSES[QUESTIONS["q5"]])

    def bare(question: str) -> Response:
        return replace(ask(question), answer=None)

    return {
        name: evaluate(name, ask if name == "full" else bare, questions, (lambda *_: True) if name == "full" else None)
        for name in SYSTEMS
    }


@pytest.fixture
def town(tmp_path: Path) -> QuestionSet:
    return read(write_set(tmp_path / "town"))


def test_each_failure_has_the_kind_of_the_first_stage_that_failed(town: QuestionSet) -> None:
    failed = failures(town, measured(town)["full"])
    assert [(failure.outcome.question, failure.kind, failure.rank) for failure in failed] == [
        ("q1", Kind.MISSED, 2),
        ("q2", Kind.HIGHLIGHT, 1),
        ("q3", Kind.REFUSED, 1),
        ("q4", Kind.FALSE_ANSWER, None),
    ]
    assert [failure.kind for failure in failures(town, measured(town)["bm25"])] == [Kind.MISSED]


def test_the_page_has_no_control_characters(town: QuestionSet) -> None:
    hostile = replace(town, questions={**town.questions, "q1": "who\x1b[2J came\x00 after\x85 the dog?\t"})
    written = report(hostile, measured(town), "full", 0.5)
    assert "who\ufffd[2J came\ufffd after\ufffd the dog?\t" in written
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", written)


def test_the_page_shows_every_failure_with_the_first_and_the_relevant_document(town: QuestionSet) -> None:
    shown = Page(report(town, measured(town), "full", 0.5))
    assert shown.open == []
    by_question = {
        id_: article for id_ in QUESTIONS for article in shown.articles if f"{QUESTIONS[id_]}{id_} · " in article
    }
    assert set(by_question) == {"q1", "q2", "q3", "q4"}
    assert len(shown.articles) == 4
    assert all("confidencescorereadercoverage" in article for article in shown.articles)
    assert "0.901.254.500.50" in by_question["q1"]
    assert "0.040.75–0.25" in by_question["q1"]
    for id_, phrases in {
        "q1": ["answered, confidence 0.90", "at rank 2", f"Dog found dog{TOWN['dog'][1]}", TOWN["bridge"][1]],
        "q2": ["at rank 1", TOWN["dog"][1]],
        "q3": ["refused, confidence 0.30", TOWN["tax"][1]],
        "q4": ["answered, confidence 0.70", TOWN["tax"][1], "No document: an honest no."],
    }.items():
        assert [phrase for phrase in phrases if phrase not in by_question[id_]] == []
    for kind in Kind:
        assert f"{kind.value}: 1" in shown.text


def test_the_page_has_every_figure_of_every_system(town: QuestionSet) -> None:
    evaluations = measured(town)
    html = report(town, evaluations, "bm25", 0.5)
    rows = [re.sub("<[^>]*>", "|", row) for row in re.findall("<tr>.*?</tr>", html)]
    assert [row for row in rows if all(f"|{name}|" in row for name in SYSTEMS)]
    for name in FIGURES:
        own, all_systems = (row for row in rows if f"|{name}|" in row)
        figures = [evaluations[system].figures[name] for system in SYSTEMS]
        scale = 1 if name == "ms" else 100
        values = [f"{scale * figure.value:.1f}" if figure else "–" for figure in figures]
        assert re.findall(r"\|([\d.]+|–)\|", all_systems) == values
        assert f"|{values[0]}|" in own
    assert len(Page(html).articles) == 1
    assert "Failures of bm25" in html


def test_the_distributions_count_each_question_once(town: QuestionSet) -> None:
    html = report(town, measured(town), "full", 0.5)
    bars = re.findall(r"<rect [^>]*class=\"(\w+)\"[^>]*><title>([\d.]+) to ([\d.]+): ([\d.]+) %", html)
    answerable = {(low, share) for kind, low, _, share in bars if kind == "answerable"}
    unanswerable = {(low, share) for kind, low, _, share in bars if kind == "unanswerable"}
    assert answerable == {("0.28", "33.3"), ("0.80", "33.3"), ("0.88", "33.3")}
    assert unanswerable == {("0.00", "50.0"), ("0.68", "50.0")}


def test_hostile_text_is_escaped(tmp_path: Path) -> None:
    questions = read(
        write_set(
            tmp_path / "hostile",
            documents={**TOWN, f"id{HOSTILE}": (HOSTILE, HOSTILE), "字": ("𝔘𝔫𝔦 🙂", "日本 \x00 \u202e")},
            questions={**QUESTIONS, "hostile": HOSTILE, "字": "日本 🙂"},
            grades={"hostile": {f"id{HOSTILE}": 1}, "字": {"字": 1}},
            answers=[("hostile", f"id{HOSTILE}", "<script>")],
        )
    )
    questions = replace(questions, name=HOSTILE)
    harmless = read(write_set(tmp_path / "harmless"))
    html = report(questions, measured(questions), "full", 0.5)
    shown = Page(html)
    assert {tag for tag, _ in shown.tags} <= {
        tag for tag, _ in Page(report(harmless, measured(harmless), "full", 0.5)).tags
    }
    assert shown.text.count(HOSTILE) >= 4
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    assert "𝔘𝔫𝔦 🙂" in shown.text


def test_the_page_is_self_contained(town: QuestionSet) -> None:
    html = report(town, measured(town), "full", 0.5)
    tags = Page(html).tags
    assert html.startswith("<!doctype html>")
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "use", "image"}
    addresses = [attributes[name] or "" for _, attributes in tags for name in ("src", "href") if name in attributes]
    assert all(address.startswith("#") for address in addresses)
    ids = {attributes.get("id") for _, attributes in tags}
    assert {address[1:] for address in addresses} <= ids
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize("grades", [{}, {"q1": {"bridge": 1}}])
def test_a_set_with_one_kind_of_question_has_a_report_too(grades: dict[str, dict[str, int]], tmp_path: Path) -> None:
    questions = read(write_set(tmp_path / "town", grades=grades, answers=None))
    for name in SYSTEMS:
        assert Page(report(questions, measured(questions), name, 0.9)).open == []


def test_spans_are_marked_and_the_text_around_is_cut() -> None:
    text = f"{'before ' * 100}The answer is here, and goes on. {'after ' * 100}"
    start = text.index("The answer")
    html = page("", "", element("p", *marked(text, [Span(start, start + 10), Span(start + 4, start + 18)], around=30)))
    body = html.partition("<p>")[2].partition("</p>")[0]
    assert re.findall("<mark>(.*?)</mark>", body) == ["The answer", " is here"]
    assert body.startswith("…  before")
    assert body.endswith(" …")
    assert len(body) < 150
    whole = element("p", *marked("Short.", []))
    assert whole.text == "Short."
