"""What is noted of an article beside what is in it: its story, and who tells it.

Notes are written over by whoever knows better, an article's row only by who takes the article in: so a story that is
joined by another article, or a second file that tells one, never brings back a version that has been replaced since.
The rules are those of the embedded archive (stories.py); two that join one story at the same time find each other, as
each writes itself down before it looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from retrieval.archive.contract import Occurrence
from retrieval.archive.milvus.filters import having, one_of
from retrieval.archive.milvus.rows import as_told, inline, part_keys, part_rows, parts_of, told_text, whole
from retrieval.archive.milvus.schema import NO_VECTOR, NONE
from retrieval.archive.milvus.server import Row, Server
from retrieval.batching import in_turns
from retrieval.text.near_duplicates import SAME, band_hashes, similarity

FIELDS = ["stamp", "story", "shared", "signature", "told", "parts"]
# Bands asked for at once: a condition grows with each.
BANDS = 1000
# The version that the parts of a note's texts have, which no article has.
NOTED = "note"


@dataclass(frozen=True, slots=True)
class Note:
    """What is noted of an article. `shared` tells that others may tell its story too."""

    id: str
    story: str
    signature: bytes
    occurrences: tuple[Occurrence, ...]
    stamp: int
    shared: bool = False


class Notes:
    """The notes of an archive on Milvus."""

    def __init__(self, server: Server, notes: str, texts: str) -> None:
        self._server = server
        self._notes = notes
        self._texts = texts

    def of(self, ids: Sequence[str], *, strong: bool = False) -> dict[str, Note]:
        """Return the notes of articles, those that there are."""
        return self._read(self._server.by_key(self._notes, ids, FIELDS, strong=strong), strong=strong)

    def told(self) -> Iterable[tuple[str, tuple[Occurrence, ...]]]:
        """Yield who tells each article."""
        for row in self._server.every(self._notes, "", ["told", "parts"]):
            whole(self._server, self._texts, {_key(row["id"]): row}, "told")
            yield row["id"], as_told(row["told"], self._server.place)

    def since(self, after: int, until: int) -> list[str]:
        """Return the articles whose notes were written after one stamp, and not after the other."""
        return [row["id"] for row in self._server.every(self._notes, f"stamp > {after} and stamp <= {until}", [])]

    def count_stories(self) -> int:
        """Count the stories."""
        return self._server.count(self._notes, "first == true")

    def shared(self, stories: Iterable[str]) -> dict[str, list[str]]:
        """Return the articles of each of these stories."""
        members: dict[str, list[str]] = {}
        for row in self._server.rows(self._notes, one_of("story", sorted(set(stories))), ["story"]):
            members.setdefault(row["story"], []).append(row["id"])
        return members

    def take(self, told: Mapping[str, tuple[Occurrence, bytes]], stamp: int) -> Iterable[Note]:
        """Note who tells articles now, in the first place, and join each to its story by its signature."""
        before = self.of(list(told))
        fresh = {}
        for id_, (occurrence, signature) in told.items():
            old = before.get(id_)
            others = [one for one in old.occurrences[1:] if one.place != occurrence.place] if old else []
            stands = [occurrence] if occurrence.origin else []
            fresh[id_] = Note(
                id_, old.story if old else id_, signature, (*stands, *others), stamp, shared=bool(old and old.shared)
            )
        self._write(fresh.values())
        # Those whose texts are what they were too: who wrote that down may have died before it looked.
        self._join(fresh)
        return fresh.values()

    def set_occurrences(self, told: Mapping[str, Sequence[Occurrence]], stamp: int) -> None:
        """Note who tells articles, in place of what is known."""
        notes = self.of(list(told))
        self._write(replace(note, occurrences=tuple(told[id_]), stamp=stamp) for id_, note in notes.items())

    def forget(self, ids: Sequence[str], until: int | None = None) -> dict[str, Note]:
        """Take articles out of their stories, and forget them, unless noted after a stamp; return what was noted."""
        there = {id_: note for id_, note in self.of(ids).items() if until is None or note.stamp <= until}
        notes = self._with_members(there)
        before = dict(notes)
        for id_ in there:
            _leave(notes, id_)
            del notes[id_]
        self._write(note for id_, note in notes.items() if note != before[id_])
        self._server.delete(self._notes, list(there))
        self._server.delete(
            self._texts,
            part_keys({_key(id_): {"parts": parts_of(told_text(note.occurrences))} for id_, note in there.items()}),
        )
        return there

    def remember(self, notes: Iterable[Note], stamp: int) -> None:
        """Note articles again, those of which nothing is noted any longer."""
        wanted = {note.id: note for note in notes}
        there = self.of(list(wanted), strong=True)
        lost = [replace(note, story=id_, shared=False, stamp=stamp) for id_, note in wanted.items() if id_ not in there]
        self._write(lost)
        self._join({note.id: note for note in lost})

    def _join(self, fresh: Mapping[str, Note]) -> None:
        """Bring articles to the stories that they tell now."""
        near = self._near([note.signature for note in fresh.values()])
        notes = self._with_members({**near, **fresh})
        before = dict(notes)
        for id_ in sorted(fresh):
            _leave(notes, id_)
            _join(notes, id_)
        self._write(note for id_, note in notes.items() if note != before[id_])

    def _near(self, signatures: Iterable[bytes]) -> dict[str, Note]:
        """Return the notes that share a band with one of these signatures."""
        hashes = sorted({band for signature in signatures for band in band_hashes(signature)})
        found: dict[str, Row] = {}
        for some in in_turns(hashes, BANDS):
            condition = having("bands", some)
            found |= {row["id"]: row for row in self._server.rows(self._notes, condition, FIELDS)}
        return self._read(found)

    def _with_members(self, notes: Mapping[str, Note]) -> dict[str, Note]:
        """Return notes with those of all who tell the same stories."""
        stories = sorted({note.story for note in notes.values() if note.shared or note.story != note.id})
        if not stories:
            return dict(notes)
        rows = self._server.rows(self._notes, one_of("story", stories), FIELDS)
        return {**self._read({row["id"]: row for row in rows}), **notes}

    def _read(self, rows: Mapping[str, Row], *, strong: bool = False) -> dict[str, Note]:
        whole(self._server, self._texts, {_key(id_): row for id_, row in rows.items()}, "told", strong=strong)
        return {
            id_: Note(
                id_,
                row["story"],
                bytes.fromhex(row["signature"]),
                as_told(row["told"], self._server.place),
                row["stamp"],
                row["shared"],
            )
            for id_, row in rows.items()
        }

    def _write(self, notes: Iterable[Note]) -> None:
        notes = list(notes)
        texts = {note.id: told_text(note.occurrences) for note in notes}
        self._server.write(
            self._texts,
            [row for note in notes for row in part_rows(_key(note.id), note.id, NOTED, note.stamp, texts[note.id])],
        )
        self._server.write(
            self._notes,
            [
                {
                    "id": note.id,
                    "stamp": note.stamp,
                    "story": note.story,
                    "first": note.story == note.id,
                    "shared": note.shared,
                    "told": inline(texts[note.id]),
                    "parts": parts_of(texts[note.id]),
                    "signature": note.signature.hex(),
                    "bands": band_hashes(note.signature),
                    NONE: NO_VECTOR,
                }
                for note in notes
            ],
        )


def _leave(notes: dict[str, Note], id_: str) -> None:
    """Take an article out of its story. A story is named after one of its articles: another one, if it was this."""
    story = notes[id_].story
    rest = sorted(one for one, note in notes.items() if note.story == story and one != id_)
    if rest:
        name = rest[0] if story == id_ else story
        for one in rest:
            notes[one] = replace(notes[one], story=name, shared=len(rest) > 1)
    notes[id_] = replace(notes[id_], story=id_, shared=False)


def _join(notes: dict[str, Note], id_: str) -> None:
    """Link an article to the story that it tells."""
    mark = notes[id_].signature
    mine = set(band_hashes(mark))
    same = {
        note.story
        for one, note in notes.items()
        if one != id_ and not mine.isdisjoint(band_hashes(note.signature)) and similarity(mark, note.signature) >= SAME
    }
    if not same:
        return
    story = min(same)
    for one, note in notes.items():
        if one == id_ or note.story in same:
            notes[one] = replace(note, story=story, shared=True)


def _key(id_: str) -> str:
    return f"{id_}@{NOTED}"
