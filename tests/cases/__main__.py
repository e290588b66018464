"""Runs the cases, and prints the results as a table, kind by kind: `make cases`.

python -m tests.cases [arguments of pytest]
"""

import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.cases.case import Case

HERE = Path(__file__).parent
RIGHT, REFUSED, WRONG = "right", "refused with the mend", "wrong"


class Table:
    """The result of every case, by kind."""

    def __init__(self) -> None:
        self.cases: dict[str, object] = {}
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.wrong: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note which case each test is for."""
        for item in items:
            if isinstance(item, pytest.Function) and hasattr(item, "callspec") and "case" in item.callspec.params:
                self.cases[item.nodeid] = item.callspec.params["case"]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count each case once: its call, or the failure before it."""
        case = self.cases.get(report.nodeid)
        if case is None or (report.passed and report.when != "call"):
            return
        kind = str(getattr(case, "kind", ""))
        if not report.passed:
            self.counts[kind][WRONG] += 1
            self.wrong.append(report.nodeid.partition("[")[2].removesuffix("]"))
        else:
            self.counts[kind][REFUSED if isinstance(case, Case) and not case.articles else RIGHT] += 1

    def markdown(self) -> str:
        """Return the counts as a table, and below it the names of the cases that are wrong."""
        columns = (RIGHT, REFUSED, WRONG)
        rows = [["kind", *columns], ["---", *("---:" for _ in columns)]]
        rows += [[kind, *(str(counts[column]) for column in columns)] for kind, counts in self.counts.items()]
        rows.append(["all", *(str(sum(counts[column] for counts in self.counts.values())) for column in columns)])
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
        ]
        return "\n".join([*lines, *(f"- wrong: {name}" for name in self.wrong)])


def main() -> int:
    """Run the cases and print the table."""
    table = Table()
    files = sorted(map(str, HERE.glob("test_*.py")))
    status = pytest.main(["-q", "--no-header", "--tb=short", *sys.argv[1:], *files], plugins=[table])
    print(f"\n{table.markdown()}", flush=True)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
