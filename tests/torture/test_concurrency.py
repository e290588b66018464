"""Twenty threads search a local archive while three hundred articles are added, changed and removed."""

import pytest

from tests.retrieval.archive.local.test_concurrency import *  # noqa: F403
from tests.retrieval.archive.local.test_concurrency import Load


@pytest.fixture  # type: ignore[no-redef]
def load() -> Load:
    # A change alone takes a tenth of a second. Here two cores run twenty other threads too.
    return Load(threads=20, articles=300, change_seconds=10)
