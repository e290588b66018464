"""Telegram's HTML: cut into pages at good places, without loss, and in an order that can be read."""

import time
from itertools import groupby, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.views.telegram_html import LIMIT, Run, field, html, page_at, pages, runs, shortened, shown_units, units
from corpus.article import Span
from tests.bot.hostile_texts import FAMILY, FLAG, THUMB, dense, texts
from tests.telegram_server.html import parse


def cut(text: str, starts: list[int] | None = None, room: int = LIMIT) -> list[str]:
    return [parse(html(page)).text for page in pages(runs(text, starts or []), room)]


def test_a_page_ends_at_a_paragraph_rather_than_at_a_sentence() -> None:
    text = "First. " * 400 + "\n\n" + "Second. " * 400
    first, second = cut(text, list(range(0, 2800, 7)))
    assert first.endswith("First.")
    assert second.startswith("Second.")
    assert "Second" not in first


def test_without_a_paragraph_it_ends_at_a_sentence_and_not_inside_an_abbreviation() -> None:
    sentence = "The U.S. envoy met them in Beijing and heard what they said about the Internet. "
    cut_pages = cut(sentence * 100, list(range(0, len(sentence) * 100, len(sentence))))
    assert len(cut_pages) == 2
    assert all(page.endswith("about the Internet.") for page in cut_pages)
    assert cut_pages[1].startswith("The U.S. envoy")


def test_a_very_long_sentence_is_cut_between_words() -> None:
    assert {word for page in cut("wörd " * 1500) for word in page.split()} == {"wörd"}


def test_a_page_is_not_cut_at_a_paragraph_in_its_first_half() -> None:
    first, _ = cut("Headline\n\n" + "word " * 1500)
    assert units(first) > LIMIT - 10


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=60), st.integers(1, 60), st.integers(400, LIMIT))
@example([*[(False, 1)] * 4, (False, 6), (True, 20), *[(True, 60)] * 4], 1, 400)  # headings longer than half a page
@example([(True, 60)] * 20, 1, 400)  # and longer than a page
def test_no_page_ends_with_a_heading(parts: list[tuple[bool, int]], last: int, room: int) -> None:
    text, headings, starts = "", [], []
    # Headings in a row that are nearly as long as a page may be parted from their paragraph.
    in_a_row = [list(row) for is_heading, row in groupby(parts, key=lambda part: part[0]) if is_heading]
    parted = any(sum(size + 2 for _, size in row) >= room - 10 for row in in_a_row)
    for is_heading, size in [*parts, (False, last)]:
        starts.append(len(text))
        if is_heading:
            headings.append(Span(len(text), len(text) + size))
        text += ("#" * size if is_heading else "Some words. " * size) + "\n\n"
    block = runs(text, starts, headings, headings=headings)
    cut_pages = [parse(html(page)).text for page in pages(block, room)]
    assert parted or not [page for page in cut_pages if page.endswith("#")]
    assert dense("".join(cut_pages)) == dense(text)


@given(text=texts, room=st.integers(400, LIMIT), data=st.data())
def test_the_page_of_a_character_shows_it(text: str, room: int, data: st.DataObject) -> None:
    visible = [offset for offset, character in enumerate(text) if not character.isspace()]
    if not visible:
        assert page_at(runs(text, []), 0, room) == 0
        return
    offset = data.draw(st.sampled_from(visible))
    before = dense("".join(cut(text, room=room)[: page_at(runs(text, []), offset, room)]))
    upto = dense("".join(cut(text, room=room)[: page_at(runs(text, []), offset, room) + 1]))
    assert len(before) <= len(dense(text[:offset])) < len(upto)


def test_what_is_bold_across_a_cut_is_bold_on_both_sides() -> None:
    text = "word " * 1500
    for page in pages(runs(text, [], [Span(0, len(text))], ("blockquote",)), LIMIT):
        assert [run.tags for run in page] == [("blockquote", "b")]


@pytest.mark.parametrize("character", [FAMILY, FLAG, THUMB, "e\u0301", "❤️", "क्षि"])
@pytest.mark.parametrize("before", range(4))
def test_visible_characters_are_never_cut(character: str, before: int) -> None:
    cut_pages = cut("x" * before + character * 3000)
    assert len(cut_pages) > 1
    for page in cut_pages:
        rest = page.lstrip("x")
        assert rest == character * (len(rest) // len(character))
    short = shortened(character * 100, 50).removesuffix("…")
    assert short == character * (len(short) // len(character))


def test_endless_combining_marks_can_be_cut() -> None:
    text = "a" + "\u0301" * 9000
    assert dense("".join(cut(text))) == text


@given(text=texts, starts=st.lists(st.integers(0, 9000)), room=st.integers(400, LIMIT))
@example(text="a" + " " * 20_000, starts=[], room=LIMIT)
@example(text=" " * 20_000 + "a", starts=[5000], room=LIMIT)
@example(text="", starts=[], room=LIMIT)
def test_pages_are_the_whole_text_and_none_is_too_long_or_empty(text: str, starts: list[int], room: int) -> None:
    cut_pages = cut(text, starts, room)
    assert all(units(page) <= room for page in cut_pages)
    assert dense("".join(cut_pages)) == dense(text)
    assert all(cut_pages) or not text.strip()


@given(text=texts, data=st.data())
def test_exactly_the_given_spans_are_bold(text: str, data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    bold = [Span(start, end) for number, (start, end) in enumerate(pairwise(edges)) if number % 2 == 0]
    starts = data.draw(st.lists(st.integers(0, len(text)), max_size=5))
    block = runs(text, starts, bold)
    assert "".join(run.text for run in block) == text
    assert "".join(run.text for run in block if "b" in run.tags) == "".join(text[slice(*span)] for span in bold)


def test_cutting_takes_linear_time() -> None:
    text = "A sentence of some words. " * 200_000
    before = time.process_time()
    cut_pages = pages(runs(text, list(range(0, len(text), 26))), LIMIT)
    assert time.process_time() - before < 10  # a quadratic algorithm took minutes
    assert len(cut_pages) > 1200


def test_html_is_balanced_where_tags_overlap() -> None:
    block = [Run("a", ("b",)), Run("b<", ("b", 'a href="x"')), Run("c", ("i",))]
    assert html(block) == '<b>a<a href="x">b&lt;</a></b><i>c</i>'


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=50))
@example("&amp;lt;<b>")
def test_shown_units_count_the_visible_text(text: str) -> None:
    written = html([Run("x"), Run(text, ("b", 'a href="https://example.org/?a&gt;b"')), Run("x")])
    assert shown_units(written) == units(parse(written).text) == units(text) + 2


def test_a_field_is_one_line_of_limited_length() -> None:
    assert field("A\n<b>\ttitle ", 100) == "A &lt;b&gt; title"
    assert field("Words and words", 10) == "Words and…"
    assert field("😀" * 9, 10) == "😀" * 4 + "…"


@pytest.mark.parametrize("text", ["שלום", "Xu Zhiyong شو", "٣ words"])
def test_a_field_with_right_to_left_words_is_isolated(text: str) -> None:
    assert field(text, 100) == f"\u2068{text}\u2069"


@pytest.mark.parametrize("text", ["许志永", "Žižek", "😀 1234"])
def test_left_to_right_fields_are_not_isolated(text: str) -> None:
    assert field(text, 100) == text


def test_direction_marks_are_removed_from_fields() -> None:
    assert field("\u2069\u202eשלום\u2066 a", 100) == "\u2068שלום a\u2069"
