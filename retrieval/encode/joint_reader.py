"""The model of a reader: it reads a question and a passage together (torch).

The lower layers read either alone. In the upper ones, the joint layers, the tokens of both attend to each other, as in
a cross-encoder: MacAvaney and others 2020 (PreTTR), https://arxiv.org/abs/2004.14255. A reader without joint layers is
a late interaction.
"""

from typing import Any

import torch
from torch import Tensor, nn

from retrieval.encode.reader_delta import TO_PASSAGE, TO_QUESTION, ReaderDelta, add_low_rank, delta_parts


class JointReader(nn.Module):
    """A transformer of BERT's kind, and a head that gives a number for each token: how much it is of an answer.

    The vector `question` is added to the question's tokens before the joint layers, which so tell them from the
    passage's.
    """

    def __init__(self, transformer: Any, joint_layers: int) -> None:
        super().__init__()
        self.transformer = transformer
        layers = transformer.encoder.layer
        self.lower, self.joint = layers[: len(layers) - joint_layers], layers[len(layers) - joint_layers :]
        dimension = transformer.config.hidden_size
        self.question = nn.Parameter(torch.zeros(dimension))
        self.head = nn.Linear(dimension, 1, bias=False)
        nn.init.zeros_(self.head.weight)

    def forward(self, question_ids: Tensor, passage_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Read a question, (1, question tokens), and a passage, (1, passage tokens), as `join` does."""
        return self.join(self.alone(question_ids), self.alone(passage_ids))

    def alone(self, ids: Tensor, attention: Tensor | None = None) -> Tensor:
        """Return what the joint layers are given, (texts, tokens, dimension), for the ids of texts, (texts, tokens).

        `attention` is added to the attention to each token, (texts, 1, 1, tokens); it masks padding.
        """
        vectors: Tensor = self.transformer.embeddings(input_ids=ids)
        for layer in self.lower:
            vectors = layer(vectors, attention)
        return vectors

    def join(self, question: Tensor, passage: Tensor) -> tuple[Tensor, Tensor]:
        """Read a question and a passage of which the lower layers have made vectors, (1, tokens, dimension) each.

        Returned are the vectors of all tokens, the question's first, (1, tokens, dimension), and the head's numbers for
        them, (1, tokens, 1).
        """
        of_passage = torch.cat([torch.zeros_like(question[0, :, 0]), torch.ones_like(passage[0, :, 0])])
        vectors = torch.cat([question + self.question, passage], 1)
        vectors = self.together(vectors, attention_across(of_passage)[None, None])
        return vectors, self.head(vectors)

    def together(self, vectors: Tensor, attention: Tensor) -> Tensor:
        """Pass vectors, (pairs, tokens, dimension), through the joint layers.

        `attention` is what is added to the attention of each token to each, (pairs or 1, 1, tokens, tokens).
        """
        for layer in self.joint:
            vectors = layer(vectors, attention)
        return vectors


def attention_across(of_passage: Tensor) -> Tensor:
    """Return what is added to the attention of each token to each, (tokens, tokens).

    `of_passage`, (tokens,), is 1 for tokens of the passage and 0 for those of the question.
    """
    across = (of_passage[:, None] - of_passage[None, :]).float()  # 1 from passage to question, -1 the other way
    return TO_QUESTION * across.clamp(min=0) - TO_PASSAGE * across.clamp(max=0)


def joint_reader(transformer: Any, delta: ReaderDelta) -> JointReader:
    """Change a transformer by a delta, and return the reader that it becomes; raises ModelUntrusted."""
    parts = {name: torch.from_numpy(part) for name, part in delta_parts(delta).items()}
    add_low_rank(transformer, parts)
    reader = JointReader(transformer, int(parts.get("joint_layers", 0)))
    if "question" in parts:
        reader.question.data.copy_(parts["question"])
        reader.head.weight.data.copy_(parts["head.weight"])
    return reader.eval().requires_grad_(requires_grad=False)
