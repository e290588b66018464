"""Search in an archive on Milvus: passages by vector and by words, document frequencies, words of similar spelling."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from corpus.article import Card
from corpus.text.language import MACROLANGUAGES
from retrieval.archive.contract import DocumentFrequencies
from retrieval.archive.filters import matches
from retrieval.archive.found_passages import FoundColumns, FoundPassage, in_columns
from retrieval.archive.index_spec_checks import check_unchanged
from retrieval.archive.milvus.client import Client
from retrieval.archive.milvus.collection import MAX_ROWS, Collection, Row, all_of, any_of, starts_with
from retrieval.archive.milvus.counts import IS_CURRENT
from retrieval.archive.milvus.filter_expression import filter_expression, has_articles
from retrieval.archive.milvus.lexical import BM25, ClientBM25, ServerBM25, Term, Terms, Vocabulary
from retrieval.archive.milvus.reading import ReadableArchive
from retrieval.archive.milvus.rows import (
    PASSAGE_FIELDS,
    VECTOR_FIELDS,
    as_card,
    as_passage,
    as_vector,
    passage_id,
)
from retrieval.archive.milvus.writer_ledger import LEASE_SECONDS
from retrieval.encode.encoder import Vectors
from retrieval.text.edit_distance import mostly_written
from retrieval.text.folding import fold
from retrieval.text.latin_stems import DEFAULT, STEMMERS, stemmed_as
from retrieval.text.question_terms import content_terms, stems_by_language
from retrieval.types import NO_FILTERS, Filters

# Passages to fetch beyond those wanted: an approximate index may rank the nearest ones a little lower.
EXTRA_PASSAGES = 10
FOUND_FIELDS = [*PASSAGE_FIELDS, *VECTOR_FIELDS]
# Searches at most, while writers replace the passages that are found.
MAX_SEARCHES = 3
# The nearest words of similar spelling whose frequencies are counted, and the passages that decide a word's capitals.
SIMILAR_WORDS, PASSAGES_FOR_CAPITALS = 40, 10
# Finds rows: takes a limit, a filter expression, and whether the read is a strong one.
Find = Callable[[int, str, bool], list[Row]]


class SearchableArchive(ReadableArchive):
    """The searching methods of the contract."""

    def __init__(self, client: Client, *, lease: float = LEASE_SECONDS) -> None:
        super().__init__(client, lease=lease)
        self.vocabulary = Vocabulary(self.collections.words)

    def bm25(self, passages: Collection) -> BM25:
        """Return how a collection of passages is searched by words."""
        if self.ledger.has_full_text_search(passages.name):
            return ServerBM25(passages)
        return ClientBM25(passages, self._term_frequencies, self.count_passages)

    # ── Passages ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def search_vectors(
        self, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> list[FoundPassage]:
        """Return the `count` passages nearest to a vector of length 1 among those that pass the filters, nearest first.

        Raises ModelChanged if the archive was embedded by another encoder than the one with this fingerprint, and
        UnknownName if no article has the source or the author.
        """

        def search(passages: Collection) -> list[FoundPassage]:
            check_unchanged(self.ledger.spec(passages.name), fingerprint)

            def find(limit: int, filter_: str, strong: bool) -> list[Row]:
                params = {"metric_type": "IP", "params": _index_params(limit)}
                return passages.search("vector", vector, limit, filter_, FOUND_FIELDS, params, strong=strong)

            hits = self._search(find, count + EXTRA_PASSAGES, filters)
            return sorted(hits, key=lambda hit: -float(hit.vector.astype(np.float32) @ vector))[:count]

        return self.collections.with_passages(search)

    def search_words(self, question: str, count: int, filters: Filters = NO_FILTERS) -> list[FoundPassage]:
        """Return the `count` best passages by BM25 that share words with a question and pass the filters, best first.

        Document frequencies are those of the whole archive. Raises UnknownName as `search_vectors` does.
        """
        terms = content_terms(question, self._languages())

        def search(passages: Collection) -> list[FoundPassage]:
            bm25 = self.bm25(passages)
            return self._search(
                lambda limit, filter_, strong: bm25.search(terms, limit, filter_, FOUND_FIELDS, strong=strong),
                count,
                filters,
            )

        return self.collections.with_passages(search)

    def search(
        self, question: str, vector: Vectors, count: int, fingerprint: str, filters: Filters = NO_FILTERS
    ) -> FoundColumns:
        """Return what both searches find, by words first; raises ModelChanged and UnknownName."""
        # By words first: if the archive is embedded anew in between, the search by vector raises ModelChanged.
        by_words = self.search_words(question, count, filters)
        return in_columns([*by_words, *self.search_vectors(vector, count, fingerprint, filters)])

    def find_passage(self, article: str, passage: str) -> FoundPassage | None:
        """Find a passage by how its article's id begins and how the rest of its own does; raises ArchiveDamaged."""
        passages = self.collections.passages()
        articles = self.collections.articles.query(starts_with("id", article), ["version"])
        for row in sorted(articles, key=lambda row: str(row["id"])):
            filter_ = all_of(starts_with("id", f"{row['id']}-{passage}"), any_of("version", [row["version"]]))
            rows = passages.query(filter_, FOUND_FIELDS)
            hits, _ = self._current_hits(sorted(rows, key=passage_id), NO_FILTERS)
            if hits:
                return hits[0]
        return None

    # ── From rows to current passages ─────────────────────────────────────────────────────────────────────────────────

    def _search(self, find: Find, count: int, filters: Filters) -> list[FoundPassage]:
        """Return the first `count` current passages that are found; raises UnknownName.

        A passage that is newer than its article's row is not current yet. If a passage is older than the row, the
        article's current passages may not be searchable yet: a strong read waits for them.
        """
        filter_ = filter_expression(filters, self.ledger, self.collections.articles)
        # A watch searches for new articles only once, so the search must miss none.
        strong = filters.added_after is not None
        for _ in range(MAX_SEARCHES):
            hits, any_replaced = self._search_until_enough(find, count, filter_, filters, strong=strong)
            if not any_replaced:
                break
            strong = True
        return hits[:count]

    def _search_until_enough(
        self, find: Find, count: int, filter_: str, filters: Filters, *, strong: bool
    ) -> tuple[list[FoundPassage], bool]:
        """Search with growing limits until there are `count` current passages, or no more rows."""
        limit = max(1, count)
        while True:
            rows = find(limit, filter_, strong)
            hits, any_replaced = self._current_hits(rows, filters, strong=strong)
            if len(hits) >= count or len(rows) < limit or limit >= MAX_ROWS:
                return hits, any_replaced
            limit = min(4 * limit, MAX_ROWS)

    def _current_hits(
        self, rows: Sequence[Row], filters: Filters, *, strong: bool = False
    ) -> tuple[list[FoundPassage], bool]:
        """Return the rows' current passages, and whether any row is of a version that was replaced.

        The filters are checked again, since an article may have changed. Raises ArchiveDamaged.
        """
        articles = self.article_rows([row["article"] for row in rows], strong=strong)
        missing = {"version": "", "stamp": 0}
        any_replaced, current = False, list[Row]()
        for row in rows:
            article = articles.get(row["article"], missing)
            if article["version"] == row["version"]:
                current.append(row)
            elif article["version"] and article["stamp"] > row["stamp"]:
                any_replaced = True
        cards = {id_: as_card(article, self.place) for id_, article in articles.items() if article["version"]}
        current = [row for row in current if matches(filters, cards[row["article"]])]
        self._join_bodies(current, strong=strong)
        near_duplicates = self._near_duplicates(sorted({row["article"] for row in current}), cards)
        hits = [
            FoundPassage(
                as_passage(row, cards[row["article"]], self.place),
                as_vector(row, self.place),
                near_duplicates.get(row["article"], ()),
            )
            for row in current
        ]
        return hits, any_replaced

    def _near_duplicates(self, ids: Sequence[str], cards: Mapping[str, Card]) -> dict[str, tuple[Card, ...]]:
        """Return the cards of each article's near duplicates, in the order of their dates."""
        notes = {id_: note for id_, note in self.notes.get(ids).items() if note.shared}
        if not notes:
            return {}
        members = self.notes.members(note.group for note in notes.values())
        without_card = {id_ for group in members.values() for id_ in group} - cards.keys()
        rows = self.article_rows(sorted(without_card))
        cards = {**cards, **{id_: as_card(row, self.place) for id_, row in rows.items() if row["version"]}}
        # Sort once for each group, not for each article: a search may find hundreds of articles of one group.
        groups = {
            group: sorted(
                (cards[id_] for id_ in member_ids if id_ in cards),
                key=lambda card: (card.published is None, card.published, card.id),
            )
            for group, member_ids in members.items()
        }
        return {
            id_: tuple(card for card in groups.get(note.group, ()) if card.id != id_) for id_, note in notes.items()
        }

    # ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def count_passages(self) -> int:
        """Count the passages; those that were replaced are counted until the next sweep."""
        return self.collections.with_passages(lambda passages: self.counts.rows(passages, [""])[0])

    def document_frequencies(self, words: Sequence[str]) -> DocumentFrequencies:
        """Count the passages that have each of these words in any form; replaced ones count until the next sweep."""
        languages = self._languages()
        terms_of = {word: stems_by_language(word, languages) for word in words}
        frequencies = self._term_frequencies([term for terms in terms_of.values() for term in terms])
        total = self.count_passages()
        counts = {word: min((frequencies[term] for term in terms_of[word]), default=0) for word in words}
        return DocumentFrequencies(total, {word: min(count, total) for word, count in counts.items()}, languages)

    def _term_frequencies(self, terms: Terms) -> dict[Term, int]:
        """Count the passages that have each of these terms."""
        unique = list(dict.fromkeys(terms))

        def count(passages: Collection) -> list[int]:
            return self.counts.rows(passages, list(map(self.bm25(passages).has_term, unique)))

        return dict(zip(unique, self.collections.with_passages(count), strict=True))

    def _languages(self) -> tuple[str, ...]:
        """Return the languages whose stemmers the passages went through, English first."""
        return self.counts.cached("languages", self._count_languages)

    def _count_languages(self) -> tuple[str, ...]:
        # The ledger also has languages of articles that are gone.
        codes = [code for code in self.ledger.names("language") if stemmed_as(code) != DEFAULT]
        articles = self.collections.articles
        others = tuple(sorted({stemmed_as(code) for code in codes if has_articles("language", code, articles)}))
        with_stemmer = any_of("language", [*STEMMERS, *MACROLANGUAGES])
        is_default = all_of(IS_CURRENT, f"not ({with_stemmer})")
        if others and not articles.query(is_default, [], limit=1):
            return others
        return DEFAULT, *others

    def similar_words(self, word: str, count: int) -> list[str]:
        """Return words of the archive of similar spelling, nearest first, then most frequent."""
        by_distance = sorted(self.vocabulary.similar(word).items(), key=lambda item: (item[1], item[0]))
        nearest = dict(by_distance[:SIMILAR_WORDS])
        frequencies = self.document_frequencies(list(nearest)).by_word
        best = sorted(
            (form for form in nearest if frequencies[form]), key=lambda form: (nearest[form], -frequencies[form], form)
        )
        return [self._most_frequent_spelling(form) for form in best[:count]]

    def _most_frequent_spelling(self, form: str) -> str:
        """Return a word with its most frequent capitals in some passages that have it."""

        def query(passages: Collection) -> list[Row]:
            has_terms = map(self.bm25(passages).has_term, stems_by_language(form, self._languages()))
            return passages.query(all_of(*has_terms), FOUND_FIELDS, limit=PASSAGES_FOR_CAPITALS)

        hits, _ = self._current_hits(self.collections.with_passages(query), NO_FILTERS)
        texts = [f"{hit.passage.article.title}\n{hit.passage.text}" for hit in hits]
        return mostly_written(texts).get(fold(form).lower(), form)


def _index_params(limit: int) -> dict[str, int]:
    """Return how much of an index to search: HNSW's ef, IVF's nprobe and DiskANN's search_list.

    Every kind of index ignores the parameters of the others.
    """
    return {"ef": max(128, 2 * limit), "nprobe": 64, "search_list": max(100, limit)}
