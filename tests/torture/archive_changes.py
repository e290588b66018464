"""What the tortures share: an archive before and after changes, operations that change it, and its state on disk."""

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
from corpus.reader_types import Reading
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local import persistent_index
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.database import FILE
from retrieval.encode.encoder import embedded_text
from retrieval.indexing import pipeline, reconciler, reembed
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
    """Make an article of about three passages; every seventh is a near duplicate of the article before it."""
    original = number - (number % 7 == 6)
    paragraphs = [f"{own_word(number)}."]
    for paragraph in range(3):
        edition = text if paragraph == 1 else 0
        words = random.Random(f"{original} {paragraph} {edition}")  # noqa: S311
        sentences = [" ".join(words.choices(WORDS, k=18)).capitalize() + "." for _ in range(2)]
        paragraphs.append(" ".join(sentences))
    card = Card(f"id{number:03}", f"Title {title} of {number}", f"https://example.org/{number}")
    return Article(replace(card, published=date(2020, 1, day)), "\n\n".join(paragraphs))


def before() -> list[Article]:
    """Return the articles of the archive before the change."""
    return [an_article(number) for number in OLD]


def after() -> list[Article]:
    """Return the articles of the next run: some removed, some changed in text, headline or date, some new."""
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
        removed = [article.origin or "" for id_, article in known.items() if id_ not in ids]
        readings = (Reading(article, f"/files/{article.id}.txt") for article in articles)
        return pipeline.sync(readings, archive, ENCODER, reconciler.Scope(known, removed), sizes=SIZES).embedded


def re_embed(folder: Path) -> int:
    """Embed everything again with another model, as `index --re-embed` does."""
    archive = LocalArchive.open(folder)
    with archive.write_lock("index --re-embed"):
        embedded = reembed.reembed(archive, OTHER, wanted_spec(OTHER, 0), batch_passages=SIZES.passages)
        archive.checkpoint()
    return embedded


def faults(folder: Path) -> list[str]:
    """Open an archive, verify it and search in it; return what is wrong."""
    archive = LocalArchive.open(folder)
    wrong = archive.verify()
    encoder = ENCODER if archive.spec.model == ENCODER.name else OTHER
    present = {card.id for card in archive.cards()}
    for number in (0, 24, 25, 30, 60, 79, 81, 120, 199, 200, 239):
        id_ = f"id{number:03}"
        with_word = {hit.passage.article.id for hit in archive.search_words(own_word(number), 9)}
        if with_word != ({id_} & present):
            wrong.append(f"{own_word(number)} is in {with_word}")
        if (article := archive.article(id_)) is None:
            continue
        for passage in split(article, encoder, encoder.max_tokens):
            vector = encoder.encode_passages([embedded_text(article.title, passage.text)])[0]
            if not any(hit.passage == passage for hit in archive.search_vectors(vector, 3, encoder.fingerprint)):
                wrong.append(f"{passage.id} is not nearest to itself")
    return wrong


@dataclass(frozen=True)
class State:
    """The content of archive.db, without numbers and tokens: each article, its passages and vectors, its group."""

    fingerprint: str
    articles: dict[str, tuple[Row, tuple[Row, ...], tuple[Row, ...]]]
    groups: dict[str, str]
    specs: int


def state(folder: Path) -> State:
    """Read the state straight from SQLite, with none of the code under test."""
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
        groups = dict(db.execute("SELECT id, story FROM article").fetchall())
    contents = {row[0]: (row, tuple(passages.get(row[0], ())), tuple(splits.get(row[0], ()))) for row in articles}
    return State(fingerprint, contents, groups, specs)


def as_split(content: State, articles: list[Article]) -> bool:
    """Tell whether a state has exactly these articles, each with the passages that it is split into."""
    wanted = {
        article.id: (
            article.text,
            [(passage.id, passage.start, passage.end, passage.text) for passage in split(article, ENCODER, 64)],
        )
        for article in articles
    }
    return wanted == {
        id_: (row[9], [passage[:4] for passage in passages]) for id_, (row, passages, _) in content.articles.items()
    }


def unexpected(folder: Path) -> list[str]:
    """Return the file names in an archive's folder that a whole archive, not being written, does not have."""
    names = sorted(path.name for path in folder.iterdir())
    # A process that only reads may leave the last two, empty: only a writer may remove them.
    expected = [FILE, "dense.json", "lexical.json", "lock", "writer", f"{FILE}-shm", f"{FILE}-wal"]
    folders = [name for name in names if name.startswith(("dense-", "lexical-"))]
    return [name for name in names if name not in expected and name not in folders] + folders[2:]


def copied(source: Path, target: Path) -> Path:
    """Copy a folder to the place of another; return that place."""
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target)
    return target


@dataclass(frozen=True)
class Operation:
    """A change of an archive in a folder, which may be killed and repeated; `start` names the archive before it."""

    name: str
    work: Callable[[Path], int]
    start: str = "old"


def remove(folder: Path) -> int:
    archive = LocalArchive.open(folder)
    with archive.write_lock("remove"):
        known = archive.known_articles()
        for first in range(0, 60, 4):
            if ids := [id_ for id_ in (f"id{number:03}" for number in range(first, first + 4)) if id_ in known]:
                archive.remove(ids)
                archive.checkpoint()
    return 0


def write_indexes(folder: Path) -> int:
    """Write both indexes again and again, whole and by their changes since the last time."""
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
    """Make the archives that operations start from, by name."""
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
    """Tell whether every article is wholly the old or wholly the new one, all embedded with the same model."""
    if old.fingerprint != new.fingerprint:
        expected = old if now.fingerprint == old.fingerprint else new
        return now.articles == expected.articles
    ids = {*now.articles, *old.articles, *new.articles}
    return all(now.articles.get(id_) in (old.articles.get(id_), new.articles.get(id_)) for id_ in ids)
