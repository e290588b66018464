"""Runs the contract's tests on every kind of archive, and prints the results as a table: `make contract`.

python -m tests.contract [arguments of pytest]
"""

import sys
from collections import Counter, defaultdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from tests.contract.archive_locations import CLUSTER, EMBEDDED, LITE, REAL

HERE = Path(__file__).parent
PACKAGES = {LITE: ("milvus-lite", "milvus-lite"), REAL: ("Milvus", "milvus")}
NAMES = {EMBEDDED: "embedded", CLUSTER: "cluster"}


class Table:
    """The result of every test, by kind of archive."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.failed: dict[str, list[str]] = defaultdict(list)
        self.refused: dict[str, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note which kind each test is for."""
        for item in items:
            if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
                self.kinds[item.nodeid] = str(item.callspec.params.get("kind", EMBEDDED))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count each test once: its call, or the failure or skip before it."""
        if report.nodeid not in self.kinds or (report.passed and report.when != "call"):
            return
        kind, name = self.kinds[report.nodeid], report.nodeid.partition("::")[2]
        if report.failed:
            self.counts[kind]["failed"] += 1
            self.failed[kind].append(name)
        elif report.skipped:
            self.counts[kind]["cannot do"] += 1
            self.refused[kind].append(f"{name}: {_reason(report)}")
        else:
            self.counts[kind]["passed"] += 1

    def markdown(self) -> str:
        """Return the counts as a table, and below it the names of tests that failed or were skipped."""
        kinds = sorted(self.counts, key=[EMBEDDED, LITE, REAL, CLUSTER].index)
        rows = [["", *map(_named, kinds)], ["---", *("---:" for _ in kinds)]]
        rows += [
            [what, *(str(self.counts[kind][what]) for kind in kinds)] for what in ("passed", "failed", "cannot do")
        ]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        details = [f"- {_named(kind)} fails: {name}" for kind in kinds for name in self.failed[kind]]
        details += [f"- {_named(kind)} cannot do: {name}" for kind in kinds for name in self.refused[kind]]
        return "\n".join([*lines, "", *details] if details else lines)


def _named(kind: str) -> str:
    """Return a kind's name, with the version of its server if a package gives it."""
    name, package = PACKAGES.get(kind, (NAMES.get(kind, kind), ""))
    try:
        return f"{name} {version(package)}" if package else name
    except PackageNotFoundError:
        return name


def _reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail).removeprefix("reason: ")
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def main() -> int:
    """Run the suite and print the table."""
    table = Table()
    files = sorted(map(str, [*HERE.glob("test_*.py"), *(HERE.parent / "torture").glob("test_*_contract.py")]))
    status = pytest.main(["-q", "--no-header", "--tb=short", *sys.argv[1:], *files], plugins=[table])
    print(f"\n{table.markdown()}", flush=True)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
