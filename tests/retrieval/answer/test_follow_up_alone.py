"""What a follow-up names is asked alone where the last question leads nowhere."""

import time
from collections.abc import Iterator

import pytest

from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.answer.conversation import Turn
from retrieval.answer.follow_up_alone import named_alone
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from tests.fakes import archive_at, take_in

TEXTS = {
    "vote": "Ada Lind was elected mayor of Varnholt on Sunday. She promised cheaper trams.",
    "dam": "The dam above the valley has a crack as long as a hand. Engineers measured it on Friday.",
    "trial": "The trial of Oskar Brandt began in Karsholm. He is accused of selling maps.",
    "brandt": "Oskar Brandt was arrested at the border with a bag of maps.",
    "other": "The trial of a baker who sold old bread ended without a verdict.",
}


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("what about the dam?", "the dam"),
        ("How about Paris", "Paris"),
        ("ok and the new bridge?", "the new bridge"),
        ("but Hale?", "Hale"),
        ("那大坝呢？", "大坝"),
        ("还有新桥呢", "新桥"),
        ("the dam?", None),
        ("and in Tarnfoot?", None),
        ("what about 2019?", None),
        ("what about last year?", None),
        ("and the men's?", None),
        ("and his brother?", None),
        ("what about this dam?", None),
        ("what about the other one?", None),
        ("and when was the trial?", None),
        ("and then?", None),
        ("那她的律师呢？", None),
        ("那为什么呢？", None),
    ],
)
def test_a_noun_or_a_name_can_be_asked_alone(question: str, part: str | None) -> None:
    assert named_alone(question) == part


@pytest.mark.parametrize("text", ["and " * 250, "what about " * 90, "那" * 1000, "and the" + " a" * 490])
def test_hostile_texts_take_little_time(text: str) -> None:
    start = time.process_time()
    named_alone(text)
    assert time.process_time() - start < 1


@pytest.fixture(scope="module")
def answerer(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    folder = tmp_path_factory.mktemp("alone") / "archive"
    archive = archive_at(folder, encoder)
    take_in(archive, encoder, *(Article(Card(id_, "News", language="en"), text) for id_, text in TEXTS.items()))
    archive.close()
    answerer = Answerer(LocalArchive.open(folder), encoder)
    yield answerer
    answerer.close()


@pytest.mark.parametrize(
    ("first", "then", "searched", "article"),
    [
        ("Who is the mayor of Varnholt?", "what about the dam?", "the dam", "dam"),
        ("Who was elected mayor of Varnholt?", "and the crack?", "the crack", "dam"),
        # What goes on stays with what was asked before.
        ("What happened to Oskar Brandt?", "and the trial?", "and the trial? (happened Oskar Brandt)", "trial"),
        ("Who is the mayor of Varnholt?", "what about the trams?", "what about the trams? (mayor Varnholt)", "vote"),
    ],
)
def test_what_about_the_dam(answerer: Answerer, first: str, then: str, searched: str, article: str) -> None:
    answer = answerer.answer(then, before=Turn.of(answerer.answer(first)))
    assert answer.question == then
    assert answer.searched is not None
    assert answer.searched.text == searched
    assert answer.hits[0].passage.article.id == article
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))


def test_what_the_archive_does_not_have_is_not_answered_with_the_last_subject(answerer: Answerer) -> None:
    before = Turn.of(answerer.answer("Who is the mayor of Varnholt?"))
    assert not answerer.answer("what about Lisbon?", before=before).hits
