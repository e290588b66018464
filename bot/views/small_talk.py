"""What the bot says to small talk: one line each."""

from bot.i18n.translation import Language
from bot.small_talk import SmallTalk
from bot.views.answer import View
from bot.views.callback_data import ORIGIN_ANSWER
from bot.views.header import header
from bot.views.info import extent
from corpus.article import Card
from retrieval.archive.contract import Status


def greeting_view(language: Language) -> View:
    """Greet back."""
    return View(language.say("Hello! What would you like to know?"))


def thanks_view(language: Language) -> View:
    """Answer thanks."""
    return View(language.say("You're welcome. Ask again whenever you like."))


def farewell_view(language: Language) -> View:
    """Say goodbye."""
    return View(language.say("Goodbye! Ask again whenever you like."))


def who_view(language: Language) -> View:
    """Say what the bot is."""
    return View(
        language.say(
            "I'm a bot that looks things up in this archive of news articles. I quote them word for "
            "word and never make anything up."
        )
    )


def abilities_view(language: Language) -> View:
    """Say what can be asked."""
    return View(
        language.say(
            "Ask me a question, as you would ask a person, and I'll quote the sentence that answers. /help has more."
        )
    )


def count_view(language: Language, status: Status) -> View:
    """Say how many articles there are, and from when."""
    return View(extent(language, status.articles, status.first_date, status.last_date))


def doubt_view(language: Language) -> View:
    """Say what the bot can vouch for."""
    return View(language.say("I only quote what articles say, word for word. Whether it is true, I can't tell."))


def source_view(language: Language, card: Card | None) -> View:
    """Name the article that answered last; without one, say where it is named."""
    if card is None:
        return View(language.say("Each answer names its article: headline, date, source and link."))
    return View(header(language, card, origin=ORIGIN_ANSWER))


def remark_view(language: Language) -> View:
    """Answer what is neither a question nor a greeting."""
    return View(language.say("Ask me a question, and I'll look it up."))


VIEWS = {
    SmallTalk.GREETING: greeting_view,
    SmallTalk.THANKS: thanks_view,
    SmallTalk.FAREWELL: farewell_view,
    SmallTalk.WHO: who_view,
    SmallTalk.ABILITIES: abilities_view,
    SmallTalk.DOUBT: doubt_view,
    SmallTalk.REMARK: remark_view,
}
