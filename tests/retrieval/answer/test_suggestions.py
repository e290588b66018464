"""Suggested questions: each is answered by the article that it comes from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.answer.confidence_file import Fit, ModelFit, Signals
from retrieval.answer.suggestions import (
    MAX_QUESTIONS,
    MIN_CONFIDENCE,
    NEWEST_ARTICLES,
    example_question,
    suggest_questions,
)
from retrieval.archive.contract import DocumentFrequencies
from retrieval.archive.found_passages import FoundPassage
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.errors import QuestionTooLong
from retrieval.types import NO_FILTERS, Answer, Filters, Passage, Query
from tests.fakes import FakeEncoder, archive_at, take_in

FAKE = FakeEncoder()


def an_article(number: int, text: str, title: str = "", language: str | None = None) -> Article:
    title = title or f"Headline {number}"
    return Article(Card(f"id{number}", title, published=date(2020, 1, number + 1), language=language), text)


class RecordingAnswerer:
    """An answerer that records its questions; it has the given confidence for questions with the given words."""

    def __init__(self, archive: LocalArchive, **confidence: float) -> None:
        self._answerer = Answerer(archive, FAKE, strictness=0)
        self._confidence = confidence
        self.questions: list[str] = []

    def __call__(self, question: str) -> Answer:
        self.questions.append(question)
        answer = self._answerer.answer(question)
        confidence = next((value for word, value in self._confidence.items() if word in question), 0.9)
        hits = tuple(replace(hit, confidence=confidence) for hit in answer.hits if confidence > 0.5)
        return Answer(question, hits, searched=answer.searched)


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return archive_at(tmp_path / "archive", FAKE)


def test_the_kind_of_question_depends_on_what_a_sentence_says_of_the_name(archive: LocalArchive) -> None:
    text = (
        "Then police arrested scholar Xu Zhiyong. Later Secretary of State John Kerry and the Supreme Court spoke. "
        "It rained, said Ann Lee-Smith’s friend. It rained, said Ann Lee-Smith. Zoë Émile Ng, who is five, slept. "
        "We saw Zoë Émile Ng on Monday Morning near NASA Base, and some U.S. States of John D. Rock."
    )
    take_in(archive, FAKE, an_article(1, text))
    answer = RecordingAnswerer(archive)
    expected = ["What happened to Xu Zhiyong?", "What did Ann Lee-Smith say?", "Who is Zoë Émile Ng?"]
    assert sorted(suggest_questions(archive, answer)) == sorted(expected)
    assert answer.questions == expected


CHINESE = (
    "国务卿克里周六到访北京，会见了博主。北京一家法院判处法律学者许志永四年有期徒刑。张贾龙说，不应屏蔽网站。"
    "国务卿约翰·克里曾是参议员。"
)


def test_questions_about_chinese_articles_are_in_chinese(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, CHINESE, language="zh"))
    expected = ["许志永怎么了？", "张贾龙说了什么？", "约翰·克里是谁？"]
    assert sorted(suggest_questions(archive, RecordingAnswerer(archive), language="zh")) == sorted(expected)


def test_articles_in_the_language_of_the_user_come_first(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, CHINESE, language="zh"))
    take_in(archive, FAKE, *(an_article(n, f"Police detained Bob Gray{'abcdef'[n]} there.") for n in range(2, 6)))
    suggested = suggest_questions(archive, RecordingAnswerer(archive), 1, language="zh")
    assert suggested == ["许志永怎么了？"]
    assert suggest_questions(archive, RecordingAnswerer(archive), 1) == ["What happened to Bob Grayf?"]


def test_names_stay_as_the_articles_write_them(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, "Then police arrested scholar Xu Zhiyong.", language="en"))
    assert suggest_questions(archive, RecordingAnswerer(archive), 1, language="zh") == ["Xu Zhiyong怎么了？"]
    assert suggest_questions(archive, RecordingAnswerer(archive), 1, language="xx") == ["What happened to Xu Zhiyong?"]


def test_the_most_confident_questions_come_first_one_of_each_article(archive: LocalArchive) -> None:
    names = ["Xu Zhiyong", "Ann Lee", "Bob Gray", "Eve Moss"]
    for number, name in enumerate(names):
        take_in(archive, FAKE, an_article(number, f"Police detained {name} there. Then they freed {name} Jones again."))
    answer = RecordingAnswerer(archive, Xu=0.85, Ann=0.99, Bob=0.95, Eve=MIN_CONFIDENCE - 0.01)
    assert suggest_questions(archive, answer) == [
        f"What happened to {name}?" for name in ("Ann Lee", "Bob Gray", "Xu Zhiyong")
    ]
    assert suggest_questions(archive, answer, 1) == ["What happened to Ann Lee?"]


def follows_ann_lee(archive: LocalArchive, articles: int) -> None:
    """Let an archive write about Ann Lee again and again, and about each of many others once, later."""
    for number in range(articles):
        written = date(2020, 1, 1) + timedelta(number)
        text = f"Then police {'arrested' if number % 2 else 'released'} Ann Lee in town{number}. Lee slept."
        take_in(archive, FAKE, Article(Card(f"lee{number}", f"Town{number}", published=written), text))
        once = f"Later they freed Bob Gray{'abcdefghijklmnop'[number % 16]}{'abcdefghijklmnop'[number // 16]} there."
        take_in(archive, FAKE, Article(Card(f"once{number}", f"Once{number}", published=written), once))


def test_the_first_is_about_the_person_whom_the_archive_writes_about_most(archive: LocalArchive) -> None:
    follows_ann_lee(archive, 6)
    answer = RecordingAnswerer(archive, Gray=0.99, Ann=0.85)
    first, *others = suggest_questions(archive, answer)
    assert first == "What happened to Ann Lee?"
    assert all("Gray" in question for question in others)
    assert len(others) == 2
    assert suggest_questions(archive, answer, 1) == [first]
    # Another article answers, but its sentence does not name her in full.
    take_in(archive, FAKE, an_article(1, "What happened to Lee? Lee is back.", "What happened to Ann Lee"))
    assert first not in suggest_questions(archive, answer)
    # Now it does.
    take_in(archive, FAKE, an_article(1, "What happened to Ann Lee? Lee is back.", "What happened to Ann Lee"))
    assert suggest_questions(archive, answer)[0] == first
    unsure = RecordingAnswerer(archive, Gray=0.99, Ann=MIN_CONFIDENCE - 0.01)
    assert first not in suggest_questions(archive, unsure)
    assert len(unsure.questions) <= MAX_QUESTIONS


def test_a_person_whose_names_others_bear_is_not_written_about_often(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, "Police detained Ann Lee there."))
    for number in range(2, 8):
        take_in(archive, FAKE, an_article(number, f"Ann{number} met Tom Lee. It rained. They met Ann Ray."))
    answer = RecordingAnswerer(archive, Ann=0.85, Lee=0.85)
    suggest_questions(archive, answer)
    assert answer.questions[0] != "What happened to Ann Lee?"


class CountingArchive(LocalArchive):
    """A local archive that counts the calls of those methods that suggestions need."""

    calls: ClassVar[Counter[str]] = Counter()

    def passages_of(self, id_: str) -> list[Passage]:
        self.calls["passages_of"] += 1
        return super().passages_of(id_)

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        self.calls["search_words"] += 1
        assert count <= 10
        return super().search_words(question, count, filters)

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        self.calls["document_frequencies"] += 1
        assert len(words) <= 36
        return super().document_frequencies(words)

    def cards(self) -> list[Card]:
        raise AssertionError("All cards are read.")


def test_a_large_archive_takes_no_more_calls_than_a_small_one(tmp_path: Path) -> None:
    calls = []
    for articles in (30, 120):
        folder = tmp_path / f"archive{articles}"
        follows_ann_lee(archive_at(folder, FAKE), articles)
        answer = RecordingAnswerer(LocalArchive.open(folder))
        CountingArchive.calls.clear()
        assert suggest_questions(CountingArchive.open(folder), answer)[0] == "What happened to Ann Lee?"
        calls.append(dict(CountingArchive.calls))
    assert calls[0] == calls[1]
    assert calls[0]["passages_of"] == NEWEST_ARTICLES
    assert calls[0]["document_frequencies"] == 1
    assert calls[0]["search_words"] <= 12


def test_headlines_fill_up_if_too_few_people_are_named(archive: LocalArchive) -> None:
    take_in(
        archive,
        FAKE,
        an_article(1, "村民 提出 了 申诉 。", "村民 提出 申诉"),
        an_article(2, "Police arrested Ann Lee today.", "Somebody was arrested"),
        an_article(3, "A dog barked.", "A dog barked " * 20),
        an_article(4, "It snowed in town.", "Snow in town"),
    )
    assert suggest_questions(archive, RecordingAnswerer(archive, 村民=0.97)) == [
        "What happened to Ann Lee?",
        "村民 提出 申诉",
        "Snow in town",
    ]


def test_a_question_that_another_article_answers_is_not_suggested(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, f"Police arrested Ann Lee. {'It rained. ' * 30}", "Rain"))
    take_in(archive, FAKE, an_article(2, "What happened to Ann Lee is not known.", "What happened to Ann Lee"))
    assert "What happened to Ann Lee?" not in suggest_questions(archive, RecordingAnswerer(archive))


def test_a_question_that_is_refused_or_corrected_is_not_suggested(archive: LocalArchive) -> None:
    take_in(archive, FAKE, *(an_article(n, "It rained.", f"Rain {n}") for n in range(2)))

    def refuse(_: str) -> Answer:
        raise QuestionTooLong("Too long.")

    def correct(question: str) -> Answer:
        return replace(RecordingAnswerer(archive)(question), searched=Query("Train"))

    assert suggest_questions(archive, refuse) == suggest_questions(archive, correct) == []


def test_at_most_twelve_questions_are_tried(archive: LocalArchive) -> None:
    for number in range(15):
        take_in(archive, FAKE, an_article(number, f"Police arrested Ann Lee{'abcdefghijklmno'[number]} today."))
    answer = RecordingAnswerer(archive, **{"": 0.1})
    assert suggest_questions(archive, answer) == []
    assert len(answer.questions) == MAX_QUESTIONS
    assert answer.questions[0] == "What happened to Ann Leeo?"


def test_an_empty_archive_has_no_suggestions(archive: LocalArchive) -> None:
    assert suggest_questions(archive, RecordingAnswerer(archive)) == []


@pytest.mark.parametrize(
    ("model", "languages", "expected"),
    [
        ("fake", ["zh"], "许志永怎么了？"),
        ("fake", ["zh", None, None, "en"], "What happened to Bob Gray?"),
        ("fake", ["zh", "zh", "en"], "许志永怎么了？"),
        ("bundled", ["zh", "zh", "en"], "What happened to Bob Gray?"),
        ("fake", ["de"], "What happened to Bob Gray?"),
        ("fake", [], None),
    ],
)
def test_one_example_is_in_the_language_of_most_articles_that_the_model_reads(
    tmp_path: Path, model: str, languages: list[str | None], expected: str | None
) -> None:
    encoder = FakeEncoder(name=model)
    sure = ModelFit("fake", encoder.fingerprint, Fit(9, Signals(0, 0, 0, 0, 0)), None)
    answerer = Answerer(archive_at(tmp_path / "of-a-model", encoder), encoder, fit=sure)
    for number, language in enumerate(languages):
        text = CHINESE if language == "zh" else "Police detained Bob Gray there."
        take_in(answerer.archive, encoder, an_article(number, text, language=language))
    assert example_question(answerer) == expected


def test_the_bundled_article_has_three_suggestions(seed_archive: Path, encoder: Encoder) -> None:
    archive = LocalArchive.open(seed_archive)
    answerer = Answerer(archive, encoder)
    suggested = suggest_questions(archive, answerer.answer)
    assert suggested == ["Who is Ma Xiaolin?", "What happened to Xu Zhiyong?", "What did Wang Keqin say?"]
    for question in suggested:
        best = answerer.answer(question).hits[0]
        text, (start, end) = best.passage.text, best.highlight
        assert question.split()[-1].rstrip("?") in text[start:end] or question.split()[-2] in text[start:end]
