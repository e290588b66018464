"""Compute the mean token vector of a model's passages, for retrieval/encode/token_means.py.

    python -m training.mean_token_vector FILE… --out FILE [--model NAME]

Each FILE is one of those that question_files.py reads. Every passage that answers a question counts once.
"""

import argparse
from pathlib import Path

import numpy as np

from retrieval.encode.encoder import embedded_text, normalized
from retrieval.encode.locate_model import MULTILINGUAL
from retrieval.encode.sentence_transformers import SentenceEncoder
from training.question_files import read_articles


def main() -> None:
    """Write the mean, in half precision, and print its length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default=MULTILINGUAL)
    args = parser.parse_args()
    encoder = SentenceEncoder(args.model)
    articles = [article for file in args.files for article in read_articles(file, encoder)]
    passages = [
        passage
        for article in articles
        for number, passage in enumerate(article.passages)
        if any(number == of for question in article.questions for of, _ in question.answers)
    ]
    outputs = encoder.model.encode_document(
        [embedded_text(passage.article.title, passage.text) for passage in passages],
        prompt=encoder.prompts.passage,
        output_value="token_embeddings",
    )
    vectors = np.concatenate([normalized(np.asarray(tokens)) for tokens in outputs])
    mean = vectors.mean(axis=0)
    np.save(args.out, mean.astype(np.float16), allow_pickle=False)
    print(f"{len(passages)} passages, {len(vectors)} tokens: a mean of length {np.linalg.norm(mean):.3f}")


if __name__ == "__main__":
    main()
