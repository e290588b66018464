"""A server that is gone, slow, started anew, full, or without its collections: a clear word within seconds, no half."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from corpus.article import Article, Card
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.client import Client, retry_as_writer
from retrieval.archive.milvus.collection import Collection
from retrieval.archive.milvus.notes import Note
from retrieval.errors import (
    ArchiveBusy,
    ArchiveMismatch,
    ArchiveMissing,
    ArchiveRefused,
    ArchiveUnreachable,
    ArchiveUnwritable,
    NotAnArchive,
)
from retrieval.indexing.reembed import reembed
from tests.fakes import FakeEncoder, nearest, take_in
from tests.milvus_servers import LiteServer, free_ports, missing
from tests.news_site import until
from tests.retrieval.archive.milvus.unreliable_server import line_to, refusing

FAKE = FakeEncoder()
# Seconds: what a call may take here, and what a reader may wait in all, on a machine that has other work.
TIMEOUT, SOON = 1.0, 8.0


def an_article(number: int, edition: int = 0) -> Article:
    return Article(Card(f"id{number}", f"Title {number}"), f"Text number {number} in edition {edition} is here.")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteServer]:
    if reason := missing("lite"):
        pytest.skip(reason)
    with LiteServer(tmp_path_factory.mktemp("lite")) as server:
        yield server


@pytest.fixture
def lite(running: LiteServer) -> LiteServer:
    """A server of this file's own, which its tests may kill."""
    if not running.running:
        running.restart()
    return running


@pytest.fixture
def place(lite: LiteServer) -> MilvusPlace:
    return lite.place(f"t{secrets.token_hex(6)}", timeout=TIMEOUT)


@pytest.fixture
def archive(place: MilvusPlace) -> Iterator[MilvusArchive]:
    """An archive of three articles."""
    archive = MilvusArchive.open_or_create(replace(place, timeout=10), lambda: wanted_spec(FAKE, 0))
    take_in(archive, FAKE, *map(an_article, range(3)))
    archive.close()
    archive = MilvusArchive.open(place)
    yield archive
    archive.close()


def texts(archive: MilvusArchive) -> list[str]:
    return sorted(one.passage.text for one in archive.search_words("number", 9))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """See that something is done with in so many seconds."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


READS: dict[str, Callable[[MilvusArchive], object]] = {
    "nearest": lambda archive: nearest(archive, FAKE, "number 1"),
    "matching": texts,
    "article": lambda archive: archive.article("id1"),
    "known": lambda archive: archive.known_articles(),
    "generation": lambda archive: archive.generation().number,
    "status": lambda archive: archive.status(),
    "making": lambda archive: archive.spec,
    "cards": lambda archive: archive.newest_cards(5),
}


def answers(archive: MilvusArchive) -> list[object]:
    return [read(archive) for read in READS.values()]


def is_told_of_by_all(archive: MilvusArchive) -> None:
    """See that everybody who asks, all at once, is told within seconds that nobody answers."""

    def told(read: Callable[[MilvusArchive], object]) -> None:
        with within(SOON), pytest.raises(ArchiveUnreachable, match=f"{archive.place} does not answer"):
            read(archive)

    with ThreadPoolExecutor(len(READS)) as pool:
        for one in [pool.submit(told, read) for read in READS.values()]:
            one.result()


def test_a_server_that_is_gone_is_told_within_seconds_and_found_again(archive: MilvusArchive, lite: LiteServer) -> None:
    before = answers(archive)
    lite.kill()
    is_told_of_by_all(archive)
    lite.restart()
    with within(SOON):
        assert answers(archive) == before


def test_a_line_that_is_dead_is_told_within_seconds_and_used_again(archive: MilvusArchive) -> None:
    before = texts(archive)
    with line_to(archive.place.port) as line:
        far = MilvusArchive.open(replace(archive.place, port=line.port))
        assert texts(far) == before
        line.cut()
        is_told_of_by_all(far)
        line.mend()
        until(lambda: texts(far) == before)
        far.close()


def test_a_write_waits_for_a_line_that_stalls(archive: MilvusArchive) -> None:
    with line_to(archive.place.port) as line:
        far = MilvusArchive.open(replace(archive.place, port=line.port))
        line.cut()
        with pytest.raises(ArchiveUnreachable):
            texts(far)
        mending = threading.Timer(2 * TIMEOUT, line.mend)
        mending.start()
        take_in(far, FAKE, an_article(1, 1), an_article(3))
        far.close()
        mending.join()
    assert texts(archive) == [f"Text number {number} in edition {int(number == 1)} is here." for number in range(4)]
    assert archive.verify() == []


def test_who_writes_reads_on_where_it_was_when_the_server_is_back(archive: MilvusArchive, lite: LiteServer) -> None:
    articles = Collection(archive.client, archive.collections.articles.name, rows_per_request=2)
    begun, gone = threading.Event(), threading.Event()

    def read() -> list[str]:
        with retry_as_writer():
            rows = articles.iterate("", [])
            first = next(rows)
            begun.set()
            assert gone.wait(20)
            return [row["id"] for row in [first, *rows]]

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(read)
        assert begun.wait(20)
        lite.kill()
        gone.set()
        lite.restart()
        assert sorted(reading.result(60)) == ["id0", "id1", "id2"]


@pytest.mark.parametrize("who", ["who puts", "who removes"])
def test_an_article_that_is_removed_and_taken_in_at_once_is_wholly_there_or_not(
    who: str, archive: MilvusArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = MilvusArchive.open(archive.place)

    delete, in_time = other.notes.delete, archive.ledger.is_in_time

    def remove() -> None:
        with other.write_lock("test"):
            other.remove(["id1"])

    def removed_meanwhile() -> bool:
        remove()
        return in_time()

    def taken_in_meanwhile(ids: Sequence[str]) -> dict[str, Note]:
        take_in(archive, FAKE, an_article(1, 1))
        return delete(ids)

    if who == "who puts":
        # Between what it notes and the article's row.
        monkeypatch.setattr(archive.ledger, "is_in_time", removed_meanwhile)
        take_in(archive, FAKE, an_article(1, 1))
    else:
        # Between the article's row and what it notes.
        monkeypatch.setattr(other.notes, "delete", taken_in_meanwhile)
        remove()
    assert other.article("id1") == an_article(1, 1)
    assert archive.verify() == other.verify() == []
    assert [told.origin for told in archive.known_articles()["id1"].occurrences] == ["/files/id1.txt"]


def test_who_died_embedding_again_keeps_nobody_waiting_once_another_is_done(archive: MilvusArchive) -> None:
    other, wanted = FakeEncoder(name="other", dimension=16), wanted_spec(FakeEncoder(name="other", dimension=16), 0)
    dead, alive = MilvusArchive.open(archive.place), MilvusArchive.open(archive.place)
    dead.shadow_index(wanted)
    with pytest.raises(ArchiveBusy), archive.write_lock("test", wait=False):
        raise AssertionError("it is embedded again")
    with pytest.raises(ArchiveBusy, match="is being embedded by another process"):
        alive.shadow_index(wanted_spec(FakeEncoder(name="third", dimension=8), 0))
    assert reembed(alive, other, wanted) == 3
    with archive.write_lock("test", wait=False):
        archive.remove(["id0"])
    assert archive.verify() == []


def test_who_does_not_let_us_in_is_not_asked_again(archive: MilvusArchive) -> None:
    from pymilvus.grpc_gen.common_pb2 import Status
    from pymilvus.grpc_gen.milvus_pb2 import MutationResult

    refusal = MutationResult(status=Status(code=1800, error_code=1, reason="auth check failure: please check token"))
    with refusing(archive.place.port, {"Upsert": refusal, "Insert": refusal}) as port:
        far = MilvusArchive.open(replace(archive.place, port=port))
        with within(SOON), pytest.raises(ArchiveRefused, match=r"lets nobody in .* Look at \[milvus\] in the settings"):
            take_in(far, FAKE, an_article(1, 1))
        far.close()


def test_a_row_that_does_not_fit_its_collection_is_not_sent_again(archive: MilvusArchive) -> None:
    row = {"id": "word", "form": "word", "family": 1, "unknown": 1}
    with within(SOON), pytest.raises(ArchiveMismatch, match=r"does not take .* unexpected field `unknown`"):
        archive.collections.words.upsert([row])


def test_nobody_at_the_address_is_told_within_seconds(place: MilvusPlace) -> None:
    (port,) = free_ports(1)
    with within(SOON), pytest.raises(ArchiveUnreachable, match=f"milvus://127.0.0.1:{port}/.* does not answer"):
        MilvusArchive.open(replace(place, port=port))


def test_who_answers_nothing_is_told_within_seconds(place: MilvusPlace) -> None:
    with line_to(place.port) as line:
        line.cut()
        with within(SOON), pytest.raises(ArchiveUnreachable):
            MilvusArchive.open(replace(place, port=line.port))


def test_a_write_waits_for_a_server_that_is_started_anew(archive: MilvusArchive, lite: LiteServer) -> None:
    wrong: list[BaseException] = []

    def write() -> None:
        try:
            take_in(archive, FAKE, an_article(1, 1), an_article(3))
        except BaseException as error:  # noqa: BLE001 # told by the thread that looks
            wrong.append(error)

    known, gone = archive.known_articles, threading.Event()

    def lost() -> object:
        there = known()
        lite.kill()
        gone.set()
        return there

    archive.known_articles = lost  # type: ignore[method-assign, assignment]
    writer = threading.Thread(target=write)
    writer.start()
    assert gone.wait(20)
    lite.restart()
    writer.join(60)
    assert wrong == []
    assert texts(MilvusArchive.open(archive.place)) == [
        f"Text number {number} in edition {int(number == 1)} is here." for number in range(4)
    ]
    assert archive.verify() == []


def test_a_write_ends_where_the_server_does_not_come_back_and_nothing_half_is_seen(
    archive: MilvusArchive, lite: LiteServer
) -> None:
    before = texts(archive)
    quick = MilvusArchive.open(replace(archive.place, timeout=0.2))
    known = quick.known_articles

    def lost() -> object:
        there = known()
        lite.kill()
        return there

    quick.known_articles = lost  # type: ignore[method-assign, assignment]
    with within(20), pytest.raises(ArchiveUnreachable, match="does not answer"):
        take_in(quick, FAKE, an_article(1, 1), an_article(3))
    lite.restart()
    until(lambda: texts(archive) == before)
    assert archive.verify() == []
    assert take_in(archive, FAKE, an_article(1, 1), an_article(3)).added == 1
    assert archive.verify() == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (9, "deny to write: quota exceeded[reason=disk quota exceeded, please allocate more resources]"),
        (1, "write failed: No space left on device"),
    ],
)
def test_a_server_that_is_full_is_said_to_be_and_answers_as_before(
    archive: MilvusArchive, code: int, reason: str
) -> None:
    from pymilvus.grpc_gen.common_pb2 import Status
    from pymilvus.grpc_gen.milvus_pb2 import MutationResult

    before = texts(archive)
    full = MutationResult(status=Status(code=code, error_code=1, reason=reason))
    with refusing(archive.place.port, {"Upsert": full, "Insert": full}) as port:
        far = MilvusArchive.open(replace(archive.place, port=port))
        with within(SOON), pytest.raises(ArchiveUnwritable, match="takes nothing more .* Make room on the server"):
            take_in(far, FAKE, an_article(1, 1), an_article(3))
        assert texts(far) == before
        far.close()
    assert archive.verify() == []


def test_collections_that_were_dropped_are_missed_by_name(archive: MilvusArchive, place: MilvusPlace) -> None:
    archive.collections.articles.drop()
    articles = f"{place.name}_articles"
    with within(SOON), pytest.raises(ArchiveMissing, match="not whole"):
        texts(archive)
    with within(SOON), pytest.raises(ArchiveMissing, match=f"has no collection {articles}. Copy a backup to it"):
        MilvusArchive.open(place)


def test_an_archive_that_was_dropped_is_missing(archive: MilvusArchive, place: MilvusPlace) -> None:
    MilvusArchive(Client(place)).drop()
    for read in ("nearest", "matching", "making"):
        with within(SOON), pytest.raises(ArchiveMissing):
            READS[read](archive)
    with pytest.raises(ArchiveMissing, match="No archive at milvus://.* python -m retrieval index"):
        MilvusArchive.open(place)


def test_a_collection_of_something_else_is_left_alone(place: MilvusPlace) -> None:
    from pymilvus import MilvusClient

    client = MilvusClient(place.uri)
    client.create_collection(place.name, dimension=4)
    for make in (MilvusArchive.open, lambda place: MilvusArchive.open_or_create(place, lambda: wanted_spec(FAKE, 0))):
        with pytest.raises(NotAnArchive, match="is a collection of something else"):
            make(place)
    assert [name for name in client.list_collections() if name.startswith(place.name)] == [place.name]
    client.drop_collection(place.name)
    client.close()
