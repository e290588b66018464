"""python -m retrieval."""

from retrieval.cli import run

run()
