"""Boilerplate is left out, prose never: closed phrases only, and never a long sentence."""

import pytest

from corpus.text.boilerplate import is_boilerplate, is_prose


@pytest.mark.parametrize(
    "text",
    [
        *("Read more", "Continue reading →", "Share this article", "Advertisement", "Lire la suite", "阅读更多"),
        *("We use cookies", "This site uses cookies.", "We use cookies to improve your experience"),
        *("By continuing to browse you agree to our use of cookies", "Sign up for our weekly newsletter"),
        *("© 2014 The Quay. All rights reserved.", "Related: Ferry sinks at Holm", "Read also: The pier is open again"),
    ],
)
def test_a_usual_phrase_is_boilerplate(text: str) -> None:
    assert is_boilerplate(text)


@pytest.mark.parametrize(
    "text",
    [
        "By continuing to lie about cookies the company broke the law, the court ruled on Monday.",
        "We use cookies in our kitchen, said the baker, and they are the best of the town.",
        "This website uses cookies to follow its readers, the court found on Monday.",
        "Read more: the mayor said that the pupils of Fenwick should read more books in May.",
        "Related: two of the deaths at Holm were put down to the storm, the coroner said.",
        "Sign up for the council\u2019s newsletter, the mayor said, and you will know it first.",
        "The post of mayor, which nobody wanted, first appeared on the list on Monday.",
        "© 1921 stood on the wall, and below it the words \u201call rights reserved.\u201d",
        "Subscribe to the newsletter of the harbour, the poster at the ferry office said.",
        "Cookies were baked",
        "Read more books",
        "By going on foot they saved the cookies",
    ],
)
def test_prose_is_no_boilerplate_however_it_begins(text: str) -> None:
    assert not is_boilerplate(text)
    assert not is_boilerplate(text, "")


def test_the_footer_of_a_feed_is_known_without_its_links() -> None:
    text = "The post Wall Holds Through the Long Night of Sunday appeared first on The Coast."
    assert is_boilerplate(text, "The post  appeared first on .")
    assert not is_boilerplate(text, text)


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("One two three four five six seven eight.", False),
        ("One two three four five six seven eight nine.", True),
        ("One two three four five six seven eight nine", False),
        ("One two three four five six seven eight “nine.”", True),
        ("港务局长星期一表示，北码头的防波堤整夜经受住了海浪冲击。", True),
        ("更多新闻。", False),
    ],
)
def test_prose_has_more_than_eight_words_and_an_end(text: str, prose: bool) -> None:
    assert is_prose(text) == prose
