"""The same story once: what is read, held against what is known, and of all who tell an article one that stands.

An article is named by its link, so a feed, a saved page and an export may all *tell* the same one. The archive
remembers who tells it, and in how many characters (a `Telling`). The rule:

- The longest text stands, so that a feed's excerpt never takes the place of the page; of equally long ones the first
  by origin and key. So it makes no difference in which order they come, or in how many runs.
- A telling is forgotten when its file is gone, or was read to its end without it. What could not be read is not gone,
  nor is what a link once listed; and where a large file has lost more than a third, that is not believed unasked.
- An article is removed when nobody tells it any longer.
- Where one stands only now that everything was read, because another is forgotten or no longer the longest, and it
  was passed over, the article is *owed*: its file is read once more, or else the article stays as it is until it is.

Where the work is shared (shard.py), each process meets everything, as what is to be done with one article hangs on who
else tells it. What it read is written by whoever has the article by the id that it was *read* with, which never
changes; it is removed, and what is owed of it is read again, by whoever has its id in the archive.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from corpus.article import article_id
from corpus.documents import Reading, Skipped
from retrieval.archive.contract import KnownArticle, Occurrence
from retrieval.indexing.shard import WHOLE, Shard

# The largest share of a folder's articles, or of a file's where it has at least so many, that one run removes without
# being told to.
MOST_REMOVED = 1 / 3
MANY = 10


class Warned(NamedTuple):
    """What was odd about an article, or about a file."""

    where: str
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """What a run did. Of what was read, each is an article that was added, changed or unchanged, or the same again.

    `others` were read too, and are another shard's.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    same: int = 0
    removed: int = 0
    passages: int = 0
    embedded: int = 0
    others: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)


class Row(NamedTuple):
    """What the archive's row of an article says: the content's digest, and by whom it stands."""

    digest: str
    stands: Occurrence | None


class Meeting:
    """What is read, held against what is known; `gone` are the files that are not there any longer."""

    def __init__(
        self,
        known: Mapping[str, KnownArticle],
        gone: Iterable[str],
        report: Report,
        *,
        allow_removals: bool,
        shard: Shard = WHOLE,
    ) -> None:
        self._known = known
        self._gone = set(gone)
        self._report = report
        self._allow_removals = allow_removals
        self._shard = shard
        self._at: dict[str, set[str]] = {}
        for id_, one in known.items():
            for occurrence in one.occurrences:
                self._at.setdefault(occurrence.origin, set()).add(id_)
        self._met: dict[str, tuple[Occurrence, ...]] = {}
        self._read: set[str] = set()
        self._unread: dict[str, list[str]] = {}
        self._written: dict[str, Row] = {}
        self._exists: dict[str, bool] = {}
        self._names: dict[tuple[str, str], str] = {}

    def news(self, readings: Iterable[Reading | Skipped]) -> Iterator[Reading]:
        """Yield what has to be written, and count everything."""
        for reading in readings:
            if isinstance(reading, Skipped):
                self._report.skipped.append(reading)
                if reading.origin:
                    self._unread.setdefault(reading.origin, []).append(reading.key)
                continue
            named = self._named(reading)
            if named is not reading:
                self._names[_occurrence(reading).place] = named.article.id
            if not self._shard.has(reading.article.id):
                self._report.others += 1
                self._meets(named)
                continue
            if reading.warnings:
                self._report.warned.append(Warned(reading.where or reading.origin, reading.warnings))
            self._count(named)
            if self._meets(named):
                yield self._noted(named)

    def owed(self) -> dict[str, Occurrence]:
        """Return, by their ids, what should stand and was passed over, once everything was read."""
        return {
            id_: told[0]
            for id_, told in self._told.items()
            if self._shard.has(id_) and told and told[0] != self._row(id_).stands and told[0] in self._met.get(id_, ())
        }

    def paid(self, readings: Iterable[Reading | Skipped]) -> Iterator[Reading]:
        """Yield what was owed, as it is read again."""
        owed = self.owed()
        for reading in readings:
            if not isinstance(reading, Reading):
                continue
            id_ = self._names.get(_occurrence(reading).place, reading.article.id)
            if owed.get(id_) == _occurrence(reading):
                del owed[id_]
                yield self._noted(_renamed(reading, id_))

    def end(self) -> tuple[list[str], dict[str, tuple[Occurrence, ...]]]:
        """Return the articles that nobody tells any longer, and who tells the others, where that is not written yet."""
        removed = [id_ for id_, told in self._told.items() if not told and self._shard.has(id_)]
        self._report.removed = len(removed)
        mine = {id_: told for id_, told in self._told.items() if self._shard.has(id_) or id_ in self._written}
        return removed, {id_: told for id_, told in mine.items() if told and not self._is_written(id_, told)}

    # ── As it is read ────────────────────────────────────────────────────────────────────────────────────────────────

    def _named(self, reading: Reading) -> Reading:
        """Keep the name that this file's article had, and take that of no other file that is still there."""
        article, origin = reading.article, reading.origin
        here = self._at.get(origin, set())
        if article.card.url or article.id in here:
            return reading
        own = article_id(f"{origin}#{reading.key}" if reading.key else origin)
        if own in here:
            return _renamed(reading, own)
        if not reading.key and origin not in self._read:
            before = [id_ for id_ in here if any(one.place == (origin, "") for one in self._known[id_].occurrences)]
            if len(before) == 1:
                return _renamed(reading, before[0])
        known = self._known.get(article.id, KnownArticle(""))
        others = [one.origin for one in (*known.occurrences, *self._met.get(article.id, ())) if one.origin != origin]
        return _renamed(reading, own) if any(map(self._is_there, others)) else reading

    def _count(self, reading: Reading) -> None:
        """Count an article that was read: as unchanged, where it is known, until it is found to be changed."""
        before, met = reading.article.id in self._known, reading.article.id in self._met
        self._report.read += 1
        self._report.added += not before and not met
        self._report.unchanged += before and not met
        self._report.same += met

    def _meets(self, reading: Reading) -> bool:
        """Note who tells an article, and say whether it has to be written."""
        id_, mine = reading.article.id, _occurrence(reading)
        before, met = self._known.get(id_), self._met.get(id_, ())
        self._read.add(mine.origin)
        if any(one.place == mine.place for one in met):
            return False
        met = (*met, mine)
        self._met[id_] = before.occurrences if before and before.occurrences == met else met
        told = {one.place: one for one in before.occurrences if self._is_there(one.origin)} if before else {}
        told |= {one.place: one for one in met}
        return min(told.values(), key=_rank) == mine and self._row(id_) != Row(reading.article.digest, mine)

    def _noted(self, reading: Reading) -> Reading:
        """Note what is written, and count it as changed where it is not what was there."""
        id_, digest = reading.article.id, reading.article.digest
        if before := self._known.get(id_):
            changes = (digest != before.digest) - (self._row(id_).digest != before.digest)
            self._report.changed += changes
            self._report.unchanged -= changes
        self._written[id_] = Row(digest, _occurrence(reading))
        return reading

    def _row(self, id_: str) -> Row:
        """Return what is written by now."""
        known = self._known.get(id_, KnownArticle(""))
        return self._written.get(id_) or Row(known.digest, known.occurrences[0] if known.occurrences else None)

    def _is_there(self, origin: str) -> bool:
        """Tell whether what told an article before may still do so: a file that exists, or a link."""
        if origin not in self._exists:
            self._exists[origin] = origin not in self._gone and (_is_link(origin) or Path(origin).exists())
        return self._exists[origin]

    # ── Once everything was read ─────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _told(self) -> dict[str, tuple[Occurrence, ...]]:
        """Who tells the articles of which it may have changed: first the one that stands."""
        ids = {id_ for origin in (*self._read, *self._gone) for id_ in self._at.get(origin, ())}
        ids = {id_ for id_ in ids | self._met.keys() if not self._is_as_before(id_)}
        shrunk = self._shrunk()
        told = {}
        for id_ in ids:
            met = {one.place: one for one in self._met.get(id_, ())}
            known = self._known.get(id_, KnownArticle(""))
            before = {one.place: one for one in known.occurrences if self._is_kept(one, bool(met), shrunk)}
            told[id_] = tuple(sorted((before | met).values(), key=_rank))
        return told

    def _is_as_before(self, id_: str) -> bool:
        """Tell whether it was met as it is known, or is new and met once, as most are."""
        met, known = self._met.get(id_, ()), self._known.get(id_)
        return met == known.occurrences if known else len(met) == 1

    def _is_kept(self, occurrence: Occurrence, met: bool, shrunk: set[str]) -> bool:
        """Tell whether to remember who told an article before; `met` is whether anybody told it now."""
        origin, key = occurrence.origin, occurrence.key
        if origin not in self._read:
            return self._is_there(origin) if met else origin not in self._gone
        if _is_link(origin):
            return bool(key)
        return origin in shrunk or any(key.startswith(unread) for unread in self._unread.get(origin, ()))

    def _shrunk(self) -> set[str]:
        """Return, and name, the files that have lost so much that it is not believed without being told so."""
        large = {origin: len(ids) for origin, ids in self._at.items() if len(ids) >= MANY and not _is_link(origin)}
        shrunk: set[str] = set()
        if self._allow_removals or not large.keys() & self._read:
            return shrunk
        given = Counter(origin for met in self._met.values() for origin in {one.origin for one in met})
        for origin, had in sorted(large.items()):
            if origin not in self._read or given[origin] >= had * (1 - MOST_REMOVED):
                continue
            shrunk.add(origin)
            if "" not in self._unread.get(origin, ()):
                what = (
                    f"of the {had:,} articles that came from it {given[origin]:,} are there now, so none was removed. "
                    "If they are to be removed, run it again with --allow-removals."
                )
                self._report.warned.append(Warned(origin, (what,)))
        return shrunk

    def _is_written(self, id_: str, told: tuple[Occurrence, ...]) -> bool:
        stands, known = self._row(id_).stands, self._known.get(id_, KnownArticle(""))
        others = {one for one in known.occurrences[1:] if stands is None or one.place != stands.place}
        return told[0] == stands and set(told[1:]) == others


def _occurrence(reading: Reading) -> Occurrence:
    return Occurrence(reading.origin, reading.key, len(reading.article.text))


def _rank(occurrence: Occurrence) -> tuple[int, str, str]:
    return (-occurrence.length, occurrence.origin, occurrence.key)


def _is_link(origin: str) -> bool:
    return origin.startswith(("http://", "https://"))


def _renamed(reading: Reading, id_: str) -> Reading:
    card = replace(reading.article.card, id=id_)
    return replace(reading, article=replace(reading.article, card=card))
