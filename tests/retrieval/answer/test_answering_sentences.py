"""The sentences that an answer begins with."""

import pytest

from corpus.article import Card, Span
from retrieval.answer.answering_sentences import answering_text
from retrieval.types import Hit, Passage


def lead(sentences: list[str], number: int, language: str | None = "en", between: str = " ") -> str:
    """Return what an answer begins with, if a sentence of a passage is its highlight."""
    text, spans = "", []
    for sentence in sentences:
        text += between if text else ""
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence
    passage = Passage("a-1", Card("a", "News", language=language), text, 0, len(text), tuple(spans))
    return answering_text(Hit(passage, 1.0, 1, spans[number]))


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "Eva Huber runs the shop.", "She opened it in May."),
        ("en", "Eva Huber runs the shop.", "It opened in May."),
        ("en", "Eva Huber runs the shop.", "Their shop opened in May."),
        (None, "Eva Huber runs the shop.", "She opened it in May."),
        ("zh", "王克勤在北京开了一家店。", "她五月搬走了。"),
        ("zh", "王克勤在北京開了一家店。", "這家店五月關了。"),
        (None, "王克勤在北京开了一家店。", "他们五月搬走了。"),
        ("de", "Eva Huber führt den Laden.", "Sie hat ihn im Mai eröffnet."),
        ("fr", "Eva Huber tient la boutique.", "Elle l'a ouverte en mai."),
        ("es", "Eva Huber lleva la tienda.", "Ella la abrió en mayo."),
        ("ru", "Ева Хубер ведёт магазин.", "Она открыла его в мае."),
    ],
)
@pytest.mark.parametrize("between", [" ", "\n\n"])
def test_a_sentence_that_begins_with_a_pronoun_follows_the_one_before(
    language: str | None, first: str, second: str, between: str
) -> None:
    assert lead([first, second, "It rained."], 1, language, between) == f"{first} {second}"


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "Eva Huber runs the shop.", "Ann opened it in May."),
        ("en", "Eva Huber runs the shop.", "Sheep came in May."),
        ("de", "Eva Huber führt den Laden.", "Siegfried hat ihn eröffnet."),
        ("fr", "He left.", "He opened it."),  # a French article has no such pronoun
        ("zh", "王克勤在北京开了一家店。", "这里五月下雨。"),
    ],
)
def test_a_sentence_that_stands_alone_stays_alone(language: str, first: str, second: str) -> None:
    assert lead([first, second, "She left."], 1, language) == second


def test_the_first_sentence_of_a_passage_has_none_before_it() -> None:
    assert lead(["She opened it in May.", "It rained."], 0) == "She opened it in May."


@pytest.mark.parametrize(("opening", "closing"), ["“”", "„”", "«»", "「」", '""'])
def test_a_quotation_is_not_cut_in_two(opening: str, closing: str) -> None:
    first, second = f"{opening}Kerry met four bloggers.", f"He met them in Beijing,{closing} Ann said."
    both = f"{first} {second}"
    assert lead(["It rained.", first, second, "Dogs bark."], 1) == both
    assert lead(["It rained.", first, second, "Dogs bark."], 2) == both
    whole = f"{opening}Kerry met four bloggers,{closing} Ann said."
    assert lead(["It rained.", whole, "Dogs bark."], 1) == whole
    assert lead([whole, "Dogs bark."], 1) == "Dogs bark."


def test_at_most_sixty_words_are_shown_of_two_sentences() -> None:
    first = " ".join(["Eva"] * 56) + "."
    assert lead([first, "She opened it."], 1).count("Eva") == 56
    assert lead([first, "She opened it in May."], 1) == "She opened it in May."
    alone = "She " + "opened " * 90 + "it."
    assert lead(["Eva came.", alone], 1) == alone
    chinese = "王克勤在北京开店。" * 15
    assert lead([chinese, "她搬走了。"], 1, "zh") == "她搬走了。"


def test_a_subheading_is_not_crossed() -> None:
    assert lead(["Eva Huber runs it.", "She opened it."], 1, between="\n\nThe shop\n\n") == "She opened it."


def test_a_highlight_that_is_no_sentence_is_shown_as_it_is() -> None:
    passage = Passage("a-1", Card("a", "News"), "She came, and\nleft.", 0, 19, (Span(0, 19),))
    assert answering_text(Hit(passage, 1.0, 1, Span(4, 19))) == "came, and left."
