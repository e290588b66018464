"""What counts of an archive on Milvus, read: the passages of the version that an article's row names, and no others."""

from collections.abc import Callable, Sequence

import numpy as np

from corpus.article import Article, Card
from retrieval.archive.contract import FoundPassage, Provenance
from retrieval.archive.filters import matches, matching_names, name_matches
from retrieval.archive.milvus.filters import beginning, both, one_of, quoted
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.notes import Notes
from retrieval.archive.milvus.rows import (
    CARD,
    PASSAGE,
    VECTOR,
    as_article,
    as_body,
    as_card,
    as_passage,
    as_vector,
    day_number,
    has_long_card,
    passage_id,
    row_key,
    whole,
)
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import MOST, Row, Server
from retrieval.encode.encoder import Vectors
from retrieval.types import NO_FILTERS, Filters, Passage

# Passages looked at beyond those asked for, so that rounding in an index leaves the nearest among them.
SPARE = 10
FOUND = [*PASSAGE, *VECTOR]
# Times that a search is made, where what it finds is replaced the while.
LOOKS = 3
# From so many passages on they are asked for in turns.
MANY = 10_000
Find = Callable[[int, str, bool], list[Row]]


class Reading:
    """Articles and passages as they are shown; `current` returns the collection of the passages in use."""

    def __init__(self, server: Server, names: Names, ledger: Ledger, notes: Notes, current: Callable[[], str]) -> None:
        self._server = server
        self._names = names
        self._ledger = ledger
        self._notes = notes
        self._current = current

    # ── What is found ────────────────────────────────────────────────────────────────────────────────────────────────

    def search_vectors(self, collection: str, vector: Vectors, count: int, filters: Filters) -> list[FoundPassage]:
        """Return the passages in a slice that are nearest to a vector, nearest first; raises UnknownName."""

        def find(limit: int, filter_: str, strong: bool) -> list[Row]:
            # One number for every kind of index: how much is looked at, for Milvus takes what it does not know.
            params = {"metric_type": "IP", "params": _looked_at(limit)}
            return self._server.search(collection, "vector", vector, limit, filter_, FOUND, params, strong=strong)

        found = self.found(find, count + SPARE, filters)
        return sorted(found, key=lambda one: -float(one.vector.astype(np.float32) @ vector))[:count]

    def found(self, find: Find, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        """Return what is found and counts, in order: `count`, or all that there is.

        What was found may be newer than its article's row: then it does not count yet. Where it is older, the passages
        that count now may not be searched yet: the server is asked again, for whatever anybody has written. Raises
        UnknownName.
        """
        filter_ = self._filter(filters)
        # What was added after a generation is asked for once, and never again.
        strong = filters.added_after is not None
        for _ in range(LOOKS):
            found, replaced = self._found(find, count, filter_, filters, strong=strong)
            if not replaced:
                break
            strong = True
        return found[:count]

    def _found(
        self, find: Find, count: int, filter_: str, filters: Filters, *, strong: bool
    ) -> tuple[list[FoundPassage], bool]:
        limit = max(1, count)
        while True:
            rows = find(limit, filter_, strong)
            found, replaced = self._there(rows, filters, strong=strong)
            if len(found) >= count or len(rows) < limit or limit >= MOST:
                return found, replaced
            limit = min(4 * limit, MOST)

    def there(self, rows: Sequence[Row], filters: Filters = NO_FILTERS, *, strong: bool = False) -> list[FoundPassage]:
        """Return those passages that count, whose articles have not left the slice since; raises ArchiveDamaged."""
        return self._there(rows, filters, strong=strong)[0]

    def _there(self, rows: Sequence[Row], filters: Filters, *, strong: bool) -> tuple[list[FoundPassage], bool]:
        """Return those passages that count, and whether others of their articles do now."""
        articles = self.articles([row["article"] for row in rows], strong=strong)
        of = [articles.get(row["article"], {"version": "", "stamp": 0}) for row in rows]
        replaced = any(
            article["version"] not in ("", row["version"]) and article["stamp"] > row["stamp"]
            for row, article in zip(rows, of, strict=True)
        )
        rows = [row for row, article in zip(rows, of, strict=True) if article["version"] == row["version"]]
        cards = {id_: as_card(article, self._server.place) for id_, article in articles.items() if article["version"]}
        rows = [row for row in rows if matches(filters, cards[row["article"]])]
        whole(self._server, self._names.texts, {row["id"]: row for row in rows}, "body", strong=strong)
        others = self._others(sorted({row["article"] for row in rows}), cards)
        found = [
            FoundPassage(
                as_passage(row, cards[row["article"]], self._server.place),
                as_vector(row, self._server.place),
                others.get(row["article"], ()),
            )
            for row in rows
        ]
        return found, replaced

    def _others(self, ids: Sequence[str], cards: dict[str, Card]) -> dict[str, tuple[Card, ...]]:
        """Return the cards of the other articles that tell the same stories, in the order of their dates."""
        notes = {id_: note for id_, note in self._notes.of(ids).items() if note.shared}
        if not notes:
            return {}
        members = self._notes.shared(note.story for note in notes.values())
        unread = {one for story in members.values() for one in story} - cards.keys()
        read = self.articles(sorted(unread))
        cards = cards | {id_: as_card(row, self._server.place) for id_, row in read.items() if row["version"]}
        # Once a story and not once an article: hundreds of papers may have printed it, and all be found.
        told = {
            story: sorted(
                (cards[one] for one in there if one in cards),
                key=lambda card: (card.published is None, card.published, card.id),
            )
            for story, there in members.items()
        }
        return {id_: tuple(card for card in told.get(note.story, ()) if card.id != id_) for id_, note in notes.items()}

    def _filter(self, filters: Filters) -> str:
        conditions = []
        if filters.since:
            conditions.append(f"published >= {day_number(filters.since)}")
        if filters.until:
            conditions.append(f"published > 0 and published <= {day_number(filters.until)}")
        if filters.added_after is not None:
            conditions.append(f"added > {filters.added_after}")
        for kind, asked in (("source", filters.source), ("author", filters.author)):
            if asked is not None:
                conditions.append(one_of(kind, self._meant(kind, asked)))
        return both(*conditions)

    def _meant(self, kind: str, asked: str) -> list[str]:
        """Return the keys of the names that have the words asked for; raises UnknownName."""
        names = self._ledger.names(kind)
        keys = [key for key, name in names.items() if name_matches(asked, name) and self.has(kind, key)]
        if not keys:
            matching_names(kind, asked, [name for key, name in names.items() if self.has(kind, key)])  # raises
        return keys

    def has(self, kind: str, key: str) -> bool:
        """Tell whether an article has a source, an author or a language."""
        return bool(self._server.rows(self._names.articles, f"{kind} == {quoted(key)}", [], limit=1))

    # ── Articles ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def articles(self, ids: Sequence[str], *, strong: bool = False) -> dict[str, Row]:
        """Return articles' rows without their bodies; what was removed a little while ago has no version."""
        rows = self._server.by_key(self._names.articles, ids, CARD, strong=strong)
        if long := [id_ for id_, row in rows.items() if has_long_card(row)]:
            rows |= self.bodies(long, strong=strong)
        return rows

    def bodies(self, ids: Sequence[str], *, strong: bool = False) -> dict[str, Row]:
        """Return articles' rows, whole."""
        rows = self._server.by_key(self._names.articles, ids, [*CARD, "body", "making"], strong=strong)
        there = {id_: row for id_, row in rows.items() if row["version"]}
        keyed = {row_key(id_, row["version"]): row for id_, row in there.items()}
        whole(self._server, self._names.texts, keyed, "body", strong=strong)
        return there

    def article(self, id_: str) -> Article | None:
        """Return an article, whole; raises ArchiveDamaged."""
        row = self.bodies([id_]).get(id_)
        return as_article(row, self._server.place) if row else None

    def provenance(self, id_: str) -> Provenance | None:
        """Tell where an article was read; raises ArchiveDamaged."""
        row = self.bodies([id_]).get(id_)
        if row is None:
            return None
        _, _, where, warnings, traces, *_ = as_body(row, self._server.place)
        note = self._notes.of([id_]).get(id_)
        told = note.occurrences if note else ()
        return Provenance(told, where, tuple(warnings), tuple((field, found) for field, found in traces))

    def cards(self, filter_: str = "") -> list[Card]:
        """Return articles' cards, newest first, those without a date last."""
        cards = []
        for row in self._server.every(self._names.articles, both('version != ""', filter_), CARD):
            one = self.bodies([row["id"]])[row["id"]] if has_long_card(row) else row
            cards.append(as_card(one, self._server.place))
        return sorted(cards, key=lambda card: (-day_number(card.published), card.id))

    # ── Passages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def passages_of(self, id_: str) -> list[Passage]:
        """Return an article's passages, in order; raises ArchiveDamaged."""
        row = self.articles([id_]).get(id_)
        if row is None or not row["version"]:
            return []
        card = as_card(row, self._server.place)
        condition = both(one_of("article", [id_]), one_of("version", [row["version"]]))
        find = self._server.rows if row["amount"] < MANY else self._server.every
        rows = list(find(self._current(), condition, PASSAGE))
        whole(self._server, self._names.texts, {one["id"]: one for one in rows}, "body")
        return sorted((as_passage(one, card, self._server.place) for one in rows), key=lambda passage: passage.start)

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Find a passage by how its article's id begins, and how the rest of its own does; raises ArchiveDamaged."""
        collection = self._current()
        for row in sorted(
            self._server.rows(self._names.articles, beginning("id", article), ["version"]),
            key=lambda one: str(one["id"]),
        ):
            condition = both(beginning("id", f"{row['id']}-{passage}"), one_of("version", [row["version"]]))
            rows = self._server.rows(collection, condition, FOUND)
            if found := self.there(sorted(rows, key=passage_id)):
                return found[0]
        return None


def _looked_at(limit: int) -> dict[str, int]:
    """Return how much of an index is looked at: HNSW's ef, IVF's nprobe and DiskANN's search_list."""
    return {"ef": max(128, 2 * limit), "nprobe": 64, "search_list": max(100, limit)}
