"""What the tortures share: an archive before and after a change, processes that may die, and what is left on the disk.

Everything that opens FAISS or tantivy runs in a forked process: the one that forks must never have started a thread.
"""

import os
import pickle
import random
import select
import shutil
import signal
import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from corpus.article import Article, Card
from corpus.source import Reading
from retrieval.archive import kept, reembed, sync
from retrieval.archive.database import FILE
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.verify import verify
from retrieval.encode.encoder import Vectors, embedded_text
from retrieval.split import split
from tests.fakes import FakeEncoder, archive_at

Result = TypeVar("Result")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class QuickEncoder(FakeEncoder):
    """A FakeEncoder that remembers words."""

    def _word_vector(self, word: str) -> Vectors:
        return _remembered(self, word.lower())


@lru_cache(maxsize=None)
def _remembered(encoder: QuickEncoder, word: str) -> Vectors:
    return FakeEncoder._word_vector(encoder, word)


ENCODER = QuickEncoder()
OTHER = replace(ENCODER, name="other")
WORDS = [f"{start}{middle}{end}" for start in "bdgklmnp" for middle in ("ar", "el", "ov", "im") for end in ("ta", "no")]
OLD = range(200)
REMOVED, RETITLED, REWRITTEN, REDATED, ADDED = range(25), range(25, 35), range(35, 80), range(80, 85), range(200, 240)


def own_word(number: int) -> str:
    """Return a word that is in one article only."""
    return f"own{number}word"


def an_article(number: int, *, title: int = 0, text: int = 0, day: int = 1) -> Article:
    """Make an article of some three passages; every seventh is nearly the same story as the one before."""
    story = number - (number % 7 == 6)
    paragraphs = [f"{own_word(number)}."]
    for paragraph in range(3):
        edition = text if paragraph == 1 else 0
        words = random.Random(f"{story} {paragraph} {edition}")  # noqa: S311
        sentences = [" ".join(words.choices(WORDS, k=18)).capitalize() + "." for _ in range(2)]
        paragraphs.append(" ".join(sentences))
    card = Card(f"id{number:03}", f"Title {title} of {number}", f"https://example.org/{number}")
    return Article(replace(card, published=date(2020, 1, day)), "\n\n".join(paragraphs))


def before() -> list[Article]:
    """Return what is in the archive at first."""
    return [an_article(number) for number in OLD]


def after() -> list[Article]:
    """Return what the next run finds: some gone, some changed in text, headline or date, some new."""
    return [
        an_article(number, title=int(number in RETITLED), text=int(number in REWRITTEN), day=1 + (number in REDATED))
        for number in (*OLD, *ADDED)
        if number not in REMOVED
    ]


def small_steps() -> None:
    """Have few articles make many transactions and many snapshots; for a process of its own."""
    sync.PASSAGES_A_BATCH = reembed.PASSAGES_A_BATCH = 16  # type: ignore[attr-defined]
    sync.PASSAGES_A_SNAPSHOT = 120
    kept.STALE_PASSAGES, kept.STALE_SHARE = 1, 0.0


def index(folder: Path, articles: list[Article]) -> int:
    """Sync a folder with articles as `index` does; return how many passages were embedded."""
    archive = archive_at(folder, ENCODER)
    with archive.writing("index"):
        ids = {article.id for article in articles}
        gone = [id_ for id_ in archive.known() if id_ not in ids]
        readings = (Reading(article, Path(f"/files/{article.id}.txt")) for article in articles)
        return sync.sync(readings, archive, ENCODER, archive.making, gone=gone).embedded


def re_embed(folder: Path) -> int:
    """Embed everything again with another model, as `index --re-embed` does."""
    archive = EmbeddedArchive.open(folder)
    with archive.writing("index --re-embed"):
        embedded = reembed.reembed(archive.store, OTHER, sync.wanted_making(OTHER, 0))
        archive.settle()
    return embedded


def faults(folder: Path) -> list[str]:
    """Open an archive, verify it and ask it; return what is wrong."""
    archive = EmbeddedArchive.open(folder)
    wrong = verify(archive)
    encoder = ENCODER if archive.making.model == ENCODER.name else OTHER
    there = {card.id for card in archive.cards()}
    for number in (0, 24, 25, 30, 60, 79, 81, 120, 199, 200, 239):
        id_ = f"id{number:03}"
        found = {one.passage.article.id for one in archive.matching(own_word(number), 9)}
        if found != ({id_} & there):
            wrong.append(f"{own_word(number)} is in {found}")
        if (article := archive.article(id_)) is None:
            continue
        for passage in split(article, encoder, encoder.max_tokens):
            vector = encoder.encode([embedded_text(article.title, passage.text)])[0]
            if not any(one.passage == passage for one in archive.nearest(vector, 3, encoder.fingerprint)):
                wrong.append(f"{passage.id} is not nearest to itself")
    return wrong


@dataclass(frozen=True)
class State:
    """What archive.db holds, without numbers and tokens: each article with its passages, their vectors and its story."""

    fingerprint: str
    articles: dict[str, tuple[Row, tuple[Row, ...], tuple[Row, ...]]]
    stories: dict[str, str]
    makings: int


def state(folder: Path) -> State:
    """Read it straight from SQLite, by none of the code that is tested."""
    with closing(sqlite3.connect(folder / FILE)) as db:
        (making,) = db.execute("SELECT value FROM manifest WHERE key = 'making'").fetchone()
        (fingerprint,) = db.execute("SELECT fingerprint FROM making WHERE id = ?", (making,)).fetchone()
        (makings,) = db.execute("SELECT count(*) FROM making").fetchone()
        articles = db.execute(
            "SELECT id, digest, card_digest, title, url, source, author, published, language, text, headings, origin, "
            "signature FROM article"
        ).fetchall()
        passages: dict[str, list[Row]] = {}
        for article, *row in db.execute(
            'SELECT article, id, start, "end", text, sentences, digest, key, vector, vector_digest FROM passage '
            "WHERE making = ? ORDER BY start",
            (making,),
        ):
            passages.setdefault(article, []).append(tuple(row))
        splits: dict[str, list[Row]] = {}
        for article, digest in db.execute("SELECT article, digest FROM split WHERE making = ?", (making,)):
            splits.setdefault(article, []).append((digest,))
        stories = dict(db.execute("SELECT id, story FROM article").fetchall())
    held = {row[0]: (row, tuple(passages.get(row[0], ())), tuple(splits.get(row[0], ()))) for row in articles}
    return State(fingerprint, held, stories, makings)


def as_split(held: State, articles: list[Article]) -> bool:
    """Tell whether a state has exactly these articles, each with the passages that it is split into."""
    wanted = {
        one.id: (one.text, [(part.id, part.start, part.end, part.text) for part in split(one, ENCODER, 64)])
        for one in articles
    }
    return wanted == {id_: (row[9], [part[:4] for part in parts]) for id_, (row, parts, _) in held.articles.items()}


def unexpected(folder: Path) -> list[str]:
    """Return the names in an archive's folder that a whole and settled one does not have."""
    names = sorted(path.name for path in folder.iterdir())
    # Who only reads may leave the last two, empty: SQLite lets nobody else remove them.
    expected = [FILE, "dense.json", "lexical.json", "lock", "writer", f"{FILE}-shm", f"{FILE}-wal"]
    folders = [name for name in names if name.startswith(("dense-", "lexical-"))]
    return [name for name in names if name not in expected and name not in folders] + folders[2:]


def copied(source: Path, target: Path) -> Path:
    """Copy a folder in place of another."""
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target)
    return target


def in_fork(work: Callable[[], Result]) -> Result:
    """Return what `work` returns in a process of its own; fails the test with its traceback if it raises."""
    reading, writing = os.pipe()
    process = _fork(lambda: _send(writing, work()), writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(process, 0)
    assert told, f"the process ended with status {status} before it could tell anything"
    result, error = pickle.loads(told)  # noqa: S301
    assert error is None, error
    return cast("Result", result)


def killed(prepare: Callable[[], None], work: Callable[[], object], delay: float | None) -> tuple[bool, float]:
    """Run `work` in a process killed after a delay; tell whether that came before its end, and how long it ran."""
    reading, writing = os.pipe()

    def child() -> None:
        prepare()
        os.write(writing, b"ready")
        work()
        os.write(writing, b"done")

    process = _fork(child, writing)
    os.close(writing)
    try:
        os.read(reading, 5)
        times = [os.times().elapsed]
        ended = bool(select.select([reading], [], [], delay)[0])
        times.append(os.times().elapsed)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        told = os.read(reading, 100_000)
    finally:
        os.close(reading)
    if told and told != b"done":
        raise AssertionError(pickle.loads(told)[1])  # noqa: S301
    assert ended or os.WIFSIGNALED(status) or told == b"done"
    return told != b"done", times[1] - times[0]


def _send(pipe: int, result: object, error: str | None = None) -> None:
    data = pickle.dumps((result, error))
    while data:
        data = data[os.write(pipe, data) :]


def _fork(work: Callable[[], object], pipe: int) -> int:
    process = os.fork()
    if process:
        return process
    try:
        work()
    except BaseException:  # noqa: BLE001 (a panic of tantivy's is no Exception; nothing may reach pytest's own stack)
        _send(pipe, None, traceback.format_exc())
    finally:
        os._exit(0)
