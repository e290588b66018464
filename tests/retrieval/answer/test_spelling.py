"""Misspelled questions, over the seed article with the real model: what is mended, and what is rather left alone."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.answer.features import count_words
from retrieval.answer.spelling import correct_spelling
from retrieval.archive.contract import DocumentFrequencies
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.types import Filters, Query
from tests.fakes import FakeEncoder, archive_at, take_in

QUESTIONS = json.loads((Path(__file__).with_name("example_questions.json")).read_text(encoding="utf-8"))


class Pieces(FakeEncoder):
    """A model that knows only these words whole."""

    WHOLE = ("biden", "who", "met", "was", "the")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [2 + sum(1 if word.lower() in self.WHOLE else 2 for word in text.split()) for text in texts]


@pytest.fixture(scope="module")
def seed(seed_archive: Path) -> LocalArchive:
    return LocalArchive.open(seed_archive)


def corrected(text: str, archive: LocalArchive, encoder: Encoder) -> str:
    return correct_spelling(Query(text), count_words(text, archive), archive, encoder).text


def test_a_name_spelled_wrong_finds_its_passage(seed: LocalArchive, encoder: Encoder) -> None:
    answer = Answerer(seed, encoder).answer("wat hapened to xu zhyong")
    assert answer.question == "wat hapened to xu zhyong"
    assert answer.searched == Query("wat hapened to xu zhiyong")
    assert answer.answered
    (start, end), text = answer.hits[0].highlight, answer.hits[0].passage.text
    assert "sentenced legal scholar Xu Zhiyong to four years" in text[start:end]


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("What happened to Xu Zhyong?", "What happened to Xu Zhiyong?"),
        ("Who is Zhyong’s lawyer?", "Who is Zhiyong’s lawyer?"),
        ("WHO IS ZHYONG?", "WHO IS ZHIYONG?"),
        ("who met Kery", "who met Kerry"),
        ("What did Kerrry say?", "What did Kerry say?"),
        ("Who is Liu Xiabo?", "Who is Liu Xiaobo?"),
        ("Who leads the Comunist Party?", "Who leads the Communist Party?"),
        ("What did the goverment block?", "What did the government block?"),
        ("Which goverment? Which comunist party?", "Which government? Which communist party?"),
        ("Who runs Tencnet Fiannce?", "Who runs Tencent Finance?"),
    ],
)
def test_a_word_is_mended_and_keeps_the_writers_capitals(
    seed: LocalArchive, encoder: Encoder, written: str, searched: str
) -> None:
    assert corrected(written, seed, encoder) == searched


@pytest.mark.parametrize("question", [question for question, *_ in QUESTIONS["answerable"]] + QUESTIONS["unanswerable"])
def test_what_is_spelled_right_is_left_alone(seed: LocalArchive, encoder: Encoder, question: str) -> None:
    assert corrected(question, seed, encoder) == question


@pytest.mark.parametrize(
    "question",
    [
        "What does Lavrov say?",  # a name that the archive does not have, and none like it
        "What did Merry say?",  # the first letter is another
        "Who is Kelly?",  # the model knows it whole
        "Who met Korry?",  # a letter in another's place, and no other word speaks for it
        "What about Zhangs and Wangs?",
        "Who is @zhyong, and what is zhyong.com or xu-zhyong or zhyong2?",
        "许志永怎么了？ 张贾龙",
        "Что случилось с Сюй Чжиюном?",
        "Wie heissen die verhafteten chinesischen Schriftsteller wirklich?",
        "zhyong zhiong kerrry tencnet fiannce",  # too much of it
        "🙂🙃🙂 ‼ ﷽ ￼",
    ],
)
def test_what_may_be_right_is_left_alone(seed: LocalArchive, encoder: Encoder, question: str) -> None:
    assert corrected(question, seed, encoder) == question


@pytest.mark.parametrize(
    "question",
    [
        "z" * 1000,
        "zhyong " * 142,
        "zhyong" * 166,
        "a b " * 250,
        "🙂" * 1000,
        "许" * 1000,
        "Zhÿöng " * 140,
        "'" * 999 + "a",
    ],
)
def test_hostile_questions_come_to_an_end(seed: LocalArchive, encoder: Encoder, question: str) -> None:
    assert len(corrected(question, seed, encoder).split()) == len(question.split())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
@example("AAAA÷ harbuor×2")
def test_any_text_stays_a_text_of_as_many_words(seed: LocalArchive, encoder: Encoder, text: str) -> None:
    assert len(corrected(text, seed, encoder).split()) == len(text.split())


def test_the_slice_and_the_order_stay_as_they_were(seed: LocalArchive, encoder: Encoder) -> None:
    query = Query("who is Xu Zhyong", Filters(source="Paper"), newest=True)
    found = correct_spelling(query, count_words(query.text, seed), seed, encoder)
    assert found == Query("who is Xu Zhiyong", Filters(source="Paper"), newest=True)


def test_a_question_that_is_searched_for_as_it_was_written_says_nothing(seed: LocalArchive, encoder: Encoder) -> None:
    assert Answerer(seed, encoder).answer("Who met Kerry?").searched is None


def an_archive(folder: Path, *texts: str) -> LocalArchive:
    fake = FakeEncoder()
    archive = archive_at(folder, fake)
    take_in(archive, fake, *(Article(Card(str(n), f"No. {n}"), text) for n, text in enumerate(texts)))
    return archive


def test_a_word_that_the_model_knows_is_no_slip_of_another(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive", "The bident was hidden.", "A bident, a bident.", "No bident.")
    assert archive.similar_words("biden", 1) == ["bident"]
    assert corrected("who met biden", archive, Pieces()) == "who met biden"
    assert corrected("who met bidet", archive, Pieces()) == "who met bident"


def test_a_name_is_not_taken_for_a_word(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive", "It took care.", "They care and care.", "Care was taken, much care.")
    assert corrected("Who met Carle?", archive, Pieces()) == "Who met Carle?"
    assert corrected("who met carle?", archive, Pieces()) == "who met care?"


def test_of_two_as_near_the_one_beside_a_word_of_the_question_is_taken(tmp_path: Path) -> None:
    others = ["Haller spoke.", "Haller sang.", "Haller left."]
    archive = an_archive(tmp_path / "archive", "Hallen chaired the Brno congress.", *others)
    assert archive.similar_words("Hallem", 9) == ["Haller", "Hallen"]
    assert corrected("Was Hallem in Brno?", archive, Pieces()) == "Was Hallen in Brno?"
    # One letter in another's place, and nothing that speaks for either.
    assert corrected("Was Hallem in Rome?", archive, Pieces()) == "Was Hallem in Rome?"


def test_a_question_without_a_strange_word_costs_one_look(
    seed: LocalArchive, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[list[str]] = []
    count = seed.document_frequencies

    def counting(words: list[str]) -> DocumentFrequencies:
        looks.append(words)
        return count(words)

    monkeypatch.setattr(seed, "document_frequencies", counting)
    monkeypatch.setattr(seed, "similar_words", None)
    corrected("What happened to Xu Zhiyong in Beijing?", seed, encoder)
    assert len(looks) == 1
