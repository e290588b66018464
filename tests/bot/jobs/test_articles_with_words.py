"""Which articles have the words of a watch, and which of their sentences is marked."""

from dataclasses import replace
from datetime import date

import pytest

from bot.jobs.articles_with_words import articles_with_words
from corpus.article import Article
from retrieval.errors import UnknownName
from retrieval.types import NO_FILTERS, Filters
from tests.bot.running_bot import an_archive, an_article

DAM = an_article(1, "Rain fell. The dam of Velmora holds.\n\nA dam is a wall.", "A Wall", published=date(2014, 1, 3))
NEWER = an_article(2, "Dams break.\n\nVelmora, he says, is safe.", "Fear", published=date(2014, 1, 4))
UNDATED = an_article(3, "Nobody knows.", "Velmora's Dam", published=None)
OTHERS = (an_article(4, "A dam in Lisse."), an_article(5, "Velmora votes."), an_article(6, "Damned Velmora."))


def found(*words: str, articles: tuple[Article, ...], filters: Filters = NO_FILTERS, count: int = 9) -> list[str]:
    hits = articles_with_words(words, an_archive(*articles), filters, count)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    return [f"{hit.passage.article.title}: {hit.highlight_text}" for hit in hits]


def test_articles_with_all_words_are_found_newest_first() -> None:
    articles = (DAM, NEWER, UNDATED, *OTHERS)
    expected = ["Fear: Dams break.", "A Wall: The dam of Velmora holds.", "Velmora's Dam: Nobody knows."]
    assert found("dam", "Velmora", articles=articles) == expected
    assert found("VELMORA", "dams", articles=articles, count=1) == expected[:1]
    assert found("dam", "Velmora", "nowhere", articles=articles) == []


def test_the_parts_of_a_phrase_are_next_to_each_other() -> None:
    articles = (DAM, NEWER, UNDATED, an_article(7, "He left the dam. Of Velmora he spoke.", "Apart"))
    assert found("dam of velmora", articles=articles) == ["A Wall: The dam of Velmora holds."]
    assert found(
        "al-Assad", articles=(an_article(8, "Bashar al-Assad spoke."), an_article(9, "Assad, al fresco."))
    ) == ["Headline 8: Bashar al-Assad spoke."]


def test_a_word_counts_in_the_forms_of_its_articles_language() -> None:
    german = replace(DAM.card, id="b" * 16, title="Bericht", language="de", published=None)
    article = Article(german, "Die Staudämme in Velmora brachen.")
    assert found("Staudamm", "velmora", articles=(article, DAM)) == ["Bericht: Die Staudämme in Velmora brachen."]


def test_chinese_is_found_in_simplified_and_traditional_writing() -> None:
    articles = (an_article(1, "許志永被捕。"), an_article(2, "许多人同志，永远。"), an_article(3, "许志永說。"))
    assert {line.partition(":")[0] for line in found("许志永", articles=articles)} == {"Headline 1", "Headline 3"}
    assert found("许志永", "被捕", articles=articles) == ["Headline 1: 許志永被捕。"]


def test_only_articles_that_pass_the_filters_are_found() -> None:
    archive = an_archive(DAM, NEWER)
    assert articles_with_words(["dam"], archive, Filters(added_after=archive.generation().number), 9) == []
    (hit,) = articles_with_words(["dam"], archive, Filters(until=date(2014, 1, 3)), 9)
    assert hit.passage.article == DAM.card
    with pytest.raises(UnknownName):
        articles_with_words(["dam"], archive, Filters(source="Nobody"), 9)
