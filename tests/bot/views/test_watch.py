"""Views of watches, with any articles: each fits into one message."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.translation import CHINESE, ENGLISH
from bot.views import callback_data
from bot.views.question_lines import Asked
from bot.views.telegram_html import LIMIT, units
from bot.views.watch import MAX_ENTITIES, DigestPart, begun_view, digest_view, hour_view, no_hour_view, wrong_hour_view
from corpus.article import Card, Span
from tests.bot.hostile_texts import cards, short_texts
from tests.bot.views.test_answer import CARD, LEAD, TEXT, data, hit, labels, parsed

QUERY = "who met <Kerry>?"
ENDING = "To end it: /watches"
LONG = "word <&> " * 200


def card(number: int, title: str = "") -> Card:
    return replace(CARD, title=title or f"Title {number}", url=f"https://example.org/{number}")


def test_a_watch_begins_with_the_answer_and_its_buttons() -> None:
    view = begun_view(ENGLISH, 7, Asked(QUERY, QUERY), [hit(1), hit(2)], words=False)
    message = parsed(view)
    assert message.text.startswith(f"🔔 Watching {QUERY}\n\n{LEAD}\n\nBloggers Ask Kerry\n7 February 2014")
    assert message.text.endswith(f"{TEXT}\n\nI'll message you here when a new article answers this. {ENDING}")
    assert message.marked("code") == [QUERY]
    assert labels(view) == [
        ["1 of 2", "More ▸"],
        ["Context", "Open ↗", "Full text"],
        ["👍", "👎", "Share"],
        ["End this watch"],
    ]
    end = data(view, "End this watch")
    assert (end.verb, end.page) == (callback_data.END, 7)


def test_what_was_understood_stays_with_a_watch_that_no_button_loses() -> None:
    asked = Asked(QUERY, QUERY, "from 2014", "Nothing from 2013 answers that, so I searched everything.")
    view = begun_view(ENGLISH, 7, asked, [hit()], words=False)
    assert parsed(view).text.startswith(
        f"🔔 Watching {QUERY}\n🗓 from 2014\n🔎 Nothing from 2013 answers that, so I searched everything.\n\n"
    )
    assert "Search everything" not in str(labels(view))


def test_without_an_answer_a_watch_says_so_and_which_kind_it_is() -> None:
    def begun(*, words: bool = False, hour: str | None = None, unread: str | None = None) -> str:
        view = begun_view(ENGLISH, 7, Asked(QUERY, QUERY), [], words=words, hour=hour, unread_language=unread)
        assert labels(view) == [["End this watch"]]
        return parsed(view).text.removeprefix(f"🔔 Watching {QUERY}\n\n")

    question = "I'll message you here when a new article answers this."
    assert begun() == f"Nothing in this archive answers that yet.\n\n{question} {ENDING}"
    assert begun(words=True) == (
        "No article in this archive has these words yet.\n\n"
        f"I'll message you here about every new article with these words. {ENDING}"
    )
    assert begun(unread="sw").startswith("So far I read only English.")
    assert f"{question} It comes with your daily digest, at 08:00 (UTC+3). {ENDING}" in begun(hour="08:00 (UTC+3)")


def test_if_the_passage_leaves_no_room_a_watch_begins_with_the_sentence() -> None:
    text = "He met four bloggers. " + "They talked and talked in Beijing. " * 200
    shown = hit(text=text, highlight=Span(0, 21))
    view = begun_view(ENGLISH, 7, Asked(LONG, LONG), [shown], words=False, hour="08:00 (Europe/Berlin, UTC+1)")
    message = parsed(view)
    assert "He met four bloggers.\n\nBloggers Ask Kerry" in message.text
    assert "talked" not in message.text
    assert message.text.endswith(ENDING)
    assert labels(view)[-1] == ["End this watch"]


def test_a_digest_groups_articles_by_watch_and_counts_what_it_leaves_out() -> None:
    parts = [
        DigestPart(QUERY, tuple(map(card, range(13)))),
        DigestPart("Xu", (replace(card(20), published=None),), complete=False),
    ]
    message = parsed(digest_view(ENGLISH, parts))
    head, first, second = message.text.split("\n\n")
    assert head == "🔔 Your daily digest"
    assert first.split("\n") == [QUERY, *(f"• Title {number}, 7 February 2014" for number in range(10)), "and 3 more"]
    assert second == "Xu\n• Title 20\nand more"
    assert message.links["Title 9"] == "https://example.org/9"
    assert parsed(digest_view(CHINESE, parts)).text.count("2014年2月7日") == 10


def test_of_many_watches_each_shows_fewer_articles() -> None:
    parts = [DigestPart(f"{number} {LONG}", tuple(card(each, LONG) for each in range(10))) for number in range(10)]
    view = digest_view(ENGLISH, parts)
    shown = parsed(view).text.count("•")
    assert shown % 10 == 0
    assert 10 <= shown < 100
    assert parsed(view).text.count(f"and {10 - shown // 10} more") == 10


def test_of_far_too_many_watches_the_last_are_counted() -> None:
    parts = [DigestPart(f"{number} {LONG}", (card(number, LONG),)) for number in range(200)]
    message = parsed(digest_view(ENGLISH, parts))
    shown = message.text.count("•")
    assert message.text.endswith(f"\n\nand {200 - shown} more watches")
    assert units(message.text) > LIMIT - 300


@given(
    st.lists(
        st.builds(DigestPart, short_texts, st.lists(cards, min_size=1, max_size=15).map(tuple), st.booleans()),
        min_size=1,
        max_size=30,
    )
)
def test_any_digest_can_be_sent(parts: list[DigestPart]) -> None:
    message = parsed(digest_view(ENGLISH, parts))
    assert len(message.entities) <= MAX_ENTITIES
    assert message.text.count("\n• ") >= 1


def test_what_is_said_of_the_hour_has_examples_to_copy() -> None:
    for view in (hour_view(ENGLISH, "08:00 (UTC+3)"), no_hour_view(ENGLISH, "UTC"), wrong_hour_view(ENGLISH)):
        commands = parsed(view).marked("code")
        assert all(command.startswith("/digest ") for command in commands)
        assert len(commands) >= 2
