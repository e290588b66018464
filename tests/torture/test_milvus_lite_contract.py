"""The contract of every archive (tests/contract) on milvus-lite, which writes slowly."""

from tests.contract.archive_locations import LITE
from tests.contract.test_articles import *  # noqa: F403
from tests.contract.test_concurrency import *  # noqa: F403
from tests.contract.test_filters import *  # noqa: F403
from tests.contract.test_generations import *  # noqa: F403
from tests.contract.test_index_spec import *  # noqa: F403
from tests.contract.test_indexing import *  # noqa: F403
from tests.contract.test_occurrences import *  # noqa: F403
from tests.contract.test_search import *  # noqa: F403
from tests.contract.test_state_machine import *  # noqa: F403

ARCHIVE_KINDS = (LITE,)
