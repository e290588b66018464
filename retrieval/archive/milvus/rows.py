"""Articles, passages and texts as rows on Milvus and back; digests show whether a row is as it was stored."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import xxhash

from corpus.article import Article, Card, Span
from retrieval.archive.contract import VECTOR_TYPE, IndexedArticle, Occurrence, StoredVectors
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.collection import Collection, Row
from retrieval.archive.milvus.schema import DUMMY_FIELD, DUMMY_VECTOR, MAX_TEXT_BYTES
from retrieval.archive.row_digests import passage_digest, vector_digest
from retrieval.errors import ArchiveDamaged
from retrieval.types import Passage

# Characters of a part: UTF-8 takes up to four bytes each.
PART_CHARACTERS = MAX_TEXT_BYTES // 4
# Fields of an article's row that its digest (field `seal`) covers. The body has its own digest, as it is read apart.
DIGESTED = ("id", "version", "stamp", "content", "card", "parts", "amount", "published", "added", "language")
CARD_FIELDS = [*DIGESTED[1:], "seal"]
PASSAGE_FIELDS = ["article", "version", "stamp", "begin", "finish", "body", "parts", "digest", "embedded"]
VECTOR_FIELDS = ["vector", "vector_digest"]


# ── Articles ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def article_row(
    entry: IndexedArticle, version: str, stamp: int, added: int, passages: str, body: str, *, over: bool
) -> Row:
    """Return an article's row; `body` is its `article_body`.

    `passages` is the name of the collection of its passages. `over` means that rows of another version may be on the
    server, to be removed later.
    """
    card = entry.article.card
    row = {
        "id": card.id,
        "version": version,
        "stamp": stamp,
        "content": entry.article.digest,
        "card": inline_text(_json(_card_fields(card))),
        "body": inline_text(body),
        "parts": part_count(body),
        "amount": len(entry.passages),
        "over": over,
        "making": passages,
        "published": day_number(card.published),
        "added": added,
        "language": card.language or "",
        "source": name_key(card.source),
        "author": name_key(card.author),
        DUMMY_FIELD: DUMMY_VECTOR,
    }
    return row | {"seal": _row_digest(row)}


def tombstone(id_: str, stamp: int) -> Row:
    """Return the row of a removed article: the row stays, so that a late writer cannot bring the article back."""
    texts = dict.fromkeys(("version", "content", "card", "body", "making", "language", "source", "author", "seal"), "")
    numbers = dict.fromkeys(("parts", "amount", "published", "added"), 0)
    return {"id": id_, "stamp": stamp, "over": True, **texts, **numbers, DUMMY_FIELD: DUMMY_VECTOR}


def article_body(entry: IndexedArticle) -> str:
    """Return everything of an article but its card, as text: a digest, then JSON."""
    article, card = entry.article, _json(_card_fields(entry.article.card))
    # A card may be too long for its field, say with a headline of thousands of lines.
    long_card = None if fits_in_row(card) else card
    body = _json([article.text, article.headings, entry.where, entry.warnings, entry.traces, long_card])
    return _digest(body) + body


def as_card(row: Row, place: MilvusPlace) -> Card:
    """Return an article's card from its row, which needs its body if it `has_long_card`; raises ArchiveDamaged."""
    if _row_digest(row) != row["seal"]:
        raise damaged(place, f"article {row['id']}")
    id_, title, url, source, author, published, language = json.loads(row["card"] or as_body(row, place)[-1])
    return Card(id_, title, url, source, author, date.fromisoformat(published) if published else None, language)


def has_long_card(row: Row) -> bool:
    """Tell whether an article's card is in the body of its row, as it was too long for its field."""
    return not row["card"] and bool(row["version"])


def as_article(row: Row, place: MilvusPlace) -> Article:
    """Return an article from its row with its whole body; raises ArchiveDamaged."""
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


# ── Passages ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def passage_rows(entry: IndexedArticle, version: str, stamp: int, added: int, words: Iterable[object]) -> Iterable[Row]:
    """Yield the rows of an article's passages; `words` has the indexed words of each."""
    card = entry.article.card
    for passage, key, vector, indexed in zip(entry.passages, entry.keys, entry.vectors, words, strict=True):
        body = passage_body(passage)
        stored = vector.astype(VECTOR_TYPE)
        yield {
            "id": version_key(passage.id, version),
            "article": card.id,
            "version": version,
            "stamp": stamp,
            "begin": passage.start,
            "finish": passage.end,
            "amount": len(entry.passages),
            "body": inline_text(body),
            "parts": part_count(body),
            "digest": passage_digest(passage.id, card.id, passage.start, passage.end, body, key.hex()).hex(),
            "embedded": key.hex(),
            "published": day_number(card.published),
            "added": added,
            "source": name_key(card.source),
            "author": name_key(card.author),
            "words": indexed,
            "vector_digest": vector_digest(stored.tobytes()).hex(),
            "vector": stored.astype(np.float32).tolist(),
        }


def passage_body(passage: Passage) -> str:
    """Return a passage's text and sentences as JSON."""
    return _json([passage.text, passage.sentences])


def version_key(id_: str, version: str) -> str:
    """Return the key of a row that belongs to one version of an article: a passage's row, or a text's."""
    return f"{id_}@{version}"


def passage_id(row: Row) -> str:
    """Return the id of a row's passage."""
    return str(row["id"]).rpartition("@")[0]


def as_passage(row: Row, card: Card, place: MilvusPlace) -> Passage:
    """Return a passage from its row with its whole body; raises ArchiveDamaged."""
    id_ = passage_id(row)
    span = (row["begin"], row["finish"])
    if passage_digest(id_, card.id, *span, row["body"], row["embedded"]).hex() != row["digest"]:
        raise damaged(place, f"passage {id_}")
    text, sentences = json.loads(row["body"])
    return Passage(id_, card, text, *span, tuple(Span(*span) for span in sentences))


def as_vector(row: Row, place: MilvusPlace) -> StoredVectors:
    """Return a passage's vector from its row; raises ArchiveDamaged."""
    vector = np.asarray(row["vector"], np.float32).astype(VECTOR_TYPE)
    if vector_digest(vector.tobytes()).hex() != row["vector_digest"]:
        raise damaged(place, f"the vector of passage {passage_id(row)}")
    return vector


# ── Texts too long for a row ──────────────────────────────────────────────────────────────────────────────────────────


def fits_in_row(text: str) -> bool:
    """Tell whether a text fits into a field of its row."""
    return len(text) <= PART_CHARACTERS or len(text.encode()) <= MAX_TEXT_BYTES


def part_count(text: str) -> int:
    """Return the number of parts that a text is stored in outside its row: 0 if it fits into the row."""
    return 0 if fits_in_row(text) else -(-len(text) // PART_CHARACTERS)


def inline_text(text: str) -> str:
    """Return the text for its row's own field: empty if it is stored in parts."""
    return text if fits_in_row(text) else ""


def text_part_rows(key: str, article: str, version: str, stamp: int, text: str) -> Iterable[Row]:
    """Yield the rows for the parts of a text; none if it fits into its own row.

    Write them before the row that the text belongs to: then no row is ever seen without its text.
    """
    for number in range(part_count(text)):
        yield {
            "id": _part_key(key, number),
            "article": article,
            "version": version,
            "stamp": stamp,
            "text": text[number * PART_CHARACTERS : (number + 1) * PART_CHARACTERS],
            DUMMY_FIELD: DUMMY_VECTOR,
        }


def join_text_parts(texts: Collection, rows: Mapping[str, Row], field: str, *, strong: bool = False) -> None:
    """Fill a field of rows, given by their texts' keys, from the parts of their texts; raises ArchiveDamaged."""
    counts = {key: row["parts"] for key, row in rows.items() if row["parts"]}
    if not counts:
        return
    keys = [_part_key(key, number) for key, count in counts.items() for number in range(count)]
    parts = texts.get(keys, ["text"], strong=strong)
    for key, count in counts.items():
        part_keys = [_part_key(key, number) for number in range(count)]
        if not all(part_key in parts for part_key in part_keys):
            raise ArchiveDamaged(f"{texts.place} is damaged: a text of {key} is missing. Copy a backup over it.")
        rows[key][field] = "".join(parts[part_key]["text"] for part_key in part_keys)


def text_part_keys(rows: Mapping[str, Row]) -> Sequence[str]:
    """Return the keys of all parts of rows' texts."""
    return [_part_key(key, number) for key, row in rows.items() for number in range(row["parts"])]


def _part_key(key: str, number: int) -> str:
    return f"{key}#{number}"


# ── Occurrences and values ────────────────────────────────────────────────────────────────────────────────────────────


def occurrences_text(occurrences: Sequence[Occurrence]) -> str:
    """Return an article's occurrences as JSON."""
    return _json(list(occurrences))


def as_occurrences(text: str, place: MilvusPlace) -> tuple[Occurrence, ...]:
    """Return an article's occurrences from JSON; raises ArchiveDamaged."""
    try:
        return tuple(Occurrence(str(origin), str(key), int(length)) for origin, key, length in json.loads(text))
    except (TypeError, ValueError) as error:
        raise damaged(place, "a list of an article's occurrences") from error


def day_number(day: date | None) -> int:
    """Return a day as a number that sorts like it: 20140131; 0 for None."""
    return day.year * 10_000 + day.month * 100 + day.day if day else 0


def as_day(number: int) -> date | None:
    """Return the day of a day number; None for 0."""
    return date(number // 10_000, number // 100 % 100, number % 100) if number else None


def name_key(name: str | None) -> str:
    """Return a hash of a source's or an author's name, which may itself be too long to compare on the server."""
    return "" if name is None else xxhash.xxh3_128_hexdigest(name.encode("utf-8", "surrogatepass"))


def damaged(place: MilvusPlace, what: str) -> ArchiveDamaged:
    """Return the error for a record that is not as it was stored."""
    return ArchiveDamaged(f"{place} is damaged: {what} is not what was stored. Copy a backup over it.")


def _card_fields(card: Card) -> list[str | None]:
    published = card.published.isoformat() if card.published else None
    return [card.id, card.title, card.url, card.source, card.author, published, card.language]


def _row_digest(row: Row) -> str:
    return _digest(_json([row[name] for name in DIGESTED]))


def _digest(text: str) -> str:
    return xxhash.xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def _json(values: object) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)
