"""Spelling correction on the seed article with the real model: which words are corrected, and which are not."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.answer.query_features import analyze_question
from retrieval.answer.spelling import correct_spelling
from retrieval.archive.contract import DocumentFrequencies
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.types import Filters, Query
from tests.fakes import FakeEncoder, archive_at, take_in

QUESTIONS = json.loads((Path(__file__).with_name("example_questions.json")).read_text(encoding="utf-8"))


class SplittingEncoder(FakeEncoder):
    """An encoder that splits every word except those in WHOLE into two tokens."""

    WHOLE = ("biden", "who", "met", "was", "the")

    def token_ends(self, text: str) -> list[int]:
        return [len(text)] if text.lower() in self.WHOLE else [1, len(text)]


@pytest.fixture(scope="module")
def seed(seed_archive: Path) -> LocalArchive:
    return LocalArchive.open(seed_archive)


def corrected(text: str, archive: LocalArchive, encoder: Encoder) -> str:
    return correct_spelling(Query(text), analyze_question(text, archive), archive, encoder).text


def test_a_misspelled_name_finds_its_passage(seed: LocalArchive, encoder: Encoder) -> None:
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
def test_a_corrected_word_keeps_its_capitals(seed: LocalArchive, encoder: Encoder, written: str, searched: str) -> None:
    assert corrected(written, seed, encoder) == searched


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Who is Mipe Weatherley?", "Who is Mike Weatherley?"),
        ("who is mipe weatherley", "who is mike weatherley"),
        # Without the rest of the name, or next to another word, a replaced letter of four is not enough.
        ("Who is Mipe?", "Who is Mipe?"),
        ("Who is Mipe, Weatherley?", "Who is Mipe, Weatherley?"),
        ("Was Weatherley Mipe?", "Was Weatherley Mipe?"),
        ("The Sole ferry of Graz?", "The Sole ferry of Graz?"),
    ],
)
def test_four_letters_are_corrected_as_part_of_a_name(tmp_path: Path, written: str, searched: str) -> None:
    archive, encoder = archive_at(tmp_path / "archive", FakeEncoder()), SplittingEncoder()
    text = "Then Mike Weatherley spoke. The sale of the ferry to Graz failed. Weatherley smiled."
    take_in(archive, FakeEncoder(), Article(Card("id", "Headline"), text))
    assert corrected(written, archive, encoder) == searched


@pytest.mark.parametrize("question", [question for question, *_ in QUESTIONS["answerable"]] + QUESTIONS["unanswerable"])
def test_correct_questions_stay_unchanged(seed: LocalArchive, encoder: Encoder, question: str) -> None:
    assert corrected(question, seed, encoder) == question


@pytest.mark.parametrize(
    "question",
    [
        "What does Lavrov say?",  # a name that the archive does not have, nor one like it
        "What did Merry say?",  # the first letter differs
        "Who is Kelly?",  # one token in the model's vocabulary
        "Who met Korry?",  # a letter is replaced, and no passage is evidence
        "What about Zhangs and Wangs?",
        "Who is @zhyong, and what is zhyong.com or xu-zhyong or zhyong2?",
        "许志永怎么了？ 张贾龙",
        "Что случилось с Сюй Чжиюном?",
        "Wie heissen die verhafteten chinesischen Schriftsteller wirklich?",
        "zhyong zhiong kerrry tencnet fiannce",  # too many unknown words
        "🙂🙃🙂 ‼ ﷽ ￼",
    ],
)
def test_words_that_may_be_right_stay_unchanged(seed: LocalArchive, encoder: Encoder, question: str) -> None:
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
def test_hostile_questions_are_processed(seed: LocalArchive, encoder: Encoder, question: str) -> None:
    assert len(corrected(question, seed, encoder).split()) == len(question.split())


@settings(max_examples=60)
@given(st.text(max_size=300))
@example("AAAA÷ harbuor×2")
def test_correction_keeps_the_number_of_words(seed: LocalArchive, encoder: Encoder, text: str) -> None:
    assert len(corrected(text, seed, encoder).split()) == len(text.split())


def test_filters_and_order_stay_unchanged(seed: LocalArchive, encoder: Encoder) -> None:
    query = Query("who is Xu Zhyong", Filters(source="Paper"), newest=True)
    corrected_query = correct_spelling(query, analyze_question(query.text, seed), seed, encoder)
    assert corrected_query == Query("who is Xu Zhiyong", Filters(source="Paper"), newest=True)


def test_searched_is_none_for_an_unchanged_question(seed: LocalArchive, encoder: Encoder) -> None:
    assert Answerer(seed, encoder).answer("Who met Kerry?").searched is None


def an_archive(folder: Path, *texts: str) -> LocalArchive:
    fake = FakeEncoder()
    archive = archive_at(folder, fake)
    take_in(archive, fake, *(Article(Card(str(n), f"No. {n}"), text) for n, text in enumerate(texts)))
    return archive


def test_a_word_in_the_models_vocabulary_is_not_corrected(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive", "The bident was hidden.", "A bident, a bident.", "No bident.")
    assert archive.similar_words("biden", 1) == ["bident"]
    assert corrected("who met biden", archive, SplittingEncoder()) == "who met biden"
    assert corrected("who met bidet", archive, SplittingEncoder()) == "who met bident"


def test_a_name_is_not_corrected_to_a_common_word(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive", "It took care.", "They care and care.", "Care was taken, much care.")
    assert corrected("Who met Carle?", archive, SplittingEncoder()) == "Who met Carle?"
    assert corrected("who met carle?", archive, SplittingEncoder()) == "who met care?"


def test_a_question_is_not_corrected_to_words_of_another_language(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive", "The tibetan leaders and the monks of the region spoke with the press.")
    assert archive.similar_words("tibetano", 1) == ["tibetan"]
    question = "¿Quién era el antiguo líder tibetano de la región de las montañas?"
    assert corrected(question, archive, SplittingEncoder()) == question
    assert corrected("Which tibetann leaders spoke?", archive, SplittingEncoder()) == "Which tibetan leaders spoke?"


@pytest.mark.parametrize("written_form", ["nb", "nn"])
def test_a_norwegian_question_is_corrected_to_words_of_either_written_form(tmp_path: Path, written_form: str) -> None:
    fake = FakeEncoder()
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, Article(Card("1", "No. 1", language=written_form), "Fiskehandleren solgte alt."))
    question = "Hvem er Fiskehandelren og hva sa han?"
    assert corrected(question, archive, SplittingEncoder()) == question.replace("Fiskehandelren", "Fiskehandleren")


def test_another_ending_is_no_misspelling_in_a_language_of_many_forms(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive", "Die Ghurkenssalatin wurden in der Stadt und auf dem Land verkauft.")
    assert archive.similar_words("Ghurkenssalati", 1) == ["Ghurkenssalatin"]
    for question, expected in (
        ("Welche Ghurkenssalati wurde in der Stadt verkauft?", "Ghurkenssalati"),
        ("Welche Ghrukenssalatin wurde in der Stadt verkauft?", "Ghurkenssalatin"),
    ):
        assert expected in corrected(question, archive, SplittingEncoder()).split()


def test_of_two_similar_words_the_one_in_a_passage_with_another_word_of_the_question_wins(tmp_path: Path) -> None:
    others = ["Haller spoke.", "Haller sang.", "Haller left."]
    archive = an_archive(tmp_path / "archive", "Hallen chaired the Brno congress.", *others)
    assert archive.similar_words("Hallem", 9) == ["Haller", "Hallen"]
    assert corrected("Was Hallem in Brno?", archive, SplittingEncoder()) == "Was Hallen in Brno?"
    # One letter is replaced, and no passage is evidence for either word.
    assert corrected("Was Hallem in Rome?", archive, SplittingEncoder()) == "Was Hallem in Rome?"


def test_a_question_without_unknown_words_costs_one_lookup(
    seed: LocalArchive, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookups: list[list[str]] = []
    count = seed.document_frequencies

    def counting(words: list[str]) -> DocumentFrequencies:
        lookups.append(words)
        return count(words)

    monkeypatch.setattr(seed, "document_frequencies", counting)
    monkeypatch.setattr(seed, "similar_words", None)
    corrected("What happened to Xu Zhiyong in Beijing?", seed, encoder)
    assert len(lookups) == 1
