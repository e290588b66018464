"""The README's pictures show what the bot sends: word for word, and every kind of entity."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.pictures import draw
from docs.pictures.chat_page import TAGS, ChatMessage, entities_html, page
from tests.bot.running_bot import bot
from tests.telegram_server.html import TAGS as FROM_HTML
from tests.telegram_server.html import parse, units
from tests.telegram_server.messages import entities_in
from tests.telegram_server.server import BotApiServer

ROOT = Path(__file__).parent.parent
NEVER_SENT = {"spoiler", "custom_emoji"}
PIECE = st.tuples(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from(sorted(TAGS)), st.booleans())


def words(html: str) -> str:
    text = re.sub(r"<[^>]*>", "", html)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(st.lists(PIECE))
def test_every_word_is_drawn_as_it_is_and_nothing_else(pieces: list[tuple[str, str, bool]]) -> None:
    text, entities = "", list[dict[str, Any]]()
    for piece, kind, nested in pieces:
        entities.append({"type": kind, "offset": units(text), "length": units(piece)})
        if nested:
            entities.append({"type": "bold", "offset": units(text), "length": 1 + (piece[0] > "\uffff")})
        text += piece
    drawn = entities_html(text, entities)
    assert words(drawn) == text
    assert drawn.count("</") == len(entities)


def test_what_is_written_is_never_taken_for_markup() -> None:
    message = ChatMessage("<b>&amp;</b>", buttons=[["<i>"]], reply_to="<script>")
    drawn = page("<Bot>", [message])
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in drawn
    assert all(forged not in drawn for forged in ("<i>", "<script>", "<Bot>"))


def test_every_entity_that_the_bot_may_send_is_drawn() -> None:
    assert {*FROM_HTML.values(), "expandable_blockquote"} - NEVER_SENT <= set(TAGS)
    found = {entity["type"] for entity in entities_in("/watch @somebody")}
    assert found <= set(TAGS)


def test_entities_cover_what_telegram_says_they_do() -> None:
    parsed = parse("😀 <b>a&lt;b</b> <blockquote expandable>one <b>two</b></blockquote>")
    assert entities_html(parsed.text, parsed.entities) == (
        '😀 <b>a&lt;b</b> <blockquote class="folded">one <b>two</b></blockquote>'
    )


@pytest.mark.parametrize(
    ("entities", "why"),
    [
        ([{"type": "spoiler", "offset": 0, "length": 2}], "no drawing of spoiler"),
        ([{"type": "bold", "offset": 0, "length": 2}, {"type": "code", "offset": 1, "length": 2}], "overlaps"),
    ],
)
def test_what_cannot_be_drawn_is_refused(entities: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        entities_html("abcd", entities)


def test_a_chat_is_seen_as_the_bot_left_it(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server):
        answer = chat.says("Who met Kerry?")
        chat.taps(answer, "👍")
    asked, answered = draw.messages_in(chat)
    assert (asked.text, asked.by_user) == ("Who met Kerry?", True)
    now = chat.message(answer)
    assert (answered.text, answered.buttons, answered.reply_to) == (now.text, now.labels, "Who met Kerry?")
    assert answered.buttons != answer.labels
    drawn = page(draw.NAME, [asked, answered])
    assert all(f"<span>{label}</span>" in drawn for row in now.labels for label in row)
    assert entities_html(now.text, now.entities) in drawn


def test_without_a_browser_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LookupError, match="apt-get install chromium"):
        draw.find_browser()


@pytest.mark.parametrize("scene", [scene.__name__ for scene in draw.PICTURES])
def test_every_picture_is_in_the_readme_small_and_in_words_too(scene: str) -> None:
    picture = f"docs/pictures/{scene}.png"
    assert (ROOT / picture).stat().st_size <= 150_000
    assert re.search(rf'src="{picture}"[^>]* alt="[^"]{{40,}}"', (ROOT / "README.md").read_text(encoding="utf-8"))
