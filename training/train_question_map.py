"""Train the map of a question's token vectors for passages in another language (retrieval/encode/question_map.py).

    python -m training.train_question_map SQUAD TRANSLATIONS --out FILE [--steps N] [--seed N]

SQUAD is in the format of SQuAD 2.0; TRANSLATIONS is training/translated/questions.jsonl. By MaxSim, the mapped tokens
of a translated question shall be most like those of its original, among other questions, and those of the original most
like the translation's, not mapped. Half of the other questions are on the same article. No passage is encoded: a
question takes the place of the passage.
"""

import argparse
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

RANK, BATCH = 32, 48
LEARNING_RATE, WEIGHT_DECAY, WARM_UP = 1e-3, 0.05, 20
# What a difference in MaxSim is worth, as in training/train_joint_reader.py.
TEMPERATURE = 0.03


@dataclass(frozen=True)
class Pair:
    """The token vectors of a question and of its translation, each (tokens, dimension), and its article's number."""

    original: Tensor
    translated: Tensor
    article: int


class QuestionMap(nn.Module):
    """A low-rank map and a bias that are added to a token vector; at first, both are zero."""

    def __init__(self, dimension: int, rank: int = RANK) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, dimension) / math.sqrt(dimension))
        self.up = nn.Parameter(torch.zeros(dimension, rank))
        self.bias = nn.Parameter(torch.zeros(dimension))

    def forward(self, vectors: Tensor) -> Tensor:
        """Map vectors, (…, dimension), to vectors of length 1."""
        return normalize(vectors + vectors @ self.down.T @ self.up.T + self.bias, dim=-1)

    def rows(self) -> Tensor:
        """Return what the file of a map has, (2 rank + 1, dimension), in half precision."""
        return torch.cat([self.down, self.up.T, self.bias[None]]).detach().half()


def train(pairs: Sequence[Pair], steps: int, seed: int) -> QuestionMap:
    """Train a map on pairs; a third of the steps asks the originals of the translations."""
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311 - not for security
    learned = QuestionMap(pairs[0].original.shape[1])
    optimizer = torch.optim.AdamW(learned.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for step in range(steps):
        batch = _batch(pairs, chance)
        asked, found = [pair.translated for pair in batch], [pair.original for pair in batch]
        if step % 3 == 2:
            asked, found = found, asked
        loss = cross_entropy(maxsim(learned, asked, found) / TEMPERATURE, torch.arange(len(batch)))
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (step + 1) / WARM_UP) * max(0.05, 1 - step / steps)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % WARM_UP == WARM_UP - 1:
            print(f"{step + 1} steps: loss {loss.item():.3f}", flush=True)
    return learned


def maxsim(learned: QuestionMap, asked: Sequence[Tensor], found: Sequence[Tensor]) -> Tensor:
    """Return the MaxSim of each mapped question to each text, (questions, texts); all tokens weigh the same."""
    lengths = torch.tensor([len(each) for each in asked])
    vectors = learned(torch.cat(list(asked)))
    best = torch.stack([(vectors @ each.T).amax(1) for each in found], 1)
    owner = torch.repeat_interleave(torch.arange(len(asked)), lengths)
    return torch.zeros(len(asked), len(found)).index_add(0, owner, best) / lengths[:, None]


def read_pairs(squad: Path, translations: Path) -> list[Pair]:
    """Read the translated questions that have an answer, and encode them and their originals."""
    from retrieval.encode.locate_model import MULTILINGUAL
    from retrieval.encode.sentence_transformers import SentenceEncoder

    rows = [json.loads(line) for line in translations.read_text(encoding="utf-8").splitlines()]
    asked = {
        question["id"]: (number, question["question"])
        for number, article in enumerate(json.loads(squad.read_text(encoding="utf-8"))["data"])
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
        if not question["is_impossible"]
    }
    rows = [row for row in rows if row["id"] in asked]
    encoder = SentenceEncoder(MULTILINGUAL)
    originals = encoder.encode_query_tokens([asked[row["id"]][1] for row in rows])
    translated = encoder.encode_query_tokens([row["question"] for row in rows])
    return [
        Pair(torch.from_numpy(original.vectors), torch.from_numpy(other.vectors), asked[row["id"]][0])
        for row, original, other in zip(rows, originals, translated, strict=True)
    ]


def _batch(pairs: Sequence[Pair], chance: random.Random) -> list[Pair]:
    """Draw pairs, half of them on one article."""
    article = chance.choice(pairs).article
    own = [pair for pair in pairs if pair.article == article]
    others = [pair for pair in pairs if pair.article != article]
    return chance.sample(own, min(BATCH // 2, len(own))) + chance.sample(others, BATCH // 2)


def main() -> None:
    """Train, and write the map."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("squad", type=Path)
    parser.add_argument("translations", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    learned = train(read_pairs(args.squad, args.translations), args.steps, args.seed)
    np.save(args.out, learned.rows().numpy(), allow_pickle=False)


if __name__ == "__main__":
    main()
