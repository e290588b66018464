"""Each article's note: its near-duplicate group and its occurrences, apart from its content.

Any writer may overwrite a note, as when another article joins the group or another file has the same article. Only the
writer that puts an article writes the article's own row, so no other writer can restore a replaced version of it.

A group is named after one of its articles. Groups are formed by the same rules as in the local archive
(retrieval/text/near_duplicates.py). Two articles that join a group at the same time find each other, since each writes
its own note before it looks for others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval.archive.contract import Occurrence
from retrieval.archive.milvus.collection import Collection, Row, any_of, array_has_any
from retrieval.archive.milvus.rows import (
    as_occurrences,
    inline_text,
    join_text_parts,
    occurrences_text,
    part_count,
    text_part_keys,
    text_part_rows,
    version_key,
)
from retrieval.archive.milvus.schema import DUMMY_FIELD, DUMMY_VECTOR
from retrieval.batch_and_prefetch import batched
from retrieval.text.near_duplicates import SAME, band_hashes, similarity

FIELDS = ["stamp", "story", "shared", "signature", "told", "parts"]
# Bands in one filter expression.
BANDS_PER_REQUEST = 1000
# The version of the text parts of notes, which no article has.
NOTE_VERSION = "note"


@dataclass(frozen=True, slots=True)
class Note:
    """An article's note; `shared` means that other articles may be in its group."""

    id: str
    group: str
    signature: bytes
    occurrences: tuple[Occurrence, ...]
    stamp: int
    shared: bool = False


class Notes:
    """The notes of an archive."""

    def __init__(self, notes: Collection, texts: Collection) -> None:
        self._notes = notes
        self._texts = texts

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, ids: Sequence[str], *, strong: bool = False) -> dict[str, Note]:
        """Return the notes of articles; ids without a note are left out."""
        return self._as_notes(self._notes.get(ids, FIELDS, strong=strong), strong=strong)

    def occurrences(self) -> Iterable[tuple[str, tuple[Occurrence, ...]]]:
        """Yield every article's id and occurrences."""
        for row in self._notes.iterate("", ["told", "parts"]):
            join_text_parts(self._texts, {_text_key(row["id"]): row}, "told")
            yield row["id"], as_occurrences(row["told"], self._notes.place)

    def groups(self) -> dict[str, str]:
        """Return every article's group."""
        return {row["id"]: row["story"] for row in self._notes.iterate("", ["story"])}

    def members(self, groups: Iterable[str]) -> dict[str, list[str]]:
        """Return the articles of each of these groups."""
        members: dict[str, list[str]] = {}
        for row in self._notes.query(any_of("story", sorted(set(groups))), ["story"]):
            members.setdefault(row["story"], []).append(row["id"])
        return members

    def count_groups(self) -> int:
        """Count the groups; an article without near duplicates is a group of its own."""
        return self._notes.count("first == true")

    def written_between(self, after: int, until: int) -> list[str]:
        """Return the articles whose notes were written after one stamp, up to another."""
        return [row["id"] for row in self._notes.iterate(f"stamp > {after} and stamp <= {until}", [])]

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, articles: Mapping[str, tuple[Occurrence, bytes]], stamp: int) -> Iterable[Note]:
        """Write the first occurrence of articles, by their ids, and join each to its group by its signature."""
        old_notes = self.get(list(articles))
        fresh = {}
        for id_, (occurrence, signature) in articles.items():
            old = old_notes.get(id_)
            others = [other for other in old.occurrences[1:] if other.place != occurrence.place] if old else []
            first = [occurrence] if occurrence.origin else []
            fresh[id_] = Note(
                id_, old.group if old else id_, signature, (*first, *others), stamp, shared=bool(old and old.shared)
            )
        self._write(fresh.values())
        # Articles with unchanged texts join too: their writer may have died before it joined them.
        self._join(fresh)
        return fresh.values()

    def set_occurrences(self, occurrences: Mapping[str, Sequence[Occurrence]], stamp: int) -> None:
        """Replace the occurrences of articles, by their ids; those without a note are left out."""
        notes = self.get(list(occurrences))
        self._write(replace(note, occurrences=tuple(occurrences[id_]), stamp=stamp) for id_, note in notes.items())

    def delete(self, ids: Sequence[str], until: int | None = None) -> dict[str, Note]:
        """Take articles out of their groups and delete their notes, unless written after a stamp; return these."""
        deleted = {id_: note for id_, note in self.get(ids).items() if until is None or note.stamp <= until}
        notes = self._with_members(deleted)
        before = dict(notes)
        for id_ in deleted:
            _leave_group(notes, id_)
            del notes[id_]
        self._write(note for id_, note in notes.items() if note != before[id_])
        self._notes.delete(list(deleted))
        part_counts = {
            _text_key(id_): {"parts": part_count(occurrences_text(note.occurrences))} for id_, note in deleted.items()
        }
        self._texts.delete(text_part_keys(part_counts))
        return deleted

    def restore(self, notes: Iterable[Note], stamp: int) -> None:
        """Write again the notes that have been deleted meanwhile."""
        wanted = {note.id: note for note in notes}
        present = self.get(list(wanted), strong=True)
        lost = [
            replace(note, group=id_, shared=False, stamp=stamp) for id_, note in wanted.items() if id_ not in present
        ]
        self._write(lost)
        self._join({note.id: note for note in lost})

    def _join(self, fresh: Mapping[str, Note]) -> None:
        """Join articles to the groups of their near duplicates."""
        candidates = self._with_equal_bands([note.signature for note in fresh.values()])
        notes = self._with_members({**candidates, **fresh})
        before = dict(notes)
        for id_ in sorted(fresh):
            _leave_group(notes, id_)
            _join_group(notes, id_)
        self._write(note for id_, note in notes.items() if note != before[id_])

    def _with_equal_bands(self, signatures: Iterable[bytes]) -> dict[str, Note]:
        """Return the notes that share a band with one of these signatures."""
        hashes = sorted({band for signature in signatures for band in band_hashes(signature)})
        rows: dict[str, Row] = {}
        for batch in batched(hashes, BANDS_PER_REQUEST):
            rows |= {row["id"]: row for row in self._notes.query(array_has_any("bands", batch), FIELDS)}
        return self._as_notes(rows)

    def _with_members(self, notes: Mapping[str, Note]) -> dict[str, Note]:
        """Return notes, and those of all other articles in their groups."""
        groups = sorted({note.group for note in notes.values() if note.shared or note.group != note.id})
        if not groups:
            return dict(notes)
        rows = self._notes.query(any_of("story", groups), FIELDS)
        return {**self._as_notes({row["id"]: row for row in rows}), **notes}

    # ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _as_notes(self, rows: Mapping[str, Row], *, strong: bool = False) -> dict[str, Note]:
        join_text_parts(self._texts, {_text_key(id_): row for id_, row in rows.items()}, "told", strong=strong)
        return {
            id_: Note(
                id_,
                row["story"],
                bytes.fromhex(row["signature"]),
                as_occurrences(row["told"], self._notes.place),
                row["stamp"],
                row["shared"],
            )
            for id_, row in rows.items()
        }

    def _write(self, notes: Iterable[Note]) -> None:
        rows, parts = list[Row](), list[Row]()
        for note in notes:
            text = occurrences_text(note.occurrences)
            parts += text_part_rows(_text_key(note.id), note.id, NOTE_VERSION, note.stamp, text)
            rows.append(
                {
                    "id": note.id,
                    "stamp": note.stamp,
                    "story": note.group,
                    "first": note.group == note.id,
                    "shared": note.shared,
                    "told": inline_text(text),
                    "parts": part_count(text),
                    "signature": note.signature.hex(),
                    "bands": band_hashes(note.signature),
                    DUMMY_FIELD: DUMMY_VECTOR,
                }
            )
        self._texts.upsert(parts)
        self._notes.upsert(rows)


def _leave_group(notes: dict[str, Note], id_: str) -> None:
    """Take an article out of its group; a group that has its name is named after another of its articles."""
    group = notes[id_].group
    members = sorted(other for other, note in notes.items() if note.group == group and other != id_)
    name = members[0] if members and group == id_ else group
    for other in members:
        notes[other] = replace(notes[other], group=name, shared=len(members) > 1)
    notes[id_] = replace(notes[id_], group=id_, shared=False)


def _join_group(notes: dict[str, Note], id_: str) -> None:
    """Merge an article with the groups of all its near duplicates."""
    signature = notes[id_].signature
    bands = set(band_hashes(signature))
    groups = {
        note.group
        for other, note in notes.items()
        if other != id_
        and not bands.isdisjoint(band_hashes(note.signature))
        and similarity(signature, note.signature) >= SAME
    }
    if not groups:
        return
    name = min(groups)
    for other, note in notes.items():
        if other == id_ or note.group in groups:
            notes[other] = replace(note, group=name, shared=True)


def _text_key(id_: str) -> str:
    return version_key(id_, NOTE_VERSION)
