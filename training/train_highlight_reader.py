"""Train a reader, which chooses the sentence that answers.

    python -m training.train_highlight_reader FILE… --out FILE [--model NAME] [--judge FOLDER…]

Each FILE is one of those that question_files.py reads. A low-rank delta (LoRA, Hu and others 2021,
https://arxiv.org/abs/2106.09685) on every linear layer of a built-in model is trained so that, of the sentences of a
passage, one that holds the answer has the highest MaxSim to the question. Passages are encoded alone, as they are when
a question is answered, so all questions on a passage share its encoding.

Written to --out after every epoch: the delta, in half precision; with --scale, a share of it, which keeps more of what
the model knew (Wortsman and others 2022, https://arxiv.org/abs/2109.01903). Printed each epoch: the loss, and how often
a right sentence is chosen in each FOLDER of --judge, which is not trained on. The same files, seed and machine give the
same delta.
"""

import argparse
import math
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from retrieval.answer.query_features import STOP_WEIGHT
from retrieval.encode.encoder import embedded_text
from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.text.analysis import stems, word_spans
from retrieval.text.bm25 import idf
from retrieval.text.question_terms import STOP_STEMS
from training.lora import delta_of, with_lora
from training.question_files import Question, TrainingPassage, read_passages

SEED = 0
RATE = 3e-4
# The temperature of the softmax over sentences: MaxSims lie within some tenths of each other, those of the multilingual
# model within some hundredths.
TEMPERATURES = {BUNDLED: 0.03, MULTILINGUAL: 0.01}
PASSAGES, QUESTIONS = 24, 96
WARM_UP_STEPS = 20
PASSAGE_TOKENS, QUESTION_TOKENS = 256, 64
MAX_SENTENCES = 24
Pair = tuple[TrainingPassage, Question]


class Reader(nn.Module):
    """A built-in model with a delta, its tokenizer and its prompts."""

    def __init__(self, name: str, frequencies: Counter[str], passages: int) -> None:
        super().__init__()
        self.encoder = SentenceEncoder(name)
        self.tokenizer = self.encoder.model.tokenizer
        self.model = with_lora(self.encoder.model[0].auto_model)  # type: ignore[arg-type]
        self.temperature = TEMPERATURES[name]
        self.frequencies, self.passages = frequencies, passages

    def encode(self, texts: Sequence[str], prompt: str, max_tokens: int) -> tuple[Tensor, Tensor]:
        """Return the tokens' vectors, (texts, tokens, dimension), and spans, (texts, tokens, 2).

        The spans of padding, special tokens and the prompt are empty.
        """
        batch = self.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=max_tokens,
            padding=True,
            return_tensors="pt",
            return_offsets_mapping=True,
        )
        spans = batch.pop("offset_mapping") - len(prompt)
        spans = torch.where((spans[..., 1:] > 0) & (spans[..., 1:] > spans[..., :1]), spans.clamp(min=0), 0)
        with torch.autocast("cpu", torch.bfloat16):
            vectors = self.model(**batch).last_hidden_state
        return nn.functional.normalize(vectors.float(), dim=-1), spans

    def weights(self, question: str, spans: Tensor) -> list[float]:
        """Weigh a question's tokens as query_features.py does, with the frequencies of the training passages."""
        words = [(*span, self._word_weight(question[slice(*span)])) for span in word_spans(question)]
        raw = [
            max((weight for begin, until, weight in words if start < until and end > begin), default=0.0)
            if end > start
            else 0.0
            for start, end in spans.tolist()
        ]
        return [value / (sum(raw) or 1.0) for value in raw]

    def _word_weight(self, word: str) -> float:
        weights = [
            STOP_WEIGHT if stem in STOP_STEMS else math.sqrt(idf(self.frequencies[stem], self.passages))
            for stem in stems(word)
        ]
        return max(weights, default=0.0)


def scores(reader: Reader, pairs: Sequence[Pair]) -> tuple[Tensor, Tensor]:
    """Return the MaxSim of each sentence to its question, (questions, sentences), and which hold the answer."""
    passages = list(dict.fromkeys(passage for passage, _ in pairs))
    prompts = reader.encoder.prompts
    vectors, places = reader.encode(
        [embedded_text(passage.article, passage.text) for passage in passages], prompts.passage, PASSAGE_TOKENS
    )
    questions, spans = reader.encode([question.text for _, question in pairs], prompts.query, QUESTION_TOKENS)
    weights = torch.tensor([reader.weights(pair[1].text, tokens) for pair, tokens in zip(pairs, spans, strict=True)])
    rows = [passages.index(passage) for passage, _ in pairs]
    similar = torch.einsum("qtd,qud->qtu", questions, vectors[rows])
    inside = torch.stack([_inside(passage, places[i]) for i, passage in enumerate(passages)])[rows]
    best = similar[:, None].masked_fill(~inside[:, :, None], -100).amax(-1)
    maxsim = (weights[:, None] * best).sum(-1).masked_fill(~inside.any(-1), -100)
    right = torch.zeros_like(maxsim, dtype=torch.bool)
    for row, (passage, question) in enumerate(pairs):
        for number, (start, end) in enumerate(passage.sentences[:MAX_SENTENCES]):
            right[row, number] = any(answer.start < end and start < answer.end for answer in question.answers)
    return maxsim, right & inside.any(-1)


def _inside(passage: TrainingPassage, places: Tensor) -> Tensor:
    """Tell which tokens are inside which sentence, (MAX_SENTENCES, tokens)."""
    before = len(embedded_text(passage.article, ""))
    starts, ends = places[:, 0] - before, places[:, 1] - before
    inside = torch.zeros(MAX_SENTENCES, len(places), dtype=torch.bool)
    for number, (start, end) in enumerate(passage.sentences[:MAX_SENTENCES]):
        inside[number] = (starts >= start) & (ends <= end) & (ends > starts)
    return inside


def loss_of(reader: Reader, pairs: Sequence[Pair]) -> Tensor:
    """Return the cross-entropy of choosing a sentence that holds the answer."""
    maxsim, right = scores(reader, pairs)
    has_answer = right.any(-1)
    chances = torch.log_softmax(maxsim[has_answer] / reader.temperature, dim=-1)
    return -torch.logsumexp(chances.masked_fill(~right[has_answer], -1e4), dim=-1).mean()


def chosen_rightly(reader: Reader, passages: Sequence[TrainingPassage]) -> float:
    """Return how often the sentence with the highest MaxSim holds the answer."""
    hits = []
    reader.eval()
    with torch.no_grad():
        for passage in passages:
            maxsim, right = scores(reader, [(passage, question) for question in passage.questions])
            hits += right[torch.arange(len(right)), maxsim.argmax(-1)].tolist()
    return float(np.mean(hits)) if hits else math.nan


def frequencies_of(passages: Sequence[TrainingPassage]) -> Counter[str]:
    """Return in how many passages each stem occurs."""
    return Counter(stem for passage in passages for stem in set(stems(embedded_text(passage.article, passage.text))))


def train(
    reader: Reader,
    passages: Sequence[TrainingPassage],
    judged: Mapping[str, Sequence[TrainingPassage]],
    epochs: int,
    out: Path,
    scale: float,
) -> None:
    """Train a reader, write its delta and print how good it is, each epoch."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)  # noqa: S311
    trained = [weight for weight in reader.model.parameters() if weight.requires_grad]
    steps = epochs * math.ceil(len(passages) / PASSAGES)
    optimiser = torch.optim.AdamW(trained, lr=RATE)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / WARM_UP_STEPS) * (1 + math.cos(math.pi * step / steps)) / 2
    )
    print(f"{len(passages)} passages, {steps} steps. Before: {_judgement(reader, judged)}", flush=True)
    for epoch in range(1, epochs + 1):
        losses, began = [], time.monotonic()
        reader.train()
        order = chance.sample(passages, len(passages))
        for start in range(0, len(order), PASSAGES):
            batch = order[start : start + PASSAGES]
            pairs = [(passage, question) for passage in batch for question in passage.questions]
            loss = loss_of(reader, chance.sample(pairs, min(QUESTIONS, len(pairs))))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            rate.step()
            losses.append(loss.item())
        save_file(delta_of(reader.model, scale), out)
        seconds = time.monotonic() - began
        print(f"epoch {epoch}, {seconds:.0f} s: loss {np.mean(losses):.3f}; {_judgement(reader, judged)}", flush=True)


def _judgement(reader: Reader, judged: Mapping[str, Sequence[TrainingPassage]]) -> str:
    return ", ".join(f"{name} {chosen_rightly(reader, passages):.3f}" for name, passages in judged.items())


def main() -> None:
    """Train, and write the delta."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", choices=sorted(TEMPERATURES), default=BUNDLED)
    parser.add_argument("--judge", nargs="+", type=Path, default=[])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="the share of the delta that is written")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer = SentenceEncoder(args.model)
    passages = [passage for file in args.files for passage in read_passages(file, tokenizer)]
    judged = {folder.name: list(read_passages(folder, tokenizer)) for folder in args.judge}
    reader = Reader(args.model, frequencies_of(passages), len(passages))
    train(reader, passages, judged, args.epochs, args.out, args.scale)


if __name__ == "__main__":
    main()
