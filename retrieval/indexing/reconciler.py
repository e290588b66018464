"""Compares what is read with what the archive has, and decides what to write, what to defer and what to remove.

An article is identified by its link, so a feed, a saved page and an export may all contain the same one. The archive
stores all occurrences of an article. The rules:

- The occurrence with the longest text is canonical, so that a feed's excerpt never replaces the page; of equally long
  ones, the first by origin and key. The result depends neither on the order of reading nor on the number of runs.
- An occurrence is forgotten when its file is gone, was read to its end without it, or says that it is not published.
  Files that could not be read are not gone, nor are links that a list no longer has. A large file that has lost more
  than a third of its articles keeps their occurrences, unless removals are allowed; drafts in it are not lost.
- An article without any occurrence is removed.
- An occurrence may become canonical only after everything was read, because another one is forgotten or has become
  shorter. Then the article is *deferred*: its file is read again, and the article stays as it is until then.

If the work is shared (shard.py), each process reads everything, because what to do with one article depends on all its
occurrences. An article that was read is written by the shard of the id that it was *read* with, which never changes. It
is removed, or read again, by the shard of its id in the archive.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from corpus.article import article_id
from corpus.reader_types import Reading, Skipped
from retrieval.archive.contract import KnownArticle, Occurrence
from retrieval.indexing.report import Report, Warned
from retrieval.indexing.shard import WHOLE, Shard

# The largest share of a folder's articles, or of a large file's, that one run removes unless removals are allowed.
MAX_REMOVED_SHARE = 1 / 3
LARGE_FILE_ARTICLES = 10


class StoredArticle(NamedTuple):
    """What the archive has of an article by now: the content's digest, and the canonical occurrence."""

    digest: str
    canonical: Occurrence | None


@dataclass(frozen=True, slots=True)
class Scope:
    """The state that a run starts from, and what it may change.

    `known` are the archive's articles when the run starts. `missing` are the files that articles came from and that are
    gone. `allow_removals` lets large files lose more than a third of their articles. Only articles in `shard` change.
    """

    known: Mapping[str, KnownArticle]
    missing: Collection[str] = ()
    allow_removals: bool = False
    shard: Shard = WHOLE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What remains to be done once everything was read: articles to remove, and occurrences to store, by article id."""

    removed: tuple[str, ...]
    occurrences: Mapping[str, tuple[Occurrence, ...]]


class Reconciler:
    """One run's comparison. Call `to_write`, then `read_deferred` if anything is `deferred`, then `outcome`."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self._scope = scope
        self._known = scope.known
        self._missing = frozenset(scope.missing)
        self._report = report
        self._ids_by_origin: dict[str, set[str]] = {}
        for id_, article in scope.known.items():
            for occurrence in article.occurrences:
                self._ids_by_origin.setdefault(occurrence.origin, set()).add(id_)
        self._seen: dict[str, tuple[Occurrence, ...]] = {}
        self._read_origins: set[str] = set()
        self._unpublished: Counter[str] = Counter()
        self._unread_keys: dict[str, list[str]] = {}
        self._written: dict[str, StoredArticle] = {}
        self._exists: dict[str, bool] = {}
        self._names: dict[tuple[str, str], str] = {}

    def to_write(self, readings: Iterable[Reading | Skipped]) -> Iterator[Reading]:
        """Yield the readings that have to be written, and count all of them."""
        for reading in readings:
            if isinstance(reading, Skipped):
                self._report.skipped.append(reading)
                if reading.unpublished and reading.origin:
                    self._read_origins.add(reading.origin)
                    self._unpublished[reading.origin] += 1
                elif reading.origin:
                    self._unread_keys.setdefault(reading.origin, []).append(reading.key)
                continue
            named = self._with_stable_id(reading)
            if named is not reading:
                self._names[_occurrence(reading).place] = named.article.id
            if not self._scope.shard.has(reading.article.id):
                self._report.others += 1
                self._note_occurrence(named)
                continue
            if reading.warnings:
                self._report.warned.append(Warned(reading.where or reading.origin, reading.warnings))
            self._count_read(named)
            if self._note_occurrence(named):
                yield self._note_written(named)

    def deferred(self) -> dict[str, Occurrence]:
        """Return by article id the occurrences that became canonical after they were read and not written."""
        return {
            id_: occurrences[0]
            for id_, occurrences in self._new_occurrences.items()
            if self._scope.shard.has(id_)
            and occurrences
            and occurrences[0] != self._stored(id_).canonical
            and occurrences[0] in self._seen.get(id_, ())
        }

    def read_deferred(self, readings: Iterable[Reading | Skipped]) -> Iterator[Reading]:
        """Yield the deferred articles among readings of their files."""
        deferred = self.deferred()
        for reading in readings:
            if not isinstance(reading, Reading):
                continue
            id_ = self._names.get(_occurrence(reading).place, reading.article.id)
            if deferred.get(id_) == _occurrence(reading):
                del deferred[id_]
                yield self._note_written(_renamed(reading, id_))

    def outcome(self) -> Outcome:
        """Return what remains to be done, once everything was read and written."""
        shard, changed = self._scope.shard, self._new_occurrences
        removed = tuple(id_ for id_, occurrences in changed.items() if not occurrences and shard.has(id_))
        self._report.removed = len(removed)
        own = {id_: occurrences for id_, occurrences in changed.items() if shard.has(id_) or id_ in self._written}
        return Outcome(
            removed,
            {
                id_: occurrences
                for id_, occurrences in own.items()
                if occurrences and not self._is_stored(id_, occurrences)
            },
        )

    # ── While reading ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _with_stable_id(self, reading: Reading) -> Reading:
        """Return the reading with the id that its article has in the archive; articles without a link need that.

        An id that another existing file gave is not taken.
        """
        article, origin = reading.article, reading.origin
        known_here = self._ids_by_origin.get(origin, set())
        if article.card.url or article.id in known_here:
            return reading
        own = article_id(f"{origin}#{reading.key}" if reading.key else origin)
        if own in known_here:
            return _renamed(reading, own)
        if not reading.key and origin not in self._read_origins:
            before = [
                id_
                for id_ in known_here
                if any(occurrence.place == (origin, "") for occurrence in self._known[id_].occurrences)
            ]
            if len(before) == 1:
                return _renamed(reading, before[0])
        known = self._known.get(article.id, KnownArticle(""))
        occurrences = (*known.occurrences, *self._seen.get(article.id, ()))
        others = [occurrence.origin for occurrence in occurrences if occurrence.origin != origin]
        return _renamed(reading, own) if any(map(self._may_exist, others)) else reading

    def _count_read(self, reading: Reading) -> None:
        """Count a reading; a known article counts as unchanged until it is written."""
        before, seen = reading.article.id in self._known, reading.article.id in self._seen
        self._report.read += 1
        self._report.added += not before and not seen
        self._report.unchanged += before and not seen
        self._report.same += seen

    def _note_occurrence(self, reading: Reading) -> bool:
        """Note an occurrence that was read; return whether the reading has to be written."""
        id_, occurrence = reading.article.id, _occurrence(reading)
        before, seen = self._known.get(id_), self._seen.get(id_, ())
        self._read_origins.add(occurrence.origin)
        if any(other.place == occurrence.place for other in seen):
            return False
        seen = (*seen, occurrence)
        self._seen[id_] = before.occurrences if before and before.occurrences == seen else seen
        known = before.occurrences if before else ()
        by_place = {other.place: other for other in known if self._may_exist(other.origin)}
        by_place |= {other.place: other for other in seen}
        is_canonical = min(by_place.values(), key=_rank) == occurrence
        return is_canonical and self._stored(id_) != StoredArticle(reading.article.digest, occurrence)

    def _note_written(self, reading: Reading) -> Reading:
        """Note that a reading is written, and count it as changed if its content is new."""
        id_, digest = reading.article.id, reading.article.digest
        if before := self._known.get(id_):
            changes = (digest != before.digest) - (self._stored(id_).digest != before.digest)
            self._report.changed += changes
            self._report.unchanged -= changes
        self._written[id_] = StoredArticle(digest, _occurrence(reading))
        return reading

    def _stored(self, id_: str) -> StoredArticle:
        """Return what the archive has of an article by now."""
        known = self._known.get(id_, KnownArticle(""))
        return self._written.get(id_) or StoredArticle(
            known.digest, known.occurrences[0] if known.occurrences else None
        )

    def _may_exist(self, origin: str) -> bool:
        """Tell whether an origin may still have its articles: a link, or a file that exists."""
        if origin not in self._exists:
            self._exists[origin] = origin not in self._missing and (_is_link(origin) or Path(origin).exists())
        return self._exists[origin]

    # ── After reading ─────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _new_occurrences(self) -> dict[str, tuple[Occurrence, ...]]:
        """The occurrences, the canonical first, of the articles whose occurrences may have changed."""
        ids = {id_ for origin in (*self._read_origins, *self._missing) for id_ in self._ids_by_origin.get(origin, ())}
        ids = {id_ for id_ in ids | self._seen.keys() if not self._is_unchanged(id_)}
        shrunk = self._shrunken_files()
        occurrences = {}
        for id_ in ids:
            seen = {occurrence.place: occurrence for occurrence in self._seen.get(id_, ())}
            known = self._known.get(id_, KnownArticle(""))
            before = {
                occurrence.place: occurrence
                for occurrence in known.occurrences
                if self._is_remembered(occurrence, bool(seen), shrunk)
            }
            occurrences[id_] = tuple(sorted((before | seen).values(), key=_rank))
        return occurrences

    def _is_unchanged(self, id_: str) -> bool:
        """Tell whether the occurrences are those known before, or one of a new article: true of most articles."""
        seen, known = self._seen.get(id_, ()), self._known.get(id_)
        return seen == known.occurrences if known else len(seen) == 1

    def _is_remembered(self, occurrence: Occurrence, seen: bool, shrunk: set[str]) -> bool:
        """Tell whether to keep a known occurrence; `seen` is whether the article was read at all in this run."""
        origin, key = occurrence.origin, occurrence.key
        if origin not in self._read_origins:
            return self._may_exist(origin) if seen else origin not in self._missing
        if _is_link(origin):
            return bool(key)
        return origin in shrunk or any(key.startswith(unread) for unread in self._unread_keys.get(origin, ()))

    def _shrunken_files(self) -> set[str]:
        """Return the large files that have lost too many articles, and warn of each."""
        large = {
            origin: len(ids)
            for origin, ids in self._ids_by_origin.items()
            if len(ids) >= LARGE_FILE_ARTICLES and not _is_link(origin)
        }
        shrunk: set[str] = set()
        if self._scope.allow_removals or not large.keys() & self._read_origins:
            return shrunk
        given = Counter(origin for seen in self._seen.values() for origin in {occurrence.origin for occurrence in seen})
        for origin, had in sorted(large.items()):
            accounted = given[origin] + self._unpublished[origin]
            if origin not in self._read_origins or accounted >= had * (1 - MAX_REMOVED_SHARE):
                continue
            shrunk.add(origin)
            if "" not in self._unread_keys.get(origin, ()):
                what = (
                    f"of the {had:,} articles that came from it {given[origin]:,} are there now, so none was removed. "
                    "If they are to be removed, run it again with --allow-removals."
                )
                self._report.warned.append(Warned(origin, (what,)))
        return shrunk

    def _is_stored(self, id_: str, occurrences: tuple[Occurrence, ...]) -> bool:
        canonical, known = self._stored(id_).canonical, self._known.get(id_, KnownArticle(""))
        others = {other for other in known.occurrences[1:] if canonical is None or other.place != canonical.place}
        return occurrences[0] == canonical and set(occurrences[1:]) == others


def _occurrence(reading: Reading) -> Occurrence:
    return Occurrence(reading.origin, reading.key, len(reading.article.text))


def _rank(occurrence: Occurrence) -> tuple[int, str, str]:
    return (-occurrence.length, occurrence.origin, occurrence.key)


def _is_link(origin: str) -> bool:
    return origin.startswith(("http://", "https://"))


def _renamed(reading: Reading, id_: str) -> Reading:
    card = replace(reading.article.card, id=id_)
    return replace(reading, article=replace(reading.article, card=card))
