"""From what a reader's model returns for a question and a passage to a ReadPassage, whatever library runs it."""

import numpy as np
from numpy.typing import NDArray

from retrieval.encode.encoder import ReadPassage, Tokens, Vectors, normalized, spans_in_text, token_vectors
from retrieval.encode.prompts import Prompts
from retrieval.encode.tokenizer import TokenIds


def read_passage(
    vectors: Vectors, numbers: Vectors, question: TokenIds, passage: TokenIds, prompts: Prompts, unknown: int | None
) -> ReadPassage:
    """Take apart what the model returned: `vectors`, (tokens, dimension), and `numbers`, (tokens, 1).

    The tokens are those of the question, then those of the passage, with prompts and special tokens. `unknown` is the
    id of the unknown token.
    """
    count = len(question.ids)
    asked, _ = _tokens(vectors[:count], question, len(prompts.query), unknown)
    found, of_text = _tokens(vectors[count:], passage, len(prompts.passage), unknown)
    return ReadPassage(asked, found, numbers[count:][of_text, 0])


def _tokens(
    vectors: Vectors, text: TokenIds, prompt_length: int, unknown: int | None
) -> tuple[Tokens, NDArray[np.bool_]]:
    spans, of_text = spans_in_text(text.offsets, prompt_length)
    known = np.asarray(text.ids[of_text] != unknown)
    return Tokens(token_vectors(vectors[of_text], known, None), spans, normalized(vectors.mean(axis=0))), of_text
