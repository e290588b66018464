"""The map of a question's token vectors for passages in another language.

The tokens of a question and their translations in a passage differ in what is the same for all questions, too. The map
takes some of that away, so that MaxSim compares what is meant (docs/ranking.md has the model card). Passages are
embedded as without it. training/train_question_map.py makes it.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from retrieval.encode.encoder import Vectors, normalized
from retrieval.encode.locate_model import MULTILINGUAL
from retrieval.errors import ModelUntrusted


@dataclass(frozen=True, slots=True)
class QuestionMap:
    """A low-rank map and a bias, which are added to a vector: `down` and `up`, (rank, dimension), `bias` (dimension,).

    Its file has their rows in this order, in half precision.
    """

    down: Vectors
    up: Vectors
    bias: Vectors

    def __call__(self, tokens: Vectors) -> Vectors:
        """Map the vectors of a question's tokens, (tokens, dimension); those of length 0 stay as they are."""
        mapped = np.asarray(tokens + tokens @ self.down.T @ self.up + self.bias, np.float32)
        return normalized(mapped, np.asarray(tokens.any(axis=-1)))


@dataclass(frozen=True, slots=True)
class MapFile:
    """A file with a map, and its SHA-256."""

    file: Path
    sha256: str


FILES: Mapping[str, MapFile] = {
    MULTILINGUAL: MapFile(
        Path(__file__).with_name("question_map_multilingual.npy"),
        "56c44ec334e8ef171d29003bd4dc3e662e951a1d082c2ab89651ca94e2e2bccd",
    ),
}


def question_map(model: str) -> QuestionMap | None:
    """Return the map of a model; None if it has none. Raises ModelUntrusted."""
    return read_map(FILES[model]) if model in FILES else None


@cache
def read_map(source: MapFile) -> QuestionMap:
    """Read a map; raises ModelUntrusted if the file is not the one that Clippings came with."""
    content = source.file.read_bytes() if source.file.is_file() else b""
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise ModelUntrusted(f"{source.file} is not the file that Clippings came with. Install Clippings anew.")
    rows = np.load(io.BytesIO(content), allow_pickle=False).astype(np.float32)
    rank = len(rows) // 2
    return QuestionMap(rows[:rank], rows[rank : 2 * rank], rows[-1])
