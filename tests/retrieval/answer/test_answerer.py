import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card
from corpus.text.language import language_of_question
from retrieval.answer.answerer import Answerer
from retrieval.answer.query import check_question, on_one_line
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.errors import EmptyQuestion, QuestionTooLong
from retrieval.types import Answer
from tests.fakes import FakeEncoder, archive_at, take_in

QUESTIONS = json.loads((Path(__file__).with_name("example_questions.json")).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def seed(seed_archive: Path, encoder: Encoder) -> Iterator[Answerer]:
    answerer = Answerer(LocalArchive.open(seed_archive), encoder)
    yield answerer
    answerer.close()


@pytest.fixture(scope="module")
def answers(seed: Answerer) -> list[tuple[Answer, list[str]]]:
    """The answers to the answerable questions, each with the words that answer."""
    return [(seed.answer(question), words) for question, *words in QUESTIONS["answerable"]]


def share(tests: Iterator[bool]) -> float:
    results = list(tests)
    return sum(results) / len(results)


def contains_any(text: str, phrases: list[str]) -> bool:
    return any(phrase in text for phrase in phrases)


def highlighted(answer: Answer) -> str:
    hit = answer.hits[0]
    return hit.passage.text[slice(*hit.highlight)]


def test_the_answers_are_quoted_from_the_article(seed_article: Article) -> None:
    assert len(QUESTIONS["answerable"]) >= 25
    assert all(phrase in seed_article.text for _, *phrases in QUESTIONS["answerable"] for phrase in phrases)


def test_the_first_passage_has_the_answer_to_nine_of_ten_questions(answers: list[tuple[Answer, list[str]]]) -> None:
    assert share(contains_any(answer.hits[0].passage.text, words) for answer, words in answers) >= 0.9


def test_the_first_highlight_has_the_answer_to_nine_of_ten_questions(
    answers: list[tuple[Answer, list[str]]],
) -> None:
    assert share(contains_any(highlighted(answer), words) for answer, words in answers) >= 0.9


def test_every_answerable_question_is_answered(answers: list[tuple[Answer, list[str]]]) -> None:
    assert [answer.question for answer, _ in answers if not answer.answered] == []


@pytest.mark.parametrize("question", QUESTIONS["unanswerable"])
def test_questions_beyond_the_article_are_not_answered(seed: Answerer, question: str) -> None:
    answer = seed.answer(question)
    assert not answer.answered
    assert answer.confidence == answer.closest[0].confidence < 0.5
    assert answer.hits == ()


def test_what_happened_to_xu_zhiyong(seed: Answerer) -> None:
    answer = seed.answer("what happened to Xu Zhiyong?")
    assert "sentenced legal scholar Xu Zhiyong to four years in prison" in highlighted(answer)


@pytest.fixture(scope="module")
def lenient(seed: Answerer) -> Answerer:
    """An answerer to which every passage answers."""
    return Answerer(seed.archive, seed.encoder, strictness=0)


def test_hits_are_ranked_from_one_with_falling_scores(lenient: Answerer) -> None:
    hits = lenient.answer("Who met Kerry?", 5).hits
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_there_are_at_most_as_many_hits_as_requested(lenient: Answerer) -> None:
    assert [len(lenient.answer("Who met Kerry?", count).hits) for count in (1, 2, 50)] == [1, 2, 6]


@pytest.mark.parametrize("count", [1, 2, 50])
def test_only_passages_that_answer_are_hits(seed: Answerer, lenient: Answerer, count: int) -> None:
    question = "what happened to Xu Zhiyong?"
    ranking = lenient.answer(question, 50).hits
    answering = [hit.passage for hit in ranking if hit.confidence >= 0.5]
    answer = seed.answer(question, count)
    assert 0 < len(answering) < len(ranking)
    assert [hit.passage for hit in answer.hits] == answering[:count]
    assert all(hit.confidence >= 0.5 for hit in answer.hits)
    assert answer.confidence == answer.hits[0].confidence
    assert answer.closest == ()


@pytest.mark.parametrize("count", [1, 2, 50])
def test_without_a_hit_the_passages_that_rank_first_are_the_closest(
    seed: Answerer, lenient: Answerer, count: int
) -> None:
    question = "What is the capital of France?"
    answer, ranking = seed.answer(question, count), seed.answer(question, 50).considered
    assert (answer.answered, answer.hits) == (False, ())
    assert [near.passage for near in answer.closest] == [ranked.passage for ranked in ranking[:count]]
    scores = [ranked.signals["score"] for ranked in ranking]
    assert scores == sorted(scores, reverse=True)
    assert {ranked.passage for ranked in ranking} == {hit.passage for hit in lenient.answer(question, 50).hits}
    assert [near.rank for near in answer.closest] == list(range(1, len(answer.closest) + 1))


def test_a_hit_behind_passages_that_do_not_answer_is_found(
    tmp_path: Path, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    for name, end in {"best": "", "next": " again", "last": " again today"}.items():
        take_in(archive, fake, Article(Card(name, "News"), f"The mayor opened a bridge{end}."))
    monkeypatch.setattr(
        "retrieval.answer.answerer.confidence",
        lambda _, found, __: {"best": 0.4, "next": 0.6, "last": 0.7}[found.passage.article.id],
    )
    for count in (1, 2):
        answer = Answerer(archive, fake, hits=count).answer("The mayor opened a bridge")
        hits = [(hit.rank, hit.passage.article.id, hit.confidence) for hit in answer.hits]
        assert hits == [(1, "next", 0.6), (2, "last", 0.7)][:count]
        assert answer.confidence == 0.6


def test_strictness_decides_what_is_an_answer(seed_archive: Path, encoder: Encoder) -> None:
    archive = LocalArchive.open(seed_archive)
    question = "What is the capital of France?"
    assert Answerer(archive, encoder, strictness=0.0).answer(question).answered
    assert not Answerer(archive, encoder, strictness=1.0).answer("Who met Kerry?").answered


def test_an_empty_archive_answers_nothing(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    answer = Answerer(archive, fake).answer("Anything?")
    assert answer == Answer("Anything?", calibrated=False)


@given(st.text(max_size=200))
def test_any_question_is_answered_or_refused_with_a_reason(question: str) -> None:
    try:
        checked = check_question(question, 100)
    except EmptyQuestion:
        # A letter alone and a number are in any article.
        assert not any(sum(map(str.isalpha, part)) > 1 for part in on_one_line(question).split())
    except QuestionTooLong:
        assert len(question) > 100
    else:
        assert checked.split() == [part for part in checked.split(" ") if part]
        assert [c for c in checked if c.isalnum()] == [c for c in question if c.isalnum()]


@pytest.mark.parametrize(
    "question", ["", "   ", "?!…", "🙂🙃", '"" AND * ( ) ~ ^'.replace("AND", "&&"), "\x00\x1b", "___"]
)
def test_a_question_without_words_is_refused(question: str) -> None:
    with pytest.raises(EmptyQuestion, match="Ask in words"):
        check_question(question, 1000)


def test_a_question_too_long_is_refused_with_both_lengths() -> None:
    with pytest.raises(QuestionTooLong, match="100,000 characters; 1,000 is the most"):
        check_question("a" * 100_000, 1000)


@pytest.mark.parametrize(
    "question",
    [
        'who met "Kerry"?',
        "Kerry AND (met OR NOT bloggers)",
        "title:Kerry^2 met~ -who",
        "🙂 who met Kerry 🙂?",
        "WHO MET KERRY",
    ],
)
def test_quotes_operators_and_emoji_are_only_words_among_words(lenient: Answerer, question: str) -> None:
    assert "meeting" in highlighted(lenient.answer(question))


def test_concurrent_questions_do_not_change_an_answer(seed: Answerer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    questions = [question for question, *_ in QUESTIONS["answerable"][:6]]
    alone = [seed.answer(question) for question in questions]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(seed.answer, questions))
    assert [[hit.passage.id for hit in answer.hits] for answer in together] == [
        [hit.passage.id for hit in answer.hits] for answer in alone
    ]


def test_the_headline_helps_a_passage_and_is_no_sentence(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    flood = Article(Card("flood", "Flood in Vienna"), "Nothing else happened. It was calm.")
    calm = Article(Card("calm", "Calm day"), "Nothing else happened. It was calm.")
    take_in(archive, fake, flood, calm)
    best = Answerer(archive, fake).answer("Vienna flood").hits[0]
    assert best.passage.article.id == "flood"
    assert best.highlight in best.passage.sentences


def test_near_duplicates_take_one_place_and_are_listed(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake, 64)
    text = " ".join(f"The mayor of town number {number} opened a bridge." for number in range(12))
    for name in ("wire", "paper", "blog"):
        take_in(archive, fake, Article(Card(name, f"Bridges ({name})", source=name), text))
    take_in(
        archive, fake, Article(Card("other", "Bridges closed"), "The mayor closed a bridge. It rained all day long.")
    )
    hits = Answerer(archive, fake).answer("Which mayor opened a bridge?", 9).hits
    shown = {hit.passage.article.id for hit in hits}
    assert "other" in shown
    assert len(shown) == 2
    assert {card.id for card in hits[0].also} | {hits[0].passage.article.id} == {"wire", "paper", "blog"}


def test_passages_that_the_vectors_miss_are_found_by_words(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake, 64)
    articles = [Article(Card(f"id{n}", f"News {n}"), f"Report number {n} on the weather in town.") for n in range(60)]
    odd = Article(Card("odd", "Odd"), "Zhyzhneuski " + "spoke of many other things and people " * 6)
    take_in(archive, fake, *articles, odd)
    assert archive.search_words("What did Zhyzhneuski say?", 3)[0].passage.article.id == "odd"
    answer = Answerer(archive, fake, strictness=0).answer("What did Zhyzhneuski say?", 1)
    assert "odd" in {hit.passage.article.id for hit in answer.hits}


def test_the_language_of_a_question_is_detected_once_without_its_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeEncoder(name="bundled")
    archive = archive_at(tmp_path / "archive", fake)
    source = "The Evening Post of the Northern Harbour Towns"
    take_in(archive, fake, Article(Card("1", "News", source=source), "Kerry met four bloggers."))
    detected: list[str] = []

    def detect(text: str) -> str | None:
        detected.append(text)
        return language_of_question(text)

    monkeypatch.setattr("retrieval.answer.query_features.language_of_question", detect)
    answer = Answerer(archive, fake, strictness=1).answer(f'Kery见了谁？ source:"{source}"')
    assert answer.unread_language == "zh"
    assert detected == ["Kery见了谁？"]


def test_what_is_closest_to_a_question_in_an_unread_language_shares_a_word_with_it(tmp_path: Path) -> None:
    fake = FakeEncoder(name="bundled")
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, Article(Card("1", "News"), "Kerry met four bloggers."))
    answers = Answerer(archive, fake, strictness=1)
    near = answers.answer("Kerry见了谁？")
    assert (near.unread_language, [each.passage.article.id for each in near.closest]) == ("zh", ["1"])
    assert answers.answer("谁见了那位国务卿？").closest == ()
