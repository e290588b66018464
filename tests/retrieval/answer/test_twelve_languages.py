"""An archive of twelve languages and the multilingual model: the right article and sentence come first.

twelve_languages.json has the articles, each with questions in its own language and in others. Four stories are told in
two languages, with the same facts sentence by sentence.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from corpus.article import Article, Card, article_id
from corpus.text.language import detect_language, language_of_question
from retrieval.answer.answerer import Answerer
from retrieval.answer.foreign_language import foreign_language
from retrieval.encode.encoder import Encoder
from retrieval.types import Answer
from tests.fakes import archive_at, take_in

Ask = Callable[[str], Answer]
CONTENT = json.loads(Path(__file__).with_name("twelve_languages.json").read_text(encoding="utf-8"))["articles"]
STRICTNESS = 0.5  # as shipped
# Of these questions the right article comes first, and another of its sentences is highlighted.
OTHER_SENTENCE = frozenset(
    {
        "Where in the attic was the geologist's diary found?",
        "比利亚拉尔加合作社用什么保护葡萄免受冰雹？",
        "How old is the Roman mosaic that was found under the school?",
        "What did the shipwrecked fishermen of Hon May drink?",
        "बेकर आटे के बारे में क्या माँग रहे थे?",
    }
)
# Of these, another article comes first. They share no word with the article that answers. The first is right only on
# processors with the instructions VNNI, where the 8-bit model rounds otherwise.
OTHER_ARTICLE = frozenset(
    {
        "斯卡维克有多大比例的选民赞成保留渡轮？",
        "What is the artificial leg of the elephant made of?",
    }
)


@dataclass(frozen=True)
class Case:
    """A question, and where its answer is: the story, the article in one language, and a part of the sentence."""

    question: str
    language: str
    story: str
    article: str
    written_in: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.language}-of-{self.article}-{self.sentence}"

    @property
    def id(self) -> str:
        return article_id(self.article)


CASES = [
    Case(
        asked["question"],
        asked["language"],
        article["story"],
        article["key"],
        article["language"],
        asked["sentence"],
    )
    for article in CONTENT
    for asked in article["questions"]
]
STORIES = {article_id(article["key"]): article["story"] for article in CONTENT}


def cases(which: list[Case], *fall_short: frozenset[str]) -> pytest.MarkDecorator:
    """Run a test for each case. Those that fall short today may pass."""
    xfail = pytest.mark.xfail(reason="falls short of what a user expects", strict=False)
    marked = [(case, [xfail] if any(case.question in questions for questions in fall_short) else []) for case in which]
    return pytest.mark.parametrize("case", [pytest.param(case, marks=marks, id=str(case)) for case, marks in marked])


OWN = [case for case in CASES if case.language == case.written_in]
ACROSS = [case for case in CASES if case.language != case.written_in]


@pytest.fixture(scope="module")
def answerer(multilingual: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    """It answers whatever is asked, so that the first passage is known also where it is refused."""
    archive = archive_at(tmp_path_factory.mktemp("twelve") / "archive", multilingual)
    take_in(
        archive,
        multilingual,
        *(
            Article(
                Card(article_id(article["key"]), article["title"], None, "The Paper", language=article["language"]),
                article["text"],
            )
            for article in CONTENT
        ),
    )
    yield Answerer(archive, multilingual, strictness=0)
    archive.close()


@pytest.fixture(scope="module")
def answer(answerer: Answerer) -> Ask:
    """Ask a question; asked again, it has the same answer."""
    return cache(lambda question: answerer.answer(question))


def test_the_articles_are_in_the_twelve_languages_that_they_say() -> None:
    told = {article["language"] for article in CONTENT}
    assert told == set("en zh ru ar es de hi vi th tr el ro".split())
    assert [article["key"] for article in CONTENT if detect_language(article["text"]) != article["language"]] == []
    assert {case.language for case in CASES} >= told
    wrong = [case.question for case in CASES if language_of_question(case.question) not in {case.language, None}]
    assert wrong == []


@cases(OWN)
def test_the_article_in_the_questions_language_comes_first(answer: Ask, case: Case) -> None:
    """It comes before the article that tells the same story in another language."""
    first = answer(case.question).hits[0]
    assert first.passage.article.id == case.id
    assert foreign_language(case.question, first.passage.article) is None


@cases(OWN, OTHER_SENTENCE)
def test_the_sentence_that_answers_is_highlighted(answer: Ask, case: Case) -> None:
    assert case.sentence in answer(case.question).hits[0].highlight_text


@cases(ACROSS, OTHER_ARTICLE)
def test_a_question_in_another_language_has_the_right_story_first(answer: Ask, case: Case) -> None:
    card = answer(case.question).hits[0].passage.article
    assert STORIES[card.id] == case.story
    assert foreign_language(case.question, card) == (card.language if card.language != case.language else None)


@cases(ACROSS, OTHER_ARTICLE, OTHER_SENTENCE)
def test_the_sentence_in_another_language_is_highlighted(answerer: Answerer, answer: Ask, case: Case) -> None:
    (passage,) = answerer.archive.passages_of(case.id)
    (number,) = [n for n, (start, end) in enumerate(passage.sentences) if case.sentence in passage.text[start:end]]
    hit = answer(case.question).hits[0]
    assert STORIES[hit.passage.article.id] == case.story
    # The sentences of a story told in two languages have the same numbers in both.
    assert hit.passage.sentences.index(hit.highlight) == number


def test_the_same_story_in_another_language_is_mostly_among_the_three_hits(answer: Ask) -> None:
    """The article in the question's language comes first; for some questions its words leave the other out."""
    told_twice = [case for case in OWN if list(STORIES.values()).count(case.story) == 2]
    alone = [
        case.question
        for case in told_twice
        if [STORIES[hit.passage.article.id] for hit in answer(case.question).hits].count(case.story) < 2
    ]
    assert len(alone) <= len(told_twice) // 3, alone


@pytest.mark.parametrize("question", ["什么？", "谁？", "أين؟", "кто он", "Что?", "Привет", "Nedir?", "¿Qué?"])
def test_a_question_without_a_word_to_search_for_is_refused_in_any_language(answer: Ask, question: str) -> None:
    assert answer(question).confidence < STRICTNESS


def test_a_question_with_all_vowel_marks_has_the_answer_that_it_has_without(answer: Ask) -> None:
    marked = answer("مَتَى جَفَّتْ آبَارُ قَرْيَةِ النَّخِيلِ؟")
    plain = answer("متى جفت آبار قرية النخيل؟")
    assert marked.question != plain.question
    assert (marked.hits, marked.confidence) == (plain.hits, plain.confidence)
    assert marked.searched is not None
    assert marked.searched.text == plain.question


def test_almost_all_questions_in_the_articles_language_are_answered(answer: Ask) -> None:
    refused = [case.question for case in OWN if answer(case.question).confidence < STRICTNESS]
    assert len(refused) <= len(OWN) // 8, refused
