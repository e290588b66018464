"""The schema of archive.db, and migrations from older ones."""

import json
import secrets
import sqlite3
from collections.abc import Callable

import numpy as np

from retrieval.archive.row_digests import card_digest, key_of, passage_digest, vector_digest

VERSION = 6
ARTICLE = """
-- added: the generation that first had the article; later changes keep it. 0 if that was before schema 3.
-- The short columns come first, so that SQLite reads them without the pages of the text. The table has row numbers,
-- because a table ordered by id would have whole articles in the inner pages of its B-tree.
CREATE TABLE article (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, url TEXT, source TEXT, author TEXT, published TEXT, language TEXT,
    card_digest BLOB NOT NULL, digest TEXT NOT NULL, story TEXT NOT NULL, added INTEGER NOT NULL DEFAULT 0, origin TEXT,
    origin_key TEXT NOT NULL DEFAULT '', length INTEGER NOT NULL, signature BLOB NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, place TEXT NOT NULL DEFAULT '', warnings TEXT NOT NULL DEFAULT '[]',
    traces TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX article_origin ON article (origin);
CREATE INDEX article_story ON article (story);
-- The occurrences of an article except the canonical one, each with its length in characters.
CREATE TABLE retold (
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE, origin TEXT NOT NULL, origin_key TEXT NOT NULL,
    length INTEGER NOT NULL, PRIMARY KEY (article, origin, origin_key)
) WITHOUT ROWID;
"""
# In a table of its own, so that reading a passage does not read its codes.
CODES = """
-- What ranking needs of a passage's tokens (encode/token_codes.py). token_codes in manifest: 0 if none are stored.
CREATE TABLE token_codes (
    number INTEGER PRIMARY KEY REFERENCES passage (number) ON DELETE CASCADE, codes BLOB NOT NULL, digest BLOB NOT NULL
);
"""
SCHEMA = f"""
-- making: the id of the index spec in use. journal_from: `gone` and `born` have every change since this generation.
CREATE TABLE manifest (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
-- Index specs: the one in use, and the one of a shadow index while the archive is embedded again.
CREATE TABLE making (
    id INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, fingerprint TEXT NOT NULL, dimension INTEGER NOT NULL,
    passage_tokens INTEGER NOT NULL, splitter INTEGER NOT NULL
);
-- One row for each change. By its token, generation 7 of this archive differs from that of a copy changed since.
CREATE TABLE generation (number INTEGER PRIMARY KEY, token TEXT NOT NULL);
{ARTICLE}-- Locality-sensitive hashing: articles that share a band of their signatures may be near duplicates.
CREATE TABLE band (
    hash INTEGER NOT NULL, article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE, PRIMARY KEY (hash, article)
) WITHOUT ROWID;
CREATE INDEX band_article ON band (article);
-- The digest of the content that an article's passages were split from, and the number of passages.
CREATE TABLE split (
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE, making INTEGER NOT NULL REFERENCES making (id),
    digest TEXT NOT NULL, passages INTEGER NOT NULL, PRIMARY KEY (article, making)
) WITHOUT ROWID;
-- AUTOINCREMENT, so that the number of a deleted passage is never used again.
CREATE TABLE passage (
    number INTEGER PRIMARY KEY AUTOINCREMENT, making INTEGER NOT NULL REFERENCES making (id), id TEXT NOT NULL,
    article TEXT NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, sentences TEXT NOT NULL, digest BLOB NOT NULL,
    key BLOB NOT NULL, vector BLOB NOT NULL, vector_digest BLOB NOT NULL, born INTEGER NOT NULL, UNIQUE (making, id)
);
-- With `making`: otherwise the planner takes another index for it, and reads every passage.
CREATE INDEX passage_article ON passage (article, making);
CREATE INDEX passage_key ON passage (making, key);
CREATE INDEX passage_born ON passage (making, born);
{CODES}CREATE TABLE gone (number INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
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
    """Create the tables; the caller adds the first index spec."""
    db.executescript(SCHEMA)
    db.execute("INSERT INTO generation VALUES (1, ?)", (new_token(),))


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Migrate an archive of an older schema, in the caller's transaction, which does not enforce foreign keys.

    Raises LookupError, TypeError or ValueError if the archive does not have the schema that it claims.
    """
    MIGRATIONS[version](db)
    if version > 1:  # The migration from schema 1 creates all tables of this one.
        for statement in _statements(CODES):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _from_1(db: sqlite3.Connection) -> None:
    """Schema 1 had one index spec, float32 vectors, and no generations, digests, origins or near duplicates."""
    manifest = dict(db.execute("SELECT key, value FROM manifest").fetchall())
    articles = db.execute("SELECT * FROM article").fetchall()
    passages = db.execute('SELECT number, id, article, start, "end", text, sentences, vector FROM passage').fetchall()
    highest = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passage'").fetchone()
    for table in ("passage", "article", "manifest"):
        db.execute(f"DROP TABLE {table}")
    for statement in _statements(SCHEMA):
        db.execute(statement)
    db.execute("INSERT INTO generation VALUES (1, ?)", (new_token(),))
    model = "bundled" if manifest["model"] == "all-MiniLM-L6-v2" else manifest["model"]
    spec = (model, manifest["fingerprint"], manifest["dimension"], manifest["passage_tokens"])
    db.execute("INSERT INTO making VALUES (1, ?, ?, ?, ?, 1)", spec)
    db.execute("INSERT INTO manifest VALUES ('making', 1)")
    titles = {}
    for id_, digest, title, url, source, author, published, language, text, headings in articles:
        card = (id_, title, url, source, author, published, language)
        titles[id_] = title
        # The next change of the text adds the signature: an empty one is similar to no other.
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
    """Schema 2 had no column `added`; raises ValueError if this archive has it."""
    if any(name == "added" for _, name, *_ in db.execute("PRAGMA table_info (article)")):
        raise ValueError
    db.execute("ALTER TABLE article ADD COLUMN added INTEGER NOT NULL DEFAULT 0")
    _from_4(db)


def _from_4(db: sqlite3.Connection) -> None:
    """Schema 3 stored articles in the order of their ids; schemas 3 and 4 had no key of an article in its file."""
    columns = [name for _, name, *_ in db.execute("PRAGMA table_info (article)")]
    if "added" not in columns or "length" in columns:
        raise ValueError
    db.execute("ALTER TABLE article RENAME TO before")
    for index in ("article_origin", "article_story"):
        db.execute(f"DROP INDEX {index}")
    for statement in _statements(ARTICLE):
        db.execute(statement)
    listed = ", ".join(columns)
    db.execute(f"INSERT INTO article ({listed}, length) SELECT {listed}, length(text) FROM before")
    db.execute("DROP TABLE before")


def _from_5(db: sqlite3.Connection) -> None:
    """Schema 5 had no token codes; raises ValueError if this archive has them."""
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'token_codes'").fetchone():
        raise ValueError


def _statements(script: str) -> list[str]:
    """Split a script into statements: executescript would end the transaction that a migration runs in."""
    statements, statement = [], ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            statements.append(statement)
            statement = ""
    return statements


# From each older schema straight to this one.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _from_1,
    2: _from_2,
    3: _from_4,
    4: _from_4,
    5: _from_5,
}
