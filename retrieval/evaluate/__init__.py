"""How well an archive answers questions whose answers are known."""

FULL = "full"
# The systems that are compared: search by words, search by vectors, both fused, and the whole pipeline.
SYSTEMS = ("bm25", "dense", "hybrid", FULL)
