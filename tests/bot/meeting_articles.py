"""Articles that several tests of sessions use."""

from datetime import date

from retrieval.answer.answerer import Answerer
from tests.bot.running_bot import REST, a_library, an_article

FIRST = an_article(
    1, f"Kerry met four bloggers in Beijing. They asked him for help.{REST}", "A meeting", published=date(2014, 2, 17)
)
LATER = an_article(
    2, "Kerry met the bloggers once more, in a hotel in Shanghai.", "Another meeting", published=date(2014, 5, 1)
)
COURT = an_article(
    3, "The court jailed the lawyer Xu Zhiyong.", "A sentence", published=date(2013, 1, 9), url="https://example.org/3"
)
LONG = an_article(
    4, "\n\n".join(f"Paragraph {n} tells of the river Yongding and of its {n} bridges." for n in range(200)), "A river"
)
QUESTION = "Which four bloggers has Kerry met in Beijing?"
ARTICLES = (FIRST, LATER, COURT, LONG)


def meetings() -> Answerer:
    """Return an answerer over these articles."""
    return a_library(*ARTICLES, strictness=0.5)
