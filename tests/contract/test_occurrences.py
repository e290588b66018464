"""The same story once: a feed, a page and an export tell any archive one article, in whatever order, however often."""

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
from retrieval.indexing.reconcile import LARGE_FILE_ARTICLES, Report, Scope
from tests.contract.archive_locations import Home
from tests.fakes import FakeEncoder

FAKE = FakeEncoder()
# To look for a smaller example takes a server minutes.
FEW = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
LINKS = [f"https://example.org/{number}" for number in range(3)]
FILES = ("export", "feed", "pages")
PAGE = "https://example.org/page"
SHORT, LONG = "Read more.", "The mayor opened a bridge on Monday. Many came."
# By key, the link of the article and its text.
Told = Mapping[str, tuple[str, str]]


def read(origin: str, key: str, link: str, text: str) -> Reading:
    card = Card(article_id(link), f"About {link}", link)
    return Reading(Article(card, text), origin, f"{origin}: {key}", key=key, traces=(("title", f"in {key}"),))


@dataclass
class World:
    """Files of many articles each, a page at a link, and the archive that follows them."""

    folder: Path
    archive: Archive
    told: dict[str, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "files").mkdir()

    def origin(self, name: str) -> str:
        return name if name == PAGE else str(self.folder / "files" / name)

    def write(self, name: str, told: Told) -> None:
        self.told[name] = told
        if name != PAGE:
            Path(self.origin(name)).touch()

    def remove(self, name: str) -> None:
        del self.told[name]
        Path(self.origin(name)).unlink()

    def readings(self, names: Sequence[str]) -> Iterator[Reading]:
        for name in names:
            for key, (link, text) in self.told[name].items():
                yield read(self.origin(name), key, link, text)

    def run(
        self, names: Sequence[str] | None = None, *extra: Skipped, allow: bool = True, twice: bool = True
    ) -> Report:
        """Index some of the files, all of them if not told which; `twice` lets it read them once more."""
        names = list(self.told) if names is None else names

        def again(origins: Container[str]) -> Iterator[Reading]:
            return self.readings([name for name in names if twice and self.origin(name) in origins])

        with self.archive.write_lock("test"):
            there = {self.origin(name) for name in self.told}
            known = self.archive.known_articles()
            missing = missing_files(known, [self.folder / "files"], there, allow_removals=allow)
            readings: list[Reading | Skipped] = [*self.readings(names), *extra]
            return sync(readings, self.archive, FAKE, Scope(known, missing, allow), read_again=again)

    def holds(self) -> dict[str, tuple[str, str, set[Occurrence]]]:
        """Return, by the link of each article, its text, whom it stands by, and who tells it."""
        held = {}
        for card in self.archive.cards():
            article, found = self.archive.article(card.id), self.archive.provenance(card.id)
            assert article is not None
            assert found is not None
            assert card.url is not None
            held[card.url] = (article.text, found.occurrences[0].origin, set(found.occurrences))
        return held

    def should_hold(self) -> dict[str, tuple[str, str, set[Occurrence]]]:
        """Return the same by the rule: the longest text, of equals the first by origin and key."""
        occurrences: dict[str, dict[Occurrence, str]] = {}
        for name, told in self.told.items():
            for key, (link, text) in told.items():
                occurrences.setdefault(link, {})[Occurrence(self.origin(name), key, len(text))] = text
        held = {}
        for link, by in occurrences.items():
            first = min(by, key=lambda one: (-one.length, one.origin, one.key))
            held[link] = (by[first], first.origin, set(by))
        return held


@pytest.fixture
def world(home: Home, tmp_path: Path) -> World:
    return World(tmp_path, home.made(FAKE))


@contextmanager
def another_world(home: Home) -> Iterator[World]:
    """Give a world whose archive is empty, again and again, without making one each time."""
    archive = home.made(FAKE)
    assert home.emptied(archive.spec)
    with tempfile.TemporaryDirectory() as folder:
        yield World(Path(folder), archive)
    archive.close()


texts = st.sampled_from([SHORT, LONG, f"{LONG} Then it rained.", f"{LONG} Then it snowed."])
told = st.dictionaries(st.sampled_from("abc"), st.tuples(st.sampled_from(LINKS), texts), min_size=1)
worlds = st.fixed_dictionaries(dict.fromkeys(FILES, told), optional={PAGE: st.tuples(st.sampled_from(LINKS), texts)})


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
        assert world.holds() == world.should_hold()
        generation, known = world.archive.generation().number, world.archive.known_articles()
        report = world.run(data.draw(st.permutations(list(drawn))))
        assert did(report) == (0, 0, 0, 0)
        assert report.read == report.unchanged + report.same
        assert (world.archive.generation().number, world.archive.known_articles()) == (generation, known)
        assert world.archive.verify() == []


@FEW
@given(before=worlds, after=worlds, gone=st.sets(st.sampled_from(FILES)), twice=st.booleans(), data=st.data())
def test_what_changes_and_what_goes_is_followed_in_one_run_or_in_the_next(
    home: Home, before: dict[str, object], after: dict[str, object], gone: set[str], twice: bool, data: st.DataObject
) -> None:
    with another_world(home) as world:
        write(world, before)
        world.run()
        # What is at a link stays when nobody reads it: only its text may change here.
        after = {name: content for name, content in after.items() if name != PAGE or PAGE in before}
        write(world, after)
        for name in gone:
            world.remove(name)
        order = data.draw(st.permutations(list(world.told)))
        report = world.run(order, twice=twice)
        assert set(world.holds()) == set(world.should_hold())
        if not twice:
            world.run(order, twice=False)
        assert world.holds() == world.should_hold()
        assert report.read == report.added + report.changed + report.unchanged + report.same
        assert did(world.run(order)) == (0, 0, 0, 0)
        assert world.archive.verify() == []


def test_an_excerpt_never_takes_the_place_of_the_page_nor_adds_to_it(world: World) -> None:
    world.write("pages", {"": (LINKS[0], LONG)})
    world.write("feed", {"guid": (LINKS[0], SHORT)})
    report = world.run(["feed", "pages"])
    assert (report.read, report.added, report.same) == (2, 1, 1)
    before = world.archive.generation().number
    world.write("feed", {"guid": (LINKS[0], "Read on.")})
    report = world.run(["feed"])
    assert (report.unchanged, report.same, report.embedded) == (1, 0, 0)
    assert world.archive.generation().number == before
    assert world.holds() == world.should_hold()


def test_a_changed_version_replaces_the_old_one_and_keeps_its_id(world: World) -> None:
    world.write("pages", {"": (LINKS[0], LONG)})
    world.write("feed", {"guid": (LINKS[0], SHORT)})
    world.run()
    (before,) = world.archive.cards()
    world.write("pages", {"": (LINKS[0], LONG[:-11])})
    report = world.run()
    assert (report.added, report.changed, report.unchanged, report.same) == (0, 1, 0, 1)
    assert world.archive.cards() == [before]
    assert world.holds()[LINKS[0]][0] == LONG[:-11]


def test_another_takes_over_when_the_file_that_stands_is_gone_and_when_it_drops_the_article(world: World) -> None:
    world.write("pages", {"": (LINKS[0], LONG)})
    world.write("feed", {"guid": (LINKS[0], SHORT), "other": (LINKS[1], SHORT)})
    world.run()
    world.remove("pages")
    report = world.run()
    assert (report.changed, report.removed) == (1, 0)
    assert world.holds() == world.should_hold()
    world.write("export", {"1": (LINKS[0], LONG), "2": (LINKS[2], LONG)})
    world.run()
    assert world.holds()[LINKS[0]][0] == LONG
    # The feed is read before it is known that the export has dropped it.
    world.write("export", {"2": (LINKS[2], LONG)})
    report = world.run(["feed", "export"])
    assert (report.changed, report.removed) == (1, 0)
    assert world.holds() == world.should_hold()


def test_records_that_move_within_their_file_are_the_same_and_say_where_they_are_now(world: World) -> None:
    world.write("export", {"1": (LINKS[0], LONG), "2": (LINKS[1], LONG)})
    world.run()
    world.write("export", {"1": (LINKS[2], LONG), "2": (LINKS[0], LONG[:-11]), "3": (LINKS[1], LONG)})
    report = world.run()
    assert (report.added, report.changed, report.unchanged, report.removed) == (1, 1, 1, 0)
    assert world.holds() == world.should_hold()
    found = world.archive.provenance(article_id(LINKS[1]))
    assert found is not None
    assert (found.where, found.traces) == (f"{world.origin('export')}: 3", (("title", "in 3"),))


# ── What is gone, and what only seems so ─────────────────────────────────────────────────────────────────────────────


def many(count: int) -> Told:
    return {f"{number:02}": (f"https://example.org/many/{number}", LONG) for number in range(count)}


def test_what_a_file_no_longer_has_is_removed_when_it_was_read_to_its_end(world: World) -> None:
    world.write("export", many(12))
    world.run()
    world.write("export", many(9))
    assert world.run(allow=False).removed == 3
    assert world.holds() == world.should_hold()


@pytest.mark.parametrize("given", [0, 1, 11])
def test_a_file_that_is_broken_today_loses_nothing(world: World, given: int) -> None:
    world.write("export", many(12))
    world.run()
    before = world.holds()
    world.write("export", many(given))
    broken = Skipped("export", "cut off", world.origin("export"))
    report = world.run(None, broken)
    assert (report.removed, len(report.skipped)) == (0, 1)
    assert world.holds() == before
    # As soon as it can be read again, what is no longer there goes.
    assert world.run(None).removed == (12 - given if given else 0)


def test_a_member_that_is_broken_loses_nothing_and_the_others_do(world: World) -> None:
    links = iter(f"https://example.org/in/{number}" for number in range(9))
    world.write("export", {key: (next(links), LONG) for key in ("a.csv#1", "a.csv#2", "b.txt", "c.txt")})
    world.run()
    world.write("export", {"c.txt": world.told["export"]["c.txt"]})
    report = world.run(None, Skipped("export: a.csv", "cut off", world.origin("export"), "a.csv"))
    assert report.removed == 1
    assert {told.key for known in world.archive.known_articles().values() for told in known.occurrences} == {
        "a.csv#1",
        "a.csv#2",
        "c.txt",
    }


def test_a_large_file_that_has_lost_more_than_a_third_is_believed_only_when_told(world: World) -> None:
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


def test_what_is_gone_counts_as_lost_only_where_nobody_else_tells_it(world: World) -> None:
    world.write("export", many(3))
    world.write("feed", many(3))
    world.run()
    world.remove("export")
    assert world.run(allow=False).removed == 0
    assert world.holds() == world.should_hold()
    world.remove("feed")
    with pytest.raises(RemovalRefused, match="of 3 articles .* 3 are no longer there"):
        world.run(allow=False)
    assert world.run(allow=True).removed == 3


def test_what_a_link_listed_once_stays_and_a_page_that_became_another_is_replaced(world: World) -> None:
    listed = [read("https://example.org/feed", str(number), LINKS[number], LONG) for number in range(2)]
    page = read(PAGE, "", LINKS[2], LONG)
    for readings in ([*listed, page], [listed[1], replace(page, article=read("", "", PAGE, LONG).article)]):
        with world.archive.write_lock("test"):
            sync(readings, world.archive, FAKE)
    assert set(world.holds()) == {LINKS[0], LINKS[1], PAGE}


def test_a_file_that_lies_elsewhere_now_gives_way_to_where_it_is(world: World) -> None:
    """Nobody said that it is gone, as it was below another root: that it does not exist is enough."""
    world.write("export", {"1": (LINKS[0], LONG)})
    world.run()
    moved = world.folder / "moved"
    Path(world.origin("export")).rename(moved)
    with world.archive.write_lock("test"):
        report = sync([read(str(moved), "1", LINKS[0], SHORT)], world.archive, FAKE)
    assert (report.changed, report.removed) == (1, 0)
    assert world.holds()[LINKS[0]][:2] == (SHORT, str(moved))


def test_two_articles_of_one_file_without_a_link_and_under_one_key_are_one(world: World) -> None:
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
    told = survey(world.readings(["export", "feed"]), Scope(world.archive.known_articles()))
    done = world.run(["export", "feed"])
    assert (told.read, told.added, told.removed, told.same) == (done.read, done.added, done.removed, done.same)


# ── As it is in files ────────────────────────────────────────────────────────────────────────────────────────────────

STORY = [
    f"The mayor of Linz opened bridge number {number} on Monday, and many people from the town came to see it."
    for number in range(1, 9)
]


def files_of_one_story() -> dict[str, bytes]:
    """A feed with an excerpt, a saved page and an export with half of it, each with another form of the link."""
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
    folder, archive = tmp_path / "files", home.made(FAKE)
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
    article, found = archive.article(card.id), archive.provenance(card.id)
    assert article is not None
    assert found is not None
    assert (card.url, article.text) == ("https://example.org/bridge", "\n\n".join(STORY))
    where = str(folder / "all.zip") + ": page.html" if zipped else str(folder / "page.html")
    assert (found.where, len(found.occurrences)) == (where, 3)
    assert "title" in dict(found.traces)
    again = run()
    assert (*did(again), again.unchanged, again.same) == (0, 0, 0, 0, 1, 2)


def test_a_zip_file_with_a_broken_member_keeps_what_that_gave(home: Home, tmp_path: Path) -> None:
    folder, archive = tmp_path / "files", home.made(FAKE)
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
