"""Questions that lean on the one before them, and all those that do not."""

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
from retrieval.answer.conversation import Turn, names, resolve_context, subject
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.types import Answer, Filters, Hit, Passage, Query
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
    made = archive_at(tmp_path / "archive", fake)
    texts = ["The tower has bells.", "The tower has a clock.", "The tower of the old mint leans."]
    take_in(made, fake, *(Article(Card(str(n), f"No. {n}"), text) for n, text in enumerate(texts)))
    return made


def highlighted(answer: Answer) -> str:
    hit = answer.hits[0]
    return hit.passage.text[slice(*hit.highlight)]


def test_there_are_dialogues_and_pairs_enough() -> None:
    for name in ("dialogues", "unrelated"):
        assert {half: sum(one["half"] == half for one in DIALOGUES[name]) >= 20 for half in ("tuned", "held")} == {
            "tuned": True,
            "held": True,
        }
    assert len(DIALOGUES["seed"]) >= 10


@pytest.mark.parametrize("dialogue", DIALOGUES["dialogues"] + DIALOGUES["seed"], ids=lambda one: one["then"])
def test_the_second_question_of_a_dialogue_leans_and_the_first_does_not(dialogue: dict[str, str]) -> None:
    assert is_context_dependent(dialogue["then"])
    assert not is_context_dependent(dialogue["first"])


@pytest.mark.parametrize("pair", DIALOGUES["unrelated"], ids=lambda one: one["then"])
def test_a_question_that_stands_by_itself_does_not_lean(pair: dict[str, str]) -> None:
    assert not is_context_dependent(pair["then"])


@pytest.mark.parametrize("question", [question for question, *_ in SEED["answerable"]] + SEED["unanswerable"])
def test_no_question_of_the_seed_leans(question: str) -> None:
    assert not is_context_dependent(question)


@pytest.mark.parametrize(
    "question",
    [
        "Why?", "why", "When exactly?", "How long?", "And in 2015?", "And Ilham?", "What about Ilham?", "Since when?",
        "Who else?", "Which one?", "Where was that?", "Is it true?", "Is that so?", "Who is she?", "And who was that?",
        "Was it found?", "What did they do to him?", "When did Kerry meet him?", "Who arrested them?", "What then?",
        "Did this cost much?", "Who wrote about these arrests?", "Who lives there?", "HOW OLD IS HE?", "was he alone",
        "Isn’t he in prison?", "How many of them are women?", "What's his name?", "Did the same happen in Beijing?",
        "so what did she say", "What happened then?", "How many live there?", "What did the report say about him?",
    ],
)  # fmt: skip
def test_a_question_without_what_it_is_about_leans(question: str) -> None:
    assert is_context_dependent(question)


@pytest.mark.parametrize(
    "question",
    [
        "What did Kerry say about his visit?", "How long does it take to walk from Vienna?", "Is it true that Xu fled?",
        "How many people are there in Warsaw?", "There is a dam, who built the dam?", "Who says that Xu is ill?",
        "What is new this year?", "Which city lost its banks?", "Who lost his job?", "Is it legal to chew coca?",
        "Who are those who were arrested?", "What did the mayor tell Ann before she left?", "IT companies", "", "?",
        "What did Xu do then, in 2009?", "Is it possible that Xu was innocent?", "What time does the museum open?",
        "Did Carle take his cat with him?", "And who is Xu Zhiyong?", "许志永怎么了？", "Who runs IT at Tencent?",
        "What do people in Napier do there?", "Why does Carle's friend ask him?", "WHO MET XU?", "Kerry", "the wolf",
    ],
)  # fmt: skip
def test_a_question_with_all_it_needs_does_not_lean(question: str) -> None:
    assert not is_context_dependent(question)


@given(st.text(max_size=200))
def test_any_text_leans_or_does_not(text: str) -> None:
    assert is_context_dependent(text) in {True, False}
    assert all(word in text for name in names(text) for word in name.split())


@pytest.mark.parametrize("question", ["it " * 333, "that he " * 125, "🙂" * 1000, "A" * 1000, "Aa " * 333, "('" * 500])
def test_hostile_questions_take_no_time(archive: LocalArchive, question: str) -> None:
    began = time.perf_counter()
    resolve_context(Query(question), Turn(Query(question), (question,)), archive)
    resolve_context(Query("why?"), Turn(Query(question), (question,)), archive)
    assert time.perf_counter() - began < 2  # it takes some hundredths


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
def test_names_are_runs_of_capitals(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_a_first_word_is_a_name_only_where_it_is_known_for_one() -> None:
    assert names("Xu was detained.") == []
    assert names("Xu was detained.", known={"Xu"}) == ["Xu"]
    assert names("Instead Enric Duran fled.", known={"Duran"}) == ["Enric Duran"]


# ── What is added ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_he_is_whom_the_last_question_named(archive: LocalArchive) -> None:
    assert resolve_context(Query("when was he detained?"), XU, archive).text == "when was he detained? (Xu Zhiyong)"
    assert resolve_context(Query("when was he detained?"), None, archive).text == "when was he detained?"
    assert resolve_context(Query("Who is Ma Xiaolin?"), XU, archive) == Query("Who is Ma Xiaolin?")


@pytest.mark.parametrize(
    "first", ["Who founded Weiquanwang?", "Which lawyer was jailed?", "Who is the mayor of Napier?"]
)
def test_he_is_whom_the_answer_named_where_somebody_was_asked_for(archive: LocalArchive, first: str) -> None:
    before = Turn(Query(first), ("Li Fangping", "Beijing"))
    assert subject("When was he born?", before, archive).startswith("Li Fangping")
    assert "Li Fangping" not in subject("Where is it?", before, archive)


@pytest.mark.parametrize(
    "first", ["Who is Xu Zhiyong?", "what happened to Xu Zhiyong?", "Which law did Xu Zhiyong break?"]
)
def test_he_is_not_whom_the_answer_named_where_somebody_else_was_asked_about(archive: LocalArchive, first: str) -> None:
    assert subject("When was he born?", Turn(Query(first), ("Li Fangping",)), archive) == "Xu Zhiyong"


def test_it_is_the_words_that_tell_most_in_the_order_they_were_written(archive: LocalArchive) -> None:
    before = Turn(Query("where is the leaning tower of the old mint with a clock and great bells and weathercocks"))
    told = subject("who built it?", before, archive).split()
    assert "mint" in told
    assert len(told) <= 6
    assert told == sorted(told, key=before.query.text.split().index)
    # What the archive has nothing of tells least.
    assert told == ["leaning", "tower", "mint", "clock", "great", "bells"]


def test_a_turn_keeps_the_names_of_the_sentence_that_answered_and_nothing_else() -> None:
    text = "It rained. Li Fangping founded it with Xu. Ann Lee left, and so did Xu."
    passage = Passage("p", Card("a", "Title"), text, 0, len(text), (Span(0, 10), Span(11, 42), Span(43, len(text))))
    hits = (Hit(passage, 0.9, 1, Span(11, 42)),)
    assert Turn.of(Answer("Who founded it?", hits, 0.9, answered=True)) == Turn(
        Query("Who founded it?"), ("Li Fangping", "Xu")
    )
    assert Turn.of(Answer("Who founded it?", hits, 0.1, answered=False)) == Turn(Query("Who founded it?"))
    searched = Query("Who founded it? (Weiquanwang)")
    assert Turn.of(Answer("Who founded it?", (), 0.0, answered=False, searched=searched)) == Turn(searched)


def test_a_slice_is_inherited_by_what_leans_and_by_nothing_else(archive: LocalArchive) -> None:
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
    return [(one, seed.answer(one["then"], before=Turn.of(seed.answer(one["first"])))) for one in DIALOGUES["seed"]]


def test_the_dialogues_quote_the_seed_article(seed_article: Article) -> None:
    assert all(one["answer"] in seed_article.text for one in DIALOGUES["seed"])


def test_every_dialogue_is_answered_and_says_what_was_searched_for(
    dialogues: list[tuple[dict[str, str], Answer]],
) -> None:
    for dialogue, answer in dialogues:
        assert answer.question == dialogue["then"]
        assert answer.searched is not None
        assert any(words in answer.searched.text for words in dialogue["means"])
        assert answer.answered


def test_nine_in_ten_dialogues_have_their_answer_in_what_is_shown(
    dialogues: list[tuple[dict[str, str], Answer]],
) -> None:
    shown = [any(dialogue["answer"] in hit.passage.text for hit in answer.hits) for dialogue, answer in dialogues]
    assert sum(shown) / len(shown) >= 0.9


def test_he_is_another_one_after_another_question(seed: Answerer) -> None:
    for name in ("Charles Xue", "Ma Xiaolin", "Zhang Jialong"):
        before = Turn.of(seed.answer(f"What do you know of {name}?"))
        answer = seed.answer("who is he?", before=before)
        assert answer.searched == Query(f"who is he? ({name})")
        assert name in answer.hits[0].passage.text


def test_a_chain_of_questions_goes_on_about_the_same(seed: Answerer) -> None:
    turn = None
    for question in ("What happened to Xu Zhiyong?", "when was he detained?", "Where?", "And why was he convicted?"):
        answer = seed.answer(question, before=turn)
        turn = Turn.of(answer)
    assert answer.searched == Query("And why was he convicted? (Xu Zhiyong)")
    assert "gathering a crowd" in highlighted(answer)


def test_a_question_that_was_refused_can_still_be_leaned_on(seed: Answerer) -> None:
    refused = seed.answer("What is Charles Xue's favourite football club in Andalusia?")
    assert not refused.answered
    answer = seed.answer("How many followers does he have?", before=Turn.of(refused))
    assert "12 million followers" in highlighted(answer)


def test_a_question_by_itself_is_answered_as_if_nothing_had_been_asked_before(seed: Answerer) -> None:
    before = Turn.of(seed.answer("Who is Charles Xue?"))
    for question, *_ in SEED["answerable"][:5]:
        assert seed.answer(question, before=before) == seed.answer(question)
