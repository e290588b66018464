"""How well a model answers, set by set: python -m benchmarks.compare_models FOLDER… --model NAME [--against NAME]

These are the measures of `clippings eval FOLDER`, of the whole pipeline in 8 bits as it is shipped, in per cent: each
BEIR folder, then the mean and the least of all. With --against, the gain over another model, question by question, with
its 95 % interval (paired bootstrap), for each folder and for all of them together. Each text is encoded once, so no
times are measured here. --models names a folder of exported models, to be used again.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.encode.encoder import Encoder
from retrieval.encode.open import open_encoder
from retrieval.evaluate import FULL
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import QuestionSet, read
from retrieval.evaluate.caching_encoder import CachingEncoder
from retrieval.evaluate.evaluate import Evaluation, evaluate, highlighter, system
from retrieval.evaluate.measures import mean

PRINTED = ("hits@1", "mrr@10", "highlight", "shown", "hits_right", "highlight_gold", "false_refusals", "false_answers")
COMPARED = ("hits@1", "mrr@10")


def measured(questions: QuestionSet, encoder: Encoder) -> Evaluation:
    """Ask an archive of a set's documents its questions."""
    with TemporaryDirectory() as place:
        archive, _ = archive_of(questions, encoder, 0, Path(place))
        try:
            return evaluate(FULL, system(FULL, archive, encoder), questions, highlighter(questions, archive, encoder))
        finally:
            archive.close()


def print_row(name: str, values: Mapping[str, float | None]) -> None:
    """Print the figures of a set, in per cent."""
    cells = (
        f"{'-' if values[column] is None else f'{100 * values[column]:.1f}':>{len(column)}}"  # type: ignore[operator]
        for column in PRINTED
    )
    print(f"{name:<20} {'  '.join(cells)}", flush=True)


def print_gains(name: str, pairs: Sequence[tuple[Evaluation, Evaluation]]) -> None:
    """Print what the first evaluation of each pair scores above the second, over all their questions."""
    for measure in COMPARED:
        gains = [
            score - other.scores[measure][id_] for ours, other in pairs for id_, score in ours.scores[measure].items()
        ]
        if gain := mean(gains):
            print(f"{name:<20} {measure:<7} {100 * gain.value:+.1f}  [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--against")
    parser.add_argument("--models", type=Path)
    args = parser.parse_args()
    with TemporaryDirectory() as place:
        names = [name for name in (args.model, args.against) if name]
        encoders = [CachingEncoder(open_encoder(name, args.models or Path(place))) for name in names]
        rows: list[dict[str, float | None]] = []
        pairs: list[tuple[Evaluation, Evaluation]] = []
        print(f"{'set':<20} {'  '.join(PRINTED)}")
        for folder in args.folders:
            questions = read(folder)
            evaluations = [measured(questions, encoder) for encoder in encoders]
            figures = evaluations[0].figures
            rows.append({name: figure.value if (figure := figures[name]) else None for name in PRINTED})
            print_row(questions.name, rows[-1])
            if args.against:
                ours, other = evaluations
                pairs.append((ours, other))
                print_gains(f"  over {args.against}", pairs[-1:])
        for name, summary in (("mean", lambda values: sum(values) / len(values)), ("least", min)):
            columns = {column: [value for row in rows if (value := row[column]) is not None] for column in PRINTED}
            print_row(name, {column: summary(values) if values else None for column, values in columns.items()})
        if pairs:
            print_gains(f"all over {args.against}", pairs)


if __name__ == "__main__":
    main()
