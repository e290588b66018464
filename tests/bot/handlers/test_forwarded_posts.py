"""Forwarded posts and shared passages: no questions, but articles like them can be found."""

import pytest

from tests.bot.running_bot import Stub, a_library, an_article, bot
from tests.telegram_server import forward_origins as origins
from tests.telegram_server.server import BotApiServer

OFFER = "That's a post, not a question. Shall I look for articles like it?"
ARTICLES = (
    an_article(1, "The harbour bridge was closed after the storm.", "Bridge closed"),
    an_article(2, "The choir sang in the old church.", "A choir"),
)


def test_a_forwarded_post_is_offered_articles_like_it(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library(*ARTICLES)):
        chat.forwards(origins.from_user("Bo"), text="Who closed the harbour bridge after the storm?")
        (offer,) = chat.replies(1)
        assert offer.text == OFFER
        chat.taps(offer, "Find articles like this one")
        listed = chat.waits_for_edit(offer)
        assert listed.text.startswith("Nearest to that post\n\n• Bridge closed")
        chat.taps(listed, "📄 Bridge closed")
        assert "The harbour bridge was closed" in chat.waits_for_edit(listed).text


def test_a_passage_that_the_bot_offered_inline_is_no_question(server: BotApiServer) -> None:
    stub, chat = Stub(), server.private_chat()
    with bot(server, stub):
        before = len(stub.questions)
        chat.shares(chat.user.inline("who met Kerry?").results[0])
        (offer,) = chat.replies(1)
        assert offer.text == OFFER
    assert stub.questions[before:] == ["who met Kerry?"]


def test_a_post_without_words_is_offered_nothing(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library(*ARTICLES)):
        chat.forwards(origins.from_user("Bo"), text="😀")
        assert chat.replies(1)[0].text.startswith("There is nothing to search for")


def test_a_post_that_was_deleted_is_told_so(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library(*ARTICLES)):
        post = chat.forwards(origins.from_user("Bo"), text="A post.")
        (offer,) = chat.replies(1)
        chat.deletes(post)
        chat.taps(offer, "Find articles")
        assert chat.notices[-1].text == "I can't see that post any more. Please send it again."


@pytest.mark.parametrize("text", ["passage:AAAAAAAAAAA", "passage:!"])
def test_a_passage_that_is_gone_is_not_shared(server: BotApiServer, text: str) -> None:
    user = server.user()
    with bot(server, a_library(*ARTICLES, strictness=1.0)):
        assert user.inline(text).results == []


def test_share_offers_just_that_passage_in_another_chat(server: BotApiServer) -> None:
    chat = server.private_chat()
    with bot(server, a_library(*ARTICLES)):
        answer = chat.says("What was closed after the storm?")
        share = answer.button("Share")["switch_inline_query"]
        (result,) = chat.user.inline(share).results
    assert result.title == answer.bold[0]
    assert "The harbour bridge was closed" in result.text
