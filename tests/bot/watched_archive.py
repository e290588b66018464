"""An archive that tests add articles to, and waiting until the watches have been notified."""

import time
from collections.abc import Callable
from datetime import date

from bot.store.watches import Watch
from corpus.article import Article
from retrieval.answer.answerer import Answerer
from tests.bot.running_bot import Running, an_article, elsewhere
from tests.fakes import FakeEncoder, take_in
from tests.telegram_server.chat import Chat
from tests.telegram_server.messages import Message

OLD = an_article(1, "The court jailed the lawyer Xu Zhiyong.", published=date(2013, 1, 9))
QUESTION = "Which bloggers has Kerry met in Beijing?"
BEGUN = (
    f"🔔 Watching {QUESTION}\n\nNothing in this archive answers that yet.\n\n"
    "I'll message you here when a new article answers this."
)


def meeting(number: int, place: str = "Beijing") -> Article:
    """Return an article that answers QUESTION."""
    text = f"Kerry has met the bloggers in {place}, for the time number {number}, and talked of {'x' * number}."
    return an_article(100 + number, text, f"Meeting {number}")


def flood(number: int) -> Article:
    """Return an article that does not answer QUESTION."""
    return an_article(500 + number, f"The river rose by {number} metres.", f"Flood {number}")


def add(answerer: Answerer, *articles: Article) -> None:
    take_in(elsewhere(answerer), FakeEncoder(), *articles)


def watches(running: Running) -> list[Watch]:
    return running.bot.watches.all()


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def wait_until_looked(running: Running, answerer: Answerer) -> None:
    """Wait until all watches have been checked against the current archive."""
    generation = answerer.archive.generation().number
    wait_until(lambda: all(watch.since == generation for watch in watches(running)))


def next_notification(answerer: Answerer, chat: Chat, number: int) -> Message:
    """Add an article that answers, and return the notification of it."""
    before = len(chat.received)
    add(answerer, meeting(number))
    return chat.replies(before + 1)[before]
