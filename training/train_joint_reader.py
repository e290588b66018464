"""Train a reader to read question and passage together: which sentence answers, and whether any does.

    python -m training.train_joint_reader FILE… --from DELTA --out FILE --steps NUMBER [--judge FOLDER…]

Each FILE is one of those that question_files.py reads. Training starts from the shipped late interaction
(train_highlight_reader.py): in the upper half of the layers question and passage now see each other, and a low-rank
delta (lora.py) of these layers and a head are trained. Two losses are added up: the cross-entropy of the sentences that
answer among those of the right passage and of the one most like it, each with its passage's MaxSim, as
answer/rank_sentences.py orders them; and that of the sentences that answer against nothing, also for questions that
nothing answers, and now and then with a passage of another article.

Written to --out every CHECKPOINT steps: the whole delta as it is shipped, and FILE.training, to --resume. With
--scale, a share of what was trained is written, which keeps more of what the model knew (Wortsman and others 2022,
https://arxiv.org/abs/2109.01903).
Printed with it: the losses, and for each FOLDER of --judge how often the first sentence answers, of the article's and
of the right passages', and how well the log-odds tell questions that the article answers (area under the curve).
"""

import argparse
import copy
import math
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from retrieval.answer.rank_sentences import LOG_ODDS_WEIGHT, SENTENCE_WEIGHT
from retrieval.encode.joint_reader import JointReader
from retrieval.encode.locate_model import BUNDLED
from retrieval.encode.reader_delta import add_low_rank
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.evaluate.measures import auroc
from training.encoded_articles import ArticleEncoder, EncodedArticle, EncodedPassage, EncodedQuestion
from training.lora import LoRA, with_lora
from training.question_files import TrainingArticle, read_articles
from training.score_sentences import ReadSentences, read_together
from training.train_highlight_reader import shuffled
from training.word_weights import WordWeights

SEED = 0
RANK, JOINT_LAYERS = 32, 3
RATE, HEAD_RATE, WEIGHT_DECAY, NOTHING_WEIGHT = 3e-4, 5e-4, 0.01, 0.5
WARM_UP_STEPS, CHECKPOINT = 30, 100
# Questions in a step; of these the share on news; how often a passage of another article is added.
QUESTIONS, NEWS, STRANGER = 16, 0.7, 0.2
# The log-odds of nothing at first: those of sentences that answer are about as high.
NOTHING = 13.0
# Longer articles are left out.
MAX_PASSAGES = 12
JUDGED_PASSAGES = 4


def scores(question: EncodedQuestion, passages: Sequence[int], read: Sequence[ReadSentences]) -> Tensor:
    """Return the scores of all sentences of the passages with these numbers, in units of the training's temperature."""
    return torch.cat(
        [
            (question.scores[number] / SENTENCE_WEIGHT + sentences.coverages) / LOG_ODDS_WEIGHT + sentences.log_odds
            for number, sentences in zip(passages, read, strict=True)
        ]
    )


def answers(read: ReadSentences) -> Tensor:
    """Return for each sentence the log-odds that it answers, (sentences,); its coverage has half a share in them."""
    return read.log_odds + read.coverages / (2 * LOG_ODDS_WEIGHT)


def chosen_passages(question: EncodedQuestion) -> list[int]:
    """Return a passage that answers and the one most like it that does not; else the two most like it."""
    right = [number for number, sentences in enumerate(question.right) if sentences.any()]
    wrong = [number for number in question.scores.argsort(descending=True).tolist() if number not in right]
    return [*right[:1], *wrong[: 1 if right else 2]]


def losses_of(
    reader: JointReader,
    batch: Sequence[tuple[EncodedQuestion, EncodedArticle]],
    strangers: Sequence[EncodedPassage | None],
    nothing: Tensor,
) -> tuple[Tensor, Tensor]:
    """Return the mean losses of a batch: of choosing the sentence, and of telling that nothing answers.

    `nothing` are the log-odds that nothing answers.
    """
    chosen = [chosen_passages(question) for question, _ in batch]
    pairs = [
        (question, passage)
        for (question, article), numbers, stranger in zip(batch, chosen, strangers, strict=True)
        for passage in (*(article.passages[number] for number in numbers), *([stranger] if stranger else []))
    ]
    read = iter(read_together(reader, pairs))
    of_sentences, of_nothing = [], []
    for (question, _), numbers, stranger in zip(batch, chosen, strangers, strict=True):
        own = [next(read) for _ in numbers]
        other = [next(read)] if stranger else []
        right = torch.cat([question.right[number] for number in numbers])
        if right.any():
            chances = torch.log_softmax(scores(question, numbers, own), 0)
            of_sentences.append(-torch.logsumexp(chances[right], 0))
        answering = torch.cat([*(answers(sentences) for sentences in (*own, *other)), nothing[None]])
        of_nothing.append(
            torch.logsumexp(answering, 0)
            - (torch.logsumexp(answering[: len(right)][right], 0) if right.any() else answering[-1])
        )
    return torch.stack(of_sentences).mean() if of_sentences else torch.zeros(()), torch.stack(of_nothing).mean()


def judged(reader: JointReader, articles: Sequence[EncodedArticle]) -> str:
    """Return how often the first sentence answers, and how well the log-odds tell whether one does, as a line."""
    of_article, of_passage = [], []
    answerable: list[float] = []
    unanswerable: list[float] = []
    with torch.no_grad():
        for article in articles:
            for question in article.questions:
                numbers = question.scores.topk(min(JUDGED_PASSAGES, len(article.passages))).indices.tolist()
                read = read_together(reader, [(question, article.passages[number]) for number in numbers])
                found = scores(question, numbers, read)
                right = torch.cat([question.right[number] for number in numbers])
                best = max(float(answers(sentences).max()) for sentences in read)
                if not any(sentences.any() for sentences in question.right):
                    unanswerable.append(best)
                    continue
                answerable.append(best)
                of_article.append(bool(right[found.argmax()]))
                with_answer = torch.cat([torch.full_like(question.right[n], question.right[n].any()) for n in numbers])
                if with_answer.any():
                    of_passage.append(bool(right[found.masked_fill(~with_answer, -math.inf).argmax()]))
    first, given = (sum(outcomes) / (len(outcomes) or 1) for outcomes in (of_article, of_passage))
    area = auroc(answerable, unanswerable)
    whether = f", whether it answers {area.value:.3f}" if area else ""
    return f"{first:.3f}, given the passage {given:.3f}{whether}"


def batches(
    news: Sequence[EncodedArticle], others: Sequence[EncodedArticle], chance: random.Random
) -> Iterator[tuple[list[tuple[EncodedQuestion, EncodedArticle]], list[EncodedPassage | None]]]:
    """Yield batches of questions without end, with a passage of another article for some of them."""
    streams = [shuffled(_asked(articles), chance) for articles in (news or others, others or news)]
    everything = [*news, *others]
    while True:
        batch = [next(streams[chance.random() >= NEWS]) for _ in range(QUESTIONS)]
        strangers = [
            chance.choice(other.passages) if chance.random() < STRANGER and other is not article else None
            for _, article in batch
            for other in [chance.choice(everything)]
        ]
        yield batch, strangers


def _asked(articles: Sequence[EncodedArticle]) -> list[tuple[EncodedQuestion, EncodedArticle]]:
    return [(question, article) for article in articles for question in article.questions]


def write(reader: JointReader, start: Mapping[str, Tensor], scale: float, out: Path) -> None:
    """Write the delta as it is shipped, with the late interaction's that it started from, and a file to resume from.

    `scale` is the share of what was trained that is shipped.
    """
    parts = dict(start)
    for name, layer in reader.transformer.named_modules():
        if isinstance(layer, LoRA):
            parts[f"{name}.down"] = torch.cat([start[f"{name}.down"].float(), layer.down.detach()]).half()
            parts[f"{name}.up"] = torch.cat([start[f"{name}.up"].float(), scale * layer.up.detach()], 1).half()
    parts["question"] = (scale * reader.question.detach()).half()
    parts["head.weight"] = reader.head.weight.detach().half()
    parts["joint_layers"] = torch.tensor(len(reader.joint))
    save_file({name: part.contiguous() for name, part in parts.items()}, out)
    trained = {name: part.detach() for name, part in reader.named_parameters() if part.requires_grad}
    save_file(trained, out.with_name(f"{out.name}.training"))


def reader_to_train(encoder: SentenceEncoder, start: Mapping[str, Tensor]) -> JointReader:
    """Return a reader that begins as a late interaction, with low-rank deltas on its joint layers to train."""
    transformer: Any = copy.deepcopy(encoder.model[0].auto_model)
    add_low_rank(transformer, start)
    with_lora(transformer, RANK, first_layer=transformer.config.num_hidden_layers - JOINT_LAYERS)
    return JointReader(transformer, JOINT_LAYERS).eval()


def train(
    reader: JointReader,
    news: Sequence[EncodedArticle],
    others: Sequence[EncodedArticle],
    judges: Mapping[str, Sequence[EncodedArticle]],
    start: Mapping[str, Tensor],
    args: argparse.Namespace,
) -> None:
    """Train a reader; write it and print how good it is now and then."""
    low_rank = [part for module in reader.modules() if isinstance(module, LoRA) for part in (module.down, module.up)]
    nothing = nn.Parameter(torch.tensor(NOTHING))
    rest = [reader.question, reader.head.weight, nothing]
    optimiser = torch.optim.AdamW(
        [{"params": low_rank, "lr": RATE}, {"params": rest, "lr": HEAD_RATE}], weight_decay=WEIGHT_DECAY
    )
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1, (step + 1) / WARM_UP_STEPS) * (1 + math.cos(math.pi * step / args.steps)) / 2
    )
    chance, began = random.Random(args.seed), time.monotonic()  # noqa: S311
    drawn = batches(news, others, chance)
    losses: list[tuple[float, float]] = []
    for step in range(args.steps + 1):
        if step % CHECKPOINT == 0 or step == args.steps:
            write(reader, start, args.scale, args.out)
            lines = "; ".join(f"{name} {judged(reader, judge)}" for name, judge in judges.items())
            means = torch.tensor(losses[-CHECKPOINT:] or [(0.0, 0.0)]).mean(0).tolist()
            print(
                f"step {step}, {time.monotonic() - began:.0f} s: losses {means[0]:.3f} {means[1]:.3f}; {lines}",
                flush=True,
            )
        if step == args.steps:
            break
        of_sentences, of_nothing = losses_of(reader, *next(drawn), nothing)
        (of_sentences + NOTHING_WEIGHT * of_nothing).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*low_rank, *rest], 1.0)
        optimiser.step()
        optimiser.zero_grad()
        rate.step()
        losses.append((of_sentences.item(), of_nothing.item()))


def main() -> None:
    """Train, and write the reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--from", dest="start", type=Path, required=True, help="the delta of a late interaction")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--judge", nargs="+", type=Path, default=[])
    parser.add_argument("--resume", type=Path, help="a file FILE.training that was written before")
    parser.add_argument("--scale", type=float, default=1.0, help="the share of what is trained that is written")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    encoder = SentenceEncoder(BUNDLED)
    start = load_file(args.start)
    reader = reader_to_train(encoder, start)
    if args.resume:
        reader.load_state_dict(load_file(args.resume), strict=False)
    read = {path: _not_too_long(read_articles(path, encoder)) for path in (*args.files, *args.judge)}
    words = WordWeights(article for path in args.files for article in read[path])
    encode = ArticleEncoder(encoder, reader, words).encode
    news = [encode(article) for path in args.files if path.suffix == ".jsonl" for article in read[path]]
    others = [encode(article) for path in args.files if path.suffix != ".jsonl" for article in read[path]]
    judges = {path.name: [encode(article) for article in read[path]] for path in args.judge}
    train(reader, news, others, judges, start, args)


def _not_too_long(articles: Iterable[TrainingArticle]) -> list[TrainingArticle]:
    return [article for article in articles if len(article.passages) <= MAX_PASSAGES and article.questions]


if __name__ == "__main__":
    main()
