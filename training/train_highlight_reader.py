"""Train the reader, which chooses the sentence that answers.

    python -m training.train_highlight_reader FILE… --out FOLDER

Each FILE is in SQuAD 2.0's format. A low-rank delta (LoRA, Hu and others 2021, https://arxiv.org/abs/2106.09685) on
every linear layer of the bundled model is trained so that, of the sentences of a paragraph, the one that holds the
answer has the highest MaxSim to the question. Paragraphs are encoded alone, as they are when a question is answered,
so all questions on a paragraph share its encoding, and an epoch over 646 of them takes minutes on two cores.

Written to FOLDER: reader_delta.safetensors. Printed each epoch: the loss, and how often the right sentence is chosen of
the articles that --hold names, which are not trained on. The same files, seed and machine give the same delta.
"""

import argparse
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from corpus.article import Article, Card, Span
from retrieval.answer.query_features import STOP_STEMS
from retrieval.encode.encoder import embedded_text
from retrieval.encode.locate_model import locate
from retrieval.text.analysis import stems, word_spans
from retrieval.text.chunking import split

SEED = 0
RANK = 16
RATE = 7e-4
# The temperature of the softmax over sentences: MaxSims lie within some tenths of each other.
TEMPERATURE = 0.03
# What a word that every question has weighs, against 1 for any other.
STOP_WEIGHT = 0.3
PARAGRAPHS, QUESTIONS = 24, 96
WARM_UP_STEPS = 20
PARAGRAPH_TOKENS, QUESTION_TOKENS = 256, 64


@dataclass(frozen=True)
class Question:
    """A question, and the characters that answer it in its paragraph."""

    text: str
    answer: Span


@dataclass(frozen=True)
class Paragraph:
    """A paragraph under its article's title, its sentences, and the questions that it answers."""

    article: str
    text: str
    sentences: tuple[Span, ...]
    questions: tuple[Question, ...]


def read(files: Sequence[Path]) -> Iterator[Paragraph]:
    """Read the paragraphs that answer a question."""
    for file in files:
        for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
            title = article["title"].replace("_", " ")
            for paragraph in article["paragraphs"]:
                questions = tuple(_questions(paragraph["qas"]))
                if questions:
                    text = paragraph["context"]
                    yield Paragraph(title, text, _sentences(text), questions)


def _questions(rows: Sequence[dict[str, object]]) -> Iterator[Question]:
    for row in rows:
        answers = row["answers"]
        if isinstance(answers, list) and answers and not row["is_impossible"]:
            start = answers[0]["answer_start"]
            yield Question(str(row["question"]), Span(start, start + len(answers[0]["text"])))


class _NoLimit:
    """Counts no tokens, so that a paragraph is one passage."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count nothing."""
        return [0] * len(texts)

    def token_ends(self, text: str) -> list[int]:
        """Cut nowhere."""
        return [len(text)]


def _sentences(text: str) -> tuple[Span, ...]:
    whole = split(Article(Card("paragraph", ""), text), _NoLimit(), 1000)
    return tuple(Span(p.start + s.start, p.start + s.end) for p in whole for s in p.sentences)


class LoRA(nn.Module):
    """A linear layer, and what is learned on top of it: the product of two thin matrices."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(requires_grad=False)
        self.down = nn.Parameter(torch.randn(RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, RANK))

    def forward(self, values: Tensor) -> Tensor:
        """Apply both."""
        return self.layer(values) + values @ self.down.T @ self.up.T  # type: ignore[no-any-return]


def with_lora(model: nn.Module) -> nn.Module:
    """Freeze a model, and put something to learn on top of every linear layer of its encoder."""
    model.requires_grad_(requires_grad=False)
    for name, layer in list(model.named_modules()):
        if isinstance(layer, nn.Linear) and name.startswith("encoder."):
            above, _, last = name.rpartition(".")
            setattr(model.get_submodule(above), last, LoRA(layer))
    return model


class Reader(nn.Module):
    """The bundled model with a delta, and its tokenizer."""

    def __init__(self) -> None:
        super().__init__()
        folder = str(locate("bundled"))
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = with_lora(AutoModel.from_pretrained(folder))

    def forward(self, texts: Sequence[str], max_tokens: int) -> tuple[Tensor, Tensor]:
        """Return the tokens' vectors, (texts, tokens, dimension), and spans, (texts, tokens, 2), empty where padded."""
        batch = self.tokenizer(
            list(texts),
            truncation=True,
            max_length=max_tokens,
            padding=True,
            return_tensors="pt",
            return_offsets_mapping=True,
        )
        spans = batch.pop("offset_mapping")
        with torch.autocast("cpu", torch.bfloat16):
            vectors = self.model(**batch).last_hidden_state
        return nn.functional.normalize(vectors.float(), dim=-1), spans


def weights(question: str, spans: Tensor) -> list[float]:
    """Weigh a question's tokens: those of words, and less those of words that every question has."""
    words = [(*span, STOP_STEMS.issuperset(stems(question[slice(*span)]))) for span in word_spans(question)]

    def weight(start: int, end: int) -> float:
        is_stop_word = next((stop for begin, until, stop in words if start < until and end > begin), None)
        return 0.0 if is_stop_word is None or start == end else STOP_WEIGHT if is_stop_word else 1.0

    raw = [weight(start, end) for start, end in spans.tolist()]
    return [value / (sum(raw) or 1.0) for value in raw]


def scores(reader: Reader, pairs: Sequence[tuple[Paragraph, Question]]) -> tuple[Tensor, Tensor]:
    """Return the MaxSim of each sentence to its question, (questions, sentences), and which hold the answer."""
    paragraphs = list(dict.fromkeys(paragraph for paragraph, _ in pairs))
    passages, places = reader(
        [embedded_text(paragraph.article, paragraph.text) for paragraph in paragraphs], PARAGRAPH_TOKENS
    )
    questions, spans = reader([question.text for _, question in pairs], QUESTION_TOKENS)
    weigh = torch.tensor([weights(question.text, tokens) for (_, question), tokens in zip(pairs, spans, strict=True)])
    at = [paragraphs.index(paragraph) for paragraph, _ in pairs]
    similar = torch.einsum("qtd,qud->qtu", questions, passages[at])
    inside = torch.stack([_inside(paragraph, places[i]) for i, paragraph in enumerate(paragraphs)])[at]
    best = similar[:, None].masked_fill(~inside[:, :, None], -100).amax(-1)
    maxsim = (weigh[:, None] * best).sum(-1).masked_fill(~inside.any(-1), -100)
    right = torch.zeros_like(maxsim, dtype=torch.bool)
    for row, (paragraph, question) in enumerate(pairs):
        for number, (start, end) in enumerate(paragraph.sentences[: maxsim.shape[1]]):
            right[row, number] = question.answer.start < end and start < question.answer.end
    return maxsim, right & inside.any(-1)


MAX_SENTENCES = 24


def _inside(paragraph: Paragraph, places: Tensor) -> Tensor:
    """Tell which tokens are inside which sentence, (MAX_SENTENCES, tokens)."""
    before = len(embedded_text(paragraph.article, ""))
    starts, ends = places[:, 0] - before, places[:, 1] - before
    inside = torch.zeros(MAX_SENTENCES, len(places), dtype=torch.bool)
    for number, (start, end) in enumerate(paragraph.sentences[:MAX_SENTENCES]):
        inside[number] = (starts >= start) & (ends <= end) & (ends > starts)
    return inside


def loss_of(reader: Reader, pairs: Sequence[tuple[Paragraph, Question]]) -> Tensor:
    """Return the cross-entropy of choosing a sentence that holds the answer."""
    maxsim, right = scores(reader, pairs)
    has_answer = right.any(-1)
    chances = torch.log_softmax(maxsim[has_answer] / TEMPERATURE, dim=-1)
    return -torch.logsumexp(chances.masked_fill(~right[has_answer], -1e4), dim=-1).mean()


def chosen_rightly(reader: Reader, paragraphs: Sequence[Paragraph]) -> float:
    """Return how often the sentence with the highest MaxSim holds the answer."""
    hits = []
    with torch.no_grad():
        for paragraph in paragraphs:
            maxsim, right = scores(reader, [(paragraph, question) for question in paragraph.questions])
            hits += right[torch.arange(len(right)), maxsim.argmax(-1)].tolist()
    return float(np.mean(hits)) if hits else math.nan


def train(paragraphs: Sequence[Paragraph], left_out: Sequence[Paragraph], epochs: int) -> Reader:
    """Train a reader, and print each epoch."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)  # noqa: S311
    reader = Reader().eval()  # without dropout: the rank is what keeps it from learning by heart
    trained = [weight for weight in reader.parameters() if weight.requires_grad]
    steps = epochs * math.ceil(len(paragraphs) / PARAGRAPHS)
    optimiser = torch.optim.AdamW(trained, lr=RATE)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / WARM_UP_STEPS) * (1 + math.cos(math.pi * step / steps)) / 2
    )
    print(f"before: {chosen_rightly(reader, left_out):.3f} of the held chosen rightly", flush=True)
    for epoch in range(1, epochs + 1):
        losses = []
        order = chance.sample(paragraphs, len(paragraphs))
        for start in range(0, len(order), PARAGRAPHS):
            batch = order[start : start + PARAGRAPHS]
            pairs = [(paragraph, question) for paragraph in batch for question in paragraph.questions]
            loss = loss_of(reader, chance.sample(pairs, min(QUESTIONS, len(pairs))))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            rate.step()
            losses.append(loss.item())
        print(
            f"epoch {epoch}: loss {np.mean(losses):.3f}, {chosen_rightly(reader, left_out):.3f} of the held", flush=True
        )
    return reader


def main() -> None:
    """Train, and write the delta."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hold", default="", help="titles of articles that are not trained on, between commas")
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    paragraphs = list(read(args.files))
    hold = set(args.hold.split(","))
    left_out = [paragraph for paragraph in paragraphs if paragraph.article in hold]
    reader = train([paragraph for paragraph in paragraphs if paragraph.article not in hold], left_out, args.epochs)
    save_file(delta_of(reader), args.out / "reader_delta.safetensors")


def delta_of(reader: Reader) -> dict[str, Tensor]:
    """Return the delta's two factors for each layer, in half precision."""
    parts = {}
    for name, layer in reader.model.named_modules():
        if isinstance(layer, LoRA):
            parts[f"{name}.down"] = layer.down.detach().half().contiguous()
            parts[f"{name}.up"] = layer.up.detach().half().contiguous()
    return parts


if __name__ == "__main__":
    main()
