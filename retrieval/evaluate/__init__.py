"""Evaluation: how well an archive answers questions with known answers."""

FULL = "full"
# The systems compared: search by words, search by vectors, both fused, and the whole pipeline.
SYSTEMS = ("bm25", "dense", "hybrid", FULL)
