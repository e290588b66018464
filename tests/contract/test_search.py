"""Every kind of archive searches by vectors and words, with filters, and links near duplicates."""

from datetime import date

import numpy as np
import pytest

from corpus.reader_types import Reading
from retrieval.archive.contract import Archive, DocumentFrequencies
from retrieval.archive.found_passages import in_columns
from retrieval.errors import UnknownName
from retrieval.indexing.pipeline import draft
from retrieval.text.chunking import split
from retrieval.types import NO_FILTERS, Filters
from tests.articles import FAKE, STORY, an_article, embed, ids_of, vector_of, with_card
from tests.contract.archive_locations import EMBEDDED, Home
from tests.fakes import nearest, take_in


def test_the_nearest_are_those_of_brute_force(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    random = np.random.default_rng(7)
    words = [f"word{n}" for n in range(30)]
    articles = [an_article(n, f"Here {' '.join(random.choice(words, 8))} end.") for n in range(60)]
    take_in(archive, FAKE, *articles)
    passages = [passage for article in articles for passage in split(article, FAKE, FAKE.max_tokens)]
    for text in ("word1 word2 word3", "Title 7", "word9"):
        query = FAKE.encode_query([text])[0]
        hits = nearest(archive, FAKE, text, 10)
        best = sorted((float(vector_of(passage) @ query) for passage in passages), reverse=True)[:10]
        np.testing.assert_allclose([float(vector_of(hit.passage) @ query) for hit in hits], best, atol=1e-5)
        assert len({hit.passage.id for hit in hits}) == 10


def test_words_are_found_in_any_form_and_rare_words_count_most(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    texts = ["The court jails a lawyer.", "He was jailed. The court said so.", "A court. A court.", "Nothing of it."]
    take_in(archive, FAKE, *(an_article(n, text) for n, text in enumerate(texts)))
    assert ids_of(archive, "jailing") == {"id0", "id1"}
    assert archive.search_words("a jailed court lawyer", 9)[0].passage.article.id == "id0"
    assert ids_of(archive, "court") == {"id0", "id1", "id2"}
    assert len(archive.search_words("court", 2)) == 2
    assert ids_of(archive, "zebra") == ids_of(archive, "?!") == set()
    assert ids_of(archive, "the of and") != set()
    frequencies = archive.document_frequencies(["jails", "Courts", "zebra", "court's"])
    assert frequencies == DocumentFrequencies(4, {"jails": 2, "Courts": 3, "zebra": 0, "court's": 0})


def test_both_searches_at_once_find_what_each_finds(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    random = np.random.default_rng(8)
    words = [f"word{n}" for n in range(30)]
    articles = [an_article(n, f"Here {' '.join(random.choice(words, 8))} end.") for n in range(60)]
    copies = [an_article(n + 60, articles[n].text) for n in range(5)]
    take_in(archive, FAKE, *articles, *copies)
    late = Filters(since=date(2020, 1, 20))
    for text, filters in (("word1 word2 word3", NO_FILTERS), ("word9", late), ("?", NO_FILTERS)):
        vector = FAKE.encode_query([text])[0]
        by_words = archive.search_words(text, 7, filters)
        by_vector = archive.search_vectors(vector, 7, FAKE.fingerprint, filters)
        expected = in_columns([*by_words, *by_vector])
        found = archive.search(text, vector, 7, FAKE.fingerprint, filters)
        assert (found.articles, found.texts) == (expected.articles, expected.texts)
        assert found.languages == expected.languages
        assert (found.vectors == expected.vectors).all()
        for positions in (range(len(found)), [2, 0]):
            assert found.passages(positions) == expected.passages(positions)
        in_same_group = [[[a == b for a in columns.groups] for b in columns.groups] for columns in (found, expected)]
        assert in_same_group[0] == in_same_group[1]


def test_text_without_spaces_is_found(home: Home) -> None:
    archive = home.open_or_create(FAKE)
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


def test_words_are_found_in_any_form_in_the_language_of_their_article(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    texts = {
        "en": "The mayor houses guests. Kerry came.",
        "de": "Die Brücken und Häuser stehen. Kerry kam.",
        "fr": "Les élections nationales ont eu lieu.",
        "zh": "市長說新大橋開通了。",
    }
    articles = [an_article(n, text) for n, text in enumerate(texts.values())]
    take_in(archive, FAKE, *(with_card(article, language=code) for article, code in zip(articles, texts, strict=True)))
    assert ids_of(archive, "Brücke") == ids_of(archive, "brucke") == ids_of(archive, "Haus") == {"id1"}
    assert ids_of(archive, "housing") == {"id0"}
    assert ids_of(archive, "ELECTION") == ids_of(archive, "élection") == {"id2"}
    assert ids_of(archive, "Kerry") == {"id0", "id1"}
    assert ids_of(archive, "新大桥") == ids_of(archive, "新大橋") == {"id3"}
    frequencies = archive.document_frequencies(["Kerry", "Haus", "house", "bridge", "开通"])
    assert frequencies == DocumentFrequencies(
        4, {"Kerry": 2, "Haus": 1, "house": 1, "bridge": 0, "开通": 1}, ("en", "de", "fr")
    )
    # The same text in another language has other stems.
    take_in(archive, FAKE, with_card(articles[1], language="en"))
    assert ids_of(archive, "Haus") == set()
    assert ids_of(archive, "Häuser") == {"id1"}


def test_an_archive_in_one_language_needs_no_other_stemmer(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    assert archive.document_frequencies([]).languages == ("en",)
    take_in(archive, FAKE, with_card(an_article(1, "Die Brücken stehen."), language="de"))
    assert archive.document_frequencies(["Brücke"]) == DocumentFrequencies(1, {"Brücke": 1}, ("de",))


def test_similar_words_come_nearest_first_then_most_frequent(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    texts = ["Kerry met Kelly.", "Kerry came. The government spoke.", "KERRY IS HERE. Governments speak.", "Berry."]
    take_in(archive, FAKE, *(an_article(n, text) for n, text in enumerate(texts)))
    assert archive.similar_words("kery", 3) == ["Kerry"]
    assert archive.similar_words("Kelry", 3) == ["Kerry", "Kelly"]
    assert archive.similar_words("goverment", 1) == ["government"]
    assert archive.similar_words("zzz", 3) == []
    with archive.write_lock("test"):
        archive.remove(["id0"])
    assert archive.similar_words("Kelry", 3) == ["Kerry"]


def test_passages_are_found_by_article_and_by_the_beginnings_of_ids(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    same = "The mayor opened a bridge. " * 12
    articles = [*map(an_article, range(3)), an_article(20, f"{same}\n\n{same}\n\n{same}")]
    take_in(archive, FAKE, *articles)
    for article in articles:
        wanted = list(split(article, FAKE, FAKE.max_tokens))
        assert archive.passages_of(article.id) == wanted
        for passage in wanted:
            own = passage.id.removeprefix(f"{article.id}-")
            by_whole_id, by_beginning = archive.find_passage(article.id, own), archive.find_passage(article.id, own[:5])
            assert by_whole_id is not None
            assert by_beginning is not None
            assert by_whole_id.passage == passage
            assert (by_beginning.passage.article, by_beginning.passage.text) == (passage.article, passage.text)
            other = "".join("fedcba9876543210"[int(digit, 16)] for digit in own[:5])
            assert archive.find_passage(article.id, other) is None
    assert len(archive.passages_of("id20")) > 2
    # "id20" also begins with "id2": the passage decides between them.
    (second, *_), (twentieth, *_) = archive.passages_of("id2"), archive.passages_of("id20")
    both = [archive.find_passage("id2", passage.id.partition("-")[2]) for passage in (second, twentieth)]
    assert [hit and hit.passage for hit in both] == [second, twentieth]
    assert archive.passages_of("id") == []
    assert archive.find_passage("id4", "") is archive.find_passage("%", "") is None


def test_near_duplicates_are_linked_in_any_order_and_unlinked_again(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    first, second = an_article(1, STORY), an_article(2, f"{STORY}It was wet.")
    take_in(archive, FAKE, first, an_article(3))
    take_in(archive, FAKE, second)
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


def test_vectors_are_stored_under_their_keys(home: Home) -> None:
    archive = home.open_or_create(FAKE)
    entries = embed([draft(Reading(an_article(n), ""), FAKE, 64) for n in (1, 2)], FAKE, archive.spec)
    archive.put(entries)
    keys = [key for entry in entries for key in entry.keys]
    vectors = archive.stored_vectors([*keys, b"0123456789abcdef"])
    assert {key: vector.tolist() for key, vector in vectors.items()} == {
        key: vector.tolist() for entry in entries for key, vector in zip(entry.keys, entry.vectors, strict=True)
    }
    assert take_in(archive, FAKE, with_card(an_article(1), source="Another")).embedded == 0


@pytest.fixture
def filterable(home: Home) -> Archive:
    archive = home.open_or_create(FAKE)
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
def test_filters_search_as_if_nothing_else_existed(filterable: Archive, filters: Filters, wanted: set[str]) -> None:
    assert ids_of(filterable, "number", filters) == wanted
    hits = filterable.search_vectors(FAKE.encode_query(["number"])[0], 9, FAKE.fingerprint, filters)
    assert {hit.passage.article.id for hit in hits} == wanted
    cards = [card for card in filterable.cards() if card.id in wanted]
    assert filterable.newest_cards(9, filters) == cards
    assert filterable.newest_cards(1, filters) == cards[:1]


def test_a_name_is_unknown_once_its_last_article_is_removed(filterable: Archive) -> None:
    with pytest.raises(UnknownName, match="The nearest: .*The Guardian"):
        filterable.search_words("number", 3, Filters(source="The Gardian"))
    with pytest.raises(UnknownName, match="The nearest: .*Yaxue Cao"):
        filterable.search_vectors(FAKE.encode_query(["number"])[0], 3, FAKE.fingerprint, Filters(author="Yaxu Cao"))
    with pytest.raises(UnknownName, match="The nearest: .*Yaxue Cao"):
        filterable.newest_cards(3, Filters(author="Yaxu Cao"))
    with filterable.write_lock("test"):
        filterable.remove(["id2"])
    with pytest.raises(UnknownName) as error:
        filterable.search_words("number", 3, Filters(source="guardians"))
    assert "'Guardians'" not in str(error.value).partition("nearest")[2]


def test_cards_come_newest_first_and_sources_by_number_of_articles(home: Home) -> None:
    archive = home.open_or_create(FAKE)
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
    # A server does not report its size.
    assert bool(status.size_bytes) is (home.kind == EMBEDDED)
