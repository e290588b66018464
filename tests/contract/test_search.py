"""What any archive finds: by meaning, by words, by how they are spelled, in a slice, and what tells the same story."""

from datetime import date

import numpy as np
import pytest

from corpus.reader_types import Reading
from retrieval.archive.contract import Archive, DocumentFrequencies
from retrieval.errors import UnknownName
from retrieval.indexing.pipeline import draft, embed
from retrieval.text.chunking import split
from retrieval.types import Filters
from tests.articles import FAKE, STORY, an_article, ids_of, vector_of, with_card
from tests.contract.archive_locations import EMBEDDED, Home
from tests.fakes import nearest, take_in


def test_the_nearest_are_those_of_brute_force(home: Home) -> None:
    archive = home.made(FAKE)
    random = np.random.default_rng(7)
    words = [f"word{n}" for n in range(30)]
    articles = [an_article(n, f"Here {' '.join(random.choice(words, 8))} end.") for n in range(60)]
    take_in(archive, FAKE, *articles)
    passages = [one for article in articles for one in split(article, FAKE, FAKE.max_tokens)]
    for asked in ("word1 word2 word3", "Title 7", "word9"):
        query = FAKE.encode([asked])[0]
        found = nearest(archive, FAKE, asked, 10)
        best = sorted((float(vector_of(one) @ query) for one in passages), reverse=True)[:10]
        np.testing.assert_allclose([float(vector_of(one.passage) @ query) for one in found], best, atol=1e-5)
        assert len({one.passage.id for one in found}) == 10


def test_words_are_found_in_whatever_form_and_rare_ones_count_most(home: Home) -> None:
    archive = home.made(FAKE)
    texts = ["The court jails a lawyer.", "He was jailed. The court said so.", "A court. A court.", "Nothing of it."]
    take_in(archive, FAKE, *(an_article(n, text) for n, text in enumerate(texts)))
    assert ids_of(archive, "jailing") == {"id0", "id1"}
    assert archive.search_words("a jailed court lawyer", 9)[0].passage.article.id == "id0"
    assert ids_of(archive, "court") == {"id0", "id1", "id2"}
    assert len(archive.search_words("court", 2)) == 2
    assert ids_of(archive, "zebra") == ids_of(archive, "?!") == set()
    assert ids_of(archive, "the of and") != set()
    often = archive.document_frequencies(["jails", "Courts", "zebra", "court's"])
    assert often == DocumentFrequencies(4, {"jails": 2, "Courts": 3, "zebra": 0, "court's": 0})


def test_writing_without_spaces_is_found(home: Home) -> None:
    archive = home.made(FAKE)
    take_in(
        archive,
        FAKE,
        an_article(1, "新大桥开通了。市长说。"),
        an_article(2, "雨下得很大。"),
        an_article(3, "Café déjà vu."),
    )
    assert ids_of(archive, "大桥") == {"id1"}
    assert ids_of(archive, "café") == {"id3"}
    assert archive.document_frequencies(["大桥", "déjà"]).by_word == {"大桥": 1, "déjà": 1}


def test_words_spelled_alike_are_told_the_nearest_and_most_frequent_first(home: Home) -> None:
    archive = home.made(FAKE)
    texts = ["Kerry met Kelly.", "Kerry came. The government spoke.", "KERRY IS HERE. Governments speak.", "Berry."]
    take_in(archive, FAKE, *(an_article(n, text) for n, text in enumerate(texts)))
    assert archive.similar_words("kery", 3) == ["Kerry"]
    assert archive.similar_words("Kelry", 3) == ["Kerry", "Kelly"]
    assert archive.similar_words("goverment", 1) == ["government"]
    assert archive.similar_words("zzz", 3) == []
    with archive.write_lock("test"):
        archive.remove(["id0"])
    assert archive.similar_words("Kelry", 3) == ["Kerry"]


def test_passages_are_told_of_an_article_and_by_the_beginnings_of_ids(home: Home) -> None:
    archive = home.made(FAKE)
    same = "The mayor opened a bridge. " * 12
    articles = [*map(an_article, range(3)), an_article(20, f"{same}\n\n{same}\n\n{same}")]
    take_in(archive, FAKE, *articles)
    for article in articles:
        wanted = list(split(article, FAKE, FAKE.max_tokens))
        assert archive.passages_of(article.id) == wanted
        for one in wanted:
            own = one.id.removeprefix(f"{article.id}-")
            whole, found = archive.find_passage(article.id, own), archive.find_passage(article.id, own[:5])
            assert whole is not None
            assert found is not None
            assert whole.passage == one
            assert (found.passage.article, found.passage.text) == (one.article, one.text)
            other = "".join("fedcba9876543210"[int(digit, 16)] for digit in own[:5])
            assert archive.find_passage(article.id, other) is None
    assert len(archive.passages_of("id20")) > 2
    # "id2" is how "id20" begins too: the passage tells which is meant.
    (second, *_), (twentieth, *_) = archive.passages_of("id2"), archive.passages_of("id20")
    both = [archive.find_passage("id2", one.id.partition("-")[2]) for one in (second, twentieth)]
    assert [found and found.passage for found in both] == [second, twentieth]
    assert archive.passages_of("id") == []
    assert archive.find_passage("id4", "") is archive.find_passage("%", "") is None


def test_the_same_story_is_linked_whoever_comes_first_and_left_again(home: Home) -> None:
    archive = home.made(FAKE)
    one, two = an_article(1, STORY), an_article(2, f"{STORY}It was wet.")
    take_in(archive, FAKE, one, an_article(3))
    take_in(archive, FAKE, two)
    also = {hit.passage.article.id: [card.id for card in hit.also] for hit in archive.search_words("mayor number", 99)}
    assert also == {"id1": ["id2"], "id2": ["id1"], "id3": []}
    assert archive.status().distinct_articles == 2
    take_in(archive, FAKE, an_article(4, f"{STORY}So it was."))
    (hit, *_) = archive.search_words("mayor", 1)
    assert len(hit.also) == 2
    with archive.write_lock("test"):
        archive.remove(["id1"])
    assert {card.id for hit in archive.search_words("mayor", 99) for card in (hit.passage.article, *hit.also)} == {
        "id2",
        "id4",
    }
    take_in(archive, FAKE, an_article(4, "Something else altogether is told here now."))
    assert all(hit.also == () for hit in archive.search_words("mayor number else", 99))
    assert archive.status().distinct_articles == archive.status().articles == 3
    assert archive.verify() == []


def test_vectors_are_kept_under_their_keys(home: Home) -> None:
    archive = home.made(FAKE)
    made, _ = embed([draft(Reading(an_article(n), ""), FAKE, 64) for n in (1, 2)], {}, FAKE, archive.spec)
    archive.put(made)
    keys = [key for one in made for key in one.keys]
    found = archive.stored_vectors([*keys, b"0123456789abcdef"])
    assert {key: vector.tolist() for key, vector in found.items()} == {
        key: vector.tolist() for one in made for key, vector in zip(one.keys, one.vectors, strict=True)
    }
    assert take_in(archive, FAKE, with_card(an_article(1), source="Another")).embedded == 0


@pytest.fixture
def sliced(home: Home) -> Archive:
    archive = home.made(FAKE)
    names: list[tuple[str | None, str | None]] = [
        ("The Guardian", "Yaxue Cao"),
        ("Guardian Weekly", None),
        ("Guardians", "Cao"),
        (None, "Yaxue Cao, translated by X"),
    ]
    days = [date(2013, 12, 31), date(2014, 1, 1), date(2014, 2, 28), None]
    articles = [
        with_card(an_article(n), source=source, author=author, published=day)
        for n, ((source, author), day) in enumerate(zip(names, days, strict=True))
    ]
    take_in(archive, FAKE, *articles)
    return archive


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), {"id0", "id1", "id2", "id3"}),
        (Filters(since=date(2014, 1, 1)), {"id1", "id2"}),
        (Filters(until=date(2014, 1, 1)), {"id0", "id1"}),
        (Filters(since=date(2014, 1, 1), until=date(2014, 1, 1)), {"id1"}),
        (Filters(source="guardian"), {"id0", "id1"}),
        (Filters(author="yaxue CAO"), {"id0", "id3"}),
        (Filters(source="guardian", author="cao"), {"id0"}),
        (Filters(since=date(2015, 1, 1)), set()),
        (Filters(added_after=0), {"id0", "id1", "id2", "id3"}),
    ],
)
def test_a_slice_is_searched_as_if_there_were_nothing_else(sliced: Archive, filters: Filters, wanted: set[str]) -> None:
    assert ids_of(sliced, "number", filters) == wanted
    found = sliced.search_vectors(FAKE.encode(["number"])[0], 9, FAKE.fingerprint, filters)
    assert {one.passage.article.id for one in found} == wanted


def test_a_name_is_nobodys_any_longer_when_its_last_article_is_removed(sliced: Archive) -> None:
    with pytest.raises(UnknownName, match="The nearest: .*The Guardian"):
        sliced.search_words("number", 3, Filters(source="The Gardian"))
    with pytest.raises(UnknownName, match="The nearest: .*Yaxue Cao"):
        sliced.search_vectors(FAKE.encode(["number"])[0], 3, FAKE.fingerprint, Filters(author="Yaxu Cao"))
    with sliced.write_lock("test"):
        sliced.remove(["id2"])
    with pytest.raises(UnknownName) as error:
        sliced.search_words("number", 3, Filters(source="guardians"))
    assert "'Guardians'" not in str(error.value).partition("nearest")[2]


def test_the_newest_come_first_and_sources_of_most_articles(home: Home) -> None:
    archive = home.made(FAKE)
    articles = [an_article(number) for number in range(6)]
    articles[0] = with_card(articles[0], published=None, source=None, language="zh")
    articles[5] = with_card(articles[5], source="Another", language="en")
    take_in(archive, FAKE, *articles)
    assert [card.id for card in archive.newest_cards(2)] == ["id5", "id4"]
    assert archive.newest_cards(99) == archive.cards()
    assert archive.cards()[-1].id == "id0"
    assert archive.sources() == ["Paper", "Another"]
    status = archive.status()
    assert (status.articles, status.passages, status.distinct_articles) == (6, 6, 6)
    assert (status.first_date, status.last_date) == (date(2020, 1, 2), date(2020, 1, 6))
    assert dict(status.languages) == {None: 4, "zh": 1, "en": 1}
    assert status.languages[0] == (None, 4)
    assert status.spec == archive.spec
    # A server does not tell what it has written.
    assert bool(status.size_bytes) is (home.kind == EMBEDDED)
