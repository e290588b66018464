"""Files as people hand them in, by kind: each article comes out right, or is refused with the mend."""

from itertools import chain
from pathlib import Path

import pytest

from corpus.reader_types import Reading, ReadOptions
from corpus.reading import find_files, read_file
from tests.cases import (
    bylines,
    documents,
    feeds,
    pages,
    records,
    refused,
    texts,
    unpublished,
    wordpress,
)
from tests.cases.case import Case, Wanted

TABLES = (unpublished, refused, documents, bylines, pages, records, feeds, texts, wordpress)
CASES = tuple(chain.from_iterable(table.CASES for table in TABLES))


def named(case: Case) -> str:
    return f"{case.kind}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_file_comes_out_right_or_is_refused_with_the_mend(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(case.data)
    (place,) = find_files([tmp_path])
    outputs = list(read_file(place, 10_000_000, ReadOptions(post_types=case.post_types)))
    articles = [as_wanted(output) for output in outputs if isinstance(output, Reading)]
    assert "\n\n".join(map(str, articles)) == "\n\n".join(map(str, case.articles))
    reasons = [output.reason for output in outputs if not isinstance(output, Reading)]
    assert len(reasons) == len(case.skipped), reasons
    for reason, beginning in zip(reasons, case.skipped, strict=True):
        assert reason.startswith(beginning), (reason, beginning)


def as_wanted(reading: Reading) -> Wanted:
    card = reading.article.card
    published = card.published.isoformat() if card.published else None
    return Wanted(card.title, tuple(reading.article.text.split("\n\n")), published, card.author, card.source, card.url)


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({named(case) for case in CASES}) == len(CASES) >= 120
