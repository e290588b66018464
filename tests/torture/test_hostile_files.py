"""Each reader withstands files that were damaged: cases with parts lost, doubled, exchanged or mixed with others."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reader_types import ReaderOutput, Reading, Skipped
from corpus.reading import READERS, Reader, read_content
from tests.cases.test_cases import CASES
from tests.corpus.reader_inputs import file, withstands

# Files that take a reader long only because no encoding fits them say nothing about the reader.
FILES = {case.name: case.data for case in CASES if case.kind not in ("encodings",) and len(case.data) < 6_000}
PIECES = tuple(piece for data in FILES.values() for piece in data.split(b"\n") if 0 < len(piece) < 300)


def taken_by(reader: Reader) -> list[bytes]:
    """Return the cases that a reader takes; all of them if there are none."""
    return [data for name, data in FILES.items() if reader.takes(file(data, name))] or list(FILES.values())


def damaged(whole: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return whole files with up to four places where a part is lost, and something else put in."""
    pieces = st.one_of(st.just(b""), st.binary(max_size=8), st.sampled_from(PIECES), st.sampled_from(whole))
    places = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), pieces), max_size=4)

    def change(data: bytes, changes: list[tuple[float, float, bytes]]) -> bytes:
        for start, length, piece in changes:
            at = int(start * len(data))
            data = data[:at] + piece + data[at + int(length**4 * len(data)) :]
        return data

    return st.builds(change, st.sampled_from(whole), places)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: type(reader).__name__)
def test_a_reader_withstands_damaged_files(reader: Reader) -> None:
    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(damaged(taken_by(reader)))
    def check(data: bytes) -> None:
        withstands(reader, data)

    check()


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FILES)), damaged(list(FILES.values())))
def test_a_damaged_file_gives_articles_or_reasons(name: str, data: bytes) -> None:
    outputs: list[ReaderOutput] = []
    with suppress(Unreadable):
        outputs = list(read_content(file(data, name)))
    assert all(output.reason for output in outputs if isinstance(output, Skipped))
    assert all(output.article.text for output in outputs if isinstance(output, Reading))
