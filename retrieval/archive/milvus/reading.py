"""Reading an archive on Milvus: its articles and their passages, of the version that each article's row names.

Rows of other versions are not current: they are new ones that a writer is about to put, or old ones to be removed.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from corpus.article import Article, Card
from retrieval.archive.contract import VECTOR_TYPE, Generation, IndexedArticle, KnownArticle, Provenance, StoredVectors
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.milvus.archive_collections import ArchiveCollections
from retrieval.archive.milvus.client import Client
from retrieval.archive.milvus.collection import Collection, Row, all_of, any_of, catch_up
from retrieval.archive.milvus.counts import IS_CURRENT, Counts
from retrieval.archive.milvus.filter_expression import filter_expression
from retrieval.archive.milvus.groups_and_occurrences import Note, Notes
from retrieval.archive.milvus.rows import (
    CARD_FIELDS,
    PASSAGE_FIELDS,
    VECTOR_FIELDS,
    as_article,
    as_body,
    as_card,
    as_passage,
    as_vector,
    day_number,
    has_long_card,
    join_text_parts,
    version_key,
)
from retrieval.archive.milvus.writer_ledger import LEASE_SECONDS, Ledger
from retrieval.batch_and_prefetch import batched
from retrieval.types import NO_FILTERS, Filters, Passage

# An article of more passages is read page by page.
MAX_PASSAGES_AT_ONCE = 10_000
# Up to so many articles, `newest_cards` reads all of them.
FEW_ARTICLES = 1000
ARTICLES_PER_REQUEST = 256
# Vectors' keys in one filter expression.
KEYS_PER_REQUEST = 200


class ReadableArchive:
    """The reading methods of the contract; `lease` is in seconds."""

    def __init__(self, client: Client, *, lease: float = LEASE_SECONDS) -> None:
        """Take a connection to a server that has the archive's collections."""
        self.client = client
        self.place = client.place
        self.collections = ArchiveCollections(client)
        self.ledger = Ledger(self.collections.ledger, lease)
        self.notes = Notes(self.collections.notes, self.collections.texts)
        self.counts = Counts(self.collections.articles, self.ledger.generation)

    # ── Articles ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def article(self, id_: str) -> Article | None:
        """Return an article, whole; raises ArchiveDamaged."""
        row = self.whole_articles([id_]).get(id_)
        return as_article(row, self.place) if row else None

    def provenance(self, id_: str) -> Provenance | None:
        """Return where an article was read, and how its fields were found; raises ArchiveDamaged."""
        row = self.whole_articles([id_]).get(id_)
        if row is None:
            return None
        _, _, where, warnings, traces, *_ = as_body(row, self.place)
        note = self.notes.get([id_]).get(id_)
        occurrences = note.occurrences if note else ()
        return Provenance(occurrences, where, tuple(warnings), tuple((field, trace) for field, trace in traces))

    def known_articles(self) -> Mapping[str, KnownArticle]:
        """Return the digest and the occurrences of every article, by its id."""
        catch_up(self.collections.articles, self.collections.notes)
        occurrences = dict(self.notes.occurrences())
        rows = self.collections.articles.iterate(IS_CURRENT, ["content"])
        return {row["id"]: KnownArticle(row["content"], occurrences.get(row["id"], ())) for row in rows}

    def cards(self) -> list[Card]:
        """Return every article's card, newest first, those without a date last."""
        return self._cards("")

    def newest_cards(self, count: int, filters: Filters = NO_FILTERS) -> list[Card]:
        """Return the first of these cards that pass the filters; raises UnknownName."""
        if filters != NO_FILTERS:
            return self._cards(filter_expression(filters, self.ledger, self.collections.articles))[:count]
        since = self.counts.day_of_newest(count) if self.counts.articles() > FEW_ARTICLES else 0
        return self._cards(f"published >= {since}" if since else "")[:count]

    def _cards(self, filter_: str) -> list[Card]:
        cards = []
        for row in self.collections.articles.iterate(all_of(IS_CURRENT, filter_), CARD_FIELDS):
            whole = self.whole_articles([row["id"]])[row["id"]] if has_long_card(row) else row
            cards.append(as_card(whole, self.place))
        return sorted(cards, key=lambda card: (-day_number(card.published), card.id))

    def sources(self) -> list[str]:
        """Return the names of all sources, those with most articles first."""
        return [name for name, _ in self.counts.articles_by_name("source", self.ledger.names("source"))]

    def article_rows(self, ids: Sequence[str], *, strong: bool = False) -> dict[str, Row]:
        """Return articles' rows without their bodies; the row of a removed article has the version ""."""
        rows = self.collections.articles.get(ids, CARD_FIELDS, strong=strong)
        if long := [id_ for id_, row in rows.items() if has_long_card(row)]:
            rows |= self.whole_articles(long, strong=strong)
        return rows

    def whole_articles(self, ids: Sequence[str], *, strong: bool = False) -> dict[str, Row]:
        """Return articles' rows with their bodies, without removed articles; raises ArchiveDamaged."""
        rows = self.collections.articles.get(ids, [*CARD_FIELDS, "body", "making"], strong=strong)
        current = {id_: row for id_, row in rows.items() if row["version"]}
        by_text_key = {version_key(id_, row["version"]): row for id_, row in current.items()}
        join_text_parts(self.collections.texts, by_text_key, "body", strong=strong)
        return current

    # ── Passages ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def passages_of(self, id_: str) -> list[Passage]:
        """Return an article's passages, in order; none if there is no such article. Raises ArchiveDamaged."""
        row = self.article_rows([id_]).get(id_)
        if row is None or not row["version"]:
            return []
        card = as_card(row, self.place)
        filter_ = all_of(any_of("article", [id_]), any_of("version", [row["version"]]))
        passages = self.collections.passages()
        read = passages.query if row["amount"] < MAX_PASSAGES_AT_ONCE else passages.iterate
        rows = list(read(filter_, PASSAGE_FIELDS))
        self._join_bodies(rows)
        return sorted((as_passage(row, card, self.place) for row in rows), key=lambda passage: passage.start)

    def stored_vectors(self, keys: Sequence[bytes]) -> Mapping[bytes, StoredVectors]:
        """Return the vectors that were embedded under these keys; keys without a vector are left out."""
        return self.collections.with_passages(lambda passages: stored_vectors(passages, keys))

    @property
    def stores_token_codes(self) -> bool:
        """Whether the archive stores token codes: none on a server does."""
        return False

    def token_codes(self, keys: Sequence[bytes], fingerprint: str) -> Mapping[bytes, bytes]:  # noqa: ARG002
        """Return the token codes stored of passages: none."""
        return {}

    def _join_bodies(self, passages: Sequence[Row], *, strong: bool = False) -> None:
        """Complete the bodies of passages' rows."""
        join_text_parts(self.collections.texts, {row["id"]: row for row in passages}, "body", strong=strong)

    # ── Whole entries ─────────────────────────────────────────────────────────────────────────────────────────────────

    def indexed_articles(self, ids: Sequence[str]) -> list[IndexedArticle]:
        """Return articles with everything that `put` takes; ids without an article are left out."""
        return self.collections.with_passages(
            lambda passages: [
                entry for batch in batched(ids, ARTICLES_PER_REQUEST) for entry in self._entries(batch, passages)
            ]
        )

    def _entries(self, ids: Sequence[str], passages: Collection) -> list[IndexedArticle]:
        articles, notes = self.whole_articles(ids, strong=True), self.notes.get(ids, strong=True)
        catch_up(passages)
        rows: dict[str, list[Row]] = {id_: [] for id_ in articles}
        if articles:
            fields = [*PASSAGE_FIELDS, *VECTOR_FIELDS]
            for row in passages.iterate(any_of("article", list(articles)), fields):
                if articles[row["article"]]["version"] == row["version"]:
                    rows[row["article"]].append(row)
        spec = self.ledger.spec(passages.name)
        return [self._entry(articles[id_], rows[id_], notes.get(id_), spec) for id_ in ids if id_ in articles]

    def _entry(self, row: Row, passages: list[Row], note: Note | None, spec: IndexSpec) -> IndexedArticle:
        article = as_article(row, self.place)
        _, _, where, warnings, traces, *_ = as_body(row, self.place)
        first = note.occurrences[0] if note and note.occurrences else None
        passages = sorted(passages, key=lambda passage: int(passage["begin"]))
        self._join_bodies(passages, strong=True)
        vectors = [as_vector(passage, self.place) for passage in passages]
        return IndexedArticle(
            article,
            first.origin if first else None,
            note.signature if note else b"",
            tuple(as_passage(passage, article.card, self.place) for passage in passages),
            tuple(bytes.fromhex(passage["embedded"]) for passage in passages),
            np.stack(vectors) if vectors else np.empty((0, 0), VECTOR_TYPE),
            first.key if first else "",
            where,
            tuple(warnings),
            tuple((field, trace) for field, trace in traces),
            row["added"],
            spec,
        )

    # ── Generation ────────────────────────────────────────────────────────────────────────────────────────────────────

    def generation(self) -> Generation:
        """Return the state of the archive after its last change."""
        return Generation(self.ledger.generation(), self.ledger.identity())

    def had_generation(self, generation: Generation) -> bool:
        """Tell whether the archive once was in this state."""
        return generation.token == self.ledger.identity() and generation.number <= self.ledger.generation(strong=True)


def stored_vectors(passages: Collection, keys: Sequence[bytes]) -> dict[bytes, StoredVectors]:
    """Return the vectors of a collection that were embedded under these keys; keys without a vector are left out."""
    vectors: dict[bytes, StoredVectors] = {}
    for batch in batched(sorted({key.hex() for key in keys}), KEYS_PER_REQUEST):
        for row in passages.query(any_of("embedded", batch), ["embedded", *VECTOR_FIELDS]):
            vectors[bytes.fromhex(row["embedded"])] = as_vector(row, passages.place)
    return vectors
