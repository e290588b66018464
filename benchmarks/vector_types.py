"""Which type to store vectors in: bytes against recall. python -m benchmarks.vector_types FOLDER…

For the passages and questions of all BEIR folders together: the share of the ten nearest passages by float32 that the
other types find, and the right passage first.
"""

import sys
from pathlib import Path

import faiss
import numpy as np

from retrieval.encode.encoder import Vectors, embedded_text
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.evaluate.beir import read

KINDS = {
    "float32": (faiss.ScalarQuantizer.QT_fp16, 4),
    "float16": (faiss.ScalarQuantizer.QT_fp16, 2),
    "int8": (faiss.ScalarQuantizer.QT_8bit, 1),
}


def ten_nearest(kind: str, vectors: Vectors, questions: Vectors) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the positions of the ten nearest vectors of each question, (questions, 10)."""
    quantizer, _ = KINDS[kind]
    dimension = vectors.shape[1]
    index: faiss.Index = (
        faiss.IndexFlatIP(dimension)
        if kind == "float32"
        else faiss.IndexScalarQuantizer(dimension, quantizer, faiss.METRIC_INNER_PRODUCT)
    )
    index.train(vectors)
    index.add(vectors)
    return np.asarray(index.search(questions, 10)[1])


def main() -> None:
    """Print a row a type."""
    sets = [read(Path(argument)) for argument in sys.argv[1:]]
    if not sets:
        sys.exit("Give one or more BEIR folders: make bench BENCH=path/to/folders")
    encoder = SentenceEncoder()
    documents = [document for question_set in sets for document in question_set.articles.values()]
    judged = [
        (question_set.questions[id_], right) for question_set in sets for id_, right in question_set.relevant.items()
    ]
    vectors = encoder.encode_passages([embedded_text(document.title, document.text) for document in documents])
    questions = encoder.encode_query([text for text, _ in judged])
    exact = ten_nearest("float32", vectors, questions)
    print(f"{len(documents)} passages, {len(judged)} questions")
    print(f"{'type':<10}{'bytes':>7}{'recall@10':>11}{'hits@1':>8}")
    for kind, (_, size) in KINDS.items():
        nearest = ten_nearest(kind, vectors, questions)
        recall = np.mean([len(set(row) & set(other)) / 10 for row, other in zip(nearest, exact, strict=True)])
        hits = np.mean([documents[row[0]].id in right for row, (_, right) in zip(nearest, judged, strict=True)])
        print(f"{kind:<10}{size * encoder.dimension:>7}{recall:>11.4f}{hits:>8.4f}")


if __name__ == "__main__":
    main()
