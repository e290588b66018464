"""Every kind of archive returns the articles and passages that were put into it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card
from corpus.reader_types import Reading
from retrieval.archive.contract import DocumentFrequencies, IndexedArticle, KnownArticle, Occurrence, Provenance
from retrieval.archive.index_spec import wanted_spec
from retrieval.errors import ArchiveMissing
from retrieval.indexing.copy import entry_digest
from retrieval.indexing.pipeline import draft
from retrieval.text.chunking import split
from retrieval.types import Filters
from tests.articles import FAKE, OTHER, an_article, embed, ids_of, put, vector_of, with_card
from tests.contract.archive_locations import Home
from tests.fakes import nearest, take_in


def test_what_went_in_comes_out(home: Home) -> None:
    archive, article = home.open_or_create(FAKE), an_article(1)
    take_in(archive, FAKE, article, an_article(2))
    passages = split(article, FAKE, FAKE.max_tokens)
    hit = nearest(archive, FAKE, f"{article.title}\n{passages[0].text}")[0]
    assert hit.passage == passages[0]
    assert hit.vector.astype(np.float32).tolist() == vector_of(passages[0]).tolist()
    assert archive.article("id1") == article
    assert archive.article("id3") is None
    assert archive.provenance("id1") == Provenance((Occurrence("/files/id1.txt", "", len(article.text)),), "", (), ())
    assert archive.provenance("id3") is None
    assert archive.known_articles() == {
        f"id{number}": KnownArticle(known.digest, (Occurrence(f"/files/id{number}.txt", "", len(known.text)),))
        for number, known in ((1, article), (2, an_article(2)))
    }
    assert archive.spec == wanted_spec(FAKE, 0)
    assert archive.verify() == []


def test_a_missing_archive_is_reported_with_the_command_that_creates_one(nowhere: Home) -> None:
    with pytest.raises(ArchiveMissing, match="No archive at .* python -m retrieval index"):
        nowhere.open()


def test_an_empty_archive_finds_nothing(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    assert nearest(archive, FAKE, "anything") == archive.search_words("anything", 9) == []
    assert (archive.cards(), archive.newest_cards(3), archive.sources(), dict(archive.known_articles())) == (
        [],
        [],
        [],
        {},
    )
    assert archive.document_frequencies(["word"]) == DocumentFrequencies(0, {"word": 0})
    assert archive.similar_words("word", 3) == []
    status = archive.status()
    assert (status.articles, status.passages, status.distinct_articles, status.first_date, status.last_date) == (
        0,
        0,
        0,
        None,
        None,
    )
    assert archive.find_passage("id1", "a") is None
    assert archive.verify() == []


def test_an_existing_archive_is_opened_and_not_created_again(home: Home) -> None:
    take_in(home.open_or_create(FAKE), FAKE, an_article(1))
    assert home.open_or_create(OTHER).spec == home.open().spec == wanted_spec(FAKE, 0)
    assert home.open().article("id1") == an_article(1)


def test_another_process_finds_the_same(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, *map(an_article, range(5)))
    other = home.open()
    assert nearest(other, FAKE, "number 3") == nearest(archive, FAKE, "number 3")
    assert other.search_words("number 3", 3) == archive.search_words("number 3", 3)
    assert other.generation() == archive.generation()


def test_a_changed_article_takes_the_place_of_the_old_one(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, an_article(1, "The old words stood here."))
    put(archive, an_article(1, "Now new ones do."))
    assert [hit.passage.text for hit in nearest(archive, FAKE, "old words")] == ["Now new ones do."]
    assert archive.search_words("old", 5) == []
    assert [hit.passage.text for hit in archive.search_words("new", 5)] == ["Now new ones do."]
    assert [passage.text for passage in archive.passages_of("id1")] == ["Now new ones do."]
    assert archive.status().passages == 1
    assert archive.verify() == []


def test_of_two_articles_with_the_same_id_the_later_is_stored(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    put(archive, an_article(1, "The old words stood here."), an_article(2), an_article(1, "Now new ones do."))
    assert [passage.text for passage in archive.passages_of("id1")] == ["Now new ones do."]
    assert ids_of(archive, "old") == set()
    assert archive.known_articles()["id1"].occurrences[0].length == len("Now new ones do.")
    assert archive.verify() == []


def test_a_removed_article_is_found_no_longer_and_may_come_again(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, *map(an_article, range(3)))
    with archive.write_lock("test"):
        archive.remove(["id2"])
    assert {hit.passage.article.id for hit in nearest(archive, FAKE, "number 2")} == {"id0", "id1"}
    assert ids_of(archive, "number") == {"id0", "id1"}
    assert archive.article("id2") is None
    assert archive.provenance("id2") is None
    assert archive.passages_of("id2") == []
    assert archive.indexed_articles(["id2"]) == []
    assert set(archive.known_articles()) == {"id0", "id1"}
    assert archive.status().articles == 2
    with archive.write_lock("test"):
        archive.remove(["id2", "never"])
    take_in(archive, FAKE, an_article(2))
    assert ids_of(archive, "number") == {"id0", "id1", "id2"}
    assert archive.verify() == []


def test_indexed_articles_are_what_was_put(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    long = an_article(1, "\n\n".join(f"Paragraph {n} tells of the river and of its {n} bridges." for n in range(40)))
    reading = Reading(long, "/a.zip", "a.zip, b.html", key="b.html", warnings=("odd",), traces=(("title", "h1"),))
    entries = embed([draft(reading, FAKE, 64)], FAKE, archive.spec)
    before = archive.generation().number
    archive.put([replace(entries[0], added=before - 1)])
    (entry,) = archive.indexed_articles(["id1", "never"])
    assert entry_digest(entry, ()) == entry_digest(replace(entries[0], added=entry.added), ())
    assert entry.added == before - 1
    assert (entry.origin, entry.key, entry.where, entry.warnings) == ("/a.zip", "b.html", "a.zip, b.html", ("odd",))
    assert len(entry.passages) > 5
    archive.put([entry])
    (again,) = archive.indexed_articles(["id1"])
    assert entry_digest(again, ()) == entry_digest(entry, ())
    assert archive.verify() == []


def test_an_article_may_be_put_with_the_generation_that_added_it(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    take_in(archive, FAKE, an_article(1), an_article(2))
    (first, second), now = archive.indexed_articles(["id1", "id2"]), archive.generation().number
    assert first.added == second.added == now
    with archive.write_lock("test"):
        archive.put([replace(first, added=now - 1), replace(second, added=None)])
    assert [entry.added for entry in archive.indexed_articles(["id1", "id2"])] == [now - 1, now]
    assert ids_of(archive, "number", Filters(added_after=now - 1)) == {"id2"}
    assert archive.verify() == []


def test_an_article_without_passages_is_possible(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    archive.put([IndexedArticle(an_article(1), None, b"", (), (), np.empty((0, FAKE.dimension), np.float16))])
    assert archive.article("id1") == an_article(1)
    assert archive.passages_of("id1") == []
    assert archive.known_articles()["id1"].occurrences == ()
    assert archive.indexed_articles(["id1"])[0].passages == ()
    archive.checkpoint()
    put(archive, an_article(1))
    assert ids_of(archive, "number") == {"id1"}
    (entry,) = archive.indexed_articles(["id1"])
    archive.put([replace(entry, passages=(), keys=(), vectors=entry.vectors[:0])])
    assert archive.indexed_articles(["id1"])[0].passages == ()
    assert ids_of(archive, "number") == set()
    assert archive.verify() == []


@pytest.mark.parametrize(
    "text",
    [
        "Quotes \" and ' and \\ and % and _ and { } stand here.",
        "A null \0 character stands here.",
        "Signs beyond: \U0001f600 𝒳 stand here. 新大桥开通了。",
        f"{'word ' * 30_000}stands here.",
        "x" * 150_000 + " stands here.",
    ],
    ids=["quotes", "null", "signs", "long", "one-word"],
)
def test_any_text_is_stored_and_found(home: Home, text: str) -> None:
    archive = home.open_or_create(FAKE)
    article = with_card(an_article(1, text), title=text[:20], source='Pa"per\\', author="A'nn %")
    take_in(archive, FAKE, article, an_article(2))
    assert archive.article("id1") == article
    assert ids_of(archive, "here") == {"id1", "id2"}
    assert archive.search_words("here", 99, Filters(source='Pa"per\\', author="a'nn"))
    assert archive.passages_of("id1") == list(split(article, FAKE, FAKE.max_tokens))
    assert archive.verify() == []


@settings(max_examples=10, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate])
@given(texts=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True))
def test_any_text_is_found_by_the_words_around_it(home: Home, texts: list[str]) -> None:
    archive = home.open_or_create(FAKE)
    assert home.empty(archive.spec)
    articles = [Article(Card(f"id{n}", f"Number {text}"), f"words {text.strip()} end") for n, text in enumerate(texts)]
    take_in(archive, FAKE, *articles)
    assert ids_of(archive, "words") == {article.id for article in articles}
    assert [archive.article(article.id) for article in articles] == articles
    assert archive.verify() == []
    archive.close()


def test_headlines_and_names_may_be_of_any_length(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    article = with_card(an_article(1), title="T" * 100_000, source="S" * 70_000, author="Ann " * 20_000)
    take_in(archive, FAKE, article, an_article(2))
    assert archive.article("id1") == article
    assert article.card in archive.cards()
    assert {hit.passage.article for hit in archive.search_words("number", 9)} == {article.card, an_article(2).card}
    assert ids_of(archive, "number", Filters(author="ann ann")) == {"id1"}
    assert archive.indexed_articles(["id1"])[0].article == article
    assert archive.verify() == []
