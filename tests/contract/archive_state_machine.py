"""A state machine that changes an archive at random, and compares it with a dictionary of its articles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from corpus.article import Article, Card
from corpus.reader_types import Reading
from retrieval.archive.contract import Archive, KnownArticle, Occurrence
from retrieval.archive.index_spec import wanted_spec
from retrieval.encode.encoder import Tokens, Vectors, embedded_text
from retrieval.indexing.pipeline import sync
from retrieval.indexing.reembed import reembed
from retrieval.text.chunking import split, title_prefix
from retrieval.types import Filters, Passage
from tests.fakes import FakeEncoder, nearest

NAMES = [f"id{number}" for number in range(6)]
# Each story has its own words: two articles of one story are near duplicates, those of two stories share nothing.
STORIES = range(4)
FAKE, OTHER = FakeEncoder(), FakeEncoder(name="other", dimension=16)
# By article id, the article and the file that it is in.
Articles = dict[str, tuple[Article, str]]
# How far apart two cosines must be before their order counts: FAISS and numpy add up in another order.
TIE = 1e-5


class OutOfPower(Exception):
    """The end of a process, in the middle of a run."""


@dataclass(frozen=True)
class FailingEncoder(FakeEncoder):
    """Raises OutOfPower if it has anything to embed."""

    original: FakeEncoder = FAKE

    @property
    def fingerprint(self) -> str:
        return self.original.fingerprint

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if texts:
            raise OutOfPower
        return super().encode_passages(texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        self.encode_passages(texts)
        return super().encode_passage_tokens(texts)


def text_of(story: int, edit: int) -> str:
    """Return a text of 100 words; editions of a story differ in two words."""
    sentences = [" ".join(f"s{story}w{line}x{word}" for word in range(10)) + "." for line in range(10)]
    sentences[edit % 10] = sentences[edit % 10].replace("x4 ", f"x4 edition{edit} ")
    return "\n\n".join([" ".join(sentences[:5]), " ".join(sentences[5:])])


def passages_of(article: Article) -> list[Passage]:
    return list(split(article, FAKE, FAKE.max_tokens))


def vector_of(passage: Passage, encoder: FakeEncoder) -> Vectors:
    prefix = title_prefix(passage.article.title, encoder, encoder.max_tokens)
    (vector,) = encoder.encode_passages([embedded_text(prefix, passage.text)]).astype(np.float16).astype(np.float32)
    return np.asarray(vector, np.float32)


class ArchiveMachine(RuleBasedStateMachine):
    """Does to an archive what people and power cuts do."""

    @initialize()
    def begin(self) -> None:
        self.archive = self.create()
        self.encoder = FAKE
        self.articles: Articles = {}
        self.added: dict[str, int] = {}

    def create(self) -> Archive:
        """Create an empty archive."""
        raise NotImplementedError

    def open(self) -> Archive:
        """Open the archive as another process does."""
        raise NotImplementedError

    def _sync(self, encoder: FakeEncoder, *readings: tuple[Article, str]) -> int:
        with self.archive.write_lock("test"):
            return sync((Reading(article, path) for article, path in readings), self.archive, encoder).embedded

    def _take_in(self, article: Article, path: str) -> int:
        embedded = self._sync(self.encoder, (article, path))
        self.articles[article.id] = article, path
        self.added.setdefault(article.id, self.archive.generation().number)
        return embedded

    @rule(name=st.sampled_from(NAMES), story=st.sampled_from(STORIES), edit=st.integers(0, 30))
    def add_or_change(self, name: str, story: int, edit: int) -> None:
        known = self.articles.get(name)
        card = known[0].card if known else Card(name, f"Title {name}", f"https://example.org/{name}")
        article = Article(card, text_of(story, edit))
        old = {
            (passage.article.title, passage.text)
            for other, _ in self.articles.values()
            for passage in passages_of(other)
        }
        new = {(passage.article.title, passage.text) for passage in passages_of(article)}
        assert self._take_in(article, f"/files/{name}") == len(new - old)

    @precondition(lambda self: self.articles)
    @rule(data=st.data(), day=st.integers(1, 28))
    def change_the_date_and_the_source(self, data: st.DataObject, day: int) -> None:
        article, path = self.articles[data.draw(st.sampled_from(sorted(self.articles)))]
        card = replace(article.card, published=date(2020, 1, day), source=f"Paper {day}")
        assert self._take_in(replace(article, card=card), path) == 0

    @precondition(lambda self: self.articles)
    @rule(data=st.data(), title=st.sampled_from(["One", "Two", "Three"]))
    def change_the_headline(self, data: st.DataObject, title: str) -> None:
        article, path = self.articles[data.draw(st.sampled_from(sorted(self.articles)))]
        self._take_in(replace(article, card=replace(article.card, title=f"{title} {article.id}")), path)

    @precondition(lambda self: self.articles)
    @rule(data=st.data(), place=st.integers(0, 3))
    def move_the_file(self, data: st.DataObject, place: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.articles)))
        assert self._take_in(self.articles[name][0], f"/elsewhere{place}/{name}") == 0

    @precondition(lambda self: self.articles)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        names = data.draw(st.sets(st.sampled_from(sorted(self.articles)), min_size=1, max_size=2))
        with self.archive.write_lock("test"):
            self.archive.remove(sorted(names))
        for name in names:
            del self.articles[name], self.added[name]

    @rule(name=st.sampled_from(NAMES), story=st.sampled_from(STORIES), edit=st.integers(31, 60))
    def crash_while_embedding(self, name: str, story: int, edit: int) -> None:
        """None of these editions is ever stored, so there is always something to embed."""
        article = Article(Card(name, "Interrupted", f"https://example.org/{name}"), text_of(story, edit))
        try:
            self._sync(
                FailingEncoder(self.encoder.name, self.encoder.dimension, original=self.encoder),
                (article, f"/files/{name}"),
            )
        except OutOfPower:
            self.open_again()
        else:
            raise AssertionError("nothing was embedded")

    @rule()
    def open_again(self) -> None:
        self.archive.close()
        self.archive = self.open()

    @rule()
    def save_the_indexes(self) -> None:
        with self.archive.write_lock("test"):
            self.archive.checkpoint()

    @rule()
    def embed_again(self) -> None:
        self.encoder = OTHER if self.encoder is FAKE else FAKE
        passages = {
            (passage.article.title, passage.text)
            for article, _ in self.articles.values()
            for passage in passages_of(article)
        }
        with self.archive.write_lock("test"):
            spec = wanted_spec(self.encoder, 0)
            assert reembed(self.archive, self.encoder, spec) == len(passages)
        assert self.archive.spec == spec

    @precondition(lambda self: hasattr(self, "archive"))
    @invariant()
    def it_has_the_articles(self) -> None:
        assert self.archive.known_articles() == {
            name: KnownArticle(article.digest, (Occurrence(path, "", len(article.text)),))
            for name, (article, path) in self.articles.items()
        }
        assert {card.id: card for card in self.archive.cards()} == {
            name: article.card for name, (article, _) in self.articles.items()
        }
        for name in NAMES:
            assert self.archive.article(name) == self.articles.get(name, (None, ""))[0]

    @precondition(lambda self: hasattr(self, "archive"))
    @invariant()
    def it_finds_what_brute_force_finds(self) -> None:
        passages = {passage.id: passage for article, _ in self.articles.values() for passage in passages_of(article)}
        assert self.archive.status().passages == len(passages)
        for story in STORIES:
            word = f"s{story}w7x3"
            matching = {passage for passage in passages.values() if word in passage.text}
            assert {hit.passage for hit in self.archive.search_words(word, 99)} == matching
        text = "s1w2x3 s1w2x4 s2w8x1 Title One"
        found = [hit.passage for hit in nearest(self.archive, self.encoder, text, 5)]
        query = self.encoder.encode_query([text])[0]
        cosines = {id_: float(vector_of(passage, self.encoder) @ query) for id_, passage in passages.items()}
        assert len({passage.id for passage in found}) == len(found) == min(5, len(passages))
        assert all(passages[passage.id] == passage for passage in found)
        best = sorted(cosines.values(), reverse=True)[: len(found)]
        np.testing.assert_allclose([cosines[passage.id] for passage in found], best, atol=TIE)

    @precondition(lambda self: hasattr(self, "archive"))
    @invariant()
    def it_links_near_duplicates(self) -> None:
        stories = {name: article.text[:2] for name, (article, _) in self.articles.items()}
        for hit in self.archive.search_words(" ".join(f"s{story}w7x3" for story in STORIES), 99):
            name = hit.passage.article.id
            also = {
                self.articles[other][0].card
                for other, story in stories.items()
                if story == stories[name] and other != name
            }
            assert set(hit.also) == also
        assert self.archive.status().distinct_articles == len(set(stories.values()))

    @precondition(lambda self: hasattr(self, "archive"))
    @invariant()
    def it_knows_what_was_added_after_each_change(self) -> None:
        everything = " ".join(f"s{story}w7x3" for story in STORIES)
        for generation in {0, self.archive.generation().number - 1, *self.added.values()}:
            hits = self.archive.search_words(everything, 99, Filters(added_after=generation))
            new = {name for name, added in self.added.items() if added > generation}
            assert {hit.passage.article.id for hit in hits} == new

    @precondition(lambda self: hasattr(self, "archive"))
    @invariant()
    def it_passes_verify(self) -> None:
        assert self.archive.spec == wanted_spec(self.encoder, 0)
        self.check_verify()

    def check_verify(self) -> None:
        """Assert that `verify` finds nothing; a subclass may allow faults that a reopened archive does not have."""
        assert self.archive.verify() == []
