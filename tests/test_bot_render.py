"""Answers as messages: what a reader sees, whole, whatever the articles hold."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.render import LIMIT, messages
from corpus.article import Card, Span
from retrieval.types import Answer, Hit, Passage, Query, Slice
from tests.bot_api_chat import Message
from tests.bot_api_html import parse, units

CARD = Card(
    "a1",
    "Bloggers Ask Kerry",
    url="https://example.org/kerry?a=1&b=2",
    source="Site Default",
    author="Sangwon Yoon",
    published=date(2014, 2, 7),
)
TEXT = "He came on Monday. He met four bloggers in Beijing.\n\nThen he left for Jakarta."
SENTENCES = (Span(0, 18), Span(19, 51), Span(53, 78))
NOTHING = Span(0, 0)
FAMILY, FLAG, THUMB = "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽"
PIECES = [
    "<b>",
    "</b>",
    "&amp;",
    "&",
    '"',
    "'",
    "a > b ",
    "😀",
    FAMILY,
    FLAG,
    "שלום עולם ",
    "中文没有空格。",
    "e\u0301",
]
PIECES += ["word ", "A sentence. ", "\n", "\n\n", "\t", "x" * 500, "é" * 3000, "😀" * 2500, "&" * 1500]
texts = st.lists(st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=12)
passages = st.builds(lambda pieces, times: "".join(pieces) * times, texts, st.integers(1, 4))


def hit(text: str = TEXT, highlight: Span = SENTENCES[1], card: Card = CARD, rank: int = 1) -> Hit:
    sentences = SENTENCES if text == TEXT else (Span(0, len(text)),)
    return Hit(Passage(f"p{rank}", card, text, 0, len(text), sentences), 0.5, rank, highlight)


def answer(*hits: Hit, answered: bool = True) -> Answer:
    return Answer("who?", hits, 0.9 if answered else 0.1, answered)


def shown(given_answer: Answer) -> list[Message]:
    """Render, and parse as Telegram would."""
    parsed = [parse(html) for html in messages(given_answer)]
    return [Message(id=0, text=one.text, entities=one.entities) for one in parsed]


def dense(text: str) -> str:
    return "".join(text.split())


def test_an_answer_is_headline_date_and_source_and_the_passage_with_its_sentence_bold() -> None:
    (message,) = shown(answer(hit()))
    assert message.text == f"Bloggers Ask Kerry\n7 February 2014 · Site Default · Sangwon Yoon\n\n{TEXT}"
    assert [bold.strip() for bold in message.bold] == [
        "Bloggers Ask Kerry",
        "He met four bloggers in Beijing.",
    ]
    assert message.links == {"Bloggers Ask Kerry": "https://example.org/kerry?a=1&b=2"}
    assert message.marked("expandable_blockquote") == []


def test_further_passages_follow_each_in_an_expandable_quote() -> None:
    other = Card("a2", "Another <Story>")
    (message,) = shown(answer(hit(), hit("Short.", Span(0, 6), other, 2), hit("Third.", Span(0, 6), other, 3)))
    quotes = message.marked("expandable_blockquote")
    assert quotes == ["Another <Story>\n\nShort.", "Another <Story>\n\nThird."]
    assert message.bold[-4:] == ["Another <Story>", "Short.", "Another <Story>", "Third."]


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "file:///etc/passwd", "tg://resolve?domain=x", "/kerry"]
)
def test_only_an_address_of_the_web_is_linked(url: str | None) -> None:
    (message,) = shown(answer(hit(card=Card("a", "Title", url=url))))
    assert message.links == {}
    assert message.bold[0] == "Title"


def test_an_address_cannot_break_out_of_its_attribute() -> None:
    url = "https://example.org/\"><b>x</b>'&amp;"
    (message,) = shown(answer(hit(card=Card("a", "Title", url=url))))
    assert message.links == {"Title": url}
    assert message.text.startswith("Title\n")


def test_what_is_not_known_of_an_article_leaves_no_gap() -> None:
    (message,) = shown(answer(hit("Body.", Span(0, 5), Card("a", "Title", source="Wire"))))
    assert message.text == "Title\nWire\n\nBody."
    (message,) = shown(answer(hit("Body.", Span(0, 5), Card("a", "Title"))))
    assert message.text == "Title\n\nBody."


def test_a_no_names_three_different_headlines_and_shows_no_passage() -> None:
    cards = [Card(str(number), title) for number, title in enumerate(["One", "Two", "One", "Three", "Four"])]
    (message,) = shown(answer(*(hit(card=card) for card in cards), answered=False))
    assert message.text == (
        "Nothing in this archive answers that.\n\nClosest, but not an answer:\n• One\n• Two\n• Three"
    )


def test_a_no_from_an_empty_archive_stands_alone() -> None:
    assert messages(answer(answered=False)) == ["Nothing in this archive answers that."]
    assert messages(answer(answered=True)) == ["Nothing in this archive answers that."]


def test_hits_that_do_not_fit_together_are_not_cut_but_sent_one_by_one() -> None:
    long = " ".join(["A sentence of some words."] * 100)
    found = shown(answer(*(hit(long, Span(0, 25), Card(str(n), f"Title {n}"), n) for n in (1, 2, 3))))
    assert [message.text.partition("\n")[0] for message in found] == ["Title 1", "Title 2", "Title 3"]
    assert all(message.text.endswith(long) for message in found)


def test_an_emoji_counts_twice_when_hits_are_put_together() -> None:
    found = shown(answer(hit("😀" * 1200, NOTHING), hit("😀" * 1200, NOTHING, rank=2)))
    assert [message.text.count("😀") for message in found] == [1200, 1200]


def split_passage(text: str, sentences: tuple[Span, ...], highlight: Span = NOTHING) -> list[Message]:
    passage = Passage("p", Card("a", "T"), text, 0, len(text), sentences)
    return shown(answer(Hit(passage, 0.5, 1, highlight)))


def test_a_long_passage_is_split_at_a_paragraph_rather_than_at_a_sentence() -> None:
    text = "First. " * 400 + "\n\n" + "Second. " * 400
    sentences = tuple(Span(at, at + 6) for at in range(0, 2800, 7))
    first, second = split_passage(text, sentences)
    assert first.text.endswith("First.")
    assert second.text.startswith("Second.")
    assert "Second" not in first.text


def test_without_a_paragraph_it_is_split_at_a_sentence_and_not_inside_an_abbreviation() -> None:
    sentence = "The U.S. envoy met them in Beijing and heard what they said about the Internet. "
    text = sentence * 100
    sentences = tuple(Span(at, at + len(sentence) - 1) for at in range(0, len(text), len(sentence)))
    found = split_passage(text, sentences)
    assert len(found) == 2
    assert all(message.text.endswith("about the Internet.") for message in found)
    assert found[1].text.startswith("The U.S. envoy")


def test_one_giant_sentence_is_split_between_words() -> None:
    first, second = split_passage("wörd " * 1500, (Span(0, 7500),))
    assert set(first.text.split()[1:] + second.text.split()) == {"wörd"}


def test_a_sentence_that_straddles_a_cut_is_bold_on_both_sides() -> None:
    text = "word " * 1500
    first, second = split_passage(text, (Span(0, 7500),), Span(0, 7500))
    assert second.bold == [second.text]
    assert dense("".join(first.bold[1:] + second.bold)) == dense(text)


@pytest.mark.parametrize("character", [FAMILY, FLAG, THUMB, "e\u0301", "❤️", "क्षि"])
@pytest.mark.parametrize("before", range(4))
def test_what_a_reader_sees_as_one_character_is_never_cut(character: str, before: int) -> None:
    found = split_passage("x" * before + character * 3000, ())
    assert len(found) > 1
    for message in found:
        rest = message.text.removeprefix("T\n\n").lstrip("x")
        assert rest == character * (len(rest) // len(character))


def test_endless_marks_on_one_letter_do_not_stop_the_split() -> None:
    found = split_passage("a" + "\u0301" * 9000, ())
    assert dense("".join(message.text for message in found)) == "Ta" + "\u0301" * 9000


@settings(deadline=None)  # a busy machine is no fault of the text
@given(title=st.text(st.characters(exclude_categories=["Cs"]), max_size=200), text=passages, data=st.data())
@example(title="", text="a" + " " * 20_000, data=None)
@example(title="<b>&", text="&" * 9000, data=None)
def test_nothing_is_lost_and_nothing_is_too_long(title: str, text: str, data: st.DataObject | None) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2))) if data else (10, 8000)
    title = f"T{title}"
    first, second = hit(text, Span(start, end), Card("a", title)), hit(text, Span(0, 0), Card("b", title), 2)
    found = shown(answer(first, second))
    assert all(0 < units(message.text) <= LIMIT for message in found)
    assert dense("".join(message.text for message in found)) == dense(title + text + title + text)
    bold = "".join(piece for message in found for piece in message.bold)
    assert dense(bold) == dense(title + text[start:end] + title)


def test_what_was_searched_for_stands_above_the_answer_in_italics() -> None:
    query = Query("who <met> Kerry?", Slice(date(2014, 2, 1), None, "Wire & Co"), newest=True)
    said = "Searched for: who <met> Kerry? · since 2014-02-01 · source: Wire & Co · newest first"
    (message,) = shown(replace(answer(hit()), searched=query))
    assert message.text.startswith(f"{said}\n\nBloggers Ask Kerry\n7 February 2014")
    assert message.marked("italic") == [said]
    (message,) = shown(replace(answer(answered=False), searched=query))
    assert message.text == f"{said}\n\nNothing in this archive answers that."
    assert messages(answer(hit()))[0].count("<i>") == 0


def test_what_was_searched_for_is_no_message_of_its_own() -> None:
    long = " ".join(["A sentence of some words."] * 163)
    found = shown(replace(answer(hit(long, Span(0, 25))), searched=Query("who?", Slice(source="Wire"))))
    assert len(found) == 2
    assert found[0].text.startswith("Searched for: who? · source: Wire\n\nBloggers Ask Kerry")
    assert all(units(message.text) <= LIMIT for message in found)


def test_other_articles_that_tell_the_same_story_are_named_under_the_headline() -> None:
    others = (Card("b", "Copy <1>", source="Wire & Co"), Card("c", "Copy 2"))
    (message,) = messages(answer(replace(hit(), also=others)))
    assert "<i>The same story: Copy &lt;1&gt; (Wire &amp; Co); Copy 2\n</i>" in message
