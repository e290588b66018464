"""The contract of every archive (test_contract*.py), held to by a whole Milvus: minutes, since it is slow to change."""

from tests.test_contract import *  # noqa: F403
from tests.test_contract_found import *  # noqa: F403
from tests.test_contract_model import *  # noqa: F403
from tests.test_contract_slices import *  # noqa: F403
from tests.test_contract_states import *  # noqa: F403
from tests.test_contract_stories import *  # noqa: F403
from tests.test_contract_sync import *  # noqa: F403
from tests.test_contract_together import *  # noqa: F403
