"""How the address of an archive on a Milvus server begins; settings and the archive's location both need it."""

SCHEME = "milvus://"


def is_milvus(address: str) -> bool:
    """Tell whether the address of an archive is one on a Milvus server."""
    return address.lower().startswith(SCHEME)
