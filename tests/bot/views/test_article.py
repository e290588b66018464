"""Views for reading on: the context of a passage and the full text, in pages, word for word."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import StaleButton
from bot.i18n.translation import ENGLISH
from bot.views.answer import View, first_callback_data
from bot.views.article import context_view, full_text_view
from bot.views.callback_data import (
    CONTEXT,
    FULL,
    HERE,
    ORIGIN_LIST,
    ORIGIN_NO,
    ORIGIN_SOURCE,
    ORIGINS,
    SHOW,
    CallbackData,
)
from bot.views.question_lines import Asked
from corpus.article import Article, Card, Span, article_id
from retrieval.text.chunking import split
from retrieval.types import Hit, Passage
from tests.bot.hostile_texts import cards, dense, divided, texts
from tests.bot.views.test_answer import data, labels, parsed
from tests.fakes import FakeEncoder
from tests.telegram_server.chat import Message

CARD = Card(article_id("a"), "Title", published=date(2014, 2, 7))
WORDS = "Nobody knows what sentence number {} says about anything at all."


def numbered(count: int) -> tuple[Article, list[Passage]]:
    """Return an article of numbered sentences, two in each passage and paragraph."""
    text = "".join(WORDS.format(n) + ("\n\n" if n % 2 else " ") for n in range(count))
    article, passages = divided(text, CARD, 32)
    assert len(passages) == count // 2
    return article, passages


def hit_in(passages: Sequence[Passage], number: int, sentence: int = 0) -> Hit:
    return Hit(passages[number], 0.5, 1, passages[number].sentences[sentence])


def context(number: int, count: int, callback: CallbackData | None = None) -> View:
    article, passages = numbered(2 * count)
    hit = hit_in(passages, number)
    return context_view(ENGLISH, callback or replace(first_callback_data([hit]), verb=CONTEXT), article, passages, hit)


def full_text(hit: Hit) -> CallbackData:
    return replace(first_callback_data([hit]), verb=FULL)


def headed(text: str, tokens: int, *headings: str) -> tuple[Article, list[Passage]]:
    """Return an article with headings, and its passages."""
    spans = tuple(Span(text.index(heading), text.index(heading) + len(heading)) for heading in headings)
    article = Article(CARD, text, spans)
    return article, split(article, FakeEncoder(), tokens)


def sentences(first: int, last: int) -> str:
    return "".join(WORDS.format(n) + ("\n\n" if n % 2 else " ") for n in range(first, last)).strip()


@pytest.mark.parametrize(
    ("number", "first", "moves"),
    [(0, 0, ["▾ Later"]), (1, 0, ["▾ Later"]), (3, 2, ["▴ Earlier", "▾ Later"]), (6, 4, ["▴ Earlier"])],
)
def test_the_context_shows_the_passages_before_and_after(number: int, first: int, moves: list[str]) -> None:
    view = context(number, 7)
    message = parsed(view)
    assert message.text == f"Title\n7 February 2014\n\n{sentences(2 * first, 2 * first + 6)}"
    assert [bold.strip() for bold in message.bold] == ["Title", WORDS.format(2 * number)]
    assert message.marked("blockquote") == [sentences(2 * first, 2 * first + 6)]
    assert labels(view) == [moves, ["◂ Back"]]
    back = data(view, "◂ Back")
    assert (back.verb, back.page) == (SHOW, 0)


def test_the_context_of_a_closest_passage_has_no_sentence_in_bold() -> None:
    article, passages = numbered(14)
    hit = hit_in(passages, 3)
    closest = replace(first_callback_data([hit]), verb=CONTEXT, origin=ORIGIN_NO)
    message = parsed(context_view(ENGLISH, closest, article, passages, hit))
    assert (message.bold, message.marked("italic")) == ([], ["Title"])
    assert message.marked("blockquote") == [sentences(4, 10)]


def test_the_window_moves_by_one_passage_to_either_end_and_returns() -> None:
    view = context(3, 7)
    for first in (1, 0):
        view = context(3, 7, data(view, "▴ Earlier"))
        assert parsed(view).text.endswith(f"\n\n{sentences(2 * first, 2 * first + 6)}")
    assert labels(view)[0] == ["▾ Later"]
    for first in (1, 2, 3, 4):
        view = context(3, 7, data(view, "▾ Later"))
        assert parsed(view).text.endswith(f"\n\n{sentences(2 * first, 2 * first + 6)}")
    assert labels(view)[0] == ["▴ Earlier"]
    assert parsed(view).bold == ["Title"]  # the sentence that answers is not among these


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_short_article_is_its_own_context(count: int) -> None:
    view = context(count - 1, count)
    assert parsed(view).text.endswith(sentences(0, 2 * count))
    assert labels(view) == [["◂ Back"]]
    beyond = context(0, count, replace(first_callback_data([hit_in(numbered(2)[1], 0)]), verb=CONTEXT, page=99))
    assert parsed(beyond).text == parsed(context(0, count)).text.replace("\n\n\n", "\n\n")


def test_a_context_that_is_too_long_is_cut_at_sentences_around_the_one_that_answers() -> None:
    article, passages = divided(sentences(0, 200).replace("\n\n", " "), CARD, 1000)
    hit = hit_in(passages, 1, 20)
    message = parsed(context_view(ENGLISH, first_callback_data([hit]), article, passages, hit))
    (quote,) = message.marked("blockquote")
    assert quote.strip().startswith("… Nobody")
    assert quote.strip().endswith("at all. …")
    assert quote.strip(" …") in article.text
    before, after = quote.split(message.bold[1])
    assert abs(len(before) - len(after)) < 200
    assert len(message.text) > 3800


def test_a_passage_that_is_gone_from_its_article_is_stale() -> None:
    article, passages = numbered(6)
    hit = hit_in(passages, 2)
    with pytest.raises(StaleButton):
        context_view(ENGLISH, first_callback_data([hit]), article, passages[:2], hit)


def test_an_article_is_read_page_by_page_with_its_subheadings_bold() -> None:
    text = f"{sentences(0, 80)}\n\nA subheading\n\n{sentences(80, 140)}"
    article, passages = divided(text, CARD)
    offset = text.index("A subheading")
    article = replace(article, headings=(Span(offset, offset + 12),))
    hit = hit_in(passages, 0)
    view = full_text_view(ENGLISH, full_text(hit), article, passages, hit)
    assert labels(view) == [["page 1 of 3", "›"], ["◂ Back"]]
    second = full_text_view(ENGLISH, data(view, "›"), article, passages, hit)
    assert labels(second) == [["‹", "page 2 of 3", "›"], ["◂ Back"]]
    assert full_text_view(ENGLISH, data(second, "‹"), article, passages, hit) == view
    third = full_text_view(ENGLISH, data(second, "›"), article, passages, hit)
    assert labels(third) == [["‹", "page 3 of 3"], ["◂ Back"]]
    assert data(third, "page 3 of 3").verb == HERE
    assert data(third, "◂ Back").page == 0
    messages = [parsed(view), parsed(second), parsed(third)]
    bold = [text.strip() for message in messages for text in message.bold]
    assert bold == ["Title", WORDS.format(0), "Title", "A subheading", "Title"]
    assert all(message.text.endswith("at all.") for message in messages)
    assert full_text_view(ENGLISH, replace(data(view, "›"), page=50), article, passages, hit) == third


@pytest.mark.parametrize(("number", "page"), [(0, 1), (40, 2), (69, 3)])
def test_the_full_text_opens_at_the_sentence_that_the_context_marks_too(number: int, page: int) -> None:
    article, passages = numbered(140)
    hit = hit_in(passages, number, 1)
    view = full_text_view(ENGLISH, full_text(hit), article, passages, hit)
    assert f"page {page} of 3" in labels(view)[0]
    around = context_view(ENGLISH, replace(first_callback_data([hit]), verb=CONTEXT), article, passages, hit)
    marked = [text.strip() for text in parsed(view).bold]
    assert marked == [text.strip() for text in parsed(around).bold] == ["Title", WORDS.format(2 * number + 1)]
    # On the other pages it is not, and a page that is turned to stays the one that was turned to.
    for move, other in (("‹", page - 1), ("›", page + 1)):
        if 1 <= other <= 3:
            turned = full_text_view(ENGLISH, data(view, move), article, passages, hit)
            assert f"page {other} of 3" in labels(turned)[0]
            assert parsed(turned).bold == ["Title"]


@pytest.mark.parametrize(("origin", "bold"), [(ORIGIN_NO, []), (ORIGIN_LIST, ["Title"]), (ORIGIN_SOURCE, ["Title"])])
def test_the_full_text_marks_nothing_where_nothing_answers_but_opens_there(origin: str, bold: list[str]) -> None:
    article, passages = numbered(140)
    hit = hit_in(passages, 40)
    view = full_text_view(ENGLISH, replace(full_text(hit), origin=origin), article, passages, hit)
    assert "page 2 of 3" in labels(view)[0]
    assert parsed(view).bold == bold


def test_a_text_of_one_page_has_no_pages_to_turn() -> None:
    article, passages = numbered(4)
    hit = hit_in(passages, 1)
    assert labels(full_text_view(ENGLISH, full_text(hit), article, passages, hit)) == [["◂ Back"]]


@pytest.mark.parametrize("before", range(60, 68))
def test_a_heading_is_on_the_page_of_its_paragraph(before: int) -> None:
    text = f"{sentences(0, before)}\n\nA subheading\n\nAnother\n\n{sentences(before, before + 4)}"
    article, passages = headed(text, 60, "A subheading", "Another")
    hit = hit_in(passages, 0)
    view = full_text_view(ENGLISH, full_text(hit), article, passages, hit)
    messages = read(view, article, passages, hit, None)
    assert len(messages) == 2
    (page,) = [message.text for message in messages if "A subheading" in message.text]
    assert f"A subheading\n\nAnother\n\n{WORDS.format(before)}" in page


@pytest.mark.parametrize("before", range(40, 80))
def test_a_context_that_is_cut_does_not_end_with_a_heading(before: int) -> None:
    text = f"{sentences(0, before)}\n\nA subheading\n\n{sentences(before, 120)}"
    article, passages = headed(text, 5000, "A subheading")
    hit = hit_in(passages, 0, 30)
    (quote,) = parsed(context_view(ENGLISH, first_callback_data([hit]), article, passages, hit)).marked("blockquote")
    assert quote.endswith("at all. …")


def test_a_page_of_one_paragraph_ends_with_a_sentence() -> None:
    article, passages = divided(sentences(0, 140).replace("\n\n", " "), CARD)
    view = full_text_view(ENGLISH, first_callback_data([hit_in(passages, 0)]), article, passages, hit_in(passages, 0))
    assert parsed(view).text.endswith("at all.")


def read(view: View, article: Article, passages: list[Passage], hit: Hit, searched: str | None) -> list[Message]:
    """Return the pages from the first one on; `view` is any of them."""
    first = replace(full_text(hit), page=1, origin=data(view, "◂ Back").origin)
    view = full_text_view(ENGLISH, first, article, passages, hit, Asked(searched=searched))
    messages = [parsed(view)]
    while "›" in labels(view)[0]:
        view = full_text_view(ENGLISH, data(view, "›"), article, passages, hit, Asked(searched=searched))
        messages.append(parsed(view))
    return messages


@given(card=cards, text=texts, searched=st.none() | st.text("a中😀<", min_size=1000, max_size=1000), data=st.data())
def test_all_of_an_article_is_read_and_nothing_else(
    card: Card, text: str, searched: str | None, data: st.DataObject
) -> None:
    article, passages = divided(text, card)
    assume(passages)
    hit = hit_in(passages, data.draw(st.integers(0, len(passages) - 1)))
    start = replace(full_text(hit), origin=data.draw(st.sampled_from(sorted(ORIGINS))))
    view = full_text_view(ENGLISH, start, article, passages, hit, Asked(searched=searched))
    messages = read(view, article, passages, hit, searched)
    # The first page that is shown is the one on which the marked sentence begins.
    assert parsed(view).text in [message.text for message in messages]
    headlines = start.origin != ORIGIN_NO  # there, the headline is not bold
    marked = dense("".join(bold for message in messages for bold in message.bold[headlines:]))
    if start.origin in {ORIGIN_NO, ORIGIN_LIST, ORIGIN_SOURCE}:
        assert marked == ""
    else:
        assert marked == dense(hit.highlight_text)
        assert len(parsed(view).bold) > 1
    all_text = dense("".join(message.text for message in messages))
    if len(messages) == 1:
        assert all_text.endswith(dense(article.text))
    above = len(all_text) - len(dense(article.text))
    assert above % len(messages) == 0
    assert dense("".join(dense(message.text)[above // len(messages) :] for message in messages)) == dense(article.text)


@given(card=cards, text=texts, data=st.data())
def test_the_answering_sentence_is_always_in_its_context(card: Card, text: str, data: st.DataObject) -> None:
    article, passages = divided(text, card, data.draw(st.sampled_from([60, 2000])))
    assume(passages)
    hit = hit_in(passages, data.draw(st.integers(0, len(passages) - 1)))
    view = context_view(ENGLISH, first_callback_data([hit]), article, passages, hit)
    message = parsed(view)
    (quote,) = message.marked("blockquote")
    assert dense(quote.strip().removeprefix("…").removesuffix("…")) in dense(article.text)
    bold = dense("".join(message.bold[1:]))
    answer = dense(hit.passage.text[slice(*hit.highlight)])
    assert answer == bold or (len(answer) > 1000 and answer.startswith(bold))
