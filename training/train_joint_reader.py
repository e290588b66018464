"""Train a reader to read question and passage together: which sentence answers, and whether any does.

    python -m training.train_joint_reader FILE… --from DELTA --out FILE --steps NUMBER [--judge FOLDER…]

Each FILE is one of those that question_files.py reads, and is an archive: the candidates for a question are the
passages most like it of all. Training starts from a late interaction (train_highlight_reader.py), or goes on from a
reader: in the upper layers question and passage see each other, and a low-rank delta (lora.py) of these layers and a
head are trained. Two losses are added up: the cross-entropy of the sentences that answer among those of a right passage
and of WRONG others, each with its passage's MaxSim, as answer/rank_sentences.py orders them; and that of the sentences
that answer against nothing, also for questions that nothing answers.

Written to --out every CHECKPOINT steps: the whole delta as it is shipped, a copy of it with the step in its name, for
average_deltas.py, and FILE.training, to --resume. With --scale, a share of what was trained is written, which keeps
more of what the model knew (Wortsman and others 2022, https://arxiv.org/abs/2109.01903).
Printed with it: the losses, and for each FOLDER of --judge how often the first sentence answers, of the article's and
of the right passages', and how well the log-odds tell questions that the article answers (area under the curve).
"""

import argparse
import copy
import math
import random
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from retrieval.answer.rank_sentences import LOG_ODDS_WEIGHT, SENTENCE_WEIGHT
from retrieval.encode.joint_reader import JointReader
from retrieval.encode.locate_model import BUNDLED, MULTILINGUAL
from retrieval.encode.reader_delta import add_low_rank
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.evaluate.measures import auroc
from training.encoded_archive import ArchiveEncoder, Candidate, EncodedQuestion
from training.idf_weights import WordWeights
from training.lora import LoRA, with_lora
from training.question_files import TrainingArticle, read_articles
from training.score_pairs import ReadSentences, read_together
from training.train_highlight_reader import shuffled

SEED = 0
# Of each model: the number of its joint layers, and the ranks of the delta there, so that its file has less than 3 MB.
JOINT_LAYERS = {BUNDLED: 3, MULTILINGUAL: 4}
RANKS = {BUNDLED: 48, MULTILINGUAL: 21}
RATE, HEAD_RATE, WEIGHT_DECAY, NOTHING_WEIGHT = 3e-4, 5e-4, 0.01, 0.5
WARM_UP_STEPS, CHECKPOINT = 30, 300
# Questions in a step; of these the share on news; for each, the number of candidates that do not answer.
QUESTIONS, NEWS, WRONG = 12, 0.7, 3
# The log-odds of nothing at first: those of sentences that answer are about as high.
NOTHING = 13.0
# Longer articles are left out.
MAX_PASSAGES = 12
JUDGED_PASSAGES = 4


def scores(candidates: Sequence[Candidate], read: Sequence[ReadSentences]) -> Tensor:
    """Return the scores of all sentences of these candidates, in units of the training's temperature."""
    return torch.cat(
        [
            (candidate.score / SENTENCE_WEIGHT + sentences.coverages) / LOG_ODDS_WEIGHT + sentences.log_odds
            for candidate, sentences in zip(candidates, read, strict=True)
        ]
    )


def answers(read: ReadSentences) -> Tensor:
    """Return for each sentence the log-odds that it answers, (sentences,); its coverage has half a share in them."""
    return read.log_odds + read.coverages / (2 * LOG_ODDS_WEIGHT)


def chosen_candidates(question: EncodedQuestion, chance: random.Random) -> list[Candidate]:
    """Return a candidate that answers, if there is one, the best one that does not, and some of the others."""
    right = [candidate for candidate in question.candidates if candidate.right.any()]
    wrong = [candidate for candidate in question.candidates if not candidate.right.any() and not candidate.may_answer]
    others = chance.sample(wrong[1:], min(WRONG - 1, len(wrong[1:])))
    return [*chance.sample(right, min(1, len(right))), *wrong[:1], *others]


def losses_of(
    reader: JointReader, batch: Sequence[EncodedQuestion], chance: random.Random, nothing: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the mean losses of a batch: of choosing the sentence, and of telling that nothing answers.

    `nothing` are the log-odds that nothing answers.
    """
    chosen = [chosen_candidates(question, chance) for question in batch]
    read = iter(
        read_together(
            reader,
            [
                (question, candidate.passage)
                for question, candidates in zip(batch, chosen, strict=True)
                for candidate in candidates
            ],
        )
    )
    of_sentences, of_nothing = [], []
    for candidates in chosen:
        own = [next(read) for _ in candidates]
        right = torch.cat([candidate.right for candidate in candidates])
        if right.any():
            chances = torch.log_softmax(scores(candidates, own), 0)
            of_sentences.append(-torch.logsumexp(chances[right], 0))
        answering = torch.cat([*map(answers, own), nothing[None]])
        of_nothing.append(
            torch.logsumexp(answering, 0)
            - (torch.logsumexp(answering[:-1][right], 0) if right.any() else answering[-1])
        )
    return torch.stack(of_sentences).mean() if of_sentences else torch.zeros(()), torch.stack(of_nothing).mean()


def judged(reader: JointReader, questions: Sequence[EncodedQuestion]) -> str:
    """Return how often the first sentence answers, and how well the log-odds tell whether one does, as a line."""
    first, given = [], []
    answerable: list[float] = []
    unanswerable: list[float] = []
    with torch.no_grad():
        for question in questions:
            candidates = question.candidates[:JUDGED_PASSAGES]
            read = read_together(reader, [(question, candidate.passage) for candidate in candidates])
            best = max(float(answers(sentences).max()) for sentences in read)
            if not question.is_answerable:
                unanswerable.append(best)
                continue
            answerable.append(best)
            found = scores(candidates, read)
            right = torch.cat([candidate.right for candidate in candidates])
            first.append(bool(right[found.argmax()]))
            with_answer = torch.cat(
                [torch.full_like(candidate.right, bool(candidate.right.any())) for candidate in candidates]
            )
            if with_answer.any():
                given.append(bool(right[found.masked_fill(~with_answer, -math.inf).argmax()]))
    area = auroc(answerable, unanswerable)
    whether = f", whether it answers {area.value:.3f}" if area else ""
    return f"{_mean(first):.3f}, given the passage {_mean(given):.3f}{whether}"


def _mean(outcomes: Sequence[bool]) -> float:
    return sum(outcomes) / (len(outcomes) or 1)


def batches(
    news: Sequence[EncodedQuestion], others: Sequence[EncodedQuestion], chance: random.Random
) -> Iterator[list[EncodedQuestion]]:
    """Yield batches of questions without end."""
    streams = [shuffled(questions, chance) for questions in (news or others, others or news)]
    while True:
        yield [next(streams[chance.random() >= NEWS]) for _ in range(QUESTIONS)]


class Training:
    """A reader to train, from a delta on: that of a late interaction, or of a reader.

    The delta's ranks in the joint layers are trained further, and new ones, up to RANKS in all; its other layers stay.
    """

    def __init__(self, encoder: SentenceEncoder, start: Mapping[str, Tensor]) -> None:
        transformer: Any = copy.deepcopy(encoder.model[0].auto_model)
        joint_layers, rank = JOINT_LAYERS[encoder.name], RANKS[encoder.name]
        first = transformer.config.num_hidden_layers - joint_layers
        factors = {name: part for name, part in start.items() if name.endswith((".down", ".up"))}
        self._below = {name: part for name, part in factors.items() if int(name.split(".")[2]) < first}
        add_low_rank(transformer, self._below)
        with_lora(transformer, rank, first_layer=first)
        # Attention in plain matrix products is trained in three quarters of the time of PyTorch's own.
        transformer.config._attn_implementation = "eager"
        self.reader = JointReader(transformer, joint_layers).eval()
        if "question" in start:
            self.reader.question.data.copy_(start["question"])
            self.reader.head.weight.data.copy_(start["head.weight"])
        self._trained: dict[str, Tensor] = {"question": self.reader.question, "head.weight": self.reader.head.weight}
        for name, layer in transformer.named_modules():
            if isinstance(layer, LoRA):
                self._trained |= {f"{name}.down": layer.down, f"{name}.up": layer.up}
                known = len(factors[f"{name}.down"])
                layer.down.data[:known].copy_(factors[f"{name}.down"])
                layer.up.data[:, :known].copy_(factors[f"{name}.up"])
        self._start = {name: part.detach().clone() for name, part in self._trained.items()}

    def write(self, scale: float, out: Path) -> None:
        """Write the whole delta as it is shipped, with a share of what was trained; and a file to resume from."""
        parts = dict(self._below)
        for name, part in self._trained.items():
            # A late interaction has no head; a share of the new one would only be quieter.
            share = 1.0 if name == "head.weight" and not self._start[name].any() else scale
            parts[name] = (share * part.detach() + (1 - share) * self._start[name]).half().contiguous()
        save_file(parts | {"joint_layers": torch.tensor(len(self.reader.joint))}, out)
        trained = {name: part.detach().contiguous() for name, part in self._trained.items()}
        save_file(trained, out.with_name(f"{out.name}.training"))

    def resume(self, file: Path) -> None:
        """Go on from a file to resume from."""
        saved = load_file(file)
        for name, part in self._trained.items():
            part.data.copy_(saved[name])


def train(
    training: Training,
    news: Sequence[EncodedQuestion],
    others: Sequence[EncodedQuestion],
    judges: Mapping[str, Sequence[EncodedQuestion]],
    args: argparse.Namespace,
) -> None:
    """Train a reader; write it and print how good it is now and then."""
    reader = training.reader
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
            training.write(args.scale, args.out)
            shutil.copy(args.out, args.out.with_stem(f"{args.out.stem}-{step}"))
            lines = "; ".join(f"{name} {judged(reader, judge)}" for name, judge in judges.items())
            means = torch.tensor(losses[-CHECKPOINT:] or [(0.0, 0.0)]).mean(0).tolist()
            print(
                f"step {step}, {time.monotonic() - began:.0f} s: losses {means[0]:.3f} {means[1]:.3f}; {lines}",
                flush=True,
            )
        if step == args.steps:
            break
        of_sentences, of_nothing = losses_of(reader, next(drawn), chance, nothing)
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
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        required=True,
        help="the delta to begin with: a late interaction's, or a reader's",
    )
    parser.add_argument("--model", choices=sorted(JOINT_LAYERS), default=BUNDLED)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--judge", nargs="+", type=Path, default=[])
    parser.add_argument("--resume", type=Path, help="a file FILE.training that was written before")
    parser.add_argument("--scale", type=float, default=1.0, help="the share of what is trained that is written")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    encoder = SentenceEncoder(args.model)
    training = Training(encoder, load_file(args.start))
    if args.resume:
        training.resume(args.resume)
    read = {path: _not_too_long(read_articles(path, encoder)) for path in (*args.files, *args.judge)}
    encode = ArchiveEncoder(encoder, training.reader, WordWeights(chain(*(read[path] for path in args.files)))).encode
    news = [question for path in args.files if path.suffix == ".jsonl" for question in encode(read[path])]
    others = [question for path in args.files if path.suffix != ".jsonl" for question in encode(read[path])]
    judges = {path.name: list(encode(read[path])) for path in args.judge}
    train(training, news, others, judges, args)


def _not_too_long(articles: Iterable[TrainingArticle]) -> list[TrainingArticle]:
    return [article for article in articles if len(article.passages) <= MAX_PASSAGES and article.questions]


if __name__ == "__main__":
    main()
