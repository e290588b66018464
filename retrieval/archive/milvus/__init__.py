"""The archive on Milvus."""

import os

# Before anything here loads gRPC, which has a log of its own, on stderr.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
