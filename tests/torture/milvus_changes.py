"""What the tortures of an archive on Milvus share: two editions of its articles, and the state of the archive.

A process that has used gRPC cannot fork safely: all code that calls a server runs in a fork.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import milvus_lite.adapter.grpc.server as lite

from corpus.article import Article
from corpus.reader_types import Reading
from retrieval.archive.index_spec import IndexSpec, wanted_spec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.client import retry_as_writer
from retrieval.archive.milvus.collection import Collection, Row, catch_up
from retrieval.encode.encoder import Encoder, embedded_text
from retrieval.indexing import embeddings, pipeline, reconciler, reembed
from retrieval.indexing.pipeline import BatchSizes
from retrieval.types import Passage
from tests.milvus_servers import HOST, LiteServer, RealServer
from tests.torture.archive_changes import ENCODER, OTHER, an_article, own_word
from tests.torture.forks import in_fork

REMOVED, RETITLED, REWRITTEN, REDATED, ADDED = (0, 1, 6), (2, 3), (4, 7, 8, 9), (10,), (14, 15, 18, 19, 20)
EVERY, SEARCHED = range(21), (0, 2, 6, 8, 20)
# The article whose text and passages are too long for a row.
HUGE = 8
SIZES = BatchSizes(12)
# prctl(2): the signal that a process gets when its parent dies.
PR_SET_PDEATHSIG = 1


def edition(edition_number: int) -> list[Article]:
    """Return the articles of the first edition (0) or of the second (1): some removed, some changed, some new."""
    if not edition_number:
        return [_article(number, 0) for number in EVERY if number not in ADDED]
    return [_article(number, 1) for number in EVERY if number not in REMOVED]


@cache
def _article(number: int, edition: int) -> Article:
    title, text, day = (edition * (number in changed) for changed in (RETITLED, REWRITTEN, REDATED))
    article = an_article(number, title=title, text=text, day=1 + day)
    if number != HUGE:
        return article
    return replace(article, text=f"{article.text}\n\n{' '.join(word * 9000 for word in ('ab', f'{text}c', 'de'))}.")


def think_ahead() -> None:
    """Embed all texts once, so that forks have their vectors already."""
    for encoder in (ENCODER, OTHER):
        drafts = [
            pipeline.draft(Reading(article, ""), encoder, encoder.max_tokens) for article in (*edition(0), *edition(1))
        ]
        embeddings.embeddings(
            pipeline.unembedded(drafts, embeddings.Embeddings({}, {})), encoder, with_token_codes=False
        )


def spec() -> IndexSpec:
    return wanted_spec(ENCODER, 0)


def index(place: MilvusPlace, articles: list[Article]) -> int:
    """Sync an archive with articles as `index` does; return how many passages were embedded."""
    with retry_as_writer():  # a server that was just restarted loads its collections first
        archive = MilvusArchive.open_or_create(place, spec)
    with archive.write_lock("index"):
        ids, known = {article.id for article in articles}, archive.known_articles()
        removed = [article.origin or "" for id_, article in known.items() if id_ not in ids]
        readings = (Reading(article, f"/files/{article.id}.txt") for article in articles)
        return pipeline.sync(readings, archive, ENCODER, reconciler.Scope(known, removed), sizes=SIZES).embedded


def re_embed(place: MilvusPlace, encoder: Encoder) -> int:
    """Embed everything again with a model, as `index --re-embed` does after the lease of a killed process."""
    archive = opened_later(place)
    with archive.write_lock("index --re-embed"):
        embedded = reembed.reembed(archive, encoder, wanted_spec(encoder, 0), batch_passages=SIZES.passages)
        archive.checkpoint()
    return embedded


def remove(place: MilvusPlace) -> None:
    MilvusArchive.open(place).drop()


def opened_later(place: MilvusPlace) -> MilvusArchive:
    """Open an archive as if the leases of all unfinished changes were over."""
    return MilvusArchive.open(place, lease=0.0)


# ── The state of an archive ──────────────────────────────────────────────────────────────────────────────────────────


class Content(NamedTuple):
    """An article with its passages and vectors."""

    article: Article
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]
    vectors: bytes
    where: str


@dataclass(frozen=True)
class State:
    """An archive's content, without numbers: each article, its occurrences, and the groups of near duplicates."""

    fingerprint: str
    articles: dict[str, Content]
    occurrences: Mapping[str, tuple[object, ...]]
    groups: frozenset[frozenset[str]]


def state(archive: MilvusArchive) -> State:
    """Read a whole archive."""
    known = archive.known_articles()
    ids = sorted(known)
    entries = archive.indexed_articles(ids)
    articles = {
        entry.article.id: Content(entry.article, entry.passages, entry.keys, entry.vectors.tobytes(), entry.where)
        for entry in entries
    }
    occurrences = {
        entry.article.id: (entry.origin, entry.key, entry.signature, known[entry.article.id]) for entry in entries
    }
    assert list(articles) == ids
    groups: dict[str, set[str]] = {}
    for row in rows(archive.collections.notes, ["story"]):
        if row["id"] in articles:
            groups.setdefault(str(row["story"]), set()).add(str(row["id"]))
    return State(archive.spec.fingerprint, articles, occurrences, frozenset(map(frozenset, groups.values())))


def faults(archive: MilvusArchive) -> list[str]:
    """Verify an archive and search in it; return what is wrong."""
    wrong = archive.verify()
    encoder = ENCODER if archive.spec.model == ENCODER.name else OTHER
    present = {card.id for card in archive.cards()}
    if present != set(archive.known_articles()):
        wrong.append("not every known article has a card")
    for number in SEARCHED:
        id_ = f"id{number:03}"
        with_word = [hit.passage.id for hit in archive.search_words(own_word(number), 9)]
        if {passage_id.rpartition("-")[0] for passage_id in with_word} != ({id_} & present):
            wrong.append(f"{own_word(number)} is in {with_word}")
        if len(with_word) != len(set(with_word)):
            wrong.append(f"{own_word(number)} is found twice: {with_word}")
        for passage in archive.passages_of(id_)[:1]:
            vector = encoder.encode_passages([embedded_text(passage.article.title, passage.text)])[0]
            nearest = [hit.passage for hit in archive.search_vectors(vector, 3, encoder.fingerprint)]
            if nearest.count(passage) != 1:
                wrong.append(f"{passage.id} is {nearest.count(passage)} times near itself")
    return wrong


def left_over(archive: MilvusArchive) -> list[str]:
    """Return the rows that are not current; after a sweep there are none."""
    collections = archive.collections
    versions = {str(row["id"]): row["version"] for row in rows(collections.articles, ["version"]) if row["version"]}
    parts = [
        row
        for collection in (collections.passages(), collections.texts)
        for row in rows(collection, ["article", "version"])
    ]
    wrong = [str(row["id"]) for row in parts if row["version"] not in (versions.get(str(row["article"])), "note")]
    return wrong + [f"note of {row['id']}" for row in rows(collections.notes, []) if row["id"] not in versions]


def rows(collection: Collection, fields: list[str]) -> list[Row]:
    catch_up(collection)
    return list(collection.iterate("", fields))


# ── A server ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class QuickLite(LiteServer):
    """milvus-lite in a fork of this process, which has imported its code already: it starts fast."""

    def launch(self) -> None:
        """Start it on the same folder and the same port, and do not wait."""
        assert not self.running
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mend()
        process = os.fork()
        if not process:
            self._serve()
        self._process = Forked(process)  # type: ignore[assignment]

    def _serve(self) -> None:
        try:
            os.setsid()
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            for stream in (1, 2):
                os.dup2(log, stream)
            sys.stdout = sys.stderr = open(1, "w", closefd=False)  # noqa: SIM115
            self.prepare()
            lite.run_server(str(self.folder / "data"), HOST, self.port, max_workers=1)
        finally:
            os._exit(1)

    def prepare(self) -> None:
        """Do something in the server's process before it serves."""

    def _answers(self) -> bool:
        return in_fork(super()._answers)


class Forked:
    """A forked process, with the methods of Popen that a server needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            process, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if process else None
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Wait for its end; raises TimeoutExpired."""
        if self.poll() is None:
            descriptor = os.pidfd_open(self.pid)
            select.select([descriptor], [], [], timeout)
            os.close(descriptor)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired("a fork", timeout)
        return status

    def send_signal(self, how: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, how)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class PatientReal(RealServer):
    """The whole Milvus, which a fork asks whether it answers."""

    def _answers(self) -> bool:
        return in_fork(super()._answers)
