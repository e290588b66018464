"""A server that is down, slow, restarted, full or without its collections: a clear error soon, no half articles."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from corpus.article import Article, Card
from corpus.reader_types import Reading
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.client import Client, retry_as_writer
from retrieval.archive.milvus.collection import Collection
from retrieval.archive.milvus.groups_and_occurrences import Note
from retrieval.errors import (
    ArchiveBusy,
    ArchiveMismatch,
    ArchiveMissing,
    ArchiveRefused,
    ArchiveUnreachable,
    ArchiveUnwritable,
    NotAnArchive,
)
from retrieval.indexing.pipeline import BatchSizes, sync
from retrieval.indexing.reembed import reembed
from tests.fakes import FakeEncoder, nearest, take_in
from tests.milvus_servers import LiteServer, free_ports, missing
from tests.news_site import until
from tests.retrieval.archive.milvus.unreliable_server import line_to, refusing

FAKE = FakeEncoder()
# Seconds: the timeout of a call, and what a read may take in all on a busy machine.
TIMEOUT, SOON = 2.0, 16.0


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
    """A server that the tests of this file may kill."""
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
    return sorted(hit.passage.text for hit in archive.search_words("number", 9))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Check that the block takes less than so many seconds."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


READS: dict[str, Callable[[MilvusArchive], object]] = {
    "search_vectors": lambda archive: nearest(archive, FAKE, "number 1"),
    "search_words": texts,
    "article": lambda archive: archive.article("id1"),
    "known_articles": lambda archive: archive.known_articles(),
    "generation": lambda archive: archive.generation().number,
    "status": lambda archive: archive.status(),
    "spec": lambda archive: archive.spec,
    "cards": lambda archive: archive.newest_cards(5),
}


def answers(archive: MilvusArchive) -> list[object]:
    return [read(archive) for read in READS.values()]


def all_reads_fail_soon(archive: MilvusArchive) -> None:
    """Check that all reads, at the same time, fail within seconds because the server does not answer."""

    def fails(read: Callable[[MilvusArchive], object]) -> None:
        with within(SOON), pytest.raises(ArchiveUnreachable, match=f"{archive.place} does not answer"):
            read(archive)

    with ThreadPoolExecutor(len(READS)) as pool:
        for future in [pool.submit(fails, read) for read in READS.values()]:
            future.result()


def test_reads_fail_soon_while_the_server_is_down_and_work_again_after_its_restart(
    archive: MilvusArchive, lite: LiteServer
) -> None:
    before = answers(archive)
    lite.kill()
    all_reads_fail_soon(archive)
    lite.restart()
    with within(SOON):
        assert answers(archive) == before


def test_reads_fail_soon_while_the_connection_is_dead_and_work_again_after_that(archive: MilvusArchive) -> None:
    before = texts(archive)
    with line_to(archive.place.port) as line:
        far = MilvusArchive.open(replace(archive.place, port=line.port))
        assert texts(far) == before
        line.cut()
        all_reads_fail_soon(far)
        line.mend()
        until(lambda: texts(far) == before)
        far.close()


def test_a_write_waits_for_a_connection_that_stalls(archive: MilvusArchive) -> None:
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


def test_a_writers_iteration_continues_after_the_servers_restart(archive: MilvusArchive, lite: LiteServer) -> None:
    articles = Collection(archive.client, archive.collections.articles.name, rows_per_request=2)
    begun, killed = threading.Event(), threading.Event()

    def read() -> list[str]:
        with retry_as_writer():
            rows = articles.iterate("", [])
            first = next(rows)
            begun.set()
            assert killed.wait(20)
            return [row["id"] for row in [first, *rows]]

    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(read)
        assert begun.wait(20)
        lite.kill()
        killed.set()
        lite.restart()
        assert sorted(reading.result(60)) == ["id0", "id1", "id2"]


@pytest.mark.parametrize("later", ["put", "remove"])
def test_an_article_removed_and_put_at_once_is_whole_or_absent(
    later: str, archive: MilvusArchive, monkeypatch: pytest.MonkeyPatch
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

    if later == "put":
        # The removal happens after the put has written the note, and before it writes the article's row.
        monkeypatch.setattr(archive.ledger, "is_in_time", removed_meanwhile)
        take_in(archive, FAKE, an_article(1, 1))
    else:
        # The put happens after the removal has written the article's row, and before it deletes the note.
        monkeypatch.setattr(other.notes, "delete", taken_in_meanwhile)
        remove()
    assert other.article("id1") == an_article(1, 1)
    assert archive.verify() == other.verify() == []
    assert [occurrence.origin for occurrence in archive.known_articles()["id1"].occurrences] == ["/files/id1.txt"]


def test_a_dead_reembedding_blocks_nobody_once_another_one_has_finished(archive: MilvusArchive) -> None:
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


def test_what_was_embedded_before_another_process_reembedded_is_refused(archive: MilvusArchive) -> None:
    """A re-embedding can begin and end between two batches of a sync: other writers hold no lock here."""
    twin, changed = FakeEncoder(name="twin"), an_article(1, 1)
    other = MilvusArchive.open(archive.place)

    def readings() -> Iterator[Reading]:
        yield Reading(an_article(3), "/files/id3.txt")
        yield Reading(changed, "/files/id1.txt")

    embedded_again = threading.Event()

    def progress(_: object) -> None:
        if not embedded_again.is_set():
            assert reembed(other, twin, wanted_spec(twin, 0)) == 4
            embedded_again.set()

    with archive.write_lock("test"), pytest.raises(ArchiveMismatch, match=r"Article id1 .*'fake'.* with .*'twin'"):
        sync(readings(), archive, FAKE, progress=progress, sizes=BatchSizes(1, 10_000))
    assert archive.article("id1") == an_article(1)
    assert {hit.passage.article.id for hit in nearest(archive, twin, "text number")} == {"id0", "id1", "id2", "id3"}
    assert archive.verify() == []
    # The refused change keeps no other process waiting.
    assert take_in(archive, twin, changed).changed == 1
    assert archive.verify() == other.verify() == []
    other.close()


def test_a_refused_token_is_not_retried(archive: MilvusArchive) -> None:
    from pymilvus.grpc_gen.common_pb2 import Status
    from pymilvus.grpc_gen.milvus_pb2 import MutationResult

    refusal = MutationResult(status=Status(code=1800, error_code=1, reason="auth check failure: please check token"))
    with refusing(archive.place.port, {"Upsert": refusal, "Insert": refusal}) as port:
        far = MilvusArchive.open(replace(archive.place, port=port))
        with within(SOON), pytest.raises(ArchiveRefused, match=r"lets nobody in .* Look at \[milvus\] in the settings"):
            take_in(far, FAKE, an_article(1, 1))
        far.close()


def test_a_row_that_does_not_fit_its_collection_is_not_retried(archive: MilvusArchive) -> None:
    row = {"id": "word", "form": "word", "family": 1, "unknown": 1}
    with within(SOON), pytest.raises(ArchiveMismatch, match=r"does not take .* unexpected field `unknown`"):
        archive.collections.words.upsert([row])


def test_opening_fails_soon_if_no_server_listens(place: MilvusPlace) -> None:
    (port,) = free_ports(1)
    with within(SOON), pytest.raises(ArchiveUnreachable, match=f"milvus://127.0.0.1:{port}/.* does not answer"):
        MilvusArchive.open(replace(place, port=port))


def test_opening_fails_soon_if_the_server_does_not_answer(place: MilvusPlace) -> None:
    with line_to(place.port) as line:
        line.cut()
        with within(SOON), pytest.raises(ArchiveUnreachable):
            MilvusArchive.open(replace(place, port=line.port))


def test_a_write_waits_for_a_servers_restart(archive: MilvusArchive, lite: LiteServer) -> None:
    errors: list[BaseException] = []

    def write() -> None:
        try:
            take_in(archive, FAKE, an_article(1, 1), an_article(3))
        except BaseException as error:  # noqa: BLE001 - the main thread checks it
            errors.append(error)

    known, killed = archive.known_articles, threading.Event()

    def known_before_the_kill() -> object:
        articles = known()
        lite.kill()
        killed.set()
        return articles

    archive.known_articles = known_before_the_kill  # type: ignore[method-assign, assignment]
    writer = threading.Thread(target=write)
    writer.start()
    assert killed.wait(20)
    lite.restart()
    writer.join(60)
    assert errors == []
    assert texts(MilvusArchive.open(archive.place)) == [
        f"Text number {number} in edition {int(number == 1)} is here." for number in range(4)
    ]
    assert archive.verify() == []


def test_a_write_fails_if_the_server_stays_down_and_leaves_no_half_article(
    archive: MilvusArchive, lite: LiteServer
) -> None:
    before = texts(archive)
    quick = MilvusArchive.open(replace(archive.place, timeout=0.2))
    known = quick.known_articles

    def known_before_the_kill() -> object:
        articles = known()
        lite.kill()
        return articles

    quick.known_articles = known_before_the_kill  # type: ignore[method-assign, assignment]
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
def test_a_full_server_is_named_so_and_reads_work_as_before(archive: MilvusArchive, code: int, reason: str) -> None:
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


def test_a_dropped_collection_is_named_in_the_error(archive: MilvusArchive, place: MilvusPlace) -> None:
    archive.collections.articles.drop()
    articles = f"{place.name}_articles"
    with within(SOON), pytest.raises(ArchiveMissing, match="not whole"):
        texts(archive)
    with within(SOON), pytest.raises(ArchiveMissing, match=f"has no collection {articles}. Copy a backup to it"):
        MilvusArchive.open(place)


def test_an_archive_that_was_dropped_is_missing(archive: MilvusArchive, place: MilvusPlace) -> None:
    MilvusArchive(Client(place)).drop()
    for read in ("search_vectors", "search_words", "spec"):
        with within(SOON), pytest.raises(ArchiveMissing):
            READS[read](archive)
    with pytest.raises(ArchiveMissing, match="No archive at milvus://.* python -m retrieval index"):
        MilvusArchive.open(place)


def test_a_collection_of_another_program_is_left_alone(place: MilvusPlace) -> None:
    from pymilvus import MilvusClient

    client = MilvusClient(place.uri)
    client.create_collection(place.name, dimension=4)
    for open_archive in (
        MilvusArchive.open,
        lambda place: MilvusArchive.open_or_create(place, lambda: wanted_spec(FAKE, 0)),
    ):
        with pytest.raises(NotAnArchive, match="is a collection of something else"):
            open_archive(place)
    assert [name for name in client.list_collections() if name.startswith(place.name)] == [place.name]
    client.drop_collection(place.name)
    client.close()
