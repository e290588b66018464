"""`index` over a folder of all cases: the closing table names every skipped file, each with its reason."""

import sys
from pathlib import Path

import pytest

from corpus.reader_types import Skipped
from corpus.reading import read_all
from retrieval.cli.index_report import show_table
from retrieval.cli.output import console
from retrieval.indexing.report import Report
from tests.cases.test_cases import CASES


def test_the_closing_table_names_every_skipped_file_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for case in CASES:
        path = tmp_path / case.kind / case.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.data)
    skipped = [output for output in read_all([tmp_path], 10_000_000) if isinstance(output, Skipped)]
    show_table(Report(skipped=skipped), "Indexed", console(sys.stdout))
    lines = capsys.readouterr().out.splitlines()
    for case in CASES:
        # Without its setting, a post type is skipped too.
        named = [line for line in lines if line.strip().startswith(str(tmp_path / case.kind / case.name))]
        expected = bool(case.skipped) or case.post_types != ("post", "page")
        assert bool(named) == expected, case.name
    counted = sum(int(line.split()[0]) for line in lines if line[7:8].isdigit() or line[6:7].isdigit())
    assert counted == len(skipped)
