"""What an archive tells of its words: how many passages have each, against a brute force over the texts."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.archive.archive import Frequencies, Generation, Making
from retrieval.archive.embedded import EmbeddedArchive
from retrieval.archive.lexical import ANALYZER, LexicalIndex
from retrieval.archive.rows import Rows
from retrieval.archive.store import Changes
from tests.fakes import FakeEncoder, archive_at, take_in

WORDS = ["mayor", "mayors", "bridge", "bridged", "jail", "jailed", "Xu", "Überfluss", "北京", "7"]
ABSENT = "zebra"


def changes(texts: dict[int, str], removed: list[int]) -> Changes:
    rows = Rows(np.array(list(texts), np.int64), list(texts.values()), np.empty((len(texts), 16), np.float16))
    gone = np.array(removed, np.int64)
    return Changes(Generation(1, ""), 1, Making("", "", 16, 64, 1), rows, gone, whole=False)


def brute_force(texts: list[str], words: list[str]) -> dict[str, int]:
    having = Counter(term for text in texts for term in set(ANALYZER.analyze(text)))
    return {word: having[ANALYZER.analyze(word)[0]] for word in words}


texts_of_words = st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), max_size=12)


@given(texts_of_words, texts_of_words, st.data())
def test_frequencies_are_those_of_brute_force(old: list[str], new: list[str], data: st.DataObject) -> None:
    index = LexicalIndex()
    index.apply(changes(dict(enumerate(old)), []))
    later = dict(enumerate(new, start=len(old)))
    index.apply(changes(later, []))

    everything = [*old, *new]
    expected = Frequencies(len(everything), brute_force(everything, [*WORDS, ABSENT]))
    assert index.frequencies([*WORDS, ABSENT]) == expected

    gone = data.draw(st.lists(st.sampled_from(range(len(everything))), unique=True)) if everything else []
    index.apply(changes({}, gone))
    left = brute_force([text for number, text in enumerate(everything) if number not in gone], WORDS)
    counted = index.frequencies(WORDS)
    # What was removed may still be counted, and nothing that is there may be missed.
    assert all(left[word] <= counted.of[word] <= min(expected.of[word], counted.passages) for word in WORDS)


def test_a_base_on_the_disk_and_what_came_since_are_both_counted(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, Article(Card("1", "One"), "The mayor slept."), Article(Card("2", "Two"), "Mayors dreamt."))
    with archive.writing("test"):
        archive.indexes.save(always=True)
    reopened = EmbeddedArchive.open(tmp_path / "archive")
    take_in(reopened, fake, Article(Card("3", "Three"), "A mayor woke."))
    assert reopened.frequencies(["mayor", "Mayors", "woke", "dreamt", ABSENT]) == Frequencies(
        3, {"mayor": 3, "Mayors": 3, "woke": 1, "dreamt": 1, ABSENT: 0}
    )
    with reopened.writing("test"):
        reopened.remove(["1"])
        reopened.indexes.save(always=True)
    counted = EmbeddedArchive.open(tmp_path / "archive").frequencies(["mayor"])
    assert counted.passages == 2
    assert counted.of["mayor"] == 2


@pytest.mark.parametrize("word", ["", "?!", "x" * 1000, "🙂", "\x00", "a b c", "mayor's"])
def test_any_word_has_a_frequency(tmp_path: Path, fake: FakeEncoder, word: str) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, Article(Card("1", "One"), "It is the mayor's a b c."))
    assert archive.frequencies([word]) == Frequencies(1, {word: int(word in {"a b c", "mayor's"})})
