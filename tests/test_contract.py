"""What every archive promises, whatever it is kept in (retrieval/archive/archive.py): one suite for all of them."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card, Span
from corpus.source import Reading
from retrieval.archive.archive import Archive, Entry, Frequencies, Generation, Known, Provenance, Telling
from retrieval.archive.copy import copy, entry_digest
from retrieval.archive.making import wanted_making
from retrieval.archive.reembed import reembed
from retrieval.archive.stories import signature
from retrieval.archive.sync import draft, entries
from retrieval.encode.encoder import Vectors, embedded_text
from retrieval.errors import ArchiveBusy, ArchiveMissing, ModelChanged, UnknownName
from retrieval.split import split, title_prefix
from retrieval.types import EVERYTHING, Passage, Slice
from tests.fakes import FakeEncoder, archive_at, nearest, take_in
from tests.homes import EMBEDDED, Home

FAKE = FakeEncoder()
OTHER = FakeEncoder(name="other", dimension=16)
STORY = "The mayor opened a bridge over the river on Monday, and hundreds came to see it in spite of the rain. " * 3


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


def with_card(article: Article, **changed: object) -> Article:
    return replace(article, card=replace(article.card, **changed))  # type: ignore[arg-type]


def put(archive: Archive, *articles: Article, added: int | None = None, encoder: FakeEncoder = FAKE) -> None:
    """Take in articles without a sync: nothing is settled after."""
    made, _ = entries(
        [draft(Reading(one, f"/files/{one.id}"), encoder, 64) for one in articles], {}, encoder, archive.making
    )
    with archive.writing("test"):
        archive.put([replace(one, added=added) for one in made])


def ids_of(archive: Archive, words: str, slice: Slice = EVERYTHING) -> set[str]:
    return {one.passage.article.id for one in archive.matching(words, 99, slice)}


def vector_of(passage: Passage, encoder: FakeEncoder = FAKE) -> Vectors:
    prefix = title_prefix(passage.article.title, encoder, encoder.max_tokens)
    (vector,) = encoder.encode([embedded_text(prefix, passage.text)]).astype(np.float16).astype(np.float32)
    return np.asarray(vector, np.float32)


# ── In and out ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_went_in_comes_out(home: Home) -> None:
    archive, article = home.made(FAKE), an_article(1)
    take_in(archive, FAKE, article, an_article(2))
    passages = split(article, FAKE, FAKE.max_tokens)
    found = nearest(archive, FAKE, f"{article.title}\n{passages[0].text}")[0]
    assert found.passage == passages[0]
    assert found.vector.astype(np.float32).tolist() == vector_of(passages[0]).tolist()
    assert archive.article("id1") == article
    assert archive.article("id3") is None
    assert archive.provenance("id1") == Provenance((Telling("/files/id1.txt", "", len(article.text)),), "", (), ())
    assert archive.provenance("id3") is None
    assert archive.known() == {
        f"id{number}": Known(one.digest, (Telling(f"/files/id{number}.txt", "", len(one.text)),))
        for number, one in ((1, article), (2, an_article(2)))
    }
    assert archive.making == wanted_making(FAKE, 0)
    assert archive.verify() == []


def test_no_archive_is_said_with_the_command_that_makes_one(nowhere: Home) -> None:
    with pytest.raises(ArchiveMissing, match="No archive at .* python -m retrieval index"):
        nowhere.opened()


def test_an_empty_archive_finds_nothing(home: Home) -> None:
    archive = home.made(FAKE)
    assert nearest(archive, FAKE, "anything") == archive.matching("anything", 9) == []
    assert (archive.cards(), archive.newest(3), archive.sources(), dict(archive.known())) == ([], [], [], {})
    assert archive.frequencies(["word"]) == Frequencies(0, {"word": 0})
    assert archive.resembling("word", 3) == []
    status = archive.status()
    assert (status.articles, status.passages, status.stories, status.first, status.last) == (0, 0, 0, None, None)
    assert archive.found_like("id1", "a") is None
    assert archive.verify() == []


def test_an_archive_that_is_there_is_opened_and_not_made_anew(home: Home) -> None:
    take_in(home.made(FAKE), FAKE, an_article(1))
    assert home.made(OTHER).making == home.opened().making == wanted_making(FAKE, 0)
    assert home.opened().article("id1") == an_article(1)


def test_another_process_finds_the_same(home: Home) -> None:
    archive = home.made(FAKE)
    take_in(archive, FAKE, *map(an_article, range(5)))
    other = home.opened()
    assert nearest(other, FAKE, "number 3") == nearest(archive, FAKE, "number 3")
    assert other.matching("number 3", 3) == archive.matching("number 3", 3)
    assert other.state() == archive.state()


def test_a_changed_article_takes_the_place_of_the_old_one(home: Home) -> None:
    archive = home.made(FAKE)
    take_in(archive, FAKE, an_article(1, "The old words stood here."))
    put(archive, an_article(1, "Now new ones do."))
    assert [one.passage.text for one in nearest(archive, FAKE, "old words")] == ["Now new ones do."]
    assert archive.matching("old", 5) == []
    assert [one.passage.text for one in archive.matching("new", 5)] == ["Now new ones do."]
    assert [one.text for one in archive.passages_of("id1")] == ["Now new ones do."]
    assert archive.status().passages == 1
    assert archive.verify() == []


def test_of_two_with_one_id_the_later_stands(home: Home) -> None:
    archive = home.made(FAKE)
    put(archive, an_article(1, "The old words stood here."), an_article(2), an_article(1, "Now new ones do."))
    assert [one.text for one in archive.passages_of("id1")] == ["Now new ones do."]
    assert ids_of(archive, "old") == set()
    assert archive.known()["id1"].told[0].length == len("Now new ones do.")
    assert archive.verify() == []


def test_a_removed_article_is_found_no_longer_and_may_come_again(home: Home) -> None:
    archive = home.made(FAKE)
    take_in(archive, FAKE, *map(an_article, range(3)))
    with archive.writing("test"):
        archive.remove(["id2"])
    assert {one.passage.article.id for one in nearest(archive, FAKE, "number 2")} == {"id0", "id1"}
    assert ids_of(archive, "number") == {"id0", "id1"}
    assert archive.article("id2") is None
    assert archive.provenance("id2") is None
    assert archive.passages_of("id2") == []
    assert archive.entries(["id2"]) == []
    assert set(archive.known()) == {"id0", "id1"}
    assert archive.status().articles == 2
    with archive.writing("test"):
        archive.remove(["id2", "never"])
    take_in(archive, FAKE, an_article(2))
    assert ids_of(archive, "number") == {"id0", "id1", "id2"}
    assert archive.verify() == []


def test_entries_are_what_was_put(home: Home) -> None:
    archive = home.made(FAKE)
    long = an_article(1, "\n\n".join(f"Paragraph {n} tells of the river and of its {n} bridges." for n in range(40)))
    reading = Reading(long, "/a.zip", "a.zip, b.html", key="b.html", warnings=("odd",), traces=(("title", "h1"),))
    made, _ = entries([draft(reading, FAKE, 64)], {}, FAKE, archive.making)
    before = archive.generation()
    archive.put([replace(made[0], added=before - 1)])
    (entry,) = archive.entries(["id1", "never"])
    assert entry_digest(entry, ()) == entry_digest(replace(made[0], added=entry.added), ())
    assert entry.added == before - 1
    assert (entry.origin, entry.key, entry.where, entry.warnings) == ("/a.zip", "b.html", "a.zip, b.html", ("odd",))
    assert len(entry.passages) > 5
    archive.put([entry])
    (again,) = archive.entries(["id1"])
    assert entry_digest(again, ()) == entry_digest(entry, ())
    assert archive.verify() == []


def test_an_entry_that_says_when_it_was_added_was_added_then(home: Home) -> None:
    archive = home.made(FAKE)
    take_in(archive, FAKE, an_article(1), an_article(2))
    (first, second), now = archive.entries(["id1", "id2"]), archive.generation()
    assert first.added == second.added == now
    with archive.writing("test"):
        archive.put([replace(first, added=now - 1), replace(second, added=None)])
    assert [one.added for one in archive.entries(["id1", "id2"])] == [now - 1, now]
    assert ids_of(archive, "number", Slice(added_after=now - 1)) == {"id2"}
    assert archive.verify() == []


def test_an_article_without_passages_is_possible(home: Home) -> None:
    archive = home.made(FAKE)
    archive.put([Entry(an_article(1), None, b"", (), (), np.empty((0, FAKE.dimension), np.float16))])
    assert archive.article("id1") == an_article(1)
    assert archive.passages_of("id1") == []
    assert archive.known()["id1"].told == ()
    assert archive.entries(["id1"])[0].passages == ()
    archive.settle()
    put(archive, an_article(1))
    assert ids_of(archive, "number") == {"id1"}
    (entry,) = archive.entries(["id1"])
    archive.put([replace(entry, passages=(), keys=(), vectors=entry.vectors[:0])])
    assert archive.entries(["id1"])[0].passages == ()
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
def test_any_text_is_kept_and_found(home: Home, text: str) -> None:
    archive = home.made(FAKE)
    article = with_card(an_article(1, text), title=text[:20], source='Pa"per\\', author="A'nn %")
    take_in(archive, FAKE, article, an_article(2))
    assert archive.article("id1") == article
    assert ids_of(archive, "here") == {"id1", "id2"}
    assert archive.matching("here", 99, Slice(source='Pa"per\\', author="a'nn"))
    assert archive.passages_of("id1") == list(split(article, FAKE, FAKE.max_tokens))
    assert archive.verify() == []


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.reuse, Phase.generate])
@given(texts=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True))
def test_any_text_is_found_by_the_words_around_it(home: Home, texts: list[str]) -> None:
    archive = home.made(FAKE)
    assert home.emptied(archive.making)
    articles = [with_card(an_article(n, f"words {text.strip()} end"), title=text) for n, text in enumerate(texts)]
    take_in(archive, FAKE, *articles)
    assert ids_of(archive, "words") == {article.id for article in articles}
    assert [archive.article(article.id) for article in articles] == articles
    assert archive.verify() == []
    archive.close()


def test_headlines_and_names_may_be_as_long_as_whoever_wrote_them_made_them(home: Home) -> None:
    archive = home.made(FAKE)
    article = with_card(an_article(1), title="T" * 100_000, source="S" * 70_000, author="Ann " * 20_000)
    take_in(archive, FAKE, article, an_article(2))
    assert archive.article("id1") == article
    assert article.card in archive.cards()
    assert {one.passage.article for one in archive.matching("number", 9)} == {article.card, an_article(2).card}
    assert ids_of(archive, "number", Slice(author="ann ann")) == {"id1"}
    assert archive.entries(["id1"])[0].article == article
    assert archive.verify() == []


# ── Found ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    assert archive.matching("a jailed court lawyer", 9)[0].passage.article.id == "id0"
    assert ids_of(archive, "court") == {"id0", "id1", "id2"}
    assert len(archive.matching("court", 2)) == 2
    assert ids_of(archive, "zebra") == ids_of(archive, "?!") == set()
    assert ids_of(archive, "the of and") != set()
    often = archive.frequencies(["jails", "Courts", "zebra", "court's"])
    assert often == Frequencies(4, {"jails": 2, "Courts": 3, "zebra": 0, "court's": 0})


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
    assert archive.frequencies(["大桥", "déjà"]).of == {"大桥": 1, "déjà": 1}


def test_words_spelled_alike_are_told_the_nearest_and_most_frequent_first(home: Home) -> None:
    archive = home.made(FAKE)
    texts = ["Kerry met Kelly.", "Kerry came. The government spoke.", "KERRY IS HERE. Governments speak.", "Berry."]
    take_in(archive, FAKE, *(an_article(n, text) for n, text in enumerate(texts)))
    assert archive.resembling("kery", 3) == ["Kerry"]
    assert archive.resembling("Kelry", 3) == ["Kerry", "Kelly"]
    assert archive.resembling("goverment", 1) == ["government"]
    assert archive.resembling("zzz", 3) == []
    with archive.writing("test"):
        archive.remove(["id0"])
    assert archive.resembling("Kelry", 3) == ["Kerry"]


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
            whole, found = archive.found_like(article.id, own), archive.found_like(article.id, own[:5])
            assert whole is not None
            assert found is not None
            assert whole.passage == one
            assert (found.passage.article, found.passage.text) == (one.article, one.text)
            other = "".join("fedcba9876543210"[int(digit, 16)] for digit in own[:5])
            assert archive.found_like(article.id, other) is None
    assert len(archive.passages_of("id20")) > 2
    # "id2" is how "id20" begins too: the passage tells which is meant.
    (second, *_), (twentieth, *_) = archive.passages_of("id2"), archive.passages_of("id20")
    both = [archive.found_like("id2", one.id.partition("-")[2]) for one in (second, twentieth)]
    assert [found and found.passage for found in both] == [second, twentieth]
    assert archive.passages_of("id") == []
    assert archive.found_like("id4", "") is archive.found_like("%", "") is None


def test_the_same_story_is_linked_whoever_comes_first_and_left_again(home: Home) -> None:
    archive = home.made(FAKE)
    one, two = an_article(1, STORY), an_article(2, f"{STORY}It was wet.")
    take_in(archive, FAKE, one, an_article(3))
    take_in(archive, FAKE, two)
    also = {hit.passage.article.id: [card.id for card in hit.also] for hit in archive.matching("mayor number", 99)}
    assert also == {"id1": ["id2"], "id2": ["id1"], "id3": []}
    assert archive.status().stories == 2
    take_in(archive, FAKE, an_article(4, f"{STORY}So it was."))
    (hit, *_) = archive.matching("mayor", 1)
    assert len(hit.also) == 2
    with archive.writing("test"):
        archive.remove(["id1"])
    assert {card.id for hit in archive.matching("mayor", 99) for card in (hit.passage.article, *hit.also)} == {
        "id2",
        "id4",
    }
    take_in(archive, FAKE, an_article(4, "Something else altogether is told here now."))
    assert all(hit.also == () for hit in archive.matching("mayor number else", 99))
    assert archive.status().stories == archive.status().articles == 3
    assert archive.verify() == []


def test_vectors_are_kept_under_their_keys(home: Home) -> None:
    archive = home.made(FAKE)
    made, _ = entries([draft(Reading(an_article(n), ""), FAKE, 64) for n in (1, 2)], {}, FAKE, archive.making)
    archive.put(made)
    keys = [key for one in made for key in one.keys]
    found = archive.vectors_of([*keys, b"0123456789abcdef"])
    assert {key: vector.tolist() for key, vector in found.items()} == {
        key: vector.tolist() for one in made for key, vector in zip(one.keys, one.vectors, strict=True)
    }
    assert take_in(archive, FAKE, with_card(an_article(1), source="Another")).embedded == 0


# ── Slices ───────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    ("slice", "wanted"),
    [
        (Slice(), {"id0", "id1", "id2", "id3"}),
        (Slice(since=date(2014, 1, 1)), {"id1", "id2"}),
        (Slice(until=date(2014, 1, 1)), {"id0", "id1"}),
        (Slice(since=date(2014, 1, 1), until=date(2014, 1, 1)), {"id1"}),
        (Slice(source="guardian"), {"id0", "id1"}),
        (Slice(author="yaxue CAO"), {"id0", "id3"}),
        (Slice(source="guardian", author="cao"), {"id0"}),
        (Slice(since=date(2015, 1, 1)), set()),
        (Slice(added_after=0), {"id0", "id1", "id2", "id3"}),
    ],
)
def test_a_slice_is_searched_as_if_there_were_nothing_else(sliced: Archive, slice: Slice, wanted: set[str]) -> None:
    assert ids_of(sliced, "number", slice) == wanted
    found = sliced.nearest(FAKE.encode(["number"])[0], 9, FAKE.fingerprint, slice)
    assert {one.passage.article.id for one in found} == wanted


def test_a_name_that_is_nobodys_is_said_with_the_nearest(sliced: Archive) -> None:
    with pytest.raises(UnknownName, match="The nearest: .*The Guardian"):
        sliced.matching("number", 3, Slice(source="The Gardian"))
    with pytest.raises(UnknownName, match="The nearest: .*Yaxue Cao"):
        sliced.nearest(FAKE.encode(["number"])[0], 3, FAKE.fingerprint, Slice(author="Yaxu Cao"))
    with sliced.writing("test"):
        sliced.remove(["id2"])
    with pytest.raises(UnknownName) as error:
        sliced.matching("number", 3, Slice(source="guardians"))
    assert "'Guardians'" not in str(error.value).partition("nearest")[2]


def test_the_newest_come_first_and_sources_of_most_articles(home: Home) -> None:
    archive = home.made(FAKE)
    articles = [an_article(number) for number in range(6)]
    articles[0] = with_card(articles[0], published=None, source=None, language="zh")
    articles[5] = with_card(articles[5], source="Another", language="en")
    take_in(archive, FAKE, *articles)
    assert [card.id for card in archive.newest(2)] == ["id5", "id4"]
    assert archive.newest(99) == archive.cards()
    assert archive.cards()[-1].id == "id0"
    assert archive.sources() == ["Paper", "Another"]
    status = archive.status()
    assert (status.articles, status.passages, status.stories) == (6, 6, 6)
    assert (status.first, status.last) == (date(2020, 1, 2), date(2020, 1, 6))
    assert dict(status.languages) == {None: 4, "zh": 1, "en": 1}
    assert status.languages[0] == (None, 4)
    assert status.making == archive.making
    # A server does not tell what it has written.
    assert bool(status.bytes) is (home.kind == EMBEDDED)


# ── Generations ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_generation_grows_with_every_change_and_tells_what_is_new(home: Home) -> None:
    archive = home.made(FAKE)
    numbers = [archive.generation()]

    def note() -> None:
        numbers.append(archive.generation())
        assert numbers[-2] < numbers[-1] == archive.status().generation == archive.state().number

    for number in range(1, 4):
        take_in(archive, FAKE, an_article(number))
        note()
    take_in(archive, FAKE, an_article(1))
    assert archive.generation() == numbers[-1]
    with archive.writing("test"):
        archive.remove(["id2"])
    note()
    # What only changes is not new.
    put(archive, an_article(1, "It has changed."))
    note()
    new = [ids_of(archive, "text changed", Slice(added_after=after)) for after in numbers]
    assert new == [{"id1", "id3"}, {"id3"}, {"id3"}, set(), set(), set()]


def test_a_state_is_told_from_another_archives(home: Home) -> None:
    archive = home.made(FAKE)
    states = [archive.state()]
    for number in range(2):
        take_in(archive, FAKE, an_article(number))
        states.append(archive.state())
    assert all(map(archive.has_been, states))
    assert all(map(home.opened().has_been, states))
    assert not archive.has_been(Generation(states[-1].number, "another"))
    assert not archive.has_been(Generation(states[-1].number + 1_000_000_000, states[-1].token))


def test_a_renewed_archive_goes_on_from_a_later_generation(home: Home) -> None:
    archive = home.made(FAKE)
    put(archive, an_article(1), added=7)
    later = archive.generation() + 5_000
    with archive.writing("test"):
        archive.renew(later)
    assert archive.generation() > later
    assert ids_of(archive, "text", Slice(added_after=7)) == set()
    assert ids_of(archive, "text", Slice(added_after=6)) == {"id1"}
    take_in(archive, FAKE, an_article(2))
    assert ids_of(archive, "text", Slice(added_after=later)) == {"id2"}
    assert archive.verify() == []


# ── Who tells ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_tells_an_article_is_written_down(home: Home) -> None:
    archive = home.made(FAKE)
    put(archive, an_article(1), an_article(2))
    before = archive.generation()
    told = (Telling("/files/id1", "", 52), Telling("/feed.xml", "3", 9), Telling("https://example.org", "", 4))
    with archive.writing("test"):
        archive.tell({"id1": told})
    assert archive.known()["id1"].told == told
    assert archive.generation() == before
    many = tuple(Telling(f"/{'long' * 50}/{n}.xml", "key" * 20, n) for n in range(400, 0, -1))
    archive.tell({"id2": many})
    assert home.opened().known()["id2"].told[0] == many[0]
    assert set(home.opened().known()["id2"].told) == set(many)
    provenance = archive.provenance("id2")
    assert provenance is not None
    assert set(provenance.told) == set(many)
    # Who takes an article in stands by it, and is not told twice.
    put(archive, an_article(1, "A longer text, told by the feed."))
    assert archive.known()["id1"].told[0] == Telling("/files/id1", "", len("A longer text, told by the feed."))
    assert archive.verify() == []


def test_a_signature_is_kept(home: Home) -> None:
    archive = home.made(FAKE)
    put(archive, an_article(1, STORY))
    assert archive.entries(["id1"])[0].signature == signature(STORY)


# ── Embedded again ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_embedding_again_switches_in_one_step_and_is_seen_by_whoever_has_it_open(home: Home) -> None:
    archive = home.made(FAKE)
    take_in(archive, FAKE, *map(an_article, range(4)))
    reader, wanted = home.opened(), wanted_making(OTHER, 0)
    assert nearest(reader, FAKE, "number 3")
    with archive.writing("test"):
        beside = archive.beside(wanted)
        assert sorted(beside.unmade()) == ["id0", "id1", "id2", "id3"]
        made, _ = entries([draft(Reading(an_article(n), ""), OTHER, 64) for n in (0, 1)], {}, OTHER, wanted)
        beside.put(made)
        # Interrupted here: the old one answers, and what was done is not done again.
        assert nearest(reader, FAKE, "number 3")[0].passage.article.id == "id3"
        assert reader.making == wanted_making(FAKE, 0)
        assert sorted(archive.beside(wanted).unmade()) == ["id2", "id3"]
        assert set(archive.beside(wanted).vectors_of(made[0].keys)) == set(made[0].keys)
        assert reembed(archive, OTHER, wanted) == 2
    assert archive.making == reader.making == home.opened().making == wanted
    with pytest.raises(ModelChanged):
        nearest(reader, FAKE, "number 3")
    assert nearest(reader, OTHER, "number 3")[0].passage.article.id == "id3"
    assert ids_of(reader, "number") == {"id0", "id1", "id2", "id3"}
    assert archive.verify() == home.opened().verify() == []
    take_in(archive, OTHER, an_article(4))
    with archive.writing("test"):
        archive.remove(["id0"])
    archive.settle()
    assert archive.verify() == []


def test_embedding_again_keeps_others_waiting_until_it_ends_or_is_interrupted(home: Home) -> None:
    archive, wanted = home.made(FAKE), wanted_making(OTHER, 0)
    take_in(archive, FAKE, *map(an_article, range(3)))
    other = home.opened()
    with suppress(KeyboardInterrupt), archive.writing("test"):
        archive.beside(wanted)
        with pytest.raises(ArchiveBusy), other.writing("test", wait=False):
            raise AssertionError("two change it at once")
        raise KeyboardInterrupt
    with other.writing("test", wait=False):
        other.remove(["id1"])
    with other.writing("test", wait=False):
        assert reembed(other, OTHER, wanted) == 2
    with archive.writing("test", wait=False):
        archive.remove(["id2"])
    assert [one.passage.article.id for one in nearest(archive, OTHER, "number")] == ["id0"]
    assert archive.verify() == []


def test_another_making_takes_the_place_of_one_that_was_begun(home: Home) -> None:
    archive = home.made(FAKE)
    take_in(archive, FAKE, *map(an_article, range(2)))
    third = FakeEncoder(name="third", dimension=8)
    with archive.writing("test"):
        made, _ = entries([draft(Reading(an_article(0), ""), OTHER, 64)], {}, OTHER, wanted_making(OTHER, 0))
        archive.beside(wanted_making(OTHER, 0)).put(made)
        assert reembed(archive, third, wanted_making(third, 0)) == 2
    assert archive.making == wanted_making(third, 0)
    assert archive.verify() == []


# ── Copied ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_archive_is_copied_there_and_back_without_a_difference(home: Home, tmp_path: Path) -> None:
    source = archive_at(tmp_path / "source", FAKE)
    undated = with_card(an_article(3, STORY), published=None, author="Ann " * 20_000)
    take_in(source, FAKE, an_article(1), an_article(2, STORY), undated, an_article(4, "word " * 20_000))
    with source.writing("test"):
        source.tell({"id1": (Telling("/files/id1.txt", "", 52), Telling("/feed.xml", "1", 9))})
    there = copy(tmp_path / "source", home.where)
    assert (there.articles, there.written) == (4, 4)
    archive = home.opened()
    assert archive.generation() >= source.generation()
    assert ids_of(archive, "text mayor word", Slice(added_after=source.generation())) == set()
    assert archive.known() == source.known()
    assert archive.verify() == []
    # Half of it lost: only what is missing is written.
    with archive.writing("test"):
        archive.remove(["id1", "id4"])
    assert copy(tmp_path / "source", home.where) == replace(there, written=2)
    back = copy(home.where, tmp_path / "back")
    assert back == replace(there, written=4)
    assert copy(tmp_path / "source", tmp_path / "back") == replace(there, written=0)
    (hit, *_) = archive_at(tmp_path / "back", FAKE).matching("mayor", 1)
    assert len(hit.also) == 1
