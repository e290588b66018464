"""The archive on Milvus."""
