from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from corpus.article import Article, Card, Span
from retrieval.answer.answerer import Answerer
from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Tokens
from retrieval.errors import ArchiveDamaged, QuestionSetBroken
from retrieval.evaluate import SYSTEMS
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import Gold, QuestionSet, read
from retrieval.evaluate.evaluate import FIGURES, Response, evaluate, highlighter, on_answer, system
from retrieval.evaluate.trec import check_ids, run_lines
from retrieval.indexing.pipeline import BatchSizes
from retrieval.types import Answer, ClosestPassage, Hit, Passage
from tests.fakes import FakeEncoder, archive_at, nearest, take_in
from tests.retrieval.evaluate.question_sets import GRADES, QUESTIONS, TOWN, write_set


@pytest.fixture
def town(tmp_path: Path) -> QuestionSet:
    return read(write_set(tmp_path / "town"))


@pytest.fixture
def archive(town: QuestionSet, fake: FakeEncoder, tmp_path: Path) -> Iterator[Archive]:
    archive, _ = archive_of(town, fake, 0, tmp_path / "cache")
    yield archive
    archive.close()


def passage(id_: str, text: str = "It rained.", start: int = 0) -> Passage:
    return Passage(f"{id_}-1", Card(id_, id_.title()), text, start, start + len(text), (Span(0, len(text)),))


def make_response(*documents: str, answered: bool = False, confidence: float = 0.5) -> Response:
    first = passage(documents[0]) if documents else None
    highlight = Span(0, 10) if first else None
    return Response(documents, first, make_answer(first, confidence, answered=answered), highlight)


def make_answer(first: Passage | None, confidence: float, *, answered: bool) -> Answer:
    if first is None:
        return Answer("")
    if answered:
        return Answer("", (Hit(first, 0.5, 1, Span(0, 10), confidence=confidence),))
    return Answer("", closest=(ClosestPassage(first, 0.5, 1, confidence=confidence),))


# ── Systems ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_bm25_and_dense_keep_the_order_of_the_archive(archive: Archive, fake: FakeEncoder) -> None:
    question = QUESTIONS["q1"]
    ask = {name: system(name, archive, fake) for name in SYSTEMS}
    documents = [hit.passage.article.id for hit in archive.search_words(question, 10)]
    assert list(ask["bm25"](question).documents) == documents
    nearest_documents = [hit.passage.article.id for hit in nearest(archive, fake, question, 10)]
    assert list(ask["dense"](question).documents) == nearest_documents
    assert [ask[name](question).answer for name in SYSTEMS[:3]] == [None] * 3


def test_full_gives_the_answers_of_the_pipeline(archive: Archive, fake: FakeEncoder) -> None:
    for question in QUESTIONS.values():
        if question != QUESTIONS["q5"]:
            response = system("full", archive, fake, strictness=0.9)(question)
            assert response.answer is not None
            answer = Answerer(archive, fake, strictness=0.9).answer(question, 10)
            assert (response.answer.question, response.answer.hits) == (question, answer.hits)
            # At the strictness 0 of the evaluation, sentences count also in passages that do not answer.
            assert {near.passage for near in response.answer.closest} == {near.passage for near in answer.closest}
            assert response.answer.confidence == answer.confidence or not answer.hits
            ranking = Answerer(archive, fake, strictness=0).answer(question, 10).hits
            assert response.documents == tuple(hit.passage.article.id for hit in ranking)
            assert (response.first, response.highlight) == (ranking[0].passage, ranking[0].highlight)


def test_a_document_is_listed_once_at_its_best_passage(fake: FakeEncoder, tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", fake, 64)
    long = " ".join(f"The mayor of town {number} opened a bridge in the rain." for number in range(30))
    take_in(archive, fake, Article(Card("long", "Bridges"), long), Article(Card("short", "Rain"), "It rained a lot."))
    for name in SYSTEMS:
        documents = system(name, archive, fake)("Which mayor opened a bridge in the rain?").documents
        assert sorted(documents) == ["long", "short"]
        assert documents[0] == "long"


@pytest.mark.parametrize("name", ["hybrid", "full"])
def test_near_duplicates_follow_the_document_that_they_are_folded_into(
    name: str, fake: FakeEncoder, tmp_path: Path
) -> None:
    archive = archive_at(tmp_path / "archive", fake, 64)
    text = " ".join(f"The mayor of town number {number} opened a bridge." for number in range(12))
    for copy in ("wire", "paper"):
        take_in(archive, fake, Article(Card(copy, "Bridges"), text))
    take_in(archive, fake, Article(Card("other", "Dogs"), "A dog barked at the mayor."))
    documents = system(name, archive, fake)("Which mayor opened a bridge?").documents
    assert sorted(documents[:2]) == ["paper", "wire"]
    assert documents[2:] == ("other",)


@pytest.mark.parametrize("question", ["?!", "", "word " * 500])
def test_an_invalid_question_finds_nothing_and_is_refused(question: str, archive: Archive, fake: FakeEncoder) -> None:
    for name in SYSTEMS:
        response = system(name, archive, fake)(question)
        assert (response.documents, response.first) == ((), None)
        if name == "full":
            assert response.answer
            assert (response.answer.answered, response.answer.confidence, response.answer.hits) == (False, 0.0, ())


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_figure_is_computed_over_its_questions(town: QuestionSet) -> None:
    responses = {
        QUESTIONS["q1"]: make_response("bridge", "dog", answered=True, confidence=0.9),
        QUESTIONS["q2"]: make_response("tax", "dog", answered=True, confidence=0.6),
        QUESTIONS["q3"]: make_response("tax", answered=False, confidence=0.2),
        QUESTIONS["q4"]: make_response("tax", answered=True, confidence=0.6),
        QUESTIONS["q5"]: make_response(answered=False, confidence=0.0),
    }
    highlighted = {"q1": False, "q2": True}
    measured = evaluate(
        "full",
        lambda question: responses.get(question, make_response()),
        town,
        lambda question, _: highlighted[_id(question)],
    )
    value = {name: figure.value if figure else None for name, figure in measured.figures.items()}
    assert tuple(value) == FIGURES
    assert value.pop("ms") is not None
    assert value == {
        "hits@1": pytest.approx(2 / 3),
        "hits@5": 1.0,
        "recall@10": 1.0,
        "mrr@10": pytest.approx(2.5 / 3),
        "ndcg@10": pytest.approx((2 + 0.6309298) / 3),
        # The first hit of q1 is on characters 0 to 10 of the bridge, and the answer on 21 to 38.
        "highlight": 0.0,
        "shown": 0.0,
        "highlight_gold": 0.5,
        # Of the hits of q1 and q2, none is a passage with the answer.
        "hits_right": 0.0,
        # q1 beats both, q2 beats one and ties with the other, q3 beats one.
        "auroc": pytest.approx(4.5 / 6),
        "false_answers": 0.5,
        "false_refusals": pytest.approx(1 / 3),
    }
    assert measured.scores["hits@1"] == {"q1": 1.0, "q2": 0.0, "q3": 1.0}
    assert {id_: outcome.highlight_gold for id_, outcome in measured.outcomes.items()} == {
        "q1": False, "q2": True, "q3": None, "q4": None, "q5": None,
    }  # fmt: skip


def test_what_is_shown_counts_with_the_neighbour_of_the_highlight_and_each_hit_by_its_passage(
    town: QuestionSet,
) -> None:
    text = TOWN["bridge"][1]
    (gold,) = town.answers["q1"]
    (answer,) = gold.spans
    # The answer is in the first of two sentences, and the second one, which is marked, begins with "It".
    end = answer.end + 1
    whole = f"{text[:end]} It is old. {text[end:]}"
    sentences = (Span(0, end), Span(end + 1, end + 11))
    first = Passage("bridge-1", Card("bridge", "Bridge", language="en"), whole, 0, len(whole), sentences)
    hits = tuple(Hit(each, 0.5, 1, each.sentences[-1], confidence=0.9) for each in (first, passage("dog")))
    response = Response(("bridge", "dog"), first, Answer("", hits), sentences[1])
    measured = evaluate("full", lambda _: response, town, lambda *_: True)
    outcome = measured.outcomes["q1"]
    assert (outcome.highlight, outcome.shown, outcome.hits_right) == (False, True, (True, False))
    assert measured.outcomes["q4"].shown is None


def _id(question: str) -> str:
    return next(id_ for id_, text in QUESTIONS.items() if text == question)


@pytest.mark.parametrize("name", SYSTEMS)
def test_figures_that_a_system_or_a_set_does_not_have_are_none(
    name: str, town: QuestionSet, archive: Archive, fake: FakeEncoder, tmp_path: Path
) -> None:
    only_full = {"highlight", "shown", "highlight_gold", "hits_right", "auroc", "false_answers", "false_refusals"}
    highlights = highlighter(town, archive, fake) if name == "full" else None
    measured = evaluate(name, system(name, archive, fake), town, highlights)
    assert _absent(measured.figures) == (set() if name == "full" else only_full)
    unanswerable = read(write_set(tmp_path / "un", grades={}))
    measured = evaluate(name, system(name, archive, fake), unanswerable, highlights)
    assert _absent(measured.figures) == set(FIGURES) - {"ms"} - ({"false_answers"} if name == "full" else set())
    answerable = read(write_set(tmp_path / "an", questions=dict(list(QUESTIONS.items())[:3]), answers=None))
    measured = evaluate(name, system(name, archive, fake), answerable, highlights)
    assert _absent(measured.figures) == (only_full - {"false_refusals"} if name == "full" else only_full)


def _absent(figures: Mapping[str, object]) -> set[str]:
    return {name for name, figure in figures.items() if figure is None}


def test_the_same_questions_give_the_same_figures(town: QuestionSet, archive: Archive, fake: FakeEncoder) -> None:
    first, second = (
        evaluate("full", system("full", archive, fake), town, highlighter(town, archive, fake)).figures
        for _ in range(2)
    )
    assert {name: figure for name, figure in first.items() if name != "ms"} == {
        name: figure for name, figure in second.items() if name != "ms"
    }
    assert first["ms"]
    assert first["ms"].low > 0


@pytest.mark.parametrize(
    ("highlight", "overlaps"),
    [(Span(0, 10), False), (Span(0, 11), True), (Span(10, 12), True), (Span(19, 25), True), (Span(20, 25), False)],
)
def test_a_highlight_is_on_the_answer_if_they_share_a_character(highlight: Span, *, overlaps: bool) -> None:
    # The passage begins at 100, and the answer is at 110 to 120 of the document.
    shown = passage("a", "x" * 40, 100)
    assert on_answer(shown, highlight, [Gold("a", (Span(0, 3), Span(110, 120)))]) is overlaps
    assert not on_answer(shown, highlight, [Gold("b", (Span(110, 120),))])


def test_the_highlighter_ranks_only_the_passages_with_the_answer(fake: FakeEncoder, tmp_path: Path) -> None:
    filler = " ".join(f"Nothing of note happened in village number {number}." for number in range(30))
    text = f"{filler} A dog barked all night. Its owner found it in Graz. {filler}"
    questions = read(
        write_set(
            tmp_path / "long",
            documents={"long": ("Dogs", text), **TOWN},
            questions={"owner": "Where did its owner find it?", "barked": "Who barked all night?"},
            grades={"owner": {"long": 1}, "barked": {"long": 1}},
            answers=[("owner", "long", "Graz"), ("barked", "long", "number 4.")],
        )
    )
    archive, _ = archive_of(questions, fake, 64, tmp_path / "cache")
    assert archive.status().passages > 5
    highlights = highlighter(questions, archive, fake)
    assert highlights(questions.questions["owner"], questions.answers["owner"])
    # The dog barks in the middle of the document, but the passage with the marked answer is that of village 4.
    assert not highlights(questions.questions["barked"], questions.answers["barked"])
    assert not highlights("Who?", [Gold("long", (Span(len(filler), len(filler) + 1),))])


# ── The cache ────────────────────────────────────────────────────────────────────────────────────────────────────────


class CountingEncoder(FakeEncoder):
    """Counts the texts that it embeds, and raises KeyboardInterrupt after `calls_left` calls."""

    embedded: int
    calls_left: int

    def __init__(self, calls_left: int = 1000) -> None:
        super().__init__()
        object.__setattr__(self, "embedded", 0)
        object.__setattr__(self, "calls_left", calls_left)

    @property
    def fingerprint(self) -> str:
        return FakeEncoder().fingerprint

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        if not self.calls_left:
            raise KeyboardInterrupt
        object.__setattr__(self, "calls_left", self.calls_left - 1)
        object.__setattr__(self, "embedded", self.embedded + len(texts))
        return super().encode_passage_tokens(texts)


def test_a_set_is_embedded_once_in_whichever_folder(town: QuestionSet, tmp_path: Path) -> None:
    first, second = CountingEncoder(), CountingEncoder()
    archive_of(town, first, 0, tmp_path / "cache")[0].close()
    moved = read(write_set(tmp_path / "elsewhere" / "moved"))
    archive, report = archive_of(moved, second, 0, tmp_path / "cache")
    assert (first.embedded, second.embedded) == (3, 0)
    assert (report.unchanged, report.passages) == (3, 0)
    assert archive.status().generation == archive_of(town, second, 0, tmp_path / "cache")[0].status().generation


def test_other_documents_models_or_passages_get_another_archive(
    town: QuestionSet, fake: FakeEncoder, tmp_path: Path
) -> None:
    changed = read(write_set(tmp_path / "changed", documents=TOWN | {"dog": ("Dog lost", "A dog barked in Graz.")}))
    for questions, encoder, tokens in (
        (town, fake, 0),
        (changed, fake, 0),
        (town, FakeEncoder("other"), 0),
        (town, FakeEncoder(max_tokens=128), 64),
        (town, FakeEncoder(max_tokens=128), 128),
    ):
        archive, report = archive_of(questions, encoder, tokens, tmp_path / "cache")
        assert report.embedded == 3
        archive.close()
    assert len(list((tmp_path / "cache").iterdir())) == 5


def test_interrupted_indexing_is_resumed(town: QuestionSet, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        archive_of(town, CountingEncoder(calls_left=2), 0, tmp_path / "cache", sizes=BatchSizes(1))
    encoder = CountingEncoder()
    archive, report = archive_of(town, encoder, 0, tmp_path / "cache")
    assert (report.unchanged, encoder.embedded) == (2, 1)
    assert {card.id for card in archive.cards()} == set(TOWN)


def test_a_damaged_cache_is_named(town: QuestionSet, fake: FakeEncoder, tmp_path: Path) -> None:
    archive, _ = archive_of(town, fake, 0, tmp_path / "cache")
    archive.close()
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "archive.db").write_bytes(b"rubbish" * 1000)
    with pytest.raises(ArchiveDamaged, match=f"Remove {folder}: it is made anew"):
        archive_of(town, fake, 0, tmp_path / "cache")


def test_documents_without_text_are_not_indexed(fake: FakeEncoder, tmp_path: Path) -> None:
    questions = read(write_set(tmp_path / "void", documents=TOWN | {"void": ("A title", " \n")}))
    archive, _ = archive_of(questions, fake, 0, tmp_path / "cache")
    assert {card.id for card in archive.cards()} == set(TOWN)


def test_unusual_ids_stay_unchanged(tmp_path: Path) -> None:
    odd = {"a": "One rained.", "b/../a": "Two rained.", "字 🙂": "Three rained.", "..": "Four rained."}
    documents = {id_: ("Rain", text) for id_, text in odd.items()}
    questions = read(write_set(tmp_path / "odd", documents=documents, grades={}, answers=None))
    for calls in range(1, 4):
        with pytest.raises(KeyboardInterrupt):
            archive_of(questions, CountingEncoder(calls_left=1), 0, tmp_path / "cache", sizes=BatchSizes(1))
        archive = archive_at(next((tmp_path / "cache").iterdir()), CountingEncoder())
        assert {card.id for card in archive.cards()} == set(list(odd)[:calls])
    complete, _ = archive_of(questions, CountingEncoder(), 0, tmp_path / "cache")
    assert {card.id for card in complete.cards()} == set(odd)


# ── Runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_has_a_line_for_each_document_with_falling_scores(town: QuestionSet) -> None:
    responses = {QUESTIONS["q1"]: make_response("bridge", "dog", "tax"), QUESTIONS["q3"]: make_response("tax")}
    measured = evaluate("full", lambda question: responses.get(question, make_response()), town, None)
    assert list(run_lines(measured)) == [
        "q1 Q0 bridge 1 1.000000 clippings-full\n",
        "q1 Q0 dog 2 0.500000 clippings-full\n",
        "q1 Q0 tax 3 0.333333 clippings-full\n",
        "q3 Q0 tax 1 1.000000 clippings-full\n",
    ]


def test_an_id_with_a_space_cannot_be_in_a_run(tmp_path: Path) -> None:
    check_ids(read(write_set(tmp_path / "good")))
    spaced = read(write_set(tmp_path / "bad", documents=TOWN | {"two words": ("A", "B.")}, grades=GRADES))
    with pytest.raises(QuestionSetBroken, match="'two words' has a space in it"):
        check_ids(spaced)
