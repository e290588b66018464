"""What archive.db looks like, and how an older one becomes like it."""

import json
import secrets
import sqlite3
from collections.abc import Callable

import numpy as np

from retrieval.archive.digests import card_digest, key_of, passage_digest, vector_digest

VERSION = 5
ARTICLE = """
-- added: the generation that first had it, however often it has changed since; 0 if that was before schema 3.
-- What is shown with a passage comes first: it is read without the pages that the text goes on to. And there is a row
-- number, as a tree in the order of the ids would have whole articles in its branches.
CREATE TABLE article (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, url TEXT, source TEXT, author TEXT, published TEXT, language TEXT,
    card_digest BLOB NOT NULL, digest TEXT NOT NULL, story TEXT NOT NULL, added INTEGER NOT NULL DEFAULT 0, origin TEXT,
    origin_key TEXT NOT NULL DEFAULT '', length INTEGER NOT NULL, signature BLOB NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, place TEXT NOT NULL DEFAULT '', warnings TEXT NOT NULL DEFAULT '[]',
    traces TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX article_origin ON article (origin);
CREATE INDEX article_story ON article (story);
-- Who tells an article beside the one that it stands by, and in how many characters.
CREATE TABLE retold (
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE, origin TEXT NOT NULL, origin_key TEXT NOT NULL,
    length INTEGER NOT NULL, PRIMARY KEY (article, origin, origin_key)
) WITHOUT ROWID;
"""
SCHEMA = f"""
-- making: the id of the making in use. journal_from: the generation from which on `gone` and `born` tell every change.
CREATE TABLE manifest (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
-- What passages and vectors are made with. A second one is here while the archive is being embedded again.
CREATE TABLE making (
    id INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, fingerprint TEXT NOT NULL, dimension INTEGER NOT NULL,
    passage_tokens INTEGER NOT NULL, splitter INTEGER NOT NULL
);
-- One row a change. The token tells this archive's generation 7 from the one of a copy that went another way.
CREATE TABLE generation (number INTEGER PRIMARY KEY, token TEXT NOT NULL);
{ARTICLE}-- Locality-sensitive hashing: articles that share a band of their signatures may be the same story.
CREATE TABLE band (
    hash INTEGER NOT NULL, article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE, PRIMARY KEY (hash, article)
) WITHOUT ROWID;
CREATE INDEX band_article ON band (article);
-- The digest of the content that an article's passages were split from, and how many they are.
CREATE TABLE split (
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE, making INTEGER NOT NULL REFERENCES making (id),
    digest TEXT NOT NULL, passages INTEGER NOT NULL, PRIMARY KEY (article, making)
) WITHOUT ROWID;
-- AUTOINCREMENT, so that the number of a deleted passage never comes to mean another.
CREATE TABLE passage (
    number INTEGER PRIMARY KEY AUTOINCREMENT, making INTEGER NOT NULL REFERENCES making (id), id TEXT NOT NULL,
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL, digest BLOB NOT NULL,
    key BLOB NOT NULL, vector BLOB NOT NULL, vector_digest BLOB NOT NULL, born INTEGER NOT NULL, UNIQUE (making, id)
);
-- With `making`, as the planner would else take another index for it, and read every passage there is.
CREATE INDEX passage_article ON passage (article, making);
CREATE INDEX passage_key ON passage (making, key);
CREATE INDEX passage_born ON passage (making, born);
CREATE TABLE gone (number INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX gone_generation ON gone (generation);
CREATE TRIGGER passage_gone AFTER DELETE ON passage BEGIN
    INSERT INTO gone VALUES (OLD.number, (SELECT max(number) FROM generation));
END;
INSERT INTO manifest VALUES ('journal_from', 1);
"""


def new_token() -> str:
    """Return a random name for a generation."""
    return secrets.token_hex(8)


def create(db: sqlite3.Connection) -> None:
    """Make the tables; the caller adds the first making."""
    db.executescript(SCHEMA)
    db.execute("INSERT INTO generation VALUES (1, ?)", (new_token(),))


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring an archive of an older schema up to this one, inside the caller's transaction, foreign keys not looked at.

    Raises LookupError, TypeError or ValueError where it is not of the schema that it names.
    """
    MIGRATIONS[version](db)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _from_1(db: sqlite3.Connection) -> None:
    """Schema 1 had one making, float32 vectors, and no generations, digests, origins or stories."""
    made = dict(db.execute("SELECT key, value FROM manifest").fetchall())
    articles = db.execute("SELECT * FROM article").fetchall()
    passages = db.execute('SELECT number, id, article, start, "end", text, sentences, vector FROM passage').fetchall()
    highest = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passage'").fetchone()
    for table in ("passage", "article", "manifest"):
        db.execute(f"DROP TABLE {table}")
    for statement in _statements(SCHEMA):
        db.execute(statement)
    db.execute("INSERT INTO generation VALUES (1, ?)", (new_token(),))
    model = "bundled" if made["model"] == "all-MiniLM-L6-v2" else made["model"]
    spec = (model, made["fingerprint"], made["dimension"], made["passage_tokens"])
    db.execute("INSERT INTO making VALUES (1, ?, ?, ?, ?, 1)", spec)
    db.execute("INSERT INTO manifest VALUES ('making', 1)")
    titles = {}
    for id_, digest, title, url, source, author, published, language, text, headings in articles:
        card = (id_, title, url, source, author, published, language)
        titles[id_] = title
        # The signature comes with the next change of the text: an empty one is like no other.
        row = (*card, card_digest(*card), digest, id_, 0, None, "", len(text), b"", text, headings, "", "[]", "[]")
        db.execute(f"INSERT INTO article VALUES ({', '.join('?' * len(row))})", row)
        count = sum(passage[2] == id_ for passage in passages)
        db.execute("INSERT INTO split VALUES (?, 1, ?, ?)", (id_, digest, count))
    for number, id_, article, start, end, text, sentences, vector in passages:
        spans = json.dumps(json.loads(sentences), separators=(",", ":"))
        half = np.frombuffer(vector, "<f4").astype("<f2").tobytes()
        digest = passage_digest(id_, article, start, end, text, spans)
        key = key_of(titles[article], text)
        values = (number, 1, id_, article, start, end, text, spans, digest, key, half, vector_digest(half), 1)
        db.execute(f"INSERT INTO passage VALUES ({', '.join('?' * len(values))})", values)
    if highest:
        db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'passage'", highest)


def _from_2(db: sqlite3.Connection) -> None:
    """Schema 2 did not know when an article was added; raises ValueError where this one does."""
    if any(name == "added" for _, name, *_ in db.execute("PRAGMA table_info (article)")):
        raise ValueError
    db.execute("ALTER TABLE article ADD COLUMN added INTEGER NOT NULL DEFAULT 0")
    _from_4(db)


def _from_4(db: sqlite3.Connection) -> None:
    """Schema 3 kept articles in the order of their ids, whole; neither it nor 4 knew where in a file one was read."""
    columns = [name for _, name, *_ in db.execute("PRAGMA table_info (article)")]
    if "added" not in columns or "length" in columns:
        raise ValueError
    db.execute("ALTER TABLE article RENAME TO before")
    for index in ("article_origin", "article_story"):
        db.execute(f"DROP INDEX {index}")
    for statement in _statements(ARTICLE):
        db.execute(statement)
    named = ", ".join(columns)
    db.execute(f"INSERT INTO article ({named}, length) SELECT {named}, length(text) FROM before")
    db.execute("DROP TABLE before")


def _statements(script: str) -> list[str]:
    """Split a script into statements: executescript would end the transaction that a migration runs in."""
    statements, so_far = [], ""
    for line in script.splitlines():
        so_far += line + "\n"
        if sqlite3.complete_statement(so_far):
            statements.append(so_far)
            so_far = ""
    return statements


# From each older schema straight to this one.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _from_1, 2: _from_2, 3: _from_4, 4: _from_4}
