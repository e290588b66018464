"""Train a reader that reads question and passage together: which tokens answer, in which passage, or none.

    python -m training.train_reader FILE… --out FILE --steps NUMBER [--model NAME] [--judge FOLDER…] [--resume FILE]

Each FILE is one of those that reader_examples.py reads. A low-rank delta (lora.py) and a linear head are trained on top
of a built-in model. The head gives every token of a passage a log-odds; the odds that nothing answers are 1. So the
scores of different passages can be compared: the loss is the cross-entropy of the tokens that answer against all tokens
of several passages of one question, and nothing. A question whose answers are left out is answered by nothing.

Written to --out every CHECKPOINT steps, and read by --resume: the delta and the head. Printed with it: the loss, and
for each FOLDER of --judge (BEIR layout with whole articles) how often the sentence with the highest odds answers, of
all sentences of the article, and of those of the right passage.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from corpus.article import Span
from retrieval.encode.encoder import embedded_text
from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.evaluate import beir
from retrieval.text.chunking import split
from retrieval.types import Passage
from training.lora import delta_of, restore_delta, with_lora
from training.reader_examples import NEWS_TOKENS, Example, read_examples

SEED = 0
RATE, HEAD_RATE, WEIGHT_DECAY = 6e-4, 2e-3, 0.01
WARM_UP_STEPS, CHECKPOINT = 40, 200
# Passages in a step, and at most of one question.
BATCH, PASSAGES = 24, 3
PAIR_TOKENS = 320
# How often the passages that answer are left out, and how often a passage of another question is added.
LEFT_OUT, STRANGER = 0.12, 0.3
# The log-odds of a token at first: those of a few hundred together are near 0.
FIRST_LOG_ODDS = -6.0
JUDGED_QUESTIONS = 100
Marked = tuple[Passage, tuple[Span, ...]]
Group = tuple[str, list[Marked]]


class Reader(nn.Module):
    """A built-in model with a delta, and the head."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.encoder = SentenceEncoder(name)
        self.tokenizer = self.encoder.model.tokenizer
        self.model = with_lora(self.encoder.model[0].auto_model)  # type: ignore[arg-type]
        self.head = nn.Linear(self.encoder.dimension, 1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.constant_(self.head.bias, FIRST_LOG_ODDS)

    def forward(self, pairs: Sequence[tuple[str, Passage]]) -> tuple[Tensor, Tensor]:
        """Return each token's log-odds, (pairs, tokens), and its span in the passage, (pairs, tokens, 2).

        Tokens that are not of the passage's text have log-odds of -10,000 and empty spans.
        """
        batch = self.tokenizer(
            [question for question, _ in pairs],
            [embedded_text(passage.article.title, passage.text) for _, passage in pairs],
            truncation="only_second",
            max_length=PAIR_TOKENS,
            padding=True,
            return_tensors="pt",
            return_offsets_mapping=True,
        )
        offsets = batch.pop("offset_mapping")
        second = torch.tensor([[part == 1 for part in batch.sequence_ids(row)] for row in range(len(pairs))])
        before = torch.tensor([len(embedded_text(passage.article.title, "")) for _, passage in pairs])
        spans = offsets - before[:, None, None]
        of_text = second & (spans[..., 0] >= 0) & (spans[..., 1] > spans[..., 0])
        with torch.autocast("cpu", torch.bfloat16):
            vectors = self.model(**batch).last_hidden_state
        log_odds = self.head(vectors.float()).squeeze(-1).masked_fill(~of_text, -1e4)
        return log_odds, spans.masked_fill(~of_text[..., None], 0)

    def restore(self, file: Path) -> None:
        """Go on from a checkpoint."""
        restore_delta(self.model, file)
        parts = load_file(file)
        self.head.weight.data.copy_(parts["head.weight"])
        self.head.bias.data.copy_(parts["head.bias"])

    def save(self, file: Path) -> None:
        """Write a checkpoint."""
        head = {f"head.{name}": weight.detach().clone() for name, weight in self.head.named_parameters()}
        save_file({**delta_of(self.model), **head}, file)


def loss_of(reader: Reader, groups: Sequence[Group]) -> Tensor:
    """Return the cross-entropy of the tokens that answer, or of nothing, over each question's passages."""
    log_odds, spans = reader([(question, passage) for question, marked in groups for passage, _ in marked])
    losses, row = [], 0
    for _, marked in groups:
        rows = slice(row, row + len(marked))
        row += len(marked)
        right = torch.stack([_inside(spans[rows][number], answers) for number, (_, answers) in enumerate(marked)])
        everything = torch.logsumexp(torch.cat([log_odds[rows].flatten(), torch.zeros(1)]), 0)
        if right.any():
            losses.append(everything - torch.logsumexp(log_odds[rows][right], 0))
        elif not any(answers for _, answers in marked):  # else the answer was cut off
            losses.append(everything)
    return torch.stack(losses).mean()


def _inside(spans: Tensor, answers: Sequence[Span]) -> Tensor:
    """Tell which tokens, (tokens, 2), overlap an answer."""
    inside = torch.zeros(len(spans), dtype=torch.bool)
    for start, end in answers:
        inside |= (spans[:, 0] < end) & (spans[:, 1] > start) & (spans[:, 1] > spans[:, 0])
    return inside


def groups_of(examples: Sequence[Example], chance: random.Random) -> Iterator[list[Group]]:
    """Yield batches without end, each of at least BATCH passages: every example once, in another order each time."""
    strangers = [passage for example in examples for passage, _ in example.right]
    batch: list[Group] = []
    while True:
        for example in chance.sample(examples, len(examples)):
            wrong: list[Marked] = [(passage, ()) for passage in chance.sample(example.wrong, len(example.wrong))]
            left_out = bool(wrong) and chance.random() < LEFT_OUT
            marked = [*(() if left_out else example.right[: PASSAGES - 1]), *wrong][:PASSAGES]
            if len(marked) == 1 or chance.random() < STRANGER:
                marked.append((chance.choice(strangers), ()))
            batch.append((example.question, marked))
            if sum(len(passages) for _, passages in batch) >= BATCH:
                yield batch
                batch = []


def sentences_ranked(reader: Reader, question: str, passages: Sequence[Passage]) -> list[tuple[float, Passage, Span]]:
    """Return every sentence of the passages with its log-odds, the highest first."""
    with torch.no_grad():
        log_odds, spans = reader([(question, passage) for passage in passages])
    scored = []
    for row, passage in enumerate(passages):
        for sentence in passage.sentences:
            inside = _inside(spans[row], [sentence])
            score = float(torch.logsumexp(log_odds[row][inside], 0)) if inside.any() else -math.inf
            scored.append((score, passage, sentence))
    return sorted(scored, key=lambda ranked: -ranked[0])


def judged(reader: Reader, questions: beir.QuestionSet) -> str:
    """Return how often the first sentence answers, of the article's and of the right passages', as a line."""
    chosen = random.Random(SEED).sample(sorted(questions.answers), min(JUDGED_QUESTIONS, len(questions.answers)))  # noqa: S311
    of_article, of_passage = [], []
    for id_ in chosen:
        (gold, *_) = questions.answers[id_]
        passages = split(questions.articles[gold.document], reader.encoder, NEWS_TOKENS)
        ranked = sentences_ranked(reader, questions.questions[id_], passages)
        right = [_answers(passage, Span(0, len(passage.text)), gold) for passage in passages]
        with_answer = [passage.id for passage, answers in zip(passages, right, strict=True) if answers]
        of_article.append(_answers(ranked[0][1], ranked[0][2], gold))
        given = next(rank for rank in ranked if rank[1].id in with_answer)
        of_passage.append(_answers(given[1], given[2], gold))
    return f"{questions.name} {np.mean(of_article):.3f}, given the passage {np.mean(of_passage):.3f}"


def _answers(passage: Passage, sentence: Span, gold: beir.Gold) -> bool:
    start, end = passage.start + sentence.start, passage.start + sentence.end
    return any(answer.start < end and start < answer.end for answer in gold.spans)


def train(
    reader: Reader, examples: Sequence[Example], sets: Mapping[str, beir.QuestionSet], steps: int, out: Path
) -> None:
    """Train a reader, and write and judge it now and then."""
    weights = [weight for weight in reader.model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "lr": RATE}, {"params": reader.head.parameters(), "lr": HEAD_RATE}],
        weight_decay=WEIGHT_DECAY,
    )
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / WARM_UP_STEPS) * (1 + math.cos(math.pi * step / steps)) / 2
    )
    batches, losses, began = groups_of(examples, random.Random(SEED)), [], time.monotonic()  # noqa: S311
    for step in range(1, steps + 1):
        loss = loss_of(reader, next(batches))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        rate.step()
        losses.append(loss.item())
        if step % CHECKPOINT == 0 or step == steps:
            reader.save(out)
            judgements = "; ".join(judged(reader, questions) for questions in sets.values())
            mean = np.mean(losses[-CHECKPOINT:])
            print(f"step {step}, {time.monotonic() - began:.0f} s: loss {mean:.3f}; {judgements}", flush=True)


def main() -> None:
    """Train, and write the reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--model", choices=[BUNDLED, MULTILINGUAL], default=MULTILINGUAL)
    parser.add_argument("--judge", nargs="+", type=Path, default=[])
    parser.add_argument("--resume", type=Path)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    reader = Reader(args.model).eval()  # no dropout: with it, attention takes twice the time on a processor
    if args.resume:
        reader.restore(args.resume)
    chance = random.Random(SEED)  # noqa: S311
    examples = [example for file in args.files for example in read_examples(file, reader.encoder, chance)]
    print(f"{len(examples)} questions", flush=True)
    train(reader, examples, {folder.name: beir.read(folder) for folder in args.judge}, args.steps, args.out)


if __name__ == "__main__":
    main()
