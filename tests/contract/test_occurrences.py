"""An article that several files have is stored once, in any order and any number of runs that read them."""

import json
import tempfile
import zipfile
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card, article_id
from corpus.reader_types import Reading, Skipped
from corpus.reading import find_files, read_files
from retrieval.archive.contract import Archive, Occurrence
from retrieval.errors import RemovalRefused
from retrieval.indexing.pipeline import missing_files, survey, sync
from retrieval.indexing.reconciler import LARGE_FILE_ARTICLES, Scope
from retrieval.indexing.report import Report
from tests.contract.archive_locations import Home
from tests.fakes import FakeEncoder

FAKE = FakeEncoder()
# Shrinking an example would take minutes on a server.
FEW = settings(
    max_examples=6,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
LINKS = [f"https://example.org/{number}" for number in range(3)]
FILES = ("export", "feed", "pages")
PAGE = "https://example.org/page"
SHORT, LONG = "Read more.", "The mayor opened a bridge on Monday. Many came."
# By key, the link of an article and its text.
Contents = Mapping[str, tuple[str, str]]


def read(origin: str, key: str, link: str, text: str) -> Reading:
    card = Card(article_id(link), f"About {link}", link)
    return Reading(Article(card, text), origin, f"{origin}: {key}", key=key, traces=(("title", f"in {key}"),))


@dataclass
class World:
    """Files with several articles each, a page at a link, and the archive that indexes them."""

    folder: Path
    archive: Archive
    contents: dict[str, Contents] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "files").mkdir()

    def origin(self, name: str) -> str:
        return name if name == PAGE else str(self.folder / "files" / name)

    def write(self, name: str, contents: Contents) -> None:
        self.contents[name] = contents
        if name != PAGE:
            Path(self.origin(name)).touch()

    def remove(self, name: str) -> None:
        del self.contents[name]
        Path(self.origin(name)).unlink()

    def readings(self, names: Sequence[str]) -> Iterator[Reading]:
        for name in names:
            for key, (link, text) in self.contents[name].items():
                yield read(self.origin(name), key, link, text)

    def run(
        self, names: Sequence[str] | None = None, *extra: Skipped, allow: bool = True, twice: bool = True
    ) -> Report:
        """Index the named files, or all; `twice` lets the run read files a second time."""
        names = list(self.contents) if names is None else names

        def again(origins: Container[str]) -> Iterator[Reading]:
            return self.readings([name for name in names if twice and self.origin(name) in origins])

        with self.archive.write_lock("test"):
            present = {self.origin(name) for name in self.contents}
            known = self.archive.known_articles()
            missing = missing_files(known, [self.folder / "files"], present, allow_removals=allow)
            readings: list[Reading | Skipped] = [*self.readings(names), *extra]
            return sync(readings, self.archive, FAKE, Scope(known, missing, allow), read_again=again)

    def stored(self) -> dict[str, tuple[str, str, set[Occurrence]]]:
        """Return, by the link of each article, its text, its canonical origin, and its occurrences."""
        articles = {}
        for card in self.archive.cards():
            article, provenance = self.archive.article(card.id), self.archive.provenance(card.id)
            assert article is not None
            assert provenance is not None
            assert card.url is not None
            articles[card.url] = (article.text, provenance.occurrences[0].origin, set(provenance.occurrences))
        return articles

    def expected(self) -> dict[str, tuple[str, str, set[Occurrence]]]:
        """Return what `stored` should: the longest text is canonical, of equals the first by origin and key."""
        texts: dict[str, dict[Occurrence, str]] = {}
        for name, contents in self.contents.items():
            for key, (link, text) in contents.items():
                texts.setdefault(link, {})[Occurrence(self.origin(name), key, len(text))] = text
        articles = {}
        for link, by_occurrence in texts.items():
            first = min(by_occurrence, key=lambda occurrence: (-occurrence.length, occurrence.origin, occurrence.key))
            articles[link] = (by_occurrence[first], first.origin, set(by_occurrence))
        return articles


@pytest.fixture
def world(home: Home, tmp_path: Path) -> World:
    return World(tmp_path, home.open_or_create(FAKE))


@contextmanager
def another_world(home: Home) -> Iterator[World]:
    """Yield a world with an empty archive; the archive itself is used again."""
    archive = home.open_or_create(FAKE)
    assert home.empty(archive.spec)
    with tempfile.TemporaryDirectory() as folder:
        yield World(Path(folder), archive)
    archive.close()


texts = st.sampled_from([SHORT, LONG, f"{LONG} Then it rained.", f"{LONG} Then it snowed."])
contents = st.dictionaries(st.sampled_from("abc"), st.tuples(st.sampled_from(LINKS), texts), min_size=1)
worlds = st.fixed_dictionaries(
    dict.fromkeys(FILES, contents), optional={PAGE: st.tuples(st.sampled_from(LINKS), texts)}
)


def write(world: World, drawn: Mapping[str, object]) -> None:
    for name, content in drawn.items():
        world.write(name, {"": content} if name == PAGE else content)  # type: ignore[dict-item, arg-type]


def did(report: Report) -> tuple[int, int, int, int]:
    return (report.added, report.changed, report.removed, report.embedded)


@FEW
@given(drawn=worlds, order=st.permutations([*FILES, PAGE]), cuts=st.sets(st.integers(1, 3)), data=st.data())
def test_the_order_and_the_number_of_runs_make_no_difference_and_a_repetition_does_nothing(
    home: Home, drawn: dict[str, object], order: list[str], cuts: set[int], data: st.DataObject
) -> None:
    with another_world(home) as world:
        write(world, drawn)
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 4], strict=True):
            world.run([name for name in order[start:end] if name in drawn])
        assert world.stored() == world.expected()
        generation, known = world.archive.generation().number, world.archive.known_articles()
        report = world.run(data.draw(st.permutations(list(drawn))))
        assert did(report) == (0, 0, 0, 0)
        assert report.read == report.unchanged + report.same
        assert (world.archive.generation().number, world.archive.known_articles()) == (generation, known)
        assert world.archive.verify() == []


@FEW
@given(before=worlds, after=worlds, gone=st.sets(st.sampled_from(FILES)), twice=st.booleans(), data=st.data())
def test_changes_and_removals_are_followed_in_one_run_or_the_next(
    home: Home, before: dict[str, object], after: dict[str, object], gone: set[str], twice: bool, data: st.DataObject
) -> None:
    with another_world(home) as world:
        write(world, before)
        world.run()
        # A page at a link is not removed when it is not read: here only its text may change.
        after = {name: content for name, content in after.items() if name != PAGE or PAGE in before}
        write(world, after)
        for name in gone:
            world.remove(name)
        order = data.draw(st.permutations(list(world.contents)))
        report = world.run(order, twice=twice)
        assert set(world.stored()) == set(world.expected())
        if not twice:
            world.run(order, twice=False)
        assert world.stored() == world.expected()
        assert report.read == report.added + report.changed + report.unchanged + report.same
        assert did(world.run(order)) == (0, 0, 0, 0)
        assert world.archive.verify() == []


def test_an_excerpt_never_replaces_the_page_nor_counts_as_an_article(world: World) -> None:
    world.write("pages", {"": (LINKS[0], LONG)})
    world.write("feed", {"guid": (LINKS[0], SHORT)})
    report = world.run(["feed", "pages"])
    assert (report.read, report.added, report.same) == (2, 1, 1)
    before = world.archive.generation().number
    world.write("feed", {"guid": (LINKS[0], "Read on.")})
    report = world.run(["feed"])
    assert (report.unchanged, report.same, report.embedded) == (1, 0, 0)
    assert world.archive.generation().number == before
    assert world.stored() == world.expected()


def test_a_changed_version_replaces_the_old_one_and_keeps_its_id(world: World) -> None:
    world.write("pages", {"": (LINKS[0], LONG)})
    world.write("feed", {"guid": (LINKS[0], SHORT)})
    world.run()
    (before,) = world.archive.cards()
    world.write("pages", {"": (LINKS[0], LONG[:-11])})
    report = world.run()
    assert (report.added, report.changed, report.unchanged, report.same) == (0, 1, 0, 1)
    assert world.archive.cards() == [before]
    assert world.stored()[LINKS[0]][0] == LONG[:-11]


def test_another_occurrence_becomes_canonical_when_its_file_is_removed_or_drops_the_article(world: World) -> None:
    world.write("pages", {"": (LINKS[0], LONG)})
    world.write("feed", {"guid": (LINKS[0], SHORT), "other": (LINKS[1], SHORT)})
    world.run()
    world.remove("pages")
    report = world.run()
    assert (report.changed, report.removed) == (1, 0)
    assert world.stored() == world.expected()
    world.write("export", {"1": (LINKS[0], LONG), "2": (LINKS[2], LONG)})
    world.run()
    assert world.stored()[LINKS[0]][0] == LONG
    # The feed is read before the export, which has dropped the article.
    world.write("export", {"2": (LINKS[2], LONG)})
    report = world.run(["feed", "export"])
    assert (report.changed, report.removed) == (1, 0)
    assert world.stored() == world.expected()


def test_records_that_move_within_their_file_are_the_same_and_say_where_they_are_now(world: World) -> None:
    world.write("export", {"1": (LINKS[0], LONG), "2": (LINKS[1], LONG)})
    world.run()
    world.write("export", {"1": (LINKS[2], LONG), "2": (LINKS[0], LONG[:-11]), "3": (LINKS[1], LONG)})
    report = world.run()
    assert (report.added, report.changed, report.unchanged, report.removed) == (1, 1, 1, 0)
    assert world.stored() == world.expected()
    provenance = world.archive.provenance(article_id(LINKS[1]))
    assert provenance is not None
    assert (provenance.where, provenance.traces) == (f"{world.origin('export')}: 3", (("title", "in 3"),))


# ── Removals ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def many(count: int) -> Contents:
    return {f"{number:02}": (f"https://example.org/many/{number}", LONG) for number in range(count)}


def test_what_a_file_no_longer_has_is_removed_when_it_was_read_to_its_end(world: World) -> None:
    world.write("export", many(12))
    world.run()
    world.write("export", many(9))
    assert world.run(allow=False).removed == 3
    assert world.stored() == world.expected()


@pytest.mark.parametrize("given", [0, 1, 11])
def test_a_file_that_is_broken_today_loses_nothing(world: World, given: int) -> None:
    world.write("export", many(12))
    world.run()
    before = world.stored()
    world.write("export", many(given))
    broken = Skipped("export", "cut off", world.origin("export"))
    report = world.run(None, broken)
    assert (report.removed, len(report.skipped)) == (0, 1)
    assert world.stored() == before
    # When the file can be read again, the articles that it no longer has are removed.
    assert world.run(None).removed == (12 - given if given else 0)


def test_a_broken_entry_of_a_file_keeps_its_articles_and_other_entries_lose_theirs(world: World) -> None:
    links = iter(f"https://example.org/in/{number}" for number in range(9))
    world.write("export", {key: (next(links), LONG) for key in ("a.csv#1", "a.csv#2", "b.txt", "c.txt")})
    world.run()
    world.write("export", {"c.txt": world.contents["export"]["c.txt"]})
    report = world.run(None, Skipped("export: a.csv", "cut off", world.origin("export"), "a.csv"))
    assert report.removed == 1
    assert {
        occurrence.key for known in world.archive.known_articles().values() for occurrence in known.occurrences
    } == {
        "a.csv#1",
        "a.csv#2",
        "c.txt",
    }


def test_a_large_file_loses_more_than_a_third_only_when_allowed(world: World) -> None:
    world.write("export", many(LARGE_FILE_ARTICLES))
    world.run()
    world.write("export", many(LARGE_FILE_ARTICLES // 2))
    report = world.run(allow=False)
    assert report.removed == 0
    assert report.warned[0].where == world.origin("export")
    assert (
        f"of the {LARGE_FILE_ARTICLES} articles that came from it {LARGE_FILE_ARTICLES // 2} are there now"
        in report.warned[0].warnings[0]
    )
    assert len(world.archive.cards()) == LARGE_FILE_ARTICLES
    assert world.run(allow=True).removed == LARGE_FILE_ARTICLES // 2


def test_an_article_of_a_removed_file_counts_as_lost_only_without_another_occurrence(world: World) -> None:
    world.write("export", many(3))
    world.write("feed", many(3))
    world.run()
    world.remove("export")
    assert world.run(allow=False).removed == 0
    assert world.stored() == world.expected()
    world.remove("feed")
    with pytest.raises(RemovalRefused, match="of 3 articles .* 3 are no longer there"):
        world.run(allow=False)
    assert world.run(allow=True).removed == 3


def test_articles_of_a_list_stay_and_a_page_with_another_article_replaces_the_old_one(world: World) -> None:
    listed = [read("https://example.org/feed", str(number), LINKS[number], LONG) for number in range(2)]
    page = read(PAGE, "", LINKS[2], LONG)
    for readings in ([*listed, page], [listed[1], replace(page, article=read("", "", PAGE, LONG).article)]):
        with world.archive.write_lock("test"):
            sync(readings, world.archive, FAKE)
    assert set(world.stored()) == {LINKS[0], LINKS[1], PAGE}


def test_the_occurrence_of_a_moved_file_is_replaced(world: World) -> None:
    """The run does not list it as missing, because it was below another root: it is enough that it does not exist."""
    world.write("export", {"1": (LINKS[0], LONG)})
    world.run()
    moved = world.folder / "moved"
    Path(world.origin("export")).rename(moved)
    with world.archive.write_lock("test"):
        report = sync([read(str(moved), "1", LINKS[0], SHORT)], world.archive, FAKE)
    assert (report.changed, report.removed) == (1, 0)
    assert world.stored()[LINKS[0]][:2] == (SHORT, str(moved))


def test_two_articles_of_a_file_with_the_same_key_and_no_link_are_one(world: World) -> None:
    card = Card(article_id("export#1"), "Title")
    readings = [Reading(Article(card, text), world.origin("export"), key="1") for text in (SHORT, LONG)]
    for _ in range(2):
        with world.archive.write_lock("test"):
            report = sync(readings, world.archive, FAKE)
        assert (report.read, report.same) == (2, 1)
    assert did(report) == (0, 0, 0, 0)


def test_a_survey_counts_what_a_run_does(world: World) -> None:
    world.write("export", {"1": (LINKS[0], LONG), "2": (LINKS[1], LONG)})
    world.write("feed", {"1": (LINKS[0], SHORT)})
    world.run()
    world.write("export", {"2": (LINKS[1], SHORT), "3": (LINKS[2], SHORT)})
    counted = survey(world.readings(["export", "feed"]), Scope(world.archive.known_articles()))
    done = world.run(["export", "feed"])
    assert (counted.read, counted.added, counted.removed, counted.same) == (
        done.read,
        done.added,
        done.removed,
        done.same,
    )


# ── Real files ────────────────────────────────────────────────────────────────────────────────────────────────────────

STORY = [
    f"The mayor of Linz opened bridge number {number} on Monday, and many people from the town came to see it."
    for number in range(1, 9)
]


def files_of_one_story() -> dict[str, bytes]:
    """Return a feed with an excerpt, a saved page, and an export with half the text, with different forms of a link."""
    feed = (
        "<rss version='2.0'><channel><title>Paper</title><item><title>A bridge opens</title>"
        "<link>https://Example.org/bridge?utm_source=feed</link><guid>7</guid>"
        f"<description>{STORY[0]}</description></item></channel></rss>"
    )
    page = (
        "<!doctype html><html><head><title>A bridge opens</title>"
        "<link rel='canonical' href='https://example.org/bridge'></head><body><article><h1>A bridge opens</h1>"
        f"{''.join(f'<p>{paragraph}</p>' for paragraph in STORY)}</article></body></html>"
    )
    export = {
        "id": "9",
        "title": "A bridge opens",
        "text": " ".join(STORY[:4]),
        "url": "https://example.org/bridge#top",
    }
    files = {"feed.xml": feed, "page.html": page, "export.jsonl": json.dumps(export)}
    return {name: content.encode() for name, content in files.items()}


@pytest.mark.parametrize("zipped", [False, True], ids=["in a folder", "in a zip file"])
def test_a_feed_a_page_and_an_export_with_one_link_are_the_page(home: Home, tmp_path: Path, zipped: bool) -> None:
    folder, archive = tmp_path / "files", home.open_or_create(FAKE)
    folder.mkdir()
    if zipped:
        with zipfile.ZipFile(folder / "all.zip", "w") as file:
            for name, content in files_of_one_story().items():
                file.writestr(name, content)
    else:
        for name, content in files_of_one_story().items():
            (folder / name).write_bytes(content)

    def run() -> Report:
        with archive.write_lock("test"):
            return sync(read_files(find_files([folder]), 10**6), archive, FAKE)

    report = run()
    assert (report.skipped, report.warned) == ([], [])
    assert (report.read, report.added, report.same) == (3, 1, 2)
    (card,) = archive.cards()
    article, provenance = archive.article(card.id), archive.provenance(card.id)
    assert article is not None
    assert provenance is not None
    assert (card.url, article.text) == ("https://example.org/bridge", "\n\n".join(STORY))
    where = str(folder / "all.zip") + ": page.html" if zipped else str(folder / "page.html")
    assert (provenance.where, len(provenance.occurrences)) == (where, 3)
    assert "title" in dict(provenance.traces)
    again = run()
    assert (*did(again), again.unchanged, again.same) == (0, 0, 0, 0, 1, 2)


def test_a_zip_file_with_a_broken_entry_keeps_the_articles_of_that_entry(home: Home, tmp_path: Path) -> None:
    folder, archive = tmp_path / "files", home.open_or_create(FAKE)
    folder.mkdir()

    def run(**members: bytes) -> Report:
        with zipfile.ZipFile(folder / "all.zip", "w") as file:
            for name, content in members.items():
                file.writestr(name, content)
        with archive.write_lock("test"):
            return sync(read_files(find_files([folder]), 10**6), archive, FAKE)

    table = "title,text,url\n" + "".join(f'Title {n},"{STORY[n]}",https://example.org/{n}\n' for n in range(3))
    run(**{"a.csv": table.encode(), "b.txt": f"One\n\n{STORY[4]}".encode(), "c.txt": f"Two\n\n{STORY[5]}".encode()})
    assert len(archive.cards()) == 5
    report = run(**{"a.csv": b"\x00\x01\x02", "b.txt": f"One\n\n{STORY[4]}".encode()})
    assert (report.removed, len(report.skipped), report.skipped[0].key) == (1, 1, "a.csv")
    assert {card.title for card in archive.cards()} == {"Title 0", "Title 1", "Title 2", "One"}
    (folder / "all.zip").write_bytes((folder / "all.zip").read_bytes()[:100])
    with archive.write_lock("test"):
        report = sync(read_files(find_files([folder]), 10**6), archive, FAKE)
    assert report.removed == 0
    assert len(archive.cards()) == 4
