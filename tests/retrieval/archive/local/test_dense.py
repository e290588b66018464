"""The dense index, with a base, agrees with brute force after any additions, removals and saves."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray

from corpus.article import Article, Card
from retrieval.archive.contract import Generation
from retrieval.archive.index_spec import IndexSpec
from retrieval.archive.local import dense, ivf_build, recall_file
from retrieval.archive.local.dense import DenseIndex
from retrieval.archive.local.index_snapshots import Snapshot, Unusable
from retrieval.archive.local.ivf import (
    CODES_FILE,
    FILES,
    HEADER_FILE,
    LISTS_FILE,
    PLACES_FILE,
    SEAL_BYTES,
    InvertedFile,
)
from retrieval.archive.local.reading import Rows
from retrieval.archive.local.record_store import Changes
from retrieval.cli.output import show_status
from tests.fakes import FakeEncoder, archive_at, take_in

DIMENSION = 24
NO_NUMBERS = np.empty(0, np.int64)
# How far a cosine may be off: vectors are rounded to a byte a dimension, in ranges 1.5 times as wide as the sample's.
ROUNDING = 0.03


@cache
def vector_of(number: int) -> NDArray[np.float16]:
    """Return a vector of length 1 near one of seven centres; the number alone decides it."""
    centres = np.random.default_rng(0).standard_normal((7, DIMENSION))
    vector = np.random.default_rng((1, number)).standard_normal(DIMENSION) / 2 + centres[number % 7]
    return np.asarray(vector / np.linalg.norm(vector), np.float16)


def vectors_of(numbers: NDArray[np.int64]) -> NDArray[np.float16]:
    return np.array([vector_of(number) for number in numbers.tolist()], np.float16).reshape(-1, DIMENSION)


def changes(added: NDArray[np.int64], removed: NDArray[np.int64] = NO_NUMBERS, *, whole: bool = False) -> Changes:
    rows = Rows(added, [""] * len(added), [None] * len(added), vectors_of(added))
    return Changes(Generation(1, ""), 1, IndexSpec("", "", DIMENSION, 64, 1), rows, removed, whole)


def sealed(folder: Path) -> Snapshot:
    return Snapshot(folder, Generation(1, ""), 1, {})


def nothing_since(_: Snapshot | None) -> Iterator[Changes]:
    raise AssertionError("archive.db is not read")


def saved(index: DenseIndex, folder: Path, base: Snapshot | None = None) -> DenseIndex:
    folder.mkdir()
    index.save(folder, base, nothing_since)
    return DenseIndex.load(folder)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "MIN_IVF_VECTORS", 40)


def question(seed: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng((2, seed)).standard_normal(DIMENSION)
    return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


def cosines(numbers: NDArray[np.int64], query: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors_of(numbers).astype(np.float32) @ query


def assert_agrees(
    index: DenseIndex, numbers: NDArray[np.int64], query: NDArray[np.float32], count: int, filtered: bool
) -> None:
    """Assert that a search finds `count` different stored vectors, or all if fewer, and that none is nearer."""
    only = numbers[::3] if filtered else None
    numbers = numbers if only is None else only
    # A filter may have numbers that the index has removed.
    result = index.search(query, count, None if only is None else np.concatenate([only, [10**7]]))
    assert len(set(result)) == len(result) == min(count, len(numbers))
    assert set(result) <= set(numbers.tolist())
    best = np.sort(cosines(numbers, query))[::-1][: len(result)]
    np.testing.assert_allclose(cosines(np.array(result, np.int64), query), best, atol=ROUNDING)


class DenseMachine(RuleBasedStateMachine):
    """Adds, removes and saves in random order; every list is probed, so that results are exact but for rounding."""

    @initialize(size=st.integers(0, 90))
    def begin(self, size: int) -> None:
        self.constants = dense.MIN_IVF_VECTORS, ivf_build.MIN_PROBES, ivf_build.MARGIN
        # Forty vectors are a poor sample of the range of the values of others.
        dense.MIN_IVF_VECTORS, ivf_build.MIN_PROBES, ivf_build.MARGIN = 40, 1000, 0.5
        self.top = tempfile.TemporaryDirectory()
        self.index = DenseIndex.empty(DIMENSION)
        self.base: Snapshot | None = None
        self.numbers = NO_NUMBERS
        self.next, self.folders = 5, 0
        self.add(size)

    def teardown(self) -> None:
        if hasattr(self, "constants"):
            dense.MIN_IVF_VECTORS, ivf_build.MIN_PROBES, ivf_build.MARGIN = self.constants
            self.top.cleanup()

    @rule(size=st.integers(1, 30))
    def add(self, size: int) -> None:
        new = np.arange(self.next, self.next + size)
        self.next += size + 3
        self.index.apply(changes(new))
        self.numbers = np.concatenate([self.numbers, new])

    @precondition(lambda self: len(self.numbers) > 0)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        share = data.draw(st.sampled_from([1, 2, 5, 20]))
        gone = self.numbers[data.draw(st.integers(0, share - 1)) :: share]
        # A removal may have numbers that the index never had, of an index spec that is no longer in use.
        self.index.apply(changes(NO_NUMBERS, np.concatenate([gone, [1, 10**6]])))
        self.numbers = np.setdiff1d(self.numbers, gone)

    @precondition(lambda self: len(self.numbers) > 0)
    @rule()
    def apply_again(self) -> None:
        """Apply changes again, as after a failure."""
        self.index.apply(changes(self.numbers[-5:]))

    @rule(replaced=st.booleans())
    def save(self, replaced: bool) -> None:
        self.folders += 1
        folder = Path(self.top.name) / str(self.folders)
        folder.mkdir()
        self.index.save(folder, None if replaced else self.base, lambda _: iter([changes(self.numbers, whole=True)]))
        self.index, self.base = DenseIndex.load(folder), sealed(folder)
        assert 0.99 <= recall_file.read(folder) <= 1
        if len(self.numbers) >= 40:
            assert (folder / LISTS_FILE).exists()
        if len(self.numbers) < 20:
            assert not (folder / LISTS_FILE).exists()

    @precondition(lambda self: hasattr(self, "top"))
    @invariant()
    def it_has_the_vectors(self) -> None:
        assert self.index.numbers() == sorted(self.numbers.tolist())
        assert self.index.has(Rows(self.numbers, [], [], vectors_of(self.numbers)))
        if len(self.numbers):
            assert not self.index.has(Rows(self.numbers, [], [], vectors_of(self.numbers + 1)))
        assert not self.index.has(Rows(np.array([3]), [], [], vectors_of(np.array([3]))))

    @precondition(lambda self: hasattr(self, "top"))
    @invariant()
    def it_finds_what_brute_force_finds(self) -> None:
        for seed, count in ((1, 1), (2, 10), (3, 1000)):
            for filtered in (False, True):
                assert_agrees(self.index, self.numbers, question(seed), count, filtered)


TestDense = DenseMachine.TestCase
TestDense.settings = settings(max_examples=30, stateful_step_count=10, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.usefixtures("small")
def test_few_lists_are_probed_and_nearly_all_nearest_vectors_are_found(tmp_path: Path) -> None:
    numbers = np.arange(4000)
    index = DenseIndex.empty(DIMENSION)
    index.apply(changes(numbers))
    index = saved(index, tmp_path / "one")
    base = InvertedFile.load(tmp_path / "one")
    assert len(base) == 4000
    assert base.header.probes < len(base.header.sizes) / 2
    questions = vectors_of(numbers[::40]).astype(np.float32) + np.stack([question(seed) for seed in range(100)])
    shares = []
    for query in questions:
        exact = numbers[np.argsort(-cosines(numbers, query))[:10]]
        shares.append(len(set(index.search(query, 10 + index.extra_candidates)) & set(exact.tolist())) / 10)
    assert np.mean(shares) >= 0.97
    assert abs(np.mean(shares) - recall_file.read(tmp_path / "one")) < 0.03


@pytest.fixture
def saved_400(small: None, tmp_path: Path) -> DenseIndex:  # noqa: ARG001
    """An index of the numbers below 400, saved and loaded."""
    index = DenseIndex.empty(DIMENSION)
    index.apply(changes(np.arange(400)))
    return saved(index, tmp_path / "one")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 400), count=st.integers(1, 60), seed=st.integers(0, 99))
def test_a_filtered_search_never_returns_too_few(size: int, count: int, seed: int, saved_400: DenseIndex) -> None:
    """Although the passages are in lists far from the question."""
    query = question(seed)
    farthest = np.argsort(cosines(np.arange(400), query))[:size]
    assert len(saved_400.search(query, count, farthest)) == min(count, size)
    assert set(saved_400.search(query, count, farthest)) <= set(farthest.tolist())


@pytest.mark.usefixtures("small")
def test_a_base_is_shared_until_it_is_outgrown_and_its_centres_until_it_has_doubled(tmp_path: Path) -> None:
    index = DenseIndex.empty(DIMENSION)
    index.apply(changes(np.arange(100)))
    index = saved(index, tmp_path / "one")
    centres = InvertedFile.load(tmp_path / "one").header.quantization

    index.apply(changes(np.arange(100, 108), np.array([1, 2])))
    index = saved(index, tmp_path / "two", sealed(tmp_path / "one"))
    assert (tmp_path / "two" / LISTS_FILE).samefile(tmp_path / "one" / LISTS_FILE)

    index.apply(changes(np.arange(108, 109)))
    index = saved(index, tmp_path / "three", sealed(tmp_path / "two"))
    merged = InvertedFile.load(tmp_path / "three")
    assert len(merged) == 107
    assert (merged.header.quantization.centres == centres.centres).all()

    index.apply(changes(np.arange(109, 210)))
    index = saved(index, tmp_path / "four", sealed(tmp_path / "three"))
    assert InvertedFile.load(tmp_path / "four").header.quantization.size == 208
    assert index.has(Rows(np.arange(3, 210), [], [], vectors_of(np.arange(3, 210))))


@pytest.fixture
def snapshot_folder(small: None, tmp_path: Path) -> Path:  # noqa: ARG001
    """The second snapshot of an index: a base, and what was added and removed since."""
    index = DenseIndex.empty(DIMENSION)
    index.apply(changes(np.arange(60)))
    index = saved(index, tmp_path / "one")
    index.apply(changes(np.arange(60, 64), np.array([3, 4])))
    saved(index, tmp_path / "two", sealed(tmp_path / "one"))
    return tmp_path / "two"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from([*FILES, dense.FILE, dense.GONE, recall_file.FILE]),
    at=st.floats(0, 1),
    bit=st.integers(0, 7),
)
def test_a_flipped_bit_does_no_harm_before_checksums_are_verified(
    file: str, at: float, bit: int, snapshot_folder: Path
) -> None:
    """A large index is verified in the background: until then it may find other passages, but must not crash."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(shutil.copytree(snapshot_folder, Path(top) / "two"))
        damaged = folder / file
        content = bytearray(damaged.read_bytes())
        content[round(at * (len(content) - 1))] ^= 1 << bit
        damaged.write_bytes(content)
        try:
            opened = DenseIndex.load(folder)
        except Unusable:
            return
        assert file != HEADER_FILE
        for seed in range(3):
            assert len(opened.search(question(seed), 10)) <= 10
            assert len(opened.search(question(seed), 10, np.arange(0, 60, 2))) <= 10
        recall_file.read(folder)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("file", [LISTS_FILE, CODES_FILE, PLACES_FILE])
def test_a_file_of_another_size_is_not_opened(tmp_path: Path, file: str) -> None:
    index = DenseIndex.empty(DIMENSION)
    index.apply(changes(np.arange(60)))
    saved(index, tmp_path / "one")
    for change in (lambda data: data[:-1], lambda _: b"", lambda data: data + b"0"):
        changed = tmp_path / "one" / file
        whole = changed.read_bytes()
        changed.write_bytes(change(whole))
        with pytest.raises(Unusable):
            DenseIndex.load(tmp_path / "one")
        changed.write_bytes(whole)


def test_lists_without_outlines_are_of_an_older_version(tmp_path: Path, saved_400: DenseIndex) -> None:
    assert len(saved_400) == 400
    header = tmp_path / "one" / HEADER_FILE
    with np.load(io.BytesIO(header.read_bytes()[SEAL_BYTES:])) as arrays:
        older = {name: arrays[name] for name in ("centres", "ranges", "size", "sizes", "probes", "highest")}
    content = io.BytesIO()
    np.savez(content, **older)
    header.write_bytes(xxhash.xxh3_128_digest(content.getvalue()) + content.getvalue())
    with pytest.raises(Unusable, match="older version"):
        DenseIndex.load(tmp_path / "one")


def test_the_second_pass_finds_the_nearest_that_outlines_confuse(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    scale = np.where(np.arange(48) < 16, 1, 0.4)
    vectors = random.standard_normal((3000, 48)) * scale
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    ivf_build.build(tmp_path, None, NO_NUMBERS, np.arange(3000) * 3, vectors)
    base = InvertedFile.load(tmp_path)
    questions = (vectors[:100] + 0.1 * random.standard_normal((100, 48)) * scale).astype(np.float32)
    exact = 3 * np.argsort(-(questions @ vectors.astype(np.float32).T), axis=1)[:, :10]
    lists = len(base.header.sizes)

    def recall(found: NDArray[np.int64]) -> float:
        return float(np.mean([np.isin(*pair).mean() for pair in zip(exact, found, strict=True)]))

    assert recall(base.search_outlines(questions, 10, probes=lists)) < 0.9
    assert recall(base.search(questions, 10, probes=lists)[1]) >= 0.97


@pytest.mark.usefixtures("small")
def test_status_reports_the_recall(tmp_path: Path, fake: FakeEncoder, capsys: pytest.CaptureFixture[str]) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    articles = [Article(Card(f"{n}", f"Paper {n}"), f"The {n}th mayor slept at number {n * n}.") for n in range(50)]
    take_in(archive, fake, *articles[:30])
    with archive.write_lock("test"):
        archive.indexes.save(always=True)
    assert archive.status().recall == 1
    take_in(archive, fake, *articles)
    with archive.write_lock("test"):
        archive.indexes.save(always=True)
    (folder,) = (tmp_path / "archive").glob("dense-*")
    measured = folder / recall_file.FILE
    measured.write_text(measured.read_text().replace("1.0", "0.9"))
    assert archive.status().recall == 0.9
    show_status(archive.status(), "archive")
    assert "90.0% of the ten passages nearest in meaning" in capsys.readouterr().out
