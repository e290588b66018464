"""python -m retrieval."""

from retrieval.cli.main import run

run()
