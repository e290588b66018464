"""Train a reader, which chooses the sentence that answers.

    python -m training.train_highlight_reader FILE… --out FILE [--model NAME] [--from FILE] [--judge FOLDER…]

Each FILE is one of those that question_files.py reads. A low-rank delta (lora.py) on every linear layer of a built-in
model is trained so that, of the sentences of a whole article, one that answers comes first: by half its MaxSim to the
question together with the MaxSim of its passage to the published model, as answer/rank_sentences.py orders them.
Passages are encoded alone, as they are when a question is answered. So all questions on an article share its encoding.

Written to --out now and then: the delta, in half precision; with --scale, a share of it, which keeps more of what the
model knew (Wortsman and others 2022, https://arxiv.org/abs/2109.01903). Printed with it, for each FOLDER of --judge,
which is not trained on: how often the first sentence answers, of the article's and of the right passages'. The same
files, seed and machine give the same delta.
"""

import argparse
import copy
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from corpus.article import Span
from retrieval.answer.rank_sentences import LENGTH_PENALTY, SENTENCE_WEIGHT
from retrieval.encode.encoder import embedded_text
from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.encode.sentence_transformers import SentenceEncoder
from training.idf_weights import WordWeights
from training.lora import delta_of, restore_delta, with_lora
from training.question_files import Question, TrainingArticle, read_articles
from training.tokenize_texts import tokenize

SEED = 0
RATE, WEIGHT_DECAY = 3e-4, 0.01
# The temperature of the softmax over sentences: MaxSims lie within some tenths of each other, those of the multilingual
# model within some hundredths.
TEMPERATURES = {BUNDLED: 0.03, MULTILINGUAL: 0.01}
# Articles in a step, and questions on one of them. Longer articles are left out.
ARTICLES, QUESTIONS, MAX_PASSAGES = 3, 14, 12
WARM_UP_STEPS, CHECKPOINT = 20, 60
PASSAGE_TOKENS, QUESTION_TOKENS = 300, 64


Item = TypeVar("Item")


class Reader:
    """A built-in model, as it was published and with a delta, and the weights of a question's words."""

    def __init__(self, name: str, articles: Sequence[TrainingArticle]) -> None:
        self.encoder = SentenceEncoder(name)
        self.tokenizer = self.encoder.model.tokenizer
        self.published: nn.Module = self.encoder.model[0].auto_model.eval()  # type: ignore[union-attr]
        self.trained = with_lora(copy.deepcopy(self.published))
        self.temperature = TEMPERATURES[name]
        self.words = WordWeights(articles)

    def encode(self, model: nn.Module, texts: Sequence[str], prompt: str, max_tokens: int) -> tuple[Tensor, Tensor]:
        """Return the tokens' vectors, (texts, tokens, dimension), and spans, (texts, tokens, 2).

        The spans of padding, special tokens and the prompt are empty.
        """
        batch, spans = tokenize(self.tokenizer, texts, prompt, max_tokens)
        return nn.functional.normalize(model(**batch).last_hidden_state, dim=-1), spans

    def similarity(
        self, model: nn.Module, article: TrainingArticle, questions: Sequence[Question]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the cosines of tokens, (questions, passages, question tokens, passage tokens).

        Then the weights of the questions' tokens, (questions, question tokens), and the spans of the passages' tokens.
        """
        prompts = self.encoder.prompts
        texts = [embedded_text(passage.article.title, passage.text) for passage in article.passages]
        passages, spans = self.encode(model, texts, prompts.passage, PASSAGE_TOKENS)
        asked = [question.text for question in questions]
        vectors, places = self.encode(model, asked, prompts.query, QUESTION_TOKENS)
        weights = torch.tensor(
            [self.words.of_tokens(text, tokens.tolist()) for text, tokens in zip(asked, places, strict=True)]
        )
        return torch.einsum("qtd,pud->qptu", vectors, passages), weights, spans


def passage_scores(reader: Reader, article: TrainingArticle) -> Tensor:
    """Return the MaxSim of each passage to each question, (questions, passages), of the published model."""
    with torch.no_grad():
        similar, weights, spans = reader.similarity(reader.published, article, article.questions)
    known = spans[..., 1] > spans[..., 0]
    best = similar.masked_fill(~known[None, :, None, :], -1).amax(-1)
    return torch.einsum("qt,qpt->qp", weights, best)


def sentence_scores(
    reader: Reader, article: TrainingArticle, of_passages: Tensor, chosen: Sequence[int]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the scores of the article's sentences for the chosen questions, (questions, sentences).

    Then which of them answer, (questions, sentences), and the number of each sentence's passage, (sentences,).
    """
    questions = [article.questions[number] for number in chosen]
    similar, weights, spans = reader.similarity(reader.trained, article, questions)
    scores, right, of = [], [], []
    for number, passage in enumerate(article.passages):
        starts, ends = (spans[number] - len(embedded_text(passage.article.title, ""))).T
        for start, end in passage.sentences:
            inside = (starts >= start) & (ends <= end) & (ends > starts)
            if inside.any():  # else it is behind the model's limit
                coverage = (weights * similar[:, number][:, :, inside].amax(-1)).sum(-1)
                scores.append(coverage - LENGTH_PENALTY * math.log(end - start))
                right.append([question.is_answered_by(number, Span(start, end)) for question in questions])
                of.append(number)
    passages = torch.tensor(of)
    together = of_passages[list(chosen)][:, passages] + SENTENCE_WEIGHT * torch.stack(scores, 1)
    return together, torch.tensor(right).T, passages


def loss_of(reader: Reader, article: TrainingArticle, of_passages: Tensor, chosen: Sequence[int]) -> Tensor:
    """Return the cross-entropy of choosing a sentence that answers."""
    scores, right, _ = sentence_scores(reader, article, of_passages, chosen)
    chances = torch.log_softmax(scores / (SENTENCE_WEIGHT * reader.temperature), 1)
    answered = right.any(1)
    return -torch.logsumexp(chances[answered].masked_fill(~right[answered], -1e4), 1).mean()


def judged(reader: Reader, articles: Sequence[TrainingArticle], of_passages: Sequence[Tensor]) -> str:
    """Return how often the first sentence answers, of the article's and of the right passages', as a line."""
    of_article, of_passage = [], []
    with torch.no_grad():
        for article, passages in zip(articles, of_passages, strict=True):
            scores, right, of = sentence_scores(reader, article, passages, range(len(article.questions)))
            for row, answering in zip(scores, right, strict=True):
                if answering.any():
                    given = row.masked_fill(~torch.isin(of, of[answering]), -math.inf)
                    of_article.append(bool(answering[row.argmax()]))
                    of_passage.append(bool(answering[given.argmax()]))
    total = len(of_article) or 1
    return f"{sum(of_article) / total:.3f}, given the passage {sum(of_passage) / total:.3f}"


def answerable(articles: Sequence[TrainingArticle]) -> list[TrainingArticle]:
    """Return the articles that are not too long, with the questions that they answer."""
    answered = (
        TrainingArticle(article.passages, tuple(question for question in article.questions if question.answers))
        for article in articles
        if len(article.passages) <= MAX_PASSAGES
    )
    return [article for article in answered if article.questions]


def shuffled(items: Sequence[Item], chance: random.Random) -> Iterator[Item]:
    """Yield items without end: each once, in another order each time."""
    while True:
        yield from chance.sample(items, len(items))


def train(
    reader: Reader,
    articles: Sequence[TrainingArticle],
    judges: Mapping[str, Sequence[TrainingArticle]],
    args: argparse.Namespace,
) -> None:
    """Train a reader; write its delta and print how good it is now and then."""
    chance = random.Random(SEED)  # noqa: S311
    weights = [weight for weight in reader.trained.parameters() if weight.requires_grad]
    steps = args.epochs * math.ceil(len(articles) / ARTICLES)
    optimiser = torch.optim.AdamW(weights, lr=RATE, weight_decay=WEIGHT_DECAY)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / WARM_UP_STEPS) * (1 + math.cos(math.pi * step / steps)) / 2
    )
    numbered = [(article, passage_scores(reader, article)) for article in articles]
    of_judges = {name: [passage_scores(reader, article) for article in judge] for name, judge in judges.items()}
    queue, began = shuffled(numbered, chance), time.monotonic()
    losses: list[float] = []
    for step in range(steps + 1):
        if step % CHECKPOINT == 0 or step == steps:
            save_file(delta_of(reader.trained, args.scale), args.out)
            lines = (f"{name} {judged(reader, judge, of_judges[name])}" for name, judge in judges.items())
            mean = sum(losses[-CHECKPOINT:]) / (len(losses[-CHECKPOINT:]) or 1)
            seconds = time.monotonic() - began
            print(f"step {step} of {steps}, {seconds:.0f} s: loss {mean:.3f}; {'; '.join(lines)}", flush=True)
        if step == steps:
            break
        total = 0.0
        for _ in range(ARTICLES):
            article, of_passages = next(queue)
            count = len(article.questions)
            chosen = chance.sample(range(count), min(QUESTIONS, count))
            loss = loss_of(reader, article, of_passages, chosen) / ARTICLES
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        rate.step()
        losses.append(total)


def main() -> None:
    """Train, and write the delta."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", choices=sorted(TEMPERATURES), default=BUNDLED)
    parser.add_argument("--from", dest="start", type=Path, help="a delta to go on from")
    parser.add_argument("--judge", nargs="+", type=Path, default=[])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="the share of the delta that is written")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    tokenizer = SentenceEncoder(args.model)
    articles = answerable([article for file in args.files for article in read_articles(file, tokenizer)])
    judges = {path.name: answerable(list(read_articles(path, tokenizer))) for path in args.judge}
    reader = Reader(args.model, articles)
    if args.start:
        restore_delta(reader.trained, args.start)
    train(reader, articles, judges, args)


if __name__ == "__main__":
    main()
