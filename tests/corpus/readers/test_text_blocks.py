"""Plain text: which lines one paragraph holds, and which stand alone; what is above the headline; labels; initials."""

import textwrap
from datetime import date

import pytest

from corpus.reader_types import Reading
from corpus.readers.text import TextReader
from tests.corpus.reader_inputs import file

STORY = (
    "The sluice at Brackwater gave way before dawn on Tuesday, and the Lower Town was under water by nine. Engineers "
    "of the county had warned of it twice, in letters which nobody answered; the mayor said that he had read neither."
)
SECOND = "Three families were taken from their roofs. The Red Cross opened the school for them, and the church."


def read(text: str) -> Reading:
    (reading,) = TextReader().read(file(text.encode(), "story.txt"))
    assert isinstance(reading, Reading)
    return reading


def paragraphs(text: str) -> list[str]:
    return read(text).article.text.split("\n\n")


def headings(text: str) -> list[str]:
    article = read(text).article
    return [article.text[start:end] for start, end in article.headings]


@pytest.mark.parametrize(
    "lines",
    [
        ["1. Walk the dike", "2. Eat smoked eel", "3. Hear the bells"],
        ["- two eggs", "- 200 g flour", "- salt"],
        ["Q: Who built it?", "A: My father did, in the winter after the war, with six men and one horse.", "Q: Why?"],
        ["MAYOR HOLM: The meeting is open.", "MS BRANDT: I move the plan.", "MAYOR HOLM: Carried."],
        ["08:10 The first train is late.", "08:45 The line is closed.", "09:30 Buses run instead."],
        ["Brackwater 2, Lower Town 1", "Sluice 0, Mill Road 0", "Abbey 3, Quay 2"],
        ["HOLM, Ada, 81, of Quay Street, on May 3.", "BRANDT, Jon, 90, of Mill Road, on May 4."],
        ["Who rides so late through night and rain?", "It is the father with his child;", "He holds the boy again."],
    ],
)
def test_lines_that_stand_alone_stay_apart_and_can_be_quoted(lines: list[str]) -> None:
    text = "What happened\n\n" + "\n".join(lines) + f"\n\n{STORY}\n"
    assert paragraphs(text) == [*lines, STORY]
    assert headings(text) == []


@pytest.mark.parametrize("width", [36, 44, 60, 72, 80])
def test_wrapped_prose_stays_whole_also_if_dashes_and_numbers_begin_its_lines(width: int) -> None:
    story = (
        "The vote – the third in a year – was close, 12 to 11, and the plan – a wall of 3.4 metres – was adopted. In "
        "1998 – the year of the great flood – it had failed by 20. Mr. Holm – who had been against it – was absent."
    )
    assert paragraphs(f"Wall adopted\n\n{textwrap.fill(story, width)}\n\n{STORY}\n") == [story, STORY]


def test_paragraphs_without_empty_lines_end_where_a_short_line_ends_a_sentence() -> None:
    wrapped = "\n".join(textwrap.fill(part, 64) for part in (STORY, SECOND, STORY))
    assert paragraphs(f"Sluice gives way\n\n{wrapped}\n") == [STORY, SECOND, STORY]


def test_the_first_line_of_wrapped_prose_is_no_headline() -> None:
    wrapped = "\n\n".join(textwrap.fill(part, 71) for part in (STORY.replace("before", "In"), SECOND))
    assert wrapped.split("\n")[1][0].isalpha()
    assert paragraphs(wrapped) == [STORY.replace("before", "In"), SECOND]
    capital = "The sluice at Brackwater gave way on Tuesday, and the engineers of\nBrackwater had warned of it in many "
    capital += "letters which were never\nanswered by the mayor."
    assert paragraphs(capital) == [capital.replace("\n", " ")]


def test_an_empty_line_below_each_line_divides_no_paragraph() -> None:
    doubled = "\n\n\n".join(textwrap.fill(part, 50).replace("\n", "\n\n") for part in (STORY, SECOND))
    assert paragraphs(f"Sluice gives way\n\n{doubled}\n") == [STORY, SECOND]


def test_the_break_of_a_page_divides_neither_word_nor_paragraph() -> None:
    assert paragraphs("Head\n\nThe council was glad of its coun-\n\f\nsel, it said on Monday.\n") == [
        "The council was glad of its counsel, it said on Monday."
    ]
    text = (
        "Head\n\nThe council said that the sluice would be repaired and\n\n- 2 -\n\npainted in the spring by a firm.\n"
    )
    assert paragraphs(text) == [
        "The council said that the sluice would be repaired and painted in the spring by a firm."
    ]


def test_a_large_initial_begins_its_word() -> None:
    assert paragraphs("Head\n\nT\nhe sluice gave way on Tuesday.\n\nX marks the spot.\n") == [
        "The sluice gave way on Tuesday.",
        "X marks the spot.",
    ]
    assert paragraphs("Head\n\nW hen the sluice gave way, it was dark.\n") == ["When the sluice gave way, it was dark."]
    assert paragraphs("Head\n\nA\nsluice gave way on Tuesday.\n") == ["A sluice gave way on Tuesday."]
    assert paragraphs("Head\n\nD minor is the key of the hymn.\n") == ["D minor is the key of the hymn."]


def test_the_marks_of_a_quoted_message_are_removed() -> None:
    assert paragraphs(f"Head\n\n{textwrap.indent(textwrap.fill(STORY, 60), '> ')}\n") == [STORY]
    assert paragraphs("Head\n\n> 40 houses were damaged.\n\nSo he wrote.\n")[0] == "> 40 houses were damaged."


def test_a_date_above_the_headline_is_the_date() -> None:
    article = read(f"Tuesday, March 4, 2014\n\nSluice gives way\n\n{STORY}\n").article
    assert (article.card.title, article.card.published, article.text) == ("Sluice gives way", date(2014, 3, 4), STORY)


def test_labelled_fields_in_front_of_the_text() -> None:
    text = f"Title: Sluice gives way\nAuthor: Ada Holm\nDate: 2014-03-04\nSource: The Dike\n\n{STORY}\n"
    article = read(text).article
    card = article.card
    assert (card.title, card.author, card.published, card.source) == (
        "Sluice gives way",
        "Ada Holm",
        date(2014, 3, 4),
        "The Dike",
    )
    assert article.text == STORY
    assert read(f"Title: a play about names\n\n{STORY}\n").article.card.title == "Title: a play about names"


def test_the_date_of_an_event_is_text() -> None:
    text = "Public hearing\n\nDate: Tuesday, March 4, 2014\nTime: 7 p.m.\nPlace: Town Hall\n\nAll may speak.\n"
    reading = read(text)
    assert reading.article.card.published is None
    assert reading.article.text.split("\n\n") == [
        "Date: Tuesday, March 4, 2014",
        "Time: 7 p.m.",
        "Place: Town Hall",
        "All may speak.",
    ]
    assert headings(text) == []


def test_a_headline_that_ends_in_an_article_goes_on() -> None:
    text = f"Sluice gives way, and the\nMayor is blamed for it\n\n{STORY}\n"
    assert read(text).article.card.title == "Sluice gives way, and the Mayor is blamed for it"


def test_one_sentence_is_a_text() -> None:
    article = read("Sluice gives way. No one is hurt.\n").article
    assert article.text == "Sluice gives way. No one is hurt."


@pytest.mark.parametrize(
    "paragraph",
    [
        "महापौर ने सोमवार को कहा कि दीवार टिकी रही।",
        "ከንቲባው ሰኞ ዕለት ግድግዳው ተቋቁሟል።",
        "میئر نے پیر کو کہا کہ دیوار قائم رہی۔",
        "นายกเทศมนตรีกล่าวเมื่อวันจันทร์ว่ากำแพงทนต่อพายุ",
    ],
)
def test_a_paragraph_in_any_script_is_no_subheading(paragraph: str) -> None:
    assert headings(f"Head\n\n{paragraph}\n\n{paragraph}\n") == []


@pytest.mark.parametrize(
    ("divided", "whole"),
    [
        ("Peut-\nêtre viendra-t-\nil demain.", "Peut-être viendra-t-il demain."),
        ("C'est-\nà-dire en mars, a-t-\nil dit.", "C'est-à-dire en mars, a-t-il dit."),
        ("Le diman-\nche, peut-\non dormir ?", "Le dimanche, peut-on dormir ?"),
        ("Из-\nза шторма какой-\nто мост закры-\nли.", "Из-за шторма какой-то мост закрыли."),
        ("Это мес-\nто за-\nто по-\nтому хорошо по-\nрусски.", "Это место зато потому хорошо по-русски."),
        ("The U-\nboat and the T-\nshirt and the e-\nmail.", "The U-boat and the T-shirt and the e-mail."),
    ],
)
def test_hyphens_of_french_russian_and_letters(divided: str, whole: str) -> None:
    assert paragraphs(f"Head\n\n{divided}\n")[0] == whole


@pytest.mark.parametrize("rule", ["* * *", "----------", "====", "• • •"])
def test_a_rule_is_no_text(rule: str) -> None:
    assert paragraphs(f"Sluice gives way\n{rule}\n\n{STORY}\n\n{rule}\n{SECOND}\n") == [STORY, SECOND]


def test_a_dash_without_spaces_has_none_at_a_line_end() -> None:
    text = "Head\n\nThey waited—\nsilently—for the 5–\n6 metres –\nhigh as the wall – of water.\n"
    assert paragraphs(text) == ["They waited—silently—for the 5–6 metres – high as the wall – of water."]


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("Ada Holm | March 4, 2014", "Ada Holm"),
        ("By Ada Holm, Brackwater\nMarch 4, 2014", "Ada Holm"),
        ("Byline: Ada Holm\nDate: March 4, 2014\nBody:", "Ada Holm"),
    ],
)
def test_authors_below_the_headline(line: str, author: str) -> None:
    article = read(f"Title: Sluice gives way\n{line}\n\n{STORY}\n").article
    assert (article.card.author, article.card.published) == (author, date(2014, 3, 4))
    assert article.text == STORY


@pytest.mark.parametrize(
    "lines",
    [
        "The dike is old;\nthe sea is cold;\nthe eel is sold;\nthe tale is told.",
        "2 eels (smoked)\n1 onion (red)\n3 carrots (large)\nSalt (fine)\nDill (fresh)",
        "Holm (12), Vik (34)\nBrandt (56; pen)\nEkman (77)\nBerg (80), Lund (90)",
        "The sluice (built\nin 1911; see p. 3)\ngave way (again)\non Tuesday; the\nLower Town (pop.\n4,000) was wet.",
    ],
)
def test_short_lines_with_brackets_and_semicolons_are_no_program(lines: str) -> None:
    from corpus.text.non_prose_formats import other_format

    assert other_format(f"Head\n\n{lines}\n") is None
