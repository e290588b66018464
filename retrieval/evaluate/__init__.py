"""How well questions are answered, over a set of questions whose answers are known."""

FULL = "full"
# The pipeline taken apart: words alone, meaning alone, both fused, and all of it. evaluate.py builds them.
SYSTEMS = ("bm25", "dense", "hybrid", FULL)
