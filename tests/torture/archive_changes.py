"""What the tortures share: an archive before and after a change, what changes it, and what is left on the disk."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from corpus.article import Article, Card
from corpus.documents import Reading
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local import persistent_index
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.database import FILE
from retrieval.encode.encoder import embedded_text
from retrieval.indexing import pipeline, reconcile, reembed
from retrieval.indexing.pipeline import BatchSizes
from retrieval.text.chunking import split
from tests.fakes import FakeEncoder, archive_at
from tests.torture.forks import in_fork

Row = tuple[Any, ...]


# Small sizes, so that few articles need many transactions and checkpoints.
SIZES = BatchSizes(16, 120)
ENCODER = FakeEncoder()
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
    """Save a snapshot after every change, in this process."""
    persistent_index.MIN_STALE_PASSAGES, persistent_index.STALE_SHARE = 1, 0.0


def index(folder: Path, articles: list[Article]) -> int:
    """Sync a folder with articles as `index` does; return how many passages were embedded."""
    archive = archive_at(folder, ENCODER)
    with archive.write_lock("index"):
        ids, known = {article.id for article in articles}, archive.known_articles()
        gone = [one.origin or "" for id_, one in known.items() if id_ not in ids]
        readings = (Reading(article, f"/files/{article.id}.txt") for article in articles)
        return pipeline.sync(readings, archive, ENCODER, reconcile.Scope(known, gone), sizes=SIZES).embedded


def re_embed(folder: Path) -> int:
    """Embed everything again with another model, as `index --re-embed` does."""
    archive = LocalArchive.open(folder)
    with archive.write_lock("index --re-embed"):
        embedded = reembed.reembed(archive, OTHER, wanted_spec(OTHER, 0), batch_passages=SIZES.passages)
        archive.checkpoint()
    return embedded


def faults(folder: Path) -> list[str]:
    """Open an archive, verify it and ask it; return what is wrong."""
    archive = LocalArchive.open(folder)
    wrong = archive.verify()
    encoder = ENCODER if archive.spec.model == ENCODER.name else OTHER
    there = {card.id for card in archive.cards()}
    for number in (0, 24, 25, 30, 60, 79, 81, 120, 199, 200, 239):
        id_ = f"id{number:03}"
        found = {one.passage.article.id for one in archive.search_words(own_word(number), 9)}
        if found != ({id_} & there):
            wrong.append(f"{own_word(number)} is in {found}")
        if (article := archive.article(id_)) is None:
            continue
        for passage in split(article, encoder, encoder.max_tokens):
            vector = encoder.encode([embedded_text(article.title, passage.text)])[0]
            if not any(one.passage == passage for one in archive.search_vectors(vector, 3, encoder.fingerprint)):
                wrong.append(f"{passage.id} is not nearest to itself")
    return wrong


@dataclass(frozen=True)
class State:
    """What archive.db holds, without numbers and tokens: each article, its passages and vectors, its story."""

    fingerprint: str
    articles: dict[str, tuple[Row, tuple[Row, ...], tuple[Row, ...]]]
    stories: dict[str, str]
    specs: int


def state(folder: Path) -> State:
    """Read it straight from SQLite, by none of the code that is tested."""
    with closing(sqlite3.connect(folder / FILE)) as db:
        (spec,) = db.execute("SELECT value FROM manifest WHERE key = 'making'").fetchone()
        (fingerprint,) = db.execute("SELECT fingerprint FROM making WHERE id = ?", (spec,)).fetchone()
        (specs,) = db.execute("SELECT count(*) FROM making").fetchone()
        articles = db.execute(
            "SELECT id, digest, card_digest, title, url, source, author, published, language, text, headings, origin, "
            "signature FROM article"
        ).fetchall()
        passages: dict[str, list[Row]] = {}
        for article, *row in db.execute(
            'SELECT article, id, start, "end", text, sentences, digest, key, vector, vector_digest FROM passage '
            "WHERE making = ? ORDER BY start",
            (spec,),
        ):
            passages.setdefault(article, []).append(tuple(row))
        splits: dict[str, list[Row]] = {}
        for article, digest in db.execute("SELECT article, digest FROM split WHERE making = ?", (spec,)):
            splits.setdefault(article, []).append((digest,))
        stories = dict(db.execute("SELECT id, story FROM article").fetchall())
    held = {row[0]: (row, tuple(passages.get(row[0], ())), tuple(splits.get(row[0], ()))) for row in articles}
    return State(fingerprint, held, stories, specs)


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


@dataclass(frozen=True)
class Operation:
    """What is killed: it changes an archive in a folder, and may be called again after."""

    name: str
    work: Callable[[Path], int]
    start: str = "old"


def remove(folder: Path) -> int:
    archive = LocalArchive.open(folder)
    with archive.write_lock("remove"):
        there = archive.known_articles()
        for first in range(0, 60, 4):
            if ids := [id_ for id_ in (f"id{number:03}" for number in range(first, first + 4)) if id_ in there]:
                archive.remove(ids)
                archive.checkpoint()
    return 0


def write_indexes(folder: Path) -> int:
    """Write both indexes again and again, whole and by what has changed since the last time."""
    archive = LocalArchive.open(folder)
    with archive.write_lock("index"):
        archive.indexes.save(always=True)
        for number in range(70, 76):
            archive.remove([f"id{number:03}"])
            archive.indexes.save(always=True)
    return 0


OPERATIONS = [
    Operation("index", lambda folder: index(folder, after())),
    Operation("create", lambda folder: index(folder, before()[:60]), start="nothing"),
    Operation("re-embed", re_embed),
    Operation("remove", remove),
    Operation("write indexes", write_indexes, start="unsettled"),
]


def make_starts(folder: Path) -> dict[str, Path]:
    """Make the archives to begin with, by name."""
    old, unsettled = folder / "old", folder / "unsettled"

    def make() -> None:
        small_steps()
        index(old, before())
        copied(old, unsettled)
        archive = LocalArchive.open(unsettled)
        with archive.write_lock("remove"):
            archive.remove(["id050", "id051"])

    in_fork(make)
    assert as_split(state(old), before())
    return {"old": old, "unsettled": unsettled, "nothing": folder / "nothing"}


def whole(now: State, old: State, new: State) -> bool:
    """Tell whether every article is wholly the old or wholly the new one, and all are made with one model."""
    if old.fingerprint != new.fingerprint:
        then = old if now.fingerprint == old.fingerprint else new
        return now.articles == then.articles
    ids = {*now.articles, *old.articles, *new.articles}
    return all(now.articles.get(id_) in (old.articles.get(id_), new.articles.get(id_)) for id_ in ids)
