"""A generated newspaper archive of any size, from a seed. Word frequencies and clusters of vectors are realistic.

Words and names follow Zipf's law. A passage's vector is the sum of its subject's, its story's, its article's and its
own vector. Some subjects are more frequent. The cosines are those of the bundled model on SQuAD: of two passages .4 in
a story, .5 in an article and .02 otherwise; of a question and its answer about .55. A passage's own part spans about
125 dimensions. Blocks of 1,000 passages are drawn from seeds of their own, so that any can be drawn again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Card, Span
from retrieval.archive.contract import IndexedArticle
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.row_digests import key_of
from retrieval.encode.encoder import Tokens, Vectors
from retrieval.types import Passage

DIMENSION, BLOCK, PASSAGES, SENTENCES, WORDS = 384, 1000, 10, 4, 20
VOCABULARY, NAMES, SUBJECTS = 150_000, 50_000, 300
SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "os", "ul")]
COMMON, SUBJECT, STORY, ARTICLE, OWN, ASKED = 0.15, 0.45, 0.45, 0.35, 0.68, 1.5
# Articles of each story; they follow one another, as news does.
ARTICLES = 5
SPEC = IndexSpec("drawn", "drawn", DIMENSION, 256, 1)


def _word(rank: int) -> str:
    syllables = ""
    while rank or not syllables:
        rank, last = divmod(rank, len(SYLLABLES))
        syllables += SYLLABLES[last]
    return syllables


def _zipf(size: int, steep: float) -> NDArray[np.float64]:
    """Return the cumulative shares of ranks by the law of Zipf and Mandelbrot."""
    shares = 1 / (np.arange(size) + 2.7) ** steep
    return np.asarray(np.cumsum(shares / shares.sum()))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block: the words of its passages, (passages, words), and their vectors, (passages, dimension), of length 1."""

    number: int
    words: NDArray[np.object_]
    vectors: Vectors


@dataclass(frozen=True)
class Corpus:
    """So many passages: a multiple of 1,000."""

    size: int
    seed: int = 6

    @cached_property
    def vocabulary(self) -> NDArray[np.object_]:
        """The words, and behind them the names, the most frequent first."""
        names = [
            f"{_word(n * 7919 % 10**6).capitalize()} {_word(n * 104729 % 10**6).capitalize()}" for n in range(NAMES)
        ]
        return np.array([*map(_word, range(VOCABULARY)), *names], object)

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        words, names = np.diff(_zipf(VOCABULARY, 1.05), prepend=0), np.diff(_zipf(NAMES, 0.9), prepend=0)
        return np.cumsum(np.concatenate([0.93 * words, 0.07 * names]))

    @cached_property
    def _turned(self) -> Vectors:
        """A random rotation after which some directions have more variance than others."""
        random = np.random.default_rng(self.seed)
        turn, _ = np.linalg.qr(random.standard_normal((DIMENSION, DIMENSION)))
        return (turn * (1 / (1 + np.arange(DIMENSION) / 45))[:, None]).astype(np.float32)

    @cached_property
    def _subjects(self) -> tuple[Vectors, Vectors]:
        """The vector that all passages share, and those of the subjects."""
        drawn = self.directions(np.random.default_rng(self.seed + 1), SUBJECTS + 1)
        return drawn[:1], drawn[1:]

    def directions(self, random: np.random.Generator, count: int) -> Vectors:
        """Draw vectors of length 1."""
        return unit(random.standard_normal((count, DIMENSION), np.float32) @ self._turned)

    def block(self, number: int) -> Drawn:
        """Draw a block."""
        random = np.random.default_rng((self.seed, number))
        ranks = np.searchsorted(self._shares, random.random((BLOCK, SENTENCES * WORDS)))
        common, subjects = self._subjects
        stories = BLOCK // PASSAGES // ARTICLES
        subject = np.searchsorted(_zipf(SUBJECTS, 0.8), random.random(stories))
        story = SUBJECT * subjects[subject] + STORY * self.directions(random, stories)
        article = story.repeat(ARTICLES, 0) + ARTICLE * self.directions(random, stories * ARTICLES)
        vectors = COMMON * common + article.repeat(PASSAGES, 0) + OWN * self.directions(random, BLOCK)
        vocabulary = self.vocabulary
        return Drawn(number, vocabulary[np.minimum(ranks, len(vocabulary) - 1)], unit(vectors))

    def blocks(self) -> Iterator[Drawn]:
        """Draw all blocks."""
        return map(self.block, range(self.size // BLOCK))

    def questions(self, count: int) -> tuple[list[str], Vectors]:
        """Draw questions, each about one passage: some of its words among common ones, and a vector like its own."""
        random = np.random.default_rng(self.seed + 2)
        texts, vectors = [], []
        for place in np.linspace(0, self.size - 1, count).astype(int):
            drawn = self.block(int(place) // BLOCK)
            words = random.choice(drawn.words[place % BLOCK], 5, replace=False)
            texts.append(f"what did the {' '.join(words)} do about it?")
            vectors.append(drawn.vectors[place % BLOCK])
        return texts, unit(np.stack(vectors) + ASKED * self.directions(random, count))


def unit(vectors: Vectors) -> Vectors:
    """Return vectors at length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def passage_id(number: int) -> str:
    """Return a passage's id from its position in the corpus."""
    return f"a{number // PASSAGES:07}-{number:08x}"


def entries(drawn: Drawn) -> Iterator[IndexedArticle]:
    """Yield a block's articles."""
    random = np.random.default_rng(drawn.number)
    vectors = drawn.vectors.astype(np.float16)
    for first in range(0, BLOCK, PASSAGES):
        number = drawn.number * BLOCK + first
        day = date(2010, 1, 1) + timedelta(int(random.integers(0, 5000)))
        title = " ".join(drawn.words[first, :8]).title()
        id_ = f"a{number // PASSAGES:07}"
        card = Card(id_, title, f"https://example.org/{id_}", f"Paper {number // PASSAGES % 40}", None, day, "en")
        texts = [_sentences(words) for words in drawn.words[first : first + PASSAGES]]
        passages, start = [], 0
        for place, (text, sentences) in enumerate(texts):
            passages.append(Passage(passage_id(number + place), card, text, start, start + len(text), sentences))
            start += len(text) + 2
        article = Article(card, "\n\n".join(text for text, _ in texts))
        keys = tuple(key_of(title, text) for text, _ in texts)
        yield IndexedArticle(
            article, f"/{id_}", random.bytes(512), tuple(passages), keys, vectors[first : first + PASSAGES], spec=SPEC
        )


def _sentences(words: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    text, spans = "", []
    for first in range(0, len(words), WORDS):
        sentence = f"{' '.join(words[first : first + WORDS]).capitalize()}."
        text += " " if text else ""
        spans.append(Span(len(text), len(text) + len(sentence)))
        text += sentence
    return text, tuple(spans)


@dataclass(frozen=True)
class DrawnEncoder:
    """An Encoder of questions that were drawn: nothing is embedded."""

    vectors: dict[str, Vectors] = field(default_factory=dict)
    name: str = "drawn"
    fingerprint: str = SPEC.fingerprint
    dimension: int = DIMENSION
    max_tokens: int = SPEC.passage_tokens

    @property
    def reader(self) -> None:
        """Nothing: it has no reader."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count words."""
        return [len(text.split()) + 2 for text in texts]

    def token_ends(self, text: str) -> Sequence[int]:
        """Tell where the text ends."""
        return [len(text)]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the drawn vectors."""
        return np.stack([self.vectors[text] for text in texts])

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Embed a question as a passage."""
        return self.encode_passages(texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Embed a question as a passage."""
        return self.encode_passage_tokens(texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each drawn vector as one token."""
        return [
            Tokens(vector[None], np.array([[0, len(text)]]), vector)
            for text, vector in zip(texts, self.encode_passages(texts), strict=True)
        ]
