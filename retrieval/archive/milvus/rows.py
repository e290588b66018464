"""The rows of an archive on Milvus: records into them, and out of them only what is as it was stored."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import xxhash

from corpus.article import Article, Card, Span
from retrieval.archive.contract import Entry, Occurrence, StoredVectors
from retrieval.archive.digests import passage_digest, vector_digest
from retrieval.archive.local.rows import VECTOR_TYPE
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.schema import LONGEST, NO_VECTOR, NONE
from retrieval.archive.milvus.server import Row, Server
from retrieval.errors import ArchiveDamaged
from retrieval.types import Passage

# Characters a part: four bytes each at most.
PART = LONGEST // 4


def fits(text: str) -> bool:
    """Tell whether a text goes into a row."""
    return len(text) <= PART or len(text.encode()) <= LONGEST


def parts_of(text: str) -> int:
    """Return in how many parts a text is kept beside its row: 0 where it is in it."""
    return 0 if fits(text) else -(-len(text) // PART)


def inline(text: str) -> str:
    """Return what of a text is in its row."""
    return text if fits(text) else ""


def part_rows(key: str, article: str, version: str, stamp: int, text: str) -> Iterable[Row]:
    """Yield the rows of a text that does not go into its own."""
    for number in range(parts_of(text)):
        yield {
            "id": _part(key, number),
            "article": article,
            "version": version,
            "stamp": stamp,
            "text": text[number * PART : (number + 1) * PART],
            NONE: NO_VECTOR,
        }


def whole(server: Server, collection: str, rows: Mapping[str, Row], field: str, *, strong: bool = False) -> None:
    """Put into rows, by the keys of their texts, what is kept beside them; raises ArchiveDamaged where it is not."""
    missing = {key: row["parts"] for key, row in rows.items() if row["parts"]}
    if not missing:
        return
    keys = [_part(key, number) for key, parts in missing.items() for number in range(parts)]
    there = server.by_key(collection, keys, ["text"], strong=strong)
    for key, parts in missing.items():
        texts = [there.get(_part(key, number)) for number in range(parts)]
        if not all(texts):
            raise ArchiveDamaged(f"{server.place} is damaged: a text of {key} is missing. Copy a backup over it.")
        rows[key][field] = "".join(text["text"] for text in texts if text)


def part_keys(rows: Mapping[str, Row]) -> Sequence[str]:
    """Return the keys of the parts of rows' texts."""
    return [_part(key, number) for key, row in rows.items() for number in range(row["parts"])]


def _part(key: str, number: int) -> str:
    return f"{key}#{number}"


# What is sealed of an article's row; its body is by a digest of its own, as it is not read with the rest.
SEALED = ("id", "version", "stamp", "content", "card", "parts", "amount", "published", "added", "language")
CARD = [*SEALED[1:], "seal"]
PASSAGE = ["article", "version", "stamp", "begin", "finish", "body", "parts", "digest", "embedded"]
VECTOR = ["vector", "vector_digest"]


# ── Articles ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def article_row(entry: Entry, version: str, stamp: int, added: int, spec: str, body: str, *, over: bool) -> Row:
    """Return an article's row; `body` is its body_of, and `over` tells that there may be another version to sweep."""
    card = entry.article.card
    row = {
        "id": card.id,
        "version": version,
        "stamp": stamp,
        "content": entry.article.digest,
        "card": inline(_json(_card_fields(card))),
        "body": inline(body),
        "parts": parts_of(body),
        "amount": len(entry.passages),
        "over": over,
        "making": spec,
        "published": day_number(card.published),
        "added": added,
        "language": card.language or "",
        "source": name_key(card.source),
        "author": name_key(card.author),
        NONE: NO_VECTOR,
    }
    return row | {"seal": _seal(row)}


def tombstone(id_: str, stamp: int) -> Row:
    """Return the row of an article that has been removed: its id stays, or a late writer could bring it back."""
    texts = dict.fromkeys(("version", "content", "card", "body", "making", "language", "source", "author", "seal"), "")
    numbers = dict.fromkeys(("parts", "amount", "published", "added"), 0)
    return {"id": id_, "stamp": stamp, "over": True, **texts, **numbers, NONE: NO_VECTOR}


def body_of(entry: Entry) -> str:
    """Return what of an article is not its card, as text: its digest, then JSON."""
    article, card = entry.article, _json(_card_fields(entry.article.card))
    # A headline of thousands of lines is no headline, but kept.
    long = None if fits(card) else card
    body = _json([article.text, article.headings, entry.where, entry.warnings, entry.traces, long])
    return _digest(body) + body


def as_card(row: Row, place: MilvusPlace) -> Card:
    """Return an article's card from its row, with its body where it `has_long_card`; raises ArchiveDamaged."""
    if _seal(row) != row["seal"]:
        raise damaged(place, f"article {row['id']}")
    id_, title, url, source, author, published, language = json.loads(row["card"] or as_body(row, place)[-1])
    return Card(id_, title, url, source, author, date.fromisoformat(published) if published else None, language)


def has_long_card(row: Row) -> bool:
    """Tell whether a row's card did not go into it."""
    return not row["card"] and bool(row["version"])


def as_article(row: Row, place: MilvusPlace) -> Article:
    """Return an article from its row, its body whole; raises ArchiveDamaged."""
    card, (text, headings, *_) = as_card(row, place), as_body(row, place)
    article = Article(card, text, tuple(Span(*span) for span in headings))
    if article.digest != row["content"]:
        raise damaged(place, f"article {row['id']}")
    return article


def as_body(row: Row, place: MilvusPlace) -> list[Any]:
    """Return the text, headings, place, warnings and traces of an article; raises ArchiveDamaged."""
    digest, body = row["body"][: len(_digest(""))], row["body"][len(_digest("")) :]
    if _digest(body) != digest:
        raise damaged(place, f"article {row['id']}")
    return json.loads(body)  # type: ignore[no-any-return]


# ── Passages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def passage_rows(entry: Entry, version: str, stamp: int, added: int, words: Iterable[object]) -> Iterable[Row]:
    """Yield the rows of an article's passages; `words` are what they are found by, as the server has it."""
    card = entry.article.card
    for passage, key, vector, searched in zip(entry.passages, entry.keys, entry.vectors, words, strict=True):
        body = passage_body(passage)
        stored = vector.astype(VECTOR_TYPE)
        yield {
            "id": row_key(passage.id, version),
            "article": card.id,
            "version": version,
            "stamp": stamp,
            "begin": passage.start,
            "finish": passage.end,
            "amount": len(entry.passages),
            "body": inline(body),
            "parts": parts_of(body),
            "digest": passage_digest(passage.id, card.id, passage.start, passage.end, body, key.hex()).hex(),
            "embedded": key.hex(),
            "published": day_number(card.published),
            "added": added,
            "source": name_key(card.source),
            "author": name_key(card.author),
            "words": searched,
            "vector_digest": vector_digest(stored.tobytes()).hex(),
            "vector": stored.astype(np.float32).tolist(),
        }


def passage_body(passage: Passage) -> str:
    """Return a passage's text and sentences, as text."""
    return _json([passage.text, passage.sentences])


def row_key(passage: str, version: str) -> str:
    """Return the key of a passage's row, of one version of its article."""
    return f"{passage}@{version}"


def passage_id(row: Row) -> str:
    """Return the id of the passage that a row is a version of."""
    return str(row["id"]).rpartition("@")[0]


def as_passage(row: Row, card: Card, place: MilvusPlace) -> Passage:
    """Return a passage from its row, its body whole; raises ArchiveDamaged."""
    id_ = passage_id(row)
    place_in = (row["begin"], row["finish"])
    if passage_digest(id_, card.id, *place_in, row["body"], row["embedded"]).hex() != row["digest"]:
        raise damaged(place, f"passage {id_}")
    text, sentences = json.loads(row["body"])
    return Passage(id_, card, text, *place_in, tuple(Span(*span) for span in sentences))


def as_vector(row: Row, place: MilvusPlace) -> StoredVectors:
    """Return a passage's vector from its row; raises ArchiveDamaged."""
    vector = np.asarray(row["vector"], np.float32).astype(VECTOR_TYPE)
    if vector_digest(vector.tobytes()).hex() != row["vector_digest"]:
        raise damaged(place, f"the vector of passage {passage_id(row)}")
    return vector


# ── Tellings and values ──────────────────────────────────────────────────────────────────────────────────────────────


def told_text(told: Sequence[Occurrence]) -> str:
    """Return who tells an article, as text."""
    return _json(list(told))


def as_told(text: str, place: MilvusPlace) -> tuple[Occurrence, ...]:
    """Return who tells an article; raises ArchiveDamaged."""
    try:
        return tuple(Occurrence(str(origin), str(key), int(length)) for origin, key, length in json.loads(text))
    except (TypeError, ValueError) as error:
        raise damaged(place, "a list of who tells an article") from error


def day_number(day: date | None) -> int:
    """Return a day as a number that grows with it: 20140131; 0 for none."""
    return day.year * 10_000 + day.month * 100 + day.day if day else 0


def as_day(number: int) -> date | None:
    """Return the day that a number stands for."""
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None


def name_key(name: str | None) -> str:
    """Return what a source's or an author's name is compared by: names are as long as whoever wrote them made them."""
    return "" if name is None else xxhash.xxh3_128_hexdigest(name.encode("utf-8", "surrogatepass"))


def damaged(place: MilvusPlace, what: str) -> ArchiveDamaged:
    """Return the error for what is not what was stored."""
    return ArchiveDamaged(f"{place} is damaged: {what} is not what was stored. Copy a backup over it.")


def _card_fields(card: Card) -> list[str | None]:
    published = card.published.isoformat() if card.published else None
    return [card.id, card.title, card.url, card.source, card.author, published, card.language]


def _seal(row: Row) -> str:
    return _digest(_json([row[name] for name in SEALED]))


def _digest(text: str) -> str:
    return xxhash.xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def _json(values: object) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)
