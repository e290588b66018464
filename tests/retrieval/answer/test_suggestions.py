"""Questions for a newcomer: each is answered by the article that it was taken from."""

from datetime import date
from pathlib import Path

import pytest

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.answer.suggestions import MOST_ASKED, SURE, examples
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.errors import QuestionTooLong
from retrieval.types import Answer, Query
from tests.fakes import FakeEncoder, archive_at, take_in

FAKE = FakeEncoder()


def an_article(number: int, text: str, title: str = "") -> Article:
    return Article(Card(f"id{number}", title or f"Headline {number}", published=date(2020, 1, number + 1)), text)


class Asked:
    """An answerer that is as sure as it is told to be, and remembers what it was asked."""

    def __init__(self, archive: LocalArchive, **sure: float) -> None:
        self._answerer = Answerer(archive, FAKE)
        self._sure = sure
        self.questions: list[str] = []

    def __call__(self, question: str) -> Answer:
        self.questions.append(question)
        told = self._answerer.answer(question)
        sure = next((sure for word, sure in self._sure.items() if word in question), 0.9)
        return Answer(question, told.hits, sure, answered=sure > 0.5, searched=told.searched)


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return archive_at(tmp_path / "archive", FAKE)


def test_what_is_asked_of_whom_is_told_by_what_is_said_of_them(archive: LocalArchive) -> None:
    text = (
        "Then police arrested scholar Xu Zhiyong. Later Secretary of State John Kerry and the Supreme Court spoke. "
        "It rained, said Ann Lee-Smith’s friend. It rained, said Ann Lee-Smith. Zoë Émile Ng, who is five, slept. "
        "We saw Zoë Émile Ng on Monday Morning near NASA Base, and some U.S. States of John D. Rock."
    )
    take_in(archive, FAKE, an_article(1, text))
    asked = Asked(archive)
    wanted = ["What happened to Xu Zhiyong?", "What did Ann Lee-Smith say?", "Who is Zoë Émile Ng?"]
    assert sorted(examples(archive, asked)) == sorted(wanted)
    assert asked.questions == wanted


def test_the_surest_come_first_and_one_of_each_article(archive: LocalArchive) -> None:
    names = ["Xu Zhiyong", "Ann Lee", "Bob Gray", "Eve Moss"]
    for number, name in enumerate(names):
        take_in(archive, FAKE, an_article(number, f"Police detained {name} there. Then they freed {name} Jones again."))
    asked = Asked(archive, Xu=0.85, Ann=0.99, Bob=0.95, Eve=SURE - 0.01)
    assert examples(archive, asked) == [f"What happened to {name}?" for name in ("Ann Lee", "Bob Gray", "Xu Zhiyong")]
    assert examples(archive, asked, 1) == ["What happened to Ann Lee?"]


def test_headlines_are_asked_where_nobody_is_named(archive: LocalArchive) -> None:
    take_in(
        archive,
        FAKE,
        an_article(1, "村民 提出 了 申诉 。", "村民 提出 申诉"),
        an_article(2, "Police arrested Ann Lee today.", "Somebody was arrested"),
        an_article(3, "A dog barked.", "A dog barked " * 20),
        an_article(4, "It snowed in town.", "Snow in town"),
    )
    assert examples(archive, Asked(archive, 村民=0.97)) == [
        "What happened to Ann Lee?",
        "村民 提出 申诉",
        "Snow in town",
    ]


def test_what_another_article_answers_is_no_example(archive: LocalArchive) -> None:
    take_in(archive, FAKE, an_article(1, f"Police arrested Ann Lee. {'It rained. ' * 30}", "Rain"))
    take_in(archive, FAKE, an_article(2, "What happened to Ann Lee is not known.", "What happened to Ann Lee"))
    assert "What happened to Ann Lee?" not in examples(archive, Asked(archive))


def test_what_cannot_be_asked_or_is_searched_for_otherwise_is_no_example(archive: LocalArchive) -> None:
    take_in(archive, FAKE, *(an_article(n, "It rained.", f"Rain {n}") for n in range(2)))

    def refuse(_: str) -> Answer:
        raise QuestionTooLong("Too long.")

    def correct(question: str) -> Answer:
        told = Answerer(archive, FAKE).answer(question)
        return Answer(question, told.hits, 1.0, answered=True, searched=Query("Train"))

    assert examples(archive, refuse) == examples(archive, correct) == []


def test_no_more_than_twelve_are_asked(archive: LocalArchive) -> None:
    for number in range(15):
        take_in(archive, FAKE, an_article(number, f"Police arrested Ann Lee{'abcdefghijklmno'[number]} today."))
    asked = Asked(archive, **{"": 0.1})
    assert examples(archive, asked) == []
    assert len(asked.questions) == MOST_ASKED
    assert asked.questions[0] == "What happened to Ann Leeo?"


def test_an_empty_archive_has_none(archive: LocalArchive) -> None:
    assert examples(archive, Asked(archive)) == []


def test_the_article_that_comes_along_has_three(seed_archive: Path, encoder: Encoder) -> None:
    archive = LocalArchive.open(seed_archive)
    answerer = Answerer(archive, encoder)
    found = examples(archive, answerer.answer)
    assert found == ["Who is Zhang Jialong?", "What happened to Charles Xue?", "What did Wang Keqin say?"]
    for question in found:
        best = answerer.answer(question).hits[0]
        text, (start, end) = best.passage.text, best.highlight
        assert question.split()[-1].rstrip("?") in text[start:end] or question.split()[-2] in text[start:end]
