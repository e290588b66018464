from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from corpus.article import Article, Card, Span
from retrieval.answer.answerer import Answerer
from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Vectors
from retrieval.errors import ArchiveDamaged, QuestionSetBroken
from retrieval.evaluate import SYSTEMS
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import Gold, QuestionSet, read
from retrieval.evaluate.evaluate import FIGURES, Response, evaluate, highlighter, on_answer, system
from retrieval.evaluate.trec import check_ids, run_lines
from retrieval.indexing.pipeline import BatchSizes
from retrieval.types import Answer, Hit, Passage
from tests.fakes import FakeEncoder, archive_at, nearest, take_in
from tests.retrieval.evaluate.question_sets import ASKED, RIGHT, TOWN, write_set


@pytest.fixture
def town(tmp_path: Path) -> QuestionSet:
    return read(write_set(tmp_path / "town"))


@pytest.fixture
def archive(town: QuestionSet, fake: FakeEncoder, tmp_path: Path) -> Iterator[Archive]:
    made, _ = archive_of(town, fake, 0, tmp_path / "cache")
    yield made
    made.close()


def passage(id_: str, text: str = "It rained.", start: int = 0) -> Passage:
    return Passage(f"{id_}-1", Card(id_, id_.title()), text, start, start + len(text), (Span(0, len(text)),))


def response(*documents: str, answered: bool = False, confidence: float = 0.5) -> Response:
    first = passage(documents[0]) if documents else None
    hits = (Hit(first, 0.5, 1, Span(0, 10)),) if first else ()
    return Response(documents, first, Answer("", hits, confidence, answered=answered))


# ── Systems ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_and_meaning_alone_are_the_archives_own_orders(archive: Archive, fake: FakeEncoder) -> None:
    question = ASKED["q1"]
    ask = {name: system(name, archive, fake) for name in SYSTEMS}
    words = [found.passage.article.id for found in archive.search_words(question, 10)]
    assert list(ask["bm25"](question).documents) == words
    meaning = [found.passage.article.id for found in nearest(archive, fake, question, 10)]
    assert list(ask["dense"](question).documents) == meaning
    assert [ask[name](question).answer for name in SYSTEMS[:3]] == [None] * 3


def test_full_is_what_a_reader_gets(archive: Archive, fake: FakeEncoder) -> None:
    for question in ASKED.values():
        if question != ASKED["q5"]:
            there = system("full", archive, fake, strictness=0.9)(question)
            assert there.answer == Answerer(archive, fake, strictness=0.9).answer(question, 10)
            assert there.documents == tuple(hit.passage.article.id for hit in there.answer.hits)
            assert there.first == there.answer.hits[0].passage


def test_a_document_comes_once_at_its_best_passage(fake: FakeEncoder, tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", fake, 64)
    long = " ".join(f"The mayor of town {number} opened a bridge in the rain." for number in range(30))
    take_in(archive, fake, Article(Card("long", "Bridges"), long), Article(Card("short", "Rain"), "It rained a lot."))
    for name in SYSTEMS:
        documents = system(name, archive, fake)("Which mayor opened a bridge in the rain?").documents
        assert sorted(documents) == ["long", "short"]
        assert documents[0] == "long"


@pytest.mark.parametrize("name", ["hybrid", "full"])
def test_copies_of_a_story_follow_the_one_that_they_are_folded_under(
    name: str, fake: FakeEncoder, tmp_path: Path
) -> None:
    archive = archive_at(tmp_path / "archive", fake, 64)
    story = " ".join(f"The mayor of town number {number} opened a bridge." for number in range(12))
    for copy in ("wire", "paper"):
        take_in(archive, fake, Article(Card(copy, "Bridges"), story))
    take_in(archive, fake, Article(Card("other", "Dogs"), "A dog barked at the mayor."))
    documents = system(name, archive, fake)("Which mayor opened a bridge?").documents
    assert sorted(documents[:2]) == ["paper", "wire"]
    assert documents[2:] == ("other",)


@pytest.mark.parametrize("question", ["?!", "", "word " * 500])
def test_a_question_that_cannot_be_asked_finds_nothing_and_is_refused(
    question: str, archive: Archive, fake: FakeEncoder
) -> None:
    for name in SYSTEMS:
        there = system(name, archive, fake)(question)
        assert (there.documents, there.first) == ((), None)
        if name == "full":
            assert there.answer
            assert (there.answer.answered, there.answer.confidence, there.answer.hits) == (False, 0.0, ())


# ── Figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_figure_is_over_the_questions_that_it_is_about(town: QuestionSet) -> None:
    said = {
        ASKED["q1"]: response("bridge", "dog", answered=True, confidence=0.9),
        ASKED["q2"]: response("tax", "dog", answered=True, confidence=0.6),
        ASKED["q3"]: response("tax", answered=False, confidence=0.2),
        ASKED["q4"]: response("tax", answered=True, confidence=0.6),
        ASKED["q5"]: response(answered=False, confidence=0.0),
    }
    given = {"q1": False, "q2": True}
    measured = evaluate(
        "full", lambda question: said.get(question, response()), town, lambda question, _: given[_id(question)]
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
        "highlight_gold": 0.5,
        # q1 beats both, q2 beats one and ties with the other, q3 beats one.
        "auroc": pytest.approx(4.5 / 6),
        "false_answers": 0.5,
        "false_refusals": pytest.approx(1 / 3),
    }
    assert measured.scores["hits@1"] == {"q1": 1.0, "q2": 0.0, "q3": 1.0}
    assert {id_: one.highlight_gold for id_, one in measured.outcomes.items()} == {
        "q1": False, "q2": True, "q3": None, "q4": None, "q5": None,
    }  # fmt: skip


def _id(question: str) -> str:
    return next(id_ for id_, text in ASKED.items() if text == question)


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_a_system_or_a_set_does_not_have_is_none(
    name: str, town: QuestionSet, archive: Archive, fake: FakeEncoder, tmp_path: Path
) -> None:
    own = {"highlight", "highlight_gold", "auroc", "false_answers", "false_refusals"}
    highlights = highlighter(town, archive, fake) if name == "full" else None
    measured = evaluate(name, system(name, archive, fake), town, highlights)
    assert _absent(measured.figures) == (set() if name == "full" else own)
    unanswerable = read(write_set(tmp_path / "un", grades={}))
    measured = evaluate(name, system(name, archive, fake), unanswerable, highlights)
    assert _absent(measured.figures) == set(FIGURES) - {"ms"} - ({"false_answers"} if name == "full" else set())
    answerable = read(write_set(tmp_path / "an", questions=dict(list(ASKED.items())[:3]), answers=None))
    measured = evaluate(name, system(name, archive, fake), answerable, highlights)
    assert _absent(measured.figures) == (own - {"false_refusals"} if name == "full" else own)


def _absent(figures: Mapping[str, object]) -> set[str]:
    return {name for name, figure in figures.items() if figure is None}


def test_the_same_questions_give_the_same_figures(town: QuestionSet, archive: Archive, fake: FakeEncoder) -> None:
    one, two = (
        evaluate("full", system("full", archive, fake), town, highlighter(town, archive, fake)).figures
        for _ in range(2)
    )
    assert {name: figure for name, figure in one.items() if name != "ms"} == {
        name: figure for name, figure in two.items() if name != "ms"
    }
    assert one["ms"]
    assert one["ms"].low > 0


@pytest.mark.parametrize(
    ("highlight", "on"),
    [(Span(0, 10), False), (Span(0, 11), True), (Span(10, 12), True), (Span(19, 25), True), (Span(20, 25), False)],
)
def test_a_highlight_is_on_the_answer_where_they_share_a_character(highlight: Span, *, on: bool) -> None:
    # The passage begins at 100, and the answer is at 110 to 120 of the document.
    shown = passage("a", "x" * 40, 100)
    assert on_answer(shown, highlight, [Gold("a", (Span(0, 3), Span(110, 120)))]) is on
    assert not on_answer(shown, highlight, [Gold("b", (Span(110, 120),))])


def test_given_the_right_passage_only_the_highlighter_is_to_blame(fake: FakeEncoder, tmp_path: Path) -> None:
    filler = " ".join(f"Nothing of note happened in village number {number}." for number in range(30))
    text = f"{filler} A dog barked all night. Its owner found it in Graz. {filler}"
    questions = read(
        write_set(
            tmp_path / "long",
            documents={"long": ("Dogs", text), **TOWN},
            questions={"owner": "Where did its owner find it?", "barked": "Who barked all night?"},
            grades={"owner": {"long": 1}, "barked": {"long": 1}},
            answers=[("owner", "long", "Graz"), ("barked", "long", "number 3.")],
        )
    )
    archive, _ = archive_of(questions, fake, 64, tmp_path / "cache")
    assert archive.status().passages > 5
    highlights = highlighter(questions, archive, fake)
    assert highlights(questions.questions["owner"], questions.answers["owner"])
    # The sentence that barks is in the middle of the document; the passage given is the one of village 3.
    assert not highlights(questions.questions["barked"], questions.answers["barked"])
    assert not highlights("Who?", [Gold("long", (Span(len(filler), len(filler) + 1),))])


# ── The cache ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Counting(FakeEncoder):
    """Counts the texts that it embeds, and gives up after so many calls."""

    embedded: int
    calls_left: int

    def __init__(self, calls_left: int = 1000) -> None:
        super().__init__()
        object.__setattr__(self, "embedded", 0)
        object.__setattr__(self, "calls_left", calls_left)

    @property
    def fingerprint(self) -> str:
        return FakeEncoder().fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not self.calls_left:
            raise KeyboardInterrupt
        object.__setattr__(self, "calls_left", self.calls_left - 1)
        object.__setattr__(self, "embedded", self.embedded + len(texts))
        return super().encode(texts)


def test_a_set_is_embedded_once_wherever_it_lies(town: QuestionSet, tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    archive_of(town, first, 0, tmp_path / "cache")[0].close()
    moved = read(write_set(tmp_path / "elsewhere" / "moved"))
    archive, report = archive_of(moved, second, 0, tmp_path / "cache")
    assert (first.embedded, second.embedded) == (3, 0)
    assert (report.unchanged, report.passages) == (3, 0)
    assert archive.status().generation == archive_of(town, second, 0, tmp_path / "cache")[0].status().generation


def test_other_documents_another_model_or_other_passages_have_an_archive_of_their_own(
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


def test_an_interrupted_indexing_goes_on_where_it_was(town: QuestionSet, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        archive_of(town, Counting(calls_left=2), 0, tmp_path / "cache", sizes=BatchSizes(1))
    again = Counting()
    archive, report = archive_of(town, again, 0, tmp_path / "cache")
    assert (report.unchanged, again.embedded) == (2, 1)
    assert {card.id for card in archive.cards()} == set(TOWN)


def test_a_cache_that_is_damaged_is_named(town: QuestionSet, fake: FakeEncoder, tmp_path: Path) -> None:
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


def test_ids_are_kept_whatever_they_look_like(tmp_path: Path) -> None:
    odd = {"a": "One rained.", "b/../a": "Two rained.", "字 🙂": "Three rained.", "..": "Four rained."}
    documents = {id_: ("Rain", text) for id_, text in odd.items()}
    questions = read(write_set(tmp_path / "odd", documents=documents, grades={}, answers=None))
    for calls in range(1, 4):
        with pytest.raises(KeyboardInterrupt):
            archive_of(questions, Counting(calls_left=1), 0, tmp_path / "cache", sizes=BatchSizes(1))
        archive = archive_at(next((tmp_path / "cache").iterdir()), Counting())
        assert {card.id for card in archive.cards()} == set(list(odd)[:calls])
    whole, _ = archive_of(questions, Counting(), 0, tmp_path / "cache")
    assert {card.id for card in whole.cards()} == set(odd)


# ── Runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_has_a_line_a_document_with_falling_scores(town: QuestionSet) -> None:
    said = {ASKED["q1"]: response("bridge", "dog", "tax"), ASKED["q3"]: response("tax")}
    measured = evaluate("full", lambda question: said.get(question, response()), town, None)
    assert list(run_lines(measured)) == [
        "q1 Q0 bridge 1 1.000000 clippings-full\n",
        "q1 Q0 dog 2 0.500000 clippings-full\n",
        "q1 Q0 tax 3 0.333333 clippings-full\n",
        "q3 Q0 tax 1 1.000000 clippings-full\n",
    ]


def test_an_id_with_a_space_cannot_be_in_a_run(tmp_path: Path) -> None:
    check_ids(read(write_set(tmp_path / "good")))
    spaced = read(write_set(tmp_path / "bad", documents=TOWN | {"two words": ("A", "B.")}, grades=RIGHT))
    with pytest.raises(QuestionSetBroken, match="'two words' has a space in it"):
        check_ids(spaced)
