"""Questions that depend on the one before them, and what they are completed with."""

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card, Span
from retrieval.answer.answerer import Answerer
from retrieval.answer.context_dependent import is_context_dependent
from retrieval.answer.conversation import Turn, resolve_context, subject
from retrieval.answer.names_in_question import names
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.types import Answer, ClosestPassage, Filters, Hit, Passage, Query
from tests.fakes import FakeEncoder, archive_at, take_in

DATA = Path(__file__).parent
DIALOGUES = json.loads((DATA / "dialogues.json").read_text(encoding="utf-8"))
SEED = json.loads((DATA / "example_questions.json").read_text(encoding="utf-8"))
XU = Turn(Query("what happened to Xu Zhiyong?"))


@pytest.fixture(scope="module")
def seed(seed_archive: Path, encoder: Encoder) -> Iterator[Answerer]:
    answerer = Answerer(LocalArchive.open(seed_archive), encoder)
    yield answerer
    answerer.close()


@pytest.fixture
def archive(tmp_path: Path, fake: FakeEncoder) -> LocalArchive:
    archive = archive_at(tmp_path / "archive", fake)
    texts = ["The tower has bells.", "The tower has a clock.", "The tower of the old mint leans."]
    take_in(archive, fake, *(Article(Card(str(n), f"No. {n}"), text) for n, text in enumerate(texts)))
    return archive


def highlighted(answer: Answer) -> str:
    hit = answer.hits[0]
    return hit.passage.text[slice(*hit.highlight)]


@given(st.text(max_size=200))
def test_any_text_can_be_checked(text: str) -> None:
    assert is_context_dependent(text) in {True, False}
    assert all(word in text for name in names(text) for word in name.split())


@pytest.mark.parametrize("question", ["it " * 333, "that he " * 125, "🙂" * 1000, "A" * 1000, "Aa " * 333, "('" * 500])
def test_hostile_questions_take_little_time(archive: LocalArchive, question: str) -> None:
    start = time.process_time()
    resolve_context(Query(question), Turn(Query(question), (question,)), archive)
    resolve_context(Query("why?"), Turn(Query(question), (question,)), archive)
    assert time.process_time() - start < 2  # it takes hundredths of a second


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did Larry Pizzi ask about Google’s car?", ["Larry Pizzi", "Google"]),
        ("Who is Maha el-Kadiri of the UN?", ["Maha el-Kadiri", "UN"]),
        ("When was that? (Super Bowl 50)", ["Super Bowl 50"]),
        ("what did Émile Zola write?", ["Émile Zola"]),
        ("Where is Xu, and where is Xu Zhiyong?", ["Xu Zhiyong"]),
        ("Was it on Monday, 3 July 2013?", []),
        ("WHAT HAPPENED TO XU?", []),
        ("what happened to xu?", []),
        ("许志永怎么了？", []),
    ],
)
def test_names_are_runs_of_capitalized_words(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_the_first_word_is_a_name_only_if_it_is_known() -> None:
    assert names("Xu was detained.") == []
    assert names("Xu was detained.", known={"Xu"}) == ["Xu"]
    assert names("Instead Enric Duran fled.", known={"Duran"}) == ["Enric Duran"]


# ── What is added ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_he_is_the_person_named_in_the_last_question(archive: LocalArchive) -> None:
    assert resolve_context(Query("when was he detained?"), XU, archive).text == "when was Xu Zhiyong detained?"
    assert resolve_context(Query("when was he detained?"), None, archive).text == "when was he detained?"
    assert resolve_context(Query("Who is Ma Xiaolin?"), XU, archive) == Query("Who is Ma Xiaolin?")


@pytest.mark.parametrize(
    "first", ["Who founded Weiquanwang?", "Which lawyer was jailed?", "Who is the mayor of Napier?"]
)
def test_he_is_the_person_named_in_the_answer_if_the_question_asked_for_a_person(
    archive: LocalArchive, first: str
) -> None:
    before = Turn(Query(first), ("Li Fangping", "Beijing"))
    assert subject("When was he born?", before, archive).names[0] == "Li Fangping"
    assert not subject("Where is it?", before, archive).names


@pytest.mark.parametrize(
    "first", ["Who is Xu Zhiyong?", "what happened to Xu Zhiyong?", "Which law did Xu Zhiyong break?"]
)
def test_he_is_not_the_person_named_in_the_answer_if_the_question_named_one(archive: LocalArchive, first: str) -> None:
    assert subject("When was he born?", Turn(Query(first), ("Li Fangping",)), archive).names == ("Xu Zhiyong",)


def test_it_is_the_rarest_words_of_the_last_question_in_their_order(archive: LocalArchive) -> None:
    before = Turn(Query("where is the leaning tower of the old mint with a clock and great bells and weathercocks"))
    added = subject("who built it?", before, archive).words
    assert "mint" in added
    assert len(added) <= 6
    assert list(added) == sorted(added, key=before.query.text.split().index)
    # Words that the archive does not have come last.
    assert added == ("leaning", "tower", "mint", "clock", "great", "bells")


def test_a_turn_has_only_the_names_of_the_sentence_that_answered() -> None:
    text = "It rained. Li Fangping founded it with Xu. Ann Lee left, and so did Xu."
    passage = Passage("p", Card("a", "Title"), text, 0, len(text), (Span(0, 10), Span(11, 42), Span(43, len(text))))
    hits = (Hit(passage, 0.9, 1, Span(11, 42)),)
    assert Turn.of(Answer("Who founded it?", hits)) == Turn(Query("Who founded it?"), ("Li Fangping", "Xu"))
    closest = (ClosestPassage(passage, 0.9, 1),)
    assert Turn.of(Answer("Who founded it?", closest=closest)) == Turn(Query("Who founded it?"))
    searched = Query("Who founded it? (Weiquanwang)")
    assert Turn.of(Answer("Who founded it?", searched=searched)) == Turn(searched)


def test_only_context_dependent_questions_inherit_filters(archive: LocalArchive) -> None:
    last = Filters(since=date(2014, 1, 1), until=date(2014, 12, 31), source="Paper")
    before = Turn(Query("what happened to Xu?", last, newest=True))
    assert resolve_context(Query("why?"), before, archive).filters == last
    assert not resolve_context(Query("why?"), before, archive).newest
    assert resolve_context(Query("Who is Ann Lee?"), before, archive).filters == Filters()
    own = Filters(since=date(2015, 1, 1), author="Ann")
    assert resolve_context(Query("why?", own), before, archive).filters == Filters(
        date(2015, 1, 1), None, "Paper", "Ann"
    )


# ── End to end, over the seed article ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def dialogues(seed: Answerer) -> list[tuple[dict[str, str], Answer]]:
    """The dialogues over the seed article, each with the answer to its second question."""
    return [
        (dialogue, seed.answer(dialogue["then"], before=Turn.of(seed.answer(dialogue["first"]))))
        for dialogue in DIALOGUES["seed"]
    ]


def test_the_dialogues_quote_the_seed_article(seed_article: Article) -> None:
    assert len(DIALOGUES["seed"]) >= 10
    assert all(dialogue["answer"] in seed_article.text for dialogue in DIALOGUES["seed"])


def test_every_dialogue_is_answered_and_reports_the_completed_question(
    dialogues: list[tuple[dict[str, str], Answer]],
) -> None:
    for dialogue, answer in dialogues:
        assert answer.question == dialogue["then"]
        assert answer.searched is not None
        assert any(words.lower() in answer.searched.text.lower() for words in dialogue["means"])
        assert answer.answered


def test_nine_of_ten_dialogues_have_the_answer_among_their_hits(
    dialogues: list[tuple[dict[str, str], Answer]],
) -> None:
    shown = [any(dialogue["answer"] in hit.passage.text for hit in answer.hits) for dialogue, answer in dialogues]
    assert sum(shown) / len(shown) >= 0.9


def test_he_is_another_person_after_another_question(seed: Answerer) -> None:
    for name in ("Charles Xue", "Ma Xiaolin", "Zhang Jialong"):
        before = Turn.of(seed.answer(f"What do you know of {name}?"))
        answer = seed.answer("who is he?", before=before)
        assert answer.searched == Query(f"who is {name}?")
        assert name in answer.hits[0].passage.text


def test_a_chain_of_questions_keeps_its_subject(seed: Answerer) -> None:
    turn = None
    for question in ("What happened to Xu Zhiyong?", "when was he detained?", "Where?", "And why was he convicted?"):
        answer = seed.answer(question, before=turn)
        turn = Turn.of(answer)
    assert answer.searched == Query("And why was Xu Zhiyong convicted?")
    assert "gathering a crowd" in highlighted(answer)


def test_a_refused_question_still_gives_context(seed: Answerer) -> None:
    refused = seed.answer("What is Charles Xue's favourite football club in Andalusia?")
    assert not refused.answered
    answer = seed.answer("How many followers does he have?", before=Turn.of(refused))
    assert "12 million followers" in highlighted(answer)


def test_complete_questions_ignore_the_one_before(seed: Answerer) -> None:
    before = Turn.of(seed.answer("Who is Charles Xue?"))
    for question, *_ in SEED["answerable"][:5]:
        assert seed.answer(question, before=before) == seed.answer(question)
