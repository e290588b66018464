"""How well questions are answered, over BEIR folders: python -m benchmarks.quality FOLDER…

These are the measures of `python -m retrieval eval FOLDER`, with the shipped strictness and passage length, and the
model in full precision by sentence-transformers. Printed in per cent: each folder, and all of them as one archive
(joined), with every system; what each system adds to the one before it, question by question, over all folders (paired
bootstrap, 95 %); and the other folders' questions that each folder's archive refuses. Passages' tokens are cached
between questions, so no times are measured here.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.archive.contract import Archive
from retrieval.encode.encoder import Encoder
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.evaluate import FULL, SYSTEMS
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import QuestionSet, read
from retrieval.evaluate.caching_encoder import CachingEncoder
from retrieval.evaluate.evaluate import FIGURES, Evaluation, evaluate, highlighter, system
from retrieval.evaluate.measures import Figure, mean

PRINTED = tuple(name for name in FIGURES if name != "ms")
# Pairs of systems, each with the next stage of the pipeline, and the measures that compare them.
STEPS = tuple(pairwise(name for name in SYSTEMS if name != "bm25"))
JUDGED = ("hits@1", "mrr@10")


def joined(sets: Sequence[QuestionSet]) -> QuestionSet:
    """Return all sets as one, every id with its set's name in front."""
    named = [_named(questions) for questions in sets]
    return QuestionSet(
        name="joined",
        digest=" ".join(questions.digest for questions in sets),
        articles={id_: article for questions in named for id_, article in questions.articles.items()},
        questions={id_: text for questions in named for id_, text in questions.questions.items()},
        relevant={id_: grades for questions in named for id_, grades in questions.relevant.items()},
        answers={id_: golds for questions in named for id_, golds in questions.answers.items()},
    )


def _named(questions: QuestionSet) -> QuestionSet:
    def name(id_: str) -> str:
        return f"{questions.name}/{id_}"

    articles = [
        replace(article, card=replace(article.card, id=name(id_))) for id_, article in questions.articles.items()
    ]
    return replace(
        questions,
        articles={article.id: article for article in articles},
        questions={name(id_): text for id_, text in questions.questions.items()},
        relevant={name(id_): {name(d): g for d, g in grades.items()} for id_, grades in questions.relevant.items()},
        answers={
            name(i): tuple(replace(g, document=name(g.document)) for g in gs) for i, gs in questions.answers.items()
        },
    )


def measure(questions: QuestionSet, archive: Archive, encoder: Encoder) -> dict[str, Evaluation]:
    """Measure every system, and print a row for each."""
    measured = {}
    for name in SYSTEMS:
        highlights = highlighter(questions, archive, encoder) if name == FULL else None
        measured[name] = evaluate(name, system(name, archive, encoder), questions, highlights)
        cells = (_cell(measured[name].figures[figure], len(figure)) for figure in PRINTED)
        print(f"{questions.name:<10} {name:<7} {'  '.join(cells)}", flush=True)
    return measured


def _cell(figure: Figure | None, width: int) -> str:
    return f"{100 * figure.value:>{width}.1f}" if figure else f"{'-':>{width}}"


def gains(measured: Sequence[Mapping[str, Evaluation]]) -> None:
    """Print what each system adds to the one before it, over the questions of all sets."""
    for before, after in STEPS:
        for name in JUDGED:
            added = [
                evaluations[after].scores[name][id_] - score
                for evaluations in measured
                for id_, score in evaluations[before].scores[name].items()
            ]
            if gain := mean(added):
                interval = f"{100 * gain.value:+.1f}  [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"
                print(f"{before:>6} → {after:<6} {name:<7} {interval}  ({len(added):,} questions)", flush=True)


def foreign(
    sets: Sequence[QuestionSet], archives: Sequence[Archive], full: Sequence[Evaluation], encoder: Encoder
) -> None:
    """Print, for each archive, its own answerable questions answered, and the other sets' questions refused."""
    for questions, archive, own in zip(sets, archives, full, strict=True):
        ask = system(FULL, archive, encoder)
        others = [text for other in sets if other is not questions for text in other.questions.values()]
        answers = [answer for text in others if (answer := ask(text).answer)]
        refused = mean([not answer.answered for answer in answers])
        refusals = own.figures["false_refusals"]
        answered = f"{100 * (1 - refusals.value):.1f}" if refusals else "-"
        if refused:
            interval = f"{100 * refused.value:.1f}  [{100 * refused.low:.1f}, {100 * refused.high:.1f}]"
            print(
                f"{questions.name:<10} own answered {answered}, foreign refused {interval} of {len(others):,}",
                flush=True,
            )


def main() -> None:
    """Print the three tables."""
    sets = [read(Path(argument)) for argument in sys.argv[1:]]
    if not sets:
        sys.exit("Give one or more BEIR folders: make bench BENCH=path/to/folders")
    encoder = CachingEncoder(SentenceEncoder())
    print(f"{'set':<10} {'system':<7} {'  '.join(PRINTED)}")
    with TemporaryDirectory() as place:
        archives = [archive_of(questions, encoder, 0, Path(place))[0] for questions in sets]
        measured = [measure(questions, archive, encoder) for questions, archive in zip(sets, archives, strict=True)]
        if len(sets) > 1:
            together = joined(sets)
            measure(together, archive_of(together, encoder, 0, Path(place))[0], encoder)
        print()
        gains(measured)
        if len(sets) > 1:
            print()
            foreign(sets, archives, [evaluations[FULL] for evaluations in measured], encoder)


if __name__ == "__main__":
    main()
