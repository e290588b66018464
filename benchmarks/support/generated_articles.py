"""Generated articles and vectors for benchmarks: plausible sizes and word frequencies, no meaning."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# As many different words as a newsroom uses. Their frequencies follow Zipf's law.
WORDS = 20_000
SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "os", "ul")]


def words(random: np.random.Generator, count: int) -> list[str]:
    """Draw words by Zipf's law."""
    ranks = np.minimum(random.zipf(1.2, count), WORDS)
    return [_word(int(rank)) for rank in ranks]


def _word(rank: int) -> str:
    syllables = ""
    while rank or not syllables:
        rank, last = divmod(rank, len(SYLLABLES))
        syllables += SYLLABLES[last]
    return syllables


def paragraph(random: np.random.Generator, sentences: int) -> str:
    """Write sentences of 8 to 24 words."""
    return " ".join(" ".join(words(random, int(random.integers(8, 25)))).capitalize() + "." for _ in range(sentences))


def article(random: np.random.Generator, paragraphs: int = 4) -> tuple[str, str]:
    """Write an article: a headline, and paragraphs of three sentences."""
    title = " ".join(words(random, 7)).title()
    return title, "\n\n".join(paragraph(random, 3) for _ in range(paragraphs))


def clustered_vectors(random: np.random.Generator, count: int, dimension: int) -> Iterator[NDArray[np.float16]]:
    """Yield vectors of length 1, clustered around a thousand centres, as articles are around subjects."""
    centres = random.standard_normal((1000, dimension)).astype(np.float32)
    for start in range(0, count, 10_000):
        size = min(10_000, count - start)
        near = centres[random.integers(0, len(centres), size)]
        vectors = near + random.standard_normal((size, dimension)).astype(np.float32)
        yield from (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
