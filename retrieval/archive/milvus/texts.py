"""Texts longer than a row takes, in parts: written before the row that they belong to, so that it never lacks one."""

from collections.abc import Iterable, Mapping, Sequence

from retrieval.archive.milvus.schema import LONGEST, NO_VECTOR, NONE
from retrieval.archive.milvus.server import Row, Server
from retrieval.errors import ArchiveDamaged

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
