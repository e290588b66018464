"""Articles that are like each other but for their numbers."""

from datetime import date

from corpus.article import Article, Card, Span


def an_article(number: int, text: str = "") -> Article:
    card = Card(
        f"id{number}",
        f"Title {number}",
        f"https://example.org/{number}",
        "Paper",
        "Ann",
        date(2020, 1, number % 28 + 1),
    )
    return Article(card, text or f"Heading\n\nText number {number} is here. It has two sentences.", (Span(0, 7),))
