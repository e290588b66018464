"""Views of answers, of "no answer" and of notifications, with any articles."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.i18n.translation import CHINESE, ENGLISH, Language
from bot.outgoing.sending import markup
from bot.views import callback_data
from bot.views.answer import (
    View,
    answer_view,
    feedback_saved,
    first_callback_data,
    no_view,
    shared_view,
    stale,
)
from bot.views.callback_data import CallbackData, Ref, decode, hit_of, shared_ref
from bot.views.header import header
from bot.views.keyboards import without_undo
from bot.views.question_lines import Asked
from bot.views.telegram_html import LIMIT, units
from bot.views.watch import several_view, watch_view
from corpus.article import Card, Span, article_id
from retrieval.answer.answering_sentences import answering_text
from retrieval.types import Hit, Passage
from tests.bot.hostile_texts import cards, dense, divided, short_texts, texts
from tests.telegram_server.chat import Message
from tests.telegram_server.html import parse

URL = "https://example.org/kerry?a=1&b=2"
CARD = Card(article_id(URL), "Bloggers Ask Kerry", URL, "Site Default", "Sangwon Yoon", date(2014, 2, 7))
TEXT = "He came on Monday. He met four bloggers in Beijing.\n\nThen he left for Jakarta."
SENTENCES = (Span(0, 18), Span(19, 51), Span(53, 78))
LEAD = TEXT[:51]  # the second sentence answers, and begins with a pronoun
LONG = "Some words that come before it all and take a line. " * 12
ANSWERING = "Kerry met four bloggers."


def hit(number: int = 1, text: str = TEXT, highlight: Span = SENTENCES[1], card: Card = CARD) -> Hit:
    sentences = SENTENCES if text == TEXT else (Span(0, highlight.start), highlight, Span(highlight.end, len(text)))
    return Hit(Passage(f"{card.id}-{number:012x}", card, text, 0, len(text), sentences), 0.5, number, highlight)


def parsed(view: View) -> Message:
    """Parse a view as Telegram would, and check its buttons against Telegram's rules."""
    content = parse(view.text)
    assert 0 < units(content.text) <= LIMIT
    for row in view.keyboard:
        assert 0 < len(row) <= 8
        for button in row:
            assert 0 < units(button.text.strip()) <= 60
            (sent,) = filter(None, (button.data, button.url, button.inline))
            assert button.url or len(sent.encode()) <= 64
            assert button.data is None or decode(button.data)
            assert button.inline is None or shared_ref(button.inline)
    return Message(id=0, text=content.text, entities=content.entities)


def labels(view: View) -> list[list[str]]:
    return [[button.text for button in row] for row in view.keyboard]


def data(view: View, label: str) -> CallbackData:
    """Return the callback data of a button."""
    (data,) = [button.data for row in view.keyboard for button in row if button.text == label]
    assert data is not None
    return decode(data)


def turned(view: View, shown_hit: Hit, searched: str | None) -> Iterator[Message]:
    """Return all pages of a hit."""
    yield parsed(view)
    while "›" in labels(view)[0]:
        view = answer_view(ENGLISH, data(view, "›"), shown_hit, Asked(searched=searched))
        yield parsed(view)


def view_of(shown_hit: Hit, searched: str | None = None) -> View:
    return answer_view(ENGLISH, first_callback_data([shown_hit]), shown_hit, Asked(searched=searched))


def test_an_answer_is_its_sentence_then_headline_date_and_source_and_the_passage_with_the_sentence_bold() -> None:
    message = parsed(view_of(hit(card=replace(CARD, language="de"))))
    sentence, facts = "He met four bloggers in Beijing.", "7 February 2014 · Site Default · Sangwon Yoon"
    assert message.text == f"{sentence}\n\nBloggers Ask Kerry\n{facts}\n\n{TEXT}"
    assert [bold.strip() for bold in message.bold] == ["Bloggers Ask Kerry", "He met four bloggers in Beijing."]
    assert message.links == {"Bloggers Ask Kerry": URL}
    assert message.marked("blockquote") == [TEXT]


def test_an_answer_that_begins_with_a_pronoun_follows_the_sentence_before_it() -> None:
    message = parsed(view_of(hit()))
    assert message.text.startswith(f"{LEAD}\n\nBloggers Ask Kerry\n")
    assert message.bold[1].strip() == "He met four bloggers in Beijing."


def test_a_long_passage_is_folded_and_its_sentence_is_bold_in_it() -> None:
    text = f"{LONG}{ANSWERING} {LONG}".strip()
    message = parsed(view_of(hit(text=text, highlight=Span(len(LONG), len(LONG) + len(ANSWERING)))))
    assert message.text.startswith(f"{ANSWERING}\n\nBloggers Ask Kerry\n")
    assert message.text.endswith(f"Yoon\n\n{text}")
    assert message.marked("expandable_blockquote") == [text]
    assert message.bold == ["Bloggers Ask Kerry", ANSWERING]


def test_a_passage_that_is_no_more_than_its_sentence_is_not_shown_twice() -> None:
    message = parsed(view_of(hit(text=ANSWERING, highlight=Span(0, len(ANSWERING)))))
    assert message.text == f"{ANSWERING}\n\nBloggers Ask Kerry\n7 February 2014 · Site Default · Sangwon Yoon"


def test_a_sentence_too_long_to_come_first_is_cut_there_and_whole_in_the_passage() -> None:
    text = "word " * 300 + "end."
    message = parsed(view_of(hit(text=text, highlight=Span(0, len(text)))))
    first, _, below = message.text.partition("\n\n")
    assert first.endswith("…")
    assert units(first) <= 800
    assert below.endswith(text)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "tg://resolve?domain=x",
        "/k",
        f"https://example.org/{'x' * 2000}",
    ],
)
def test_an_article_without_a_link_is_read_as_full_text_only(url: str | None) -> None:
    view = view_of(hit(card=replace(CARD, url=url)))
    assert parsed(view).links == {}
    assert labels(view)[0] == ["Context", "Full text"]
    assert data(view, "Full text").verb == callback_data.FULL


def test_a_linked_article_is_opened_or_read_as_full_text_side_by_side() -> None:
    for origin in (callback_data.ORIGIN_ANSWER, callback_data.ORIGIN_NO, callback_data.ORIGIN_WATCH):
        view = answer_view(ENGLISH, replace(first_callback_data([hit()]), origin=origin), hit())
        assert labels(view)[0] == ["Context", "Open ↗", "Full text"]
        assert [button.url for row in view.keyboard for button in row if button.text == "Open ↗"] == [URL]
        assert parsed(view).links == {"Bloggers Ask Kerry": URL}


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "10.0.0.7", "example.org:99999", "许志永.cn", ".org", "a..b"]
)
def test_an_address_that_telegram_may_refuse_has_no_button(host: str) -> None:
    view = view_of(hit(card=replace(CARD, url=f"http://{host}/kerry")))
    assert labels(view)[0] == ["Context", "Full text"]


def test_a_passage_that_is_the_whole_article_offers_no_more_of_it() -> None:
    for origin in sorted(callback_data.ORIGINS):
        start = replace(first_callback_data([hit()]), origin=origin)
        whole = labels(answer_view(ENGLISH, start, hit(), whole=True))
        assert whole[0] == ["Open ↗"]
        assert not {"Context", "Full text"} & {label for row in whole for label in row}
    unlinked = hit(card=replace(CARD, url=None))
    assert labels(answer_view(ENGLISH, first_callback_data([unlinked]), unlinked, whole=True)) == [
        ["👍", "👎", "Share"]
    ]
    assert labels(watch_view(ENGLISH, "who?", 7, unlinked, whole=True)) == [["👍", "👎", "Share"], ["End this watch"]]


def test_an_address_cannot_break_out_of_its_attribute() -> None:
    url = "https://example.org/\"><b>x</b>'&amp;"
    message = parsed(view_of(hit(card=replace(CARD, url=url))))
    assert message.links == {"Bloggers Ask Kerry": url}
    assert message.text.startswith(f"{LEAD}\n\nBloggers Ask Kerry\n7")


def test_missing_metadata_leaves_no_gap() -> None:
    assert parsed(view_of(hit(card=Card(CARD.id, "Title", source="Wire")))).text == f"{LEAD}\n\nTitle\nWire\n\n{TEXT}"
    assert parsed(view_of(hit(card=Card(CARD.id, "Title")))).text == f"{LEAD}\n\nTitle\n\n{TEXT}"
    assert parsed(view_of(hit(card=Card(CARD.id, " ")))).text == f"{LEAD}\n\nUntitled\n\n{TEXT}"


def test_a_shared_view_is_the_answer_without_buttons() -> None:
    assert shared_view(ENGLISH, hit()) == View(view_of(hit()).text)


def test_right_to_left_names_do_not_reorder_the_line() -> None:
    card = replace(CARD, title="שלום 2014", source="الجزيرة", author="Ann")
    assert parsed(view_of(hit(card=card))).text.startswith(
        f"{LEAD}\n\n\u2068שלום 2014\u2069\n7 February 2014 · \u2068الجزيرة\u2069 · Ann\n"
    )


def test_the_searched_query_is_shown_above_in_code() -> None:
    query = 'who <met> Kerry? source:"Wire & Co" sort:new'
    message = parsed(view_of(hit(), query))
    assert message.text.startswith(f"Searched for: {query}\n\n{LEAD}\n\nBloggers Ask Kerry\n7 February")
    assert message.marked("code") == [query]
    assert message.marked("italic") == ["Searched for:"]


def test_a_shortened_question_is_not_in_code() -> None:
    message = parsed(view_of(hit(), "who? " * 1000))
    assert message.marked("code") == []
    assert f"…\n\n{LEAD}\n\nBloggers" in message.text


def test_near_duplicates_are_named_once_each() -> None:
    copies = (Card("b", "Copy <1>", source="Wire & Co"), Card("c", "Copy 2"), Card("d", "Copy 2"))
    message = parsed(view_of(replace(hit(), also=copies)))
    assert "Yoon\nThe same story: Copy <1> (Wire & Co); Copy 2\n\n" in message.text
    many = tuple(Card(str(number), f"Copy {number}") for number in range(9))
    assert "Copy 0; Copy 1; Copy 2 and 6 more\n\n" in parsed(view_of(replace(hit(), also=many))).text


def test_a_single_hit_has_more_text_and_verdicts_under_it() -> None:
    assert labels(view_of(hit())) == [["Context", "Open ↗", "Full text"], ["👍", "👎", "Share"]]


def test_more_goes_through_all_hits_and_back() -> None:
    hits = [hit(number) for number in range(1, 6)]
    current = first_callback_data(hits)
    for number in range(5):
        assert (current.verb, current.shown) == (callback_data.SHOW, number)
        assert current.hit == Ref.of(hits[number])
        view = answer_view(ENGLISH, current, hits[number])
        parsed(view)
        before, after = ["◂"] if number else [], ["More ▸"] if number < 4 else []
        reading = [["Newest first", "Context"], ["Open ↗", "Full text"]]
        rows = [[*before, f"{number + 1} of 5", *after], *reading, ["👍", "👎", "Share"]]
        assert labels(view) == rows
        assert data(view, f"{number + 1} of 5").verb == callback_data.HERE
        if number:
            assert data(view, "◂").shown == number - 1
        if number < 4:
            current = data(view, "More ▸")


def test_an_answer_with_the_newest_first_offers_best_first() -> None:
    hits = [hit(1), hit(2)]
    newest = first_callback_data(hits, origin=callback_data.ORIGIN_NEWEST)
    view = answer_view(ENGLISH, newest, hits[0])
    assert data(view, "Best first") == replace(newest, verb=callback_data.ORDER)
    assert "Newest first" not in str(labels(view))


def test_an_answer_quotes_what_came_later_and_leads_there() -> None:
    later = hit(2, "A king fell. He was crowned again.", Span(13, 34), replace(CARD, published=date(2021, 5, 4)))
    hits = [hit(1), replace(later, rank=2)]
    view = answer_view(ENGLISH, first_callback_data(hits), hits[0], hits=hits)
    assert "Later, on 4 May 2021: <i>A king fell. He was crowned again.</i>" in view.text
    assert data(view, "What came later ▸").shown == 1
    # Nothing came after the later one, and an order by date says by itself what came later.
    assert "Later" not in answer_view(ENGLISH, data(view, "What came later ▸"), hits[1], hits=hits).text
    by_date = first_callback_data(hits, origin=callback_data.ORIGIN_BY_DATE)
    assert "Later" not in answer_view(ENGLISH, by_date, hits[0], hits=hits).text


def test_hits_beyond_the_limit_of_a_button_are_not_counted() -> None:
    assert len(first_callback_data([hit(number) for number in range(1, 10)]).hits) == 5


def test_a_passage_of_several_pages_is_turned_under_its_headline() -> None:
    shown_hit = hit(text="word " * 2000, highlight=Span(0, 4))
    first = view_of(shown_hit, "who?")
    assert labels(first)[0] == ["page 1 of 3", "›"]
    second = answer_view(ENGLISH, data(first, "›"), shown_hit, Asked(searched="who?"))
    assert labels(second)[0] == ["‹", "page 2 of 3", "›"]
    assert parsed(second).text.startswith("Searched for: who?\n\nword\n\nBloggers Ask Kerry\n7 February")
    beyond = answer_view(ENGLISH, replace(first_callback_data([shown_hit]), page=99), shown_hit, Asked(searched="who?"))
    assert labels(beyond)[0] == ["‹", "page 3 of 3"]
    assert data(beyond, "Context").page == 0


@pytest.mark.parametrize(("thumb", "verb"), [("👍", callback_data.GOOD), ("👎", callback_data.BAD)])
def test_a_verdict_is_one_tap_and_can_be_undone(thumb: str, verb: str) -> None:
    hits = [hit(1), hit(2)]
    view = answer_view(ENGLISH, first_callback_data(hits), hits[0])
    given_data = data(view, thumb)
    assert given_data.verb == verb
    given = answer_view(ENGLISH, given_data, hits[0])
    assert given.text == view.text
    assert labels(given) == [*labels(view)[:-1], [f"Undo {thumb}", "Share"]]
    assert data(given, "More ▸").verb == callback_data.SHOW
    assert data(given, f"Undo {thumb}").verb == callback_data.UNDO
    assert [[each.text for each in row] for row in without_undo(given.keyboard)] == [*labels(view)[:-1], ["Share"]]


def test_a_passage_is_shared_by_an_inline_query_that_names_it() -> None:
    shown = hit(1)
    (share,) = [each for row in view_of(shown).keyboard for each in row if each.inline]
    assert share.inline is not None
    assert shared_ref(share.inline) == callback_data.Ref.of(shown)
    assert shared_ref("passage: who met Kerry?") is None
    closest = answer_view(ENGLISH, first_callback_data([shown], origin=callback_data.ORIGIN_NO), shown)
    assert not any(each.inline for row in closest.keyboard for each in row)


def test_notices_are_short_enough() -> None:
    assert all(
        len(text) <= 200
        for text in (
            stale(ENGLISH),
            feedback_saved(ENGLISH, callback_data.GOOD),
        )
    )


def no(*closest: Passage, articles: int = 1200, **more: Any) -> View:
    extent = {"first": date(2013, 1, 2), "last": date(2014, 2, 7)}
    return no_view(ENGLISH, closest, articles=articles, **{**extent, **more})


def titled(*titles: str) -> list[Passage]:
    return [hit(number, card=replace(CARD, title=title)).passage for number, title in enumerate(titles, start=1)]


def test_no_answer_says_how_much_was_searched_and_offers_three_headlines_and_a_watch() -> None:
    passages = titled("One", "Two", "One", "Three " * 20, "Four")
    view = no(*passages, asked=Asked(searched="who?"))
    assert parsed(view).text == (
        "Searched for: who?\n\nNothing in this archive answers that.\n"
        "Searched 1,200 articles from 2 January 2013 to 7 February 2014.\n\nClosest, but not an answer:"
    )
    cut = "Three " * 9 + "Three…"
    assert labels(view) == [["One"], ["Two"], [cut], ["🔔 Tell me when something does"]]
    assert data(view, "🔔 Tell me when something does").verb == callback_data.WATCH
    third = data(view, cut)
    assert third.hit == Ref.first(passages[3])
    passage_view = answer_view(ENGLISH, third, hit_of(third.hit, passages[3], 3), Asked(searched="who?"))
    assert parsed(passage_view).text.startswith("Searched for: who?\n\nClosest, but not an answer:\n\nThree Three")
    assert labels(passage_view) == [["Context", "Open ↗", "Full text"], ["◂ Back"], ["👍", "👎"]]
    back = data(passage_view, "◂ Back")
    assert back.verb == callback_data.NO
    closest = (passages[0], passages[1], passages[3])
    assert back.hits == tuple(Ref.first(passage) for passage in closest)
    assert no(*closest, asked=Asked(searched="who?")) == view


@pytest.mark.parametrize("text", [TEXT, LONG])
def test_no_sentence_of_a_closest_passage_is_bold(text: str) -> None:
    shown_hit = hit(text=text, highlight=Span(19, 51))
    closest = replace(first_callback_data([shown_hit]), origin=callback_data.ORIGIN_NO)
    message = parsed(answer_view(ENGLISH, closest, shown_hit))
    assert (message.bold, message.marked("italic")) == ([], ["Bloggers Ask Kerry"])
    assert "".join(message.marked("blockquote")) == text.strip()


def test_a_watched_question_offers_no_second_watch() -> None:
    assert labels(no(*titled("One"), watchable=False)) == [["One"]]


@pytest.mark.parametrize(
    ("articles", "first", "last", "extent"),
    [
        (0, None, None, "There are no articles in this archive yet."),
        (1, None, None, "Searched 1 article."),
        (2, None, None, "Searched 2 articles."),
        (1, date(2014, 2, 7), date(2014, 2, 7), "Searched 1 article of 7 February 2014."),
        (3, date(2014, 2, 7), date(2014, 2, 7), "Searched 3 articles of 7 February 2014."),
    ],
)
def test_no_answer_without_dates_names_none(articles: int, first: date | None, last: date | None, extent: str) -> None:
    view = no_view(ENGLISH, [], articles=articles, first=first, last=last)
    assert parsed(view).text == f"Nothing in this archive answers that.\n{extent}"
    assert labels(view) == [["🔔 Tell me when something does"]]


def test_a_notification_can_end_its_watch() -> None:
    view = watch_view(ENGLISH, "who met <Kerry>?", 7, hit())
    message = parsed(view)
    assert message.text.startswith(f"🔔 New on who met <Kerry>?\n\n{LEAD}\n\nBloggers Ask Kerry\n7 February 2014")
    assert message.marked("code") == ["who met <Kerry>?"]
    assert labels(view) == [["Context", "Open ↗", "Full text"], ["👍", "👎", "Share"], ["End this watch"]]
    assert (data(view, "End this watch").verb, data(view, "End this watch").page) == (callback_data.END, 7)
    assert data(view, "Context").origin == callback_data.ORIGIN_WATCH


def test_a_notification_names_ten_and_counts_the_rest() -> None:
    news = [replace(CARD, title=f"Title {number}") for number in range(1, 13)]
    view = several_view(ENGLISH, "who?", 7, [replace(news[0], published=None), *news[1:]])
    message = parsed(view)
    lines = [f"• Title {number}, 7 February 2014" for number in range(2, 11)]
    assert message.text == "\n".join(["🔔 New on who?", "", "• Title 1", *lines, "and 2 more"])
    assert len(message.links) == 10
    assert labels(view) == [["End this watch"]]
    assert data(view, "End this watch").page == 7
    assert "more" not in several_view(ENGLISH, "who?", 7, news[:10]).text


queries = st.none() | short_texts | st.text("中😀<&ש", min_size=1000, max_size=1000)


@given(card=cards, text=texts, searched=queries, origin=st.sampled_from(sorted(callback_data.ORIGINS)), data=st.data())
def test_nothing_of_a_passage_is_lost_and_only_its_sentence_is_bold(
    card: Card, text: str, searched: str | None, origin: str, data: st.DataObject
) -> None:
    _, passages = divided(text, card, data.draw(st.sampled_from([60, 100_000])))
    assume(passages)
    passage = data.draw(st.sampled_from(passages))
    highlight = data.draw(st.sampled_from(passage.sentences))
    shown_hit = Hit(passage, 0.5, 1, highlight, data.draw(st.lists(cards, max_size=5).map(tuple)))
    start = replace(first_callback_data([shown_hit]), origin=origin)
    messages = list(turned(answer_view(ENGLISH, start, shown_hit, Asked(searched=searched)), shown_hit, searched))
    # Each page has the same header, and a part of the passage under it.
    answering = None if origin == callback_data.ORIGIN_NO else answering_text(shown_hit)
    above_markup = header(
        ENGLISH, card, origin=origin, asked=Asked(searched=searched), also=shown_hit.also, answering=answering
    )
    above = dense(parse(above_markup).text)
    page_texts = [dense(message.text) for message in messages]
    assert all(text.startswith(above) for text in page_texts)
    below = "".join(text.removeprefix(above) for text in page_texts)
    if answering and not below:  # the sentence is all that the passage has
        assert dense(passage.text) == dense(answering)
        assert dense(answering) in above
        return
    assert below == dense(passage.text)
    # The headline is bold, except above a passage that does not answer.
    bold = [piece for message in messages for piece in message.bold[origin != callback_data.ORIGIN_NO :]]
    marked = "" if origin == callback_data.ORIGIN_NO else passage.text[slice(*highlight)]
    assert dense("".join(bold)) == dense(marked)
    assert messages[0].links == {} or card.url in messages[0].links.values()


@given(closest=st.lists(cards, max_size=12), query=queries.filter(lambda query: query is not None))
def test_lists_of_articles_with_any_headline_can_be_sent(closest: list[Card], query: str) -> None:
    passages = [hit(number, card=card).passage for number, card in enumerate(closest, start=1)]
    view = no_view(ENGLISH, passages, articles=len(closest), first=None, last=None, asked=Asked(searched=query))
    assert "Nothing in this archive answers that." in parsed(view).text
    digest = parsed(several_view(ENGLISH, query, 7, closest))
    assert digest.text.count("\n• ") >= min(len(closest), 10)


def test_a_view_is_sent_with_its_buttons() -> None:
    keyboard = markup(view_of(hit()), inline=True)
    assert keyboard is not None
    buttons = [[button.text for button in row] for row in keyboard.inline_keyboard]
    assert buttons == labels(view_of(hit()))
    assert markup(shared_view(ENGLISH, hit()), inline=True) is None
    # A bot that takes no inline queries offers none.
    keyboard = markup(view_of(hit()), inline=False)
    assert keyboard is not None
    assert [[button.text for button in row] for row in keyboard.inline_keyboard] == [
        ["Context", "Open ↗", "Full text"],
        ["👍", "👎"],
    ]


def test_a_question_in_a_language_that_the_model_does_not_read_is_told_so_in_that_language() -> None:
    for language in (ENGLISH, CHINESE):
        for asked, told in [
            ("zh", "我目前主要能看懂英文，请试试用英文提问。"),
            ("ru", "Пока я читаю только по-английски. Пожалуйста, попробуйте спросить по-английски."),
        ]:
            view = no_view(language, [], articles=3, first=None, last=None, unread_language=asked)
            assert view.text.startswith(told)
            assert language.say("Nothing in this archive answers that.") not in view.text
    # The bot knows no sentence in Swahili: it is said in the user's language.
    view = no_view(ENGLISH, [], articles=3, first=None, last=None, unread_language="sw")
    assert view.text.startswith("So far I read only English. Please try asking in English.")


@pytest.mark.parametrize(
    ("language", "question", "written_in", "line"),
    [
        (ENGLISH, "谁见了克里？", "en", "7 February 2014 · Site Default · Sangwon Yoon · in English"),
        (CHINESE, "谁见了克里？", "en", "2014年2月7日 · Site Default · Sangwon Yoon · 英语原文"),
        (ENGLISH, "Who met Kerry?", "zh", "7 February 2014 · Site Default · Sangwon Yoon · in Chinese"),
        (ENGLISH, "Who met Kerry?", "en", "7 February 2014 · Site Default · Sangwon Yoon"),
        (ENGLISH, "谁见了克里？ since:2014-02 source:Default", "zh", "7 February 2014 · Site Default · Sangwon Yoon"),
        (ENGLISH, "谁见了克里？", None, "7 February 2014 · Site Default · Sangwon Yoon"),
        (ENGLISH, "Kerry?", "zh", "7 February 2014 · Site Default · Sangwon Yoon"),
        (ENGLISH, "Hvad er Kerry?", "nb", "7 February 2014 · Site Default · Sangwon Yoon · in Norwegian Bokmål"),
        (ENGLISH, "Hva er Kerry?", "nb", "7 February 2014 · Site Default · Sangwon Yoon"),
        (ENGLISH, None, "en", "7 February 2014 · Site Default · Sangwon Yoon"),
    ],
)
def test_a_passage_in_another_language_than_the_question_says_in_which(
    language: Language, question: str | None, written_in: str | None, line: str
) -> None:
    foreign = hit(card=replace(CARD, language=written_in))
    for view in (
        answer_view(language, first_callback_data([foreign]), foreign, Asked(question)),
        shared_view(language, foreign, question),
        *([watch_view(language, question, 7, foreign)] if question else []),
    ):
        assert line in parsed(view).text.splitlines()
