"""JSON-LD of pages, also when it is not quite JSON."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.json_ld import JsonLd

ARTICLE = '{"@type": "NewsArticle", "headline": "Wall holds", "author": {"name": "Anna Lindqvist"}}'


def authors(*scripts: str) -> list[list[str]]:
    page = JsonLd(scripts)
    return [page.texts(article.get("author")) for article in page.articles]


@pytest.mark.parametrize(
    "script",
    [
        ARTICLE,
        ARTICLE.replace("}}", "},}"),
        ARTICLE.replace("{", "{ // the article\n", 1).replace("}}", "}, /* end, */ }"),
        ARTICLE.replace("Wall holds", "Wall\nholds\tstill"),
        ARTICLE.replace('"', "&quot;"),
        f"<!-- {ARTICLE} -->",
        f"//<![CDATA[\n{ARTICLE}\n//]]>",
        f'{{"@type": "WebSite"}}{ARTICLE}',
        f'{{"@type": "WebSite"}},\n{ARTICLE};',
        f"[[{ARTICLE}]]",
        f'{{"@graph": [{{"@type": "WebPage", "mainEntity": {ARTICLE}}}]}}',
        ARTICLE.replace("Wall holds", 'Wall "holds" still'),
        ARTICLE.replace("Wall holds", "See https://coast.example/a, } or ] // here"),
    ],
)
def test_an_article_is_found_in_json_that_is_not_quite_json(script: str) -> None:
    assert authors(script) == [["Anna Lindqvist"]]


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ('"Anna Lindqvist"', ["Anna Lindqvist"]),
        ('["Anna Lindqvist", {"name": "Bo Ek"}]', ["Anna Lindqvist", "Bo Ek"]),
        ('[{"@type": "Person", "name": ["Anna Lindqvist", "Bo Ek"]}]', ["Anna Lindqvist", "Bo Ek"]),
        ('{"@list": [{"name": "Anna Lindqvist"}]}', ["Anna Lindqvist"]),
        ('{"name": {"@value": "Anna Lindqvist", "@language": "en"}}', ["Anna Lindqvist"]),
        ('{"givenName": "Anna", "familyName": "Lindqvist"}', ["Anna Lindqvist"]),
        ('{"@id": "#anna"}', ["Anna Lindqvist"]),
        ('[{"@id": "#anna"}, {"@id": "#bo"}, {"@id": "#nobody"}]', ["Anna Lindqvist", "Bo Ek"]),
        ('{"@id": "#anna", "name": ""}', ["Anna Lindqvist"]),
        ("[[], {}, 7, null]", []),
    ],
)
def test_the_names_of_authors_are_found_in_every_form(author: str, names: list[str]) -> None:
    persons = '{"@id": "#bo", "name": "Bo Ek"}'
    assert authors(
        f'{{"@graph": [{{"@type": "Article", "author": {author}}}, {persons}]}}',
        '{"@type": "Person", "@id": "#anna", "name": "Anna Lindqvist"}',
    ) == [names]


def test_articles_of_a_list_on_the_page_are_not_its_own() -> None:
    listed = f'{{"@type": "WebPage", "mainEntity": {{"@type": "ItemList", "itemListElement": [{ARTICLE}]}}}}'
    assert authors(listed) == []


@pytest.mark.parametrize("piece", ["{", "[", '"', '\\"', "/*", "//", ",", '{"@id":', "{},", '"author":{"'])
def test_a_malicious_script_is_read_in_time(piece: str) -> None:
    start = time.process_time()
    JsonLd([(piece * 400_000)[:400_000]])
    JsonLd(['{"@type": "Article"' + (piece * 400_000)[:400_000]])
    assert time.process_time() - start < 4


@given(st.text(st.sampled_from('{}[]",:/*\\ \n@a1'), max_size=80) | st.text(max_size=80))
def test_any_script_is_read_or_ignored(script: str) -> None:
    page = JsonLd([script, f'{{"@type": "Article", "author": {script}}}'])
    for article in page.articles:
        page.texts(article.get("author"))
