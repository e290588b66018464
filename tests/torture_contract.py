"""The contract of every archive (test_contract.py), held to by a whole Milvus: minutes, since it is slow to change."""

from tests.test_contract import *  # noqa: F403
