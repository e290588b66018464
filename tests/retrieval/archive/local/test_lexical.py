"""Document frequencies and similar words of an archive, compared with brute force."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.archive.contract import DocumentFrequencies, Generation
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.local.lexical import LexicalIndex
from retrieval.archive.local.reading import Rows
from retrieval.archive.local.record_store import Changes
from retrieval.text.analysis import ANALYZER, stems
from retrieval.text.edit_distance import WORD, reach, slips
from retrieval.text.folding import fold
from retrieval.text.latin_stems import stemmed_as
from tests.fakes import FakeEncoder, archive_at, take_in

WORDS = ["mayor", "mayors", "bridge", "bridged", "jail", "jailed", "Xu", "Überfluss", "北京", "7"]
ABSENT = "zebra"


def changes(texts: dict[int, str], removed: list[int], languages: list[str | None] | None = None) -> Changes:
    vectors = np.empty((len(texts), 16), np.float16)
    rows = Rows(np.array(list(texts), np.int64), list(texts.values()), languages or [None] * len(texts), vectors)
    gone = np.array(removed, np.int64)
    return Changes(Generation(1, ""), 1, IndexSpec("", "", 16, 64, 1), rows, gone, whole=False)


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
    expected = DocumentFrequencies(len(everything), brute_force(everything, [*WORDS, ABSENT]))
    assert index.document_frequencies([*WORDS, ABSENT]) == expected

    gone = data.draw(st.lists(st.sampled_from(range(len(everything))), unique=True)) if everything else []
    index.apply(changes({}, gone))
    left = brute_force([text for number, text in enumerate(everything) if number not in gone], WORDS)
    counted = index.document_frequencies(WORDS)
    # Removed passages may still be counted, and no other passage may be missed.
    assert all(left[word] <= counted.by_word[word] <= min(expected.by_word[word], counted.passages) for word in WORDS)


FORMS = ["Brücke", "Brücken", "brucken", "bruck", "hosen", "houses", "house", "Haus", "2014", "мосты", "新大橋"]
LANGUAGES: list[str | None] = [None, "en", "de", "de", "nl", "ru"]
several = st.lists(st.tuples(st.sampled_from(LANGUAGES), st.lists(st.sampled_from(FORMS), max_size=4)), max_size=10)


@settings(max_examples=40)
@given(several, several)
def test_each_passage_is_counted_by_the_stems_of_its_language(
    old: list[tuple[str | None, list[str]]], new: list[tuple[str | None, list[str]]]
) -> None:
    index, passages = LexicalIndex(), [*old, *new]
    for start, block in ((0, old), (len(old), new)):
        texts = {start + number: " ".join(words) for number, (_, words) in enumerate(block)}
        index.apply(changes(texts, [], [language for language, _ in block]))
    having = {
        form: {
            n for n, (language, words) in enumerate(passages) if set(stems(form, language)) & _stems(words, language)
        }
        for form in FORMS
    }
    counted = index.document_frequencies(FORMS)
    assert counted.by_word == {form: len(numbers) for form, numbers in having.items()}
    assert set(counted.languages) == {stemmed_as(language) for language, _ in passages} or not passages
    for form in FORMS:
        assert set(index.search(form, 99)) == having[form]


def _stems(words: list[str], language: str | None) -> set[str]:
    return {stem for word in words for stem in stems(word, language)}


def test_a_word_weighs_as_much_in_a_language_that_few_passages_are_in() -> None:
    index = LexicalIndex()
    texts = ["Kerry kam.", "Obama came.", *["Kerry slept."] * 8, *["Nobody slept."] * 8]
    index.apply(changes(dict(enumerate(texts)), [], ["de", *["en"] * 17]))
    # One German passage has "Kerry", but nine passages have it in any language, and one has "Obama".
    assert index.search("Kerry Obama", 2)[0] == 1


def test_a_misspelled_word_is_found_in_every_language() -> None:
    index = LexicalIndex()
    index.apply(changes({1: "Die Bürgermeisterin kam.", 2: "The government came."}, [], ["de", "en"]))
    assert index.passages_with_similar_words("Burgermiesterin") == [1]
    assert index.passages_with_similar_words("governmnet") == [2]


def test_base_and_delta_are_both_counted(tmp_path: Path, fake: FakeEncoder) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, Article(Card("1", "One"), "The mayor slept."), Article(Card("2", "Two"), "Mayors dreamt."))
    with archive.write_lock("test"):
        archive.indexes.save(always=True)
    reopened = LocalArchive.open(tmp_path / "archive")
    take_in(reopened, fake, Article(Card("3", "Three"), "A mayor woke."))
    assert reopened.document_frequencies(["mayor", "Mayors", "woke", "dreamt", ABSENT]) == DocumentFrequencies(
        3, {"mayor": 3, "Mayors": 3, "woke": 1, "dreamt": 1, ABSENT: 0}
    )
    with reopened.write_lock("test"):
        reopened.remove(["1"])
        reopened.indexes.save(always=True)
    counted = LocalArchive.open(tmp_path / "archive").document_frequencies(["mayor"])
    assert counted.passages == 2
    assert counted.by_word["mayor"] == 2


@pytest.mark.parametrize("word", ["", "?!", "x" * 1000, "🙂", "\x00", "a b c", "mayor's"])
def test_any_word_has_a_frequency(tmp_path: Path, fake: FakeEncoder, word: str) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    take_in(archive, fake, Article(Card("1", "One"), "It is the mayor's a b c."))
    assert archive.document_frequencies([word]) == DocumentFrequencies(1, {word: int(word in {"a b c", "mayor's"})})


def edits(word: str, other: str) -> int:
    """Return the restricted Damerau-Levenshtein distance: a swap of neighbours is one edit, and is not edited again."""
    table = [[max(row, column) if 0 in (row, column) else 0 for column in range(len(other) + 1)]
             for row in range(len(word) + 1)]  # fmt: skip
    for row in range(1, len(word) + 1):
        for column in range(1, len(other) + 1):
            taken = table[row - 1][column - 1] + (word[row - 1] != other[column - 1])
            table[row][column] = min(table[row - 1][column] + 1, table[row][column - 1] + 1, taken)
            if min(row, column) > 1 and word[row - 2 : row] == other[column - 2 : column][::-1]:
                table[row][column] = min(table[row][column], table[row - 2][column - 2] + 1)
    return table[-1][-1]


def stem(word: str) -> str:
    (term,) = ANALYZER.analyze(word)
    return term


VOCABULARY = """
    mayor major manor bridge bridges bridged brigade government governed governor elections elected detained detention
    zhiyong zhejiang nadège nadine happened happens severe several severely weather whether wealthier
""".split()
slipped = st.sampled_from(VOCABULARY).flatmap(lambda word: st.sampled_from(sorted(slips(word))))


@pytest.fixture(scope="module")
def word_archive(tmp_path_factory: pytest.TempPathFactory) -> LocalArchive:
    fake = FakeEncoder()
    archive = archive_at(tmp_path_factory.mktemp("words") / "archive", fake)
    texts = [" ".join([VOCABULARY[number].title(), *VOCABULARY[number::7]]) for number in range(len(VOCABULARY))]
    take_in(archive, fake, *(Article(Card(str(n), f"No. {n}"), f"{text}.") for n, text in enumerate(texts)))
    return archive


@given(slipped | slipped.flatmap(lambda word: st.sampled_from(sorted(slips(word)))))
def test_similar_words_are_those_of_brute_force(word_archive: LocalArchive, word: str) -> None:
    folded = {other: fold(other) for other in VOCABULARY}
    distances = {
        other: edits(fold(word), folded[other])
        for other in VOCABULARY
        if folded[other][0] == fold(word)[0] and folded[other] != fold(word)
    }
    near = {other: distance for other, distance in distances.items() if distance <= reach(word)}
    similar = word_archive.similar_words(word, 99)
    assert set(similar) <= set(near)
    # A word at distance 2 may be missed if the edits are in the endings, because the index has only stems.
    assert set(similar) >= {other for other in near if near[other] == 1 or edits(stem(word), stem(other)) <= 2}
    assert [near[other] for other in similar] == sorted(near[other] for other in similar)
    assert word_archive.similar_words(word, 1) == similar[:1]


def test_of_two_similar_words_at_the_same_distance_the_more_frequent_comes_first(
    tmp_path: Path, fake: FakeEncoder
) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    texts = ["A manor stood.", "A mayor slept.", "Some mayor woke.", "The mayor dreamt of a major."]
    take_in(archive, fake, *(Article(Card(str(n), f"No. {n}"), text) for n, text in enumerate(texts)))
    assert archive.similar_words("mayro", 9) == ["mayor"]
    assert archive.similar_words("Mavor", 9) == ["mayor", "major", "manor"]
    with archive.write_lock("test"):
        archive.remove(["0"])
    assert archive.similar_words("Mavor", 9) == ["mayor", "major"]


HOSTILE = ["", "?!", "x" * 1000, "ab" * 19, "🙂", "\x00", "a b c", "北京", "zhyong*~1", "ﬁnance", "İstanbul", "ǅungla"]


@pytest.mark.parametrize("word", HOSTILE)
def test_any_word_may_be_looked_up(word_archive: LocalArchive, word: str) -> None:
    assert word_archive.similar_words(word, 5) == []


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_no_word_breaks_the_search_for_similar_words(word_archive: LocalArchive, word: str) -> None:
    assert all(WORD.fullmatch(similar) for similar in word_archive.similar_words(word, 5))
