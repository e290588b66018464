"""Fit how sure an answer is, say how well it holds, and write the file of the fit.

    python -m training.fit_confidence FOLDER… [--squad FILE] [--model NAME] [--out FILE]

A FOLDER is a question set in BEIR layout. Folders whose documents have the same ids are one set in several languages.
Each folder is halved, so that a question that nothing answers may be in the language of the archive. Every half is an
archive, which is asked its own questions, those of the other half, and those of other sets, in its language and in
others; and so are single documents of it. With `--fill`, the halves of these folders are filled up to 1,000 passages,
each made of two sentences of the other half, whose articles then ask nothing; with `--large`, by as many as `--sizes`
says, made of the sentences of the `--squad` file. No FOLDER may be one that the model's reader was trained on.

Printed: for each pair of languages, with all halves of the same documents and all archives of that language left out of
the fitting, the share of own questions answered and of others refused at one half, the share of others refused where
95 % of the own ones are answered, the area under the curve, and the calibration error.
"""

import argparse
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.support.question_sets import from_beir, from_squad
from retrieval.answer.confidence_file import ModelFit, write_fit
from retrieval.encode.encoder import Encoder
from retrieval.encode.locate_model import BUNDLED
from retrieval.encode.open import open_encoder
from retrieval.evaluate.caching_encoder import CachingEncoder
from retrieval.evaluate.confidence_examples import Example, Kind, ask_all
from retrieval.evaluate.fit_confidence import SIGNALS, confidences_by, figures, fit_both
from retrieval.evaluate.measures import auroc
from training.confidence_archives import (
    OTHER_LANGUAGES,
    SEED,
    ToAsk,
    archives,
    filled,
    filler,
    halves,
    large,
)

WEIGHTS: dict[Kind, float] = {"own": 3.0, "foreign": 1.0, "impossible": 0.05}


def main() -> None:
    """Ask, fit, print the tables, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--across", nargs="*", type=Path, default=[], help="folders with questions in another language")
    parser.add_argument("--squad", type=Path)
    parser.add_argument("--fill", nargs="*", default=[], help="the names of folders that are filled up")
    parser.add_argument("--large", nargs="*", default=[], help="the same, with the sentences of --squad")
    parser.add_argument("--sizes", nargs="*", type=int, default=[10_000], help="so many passages for --large")
    parser.add_argument("--model", default=BUNDLED)
    parser.add_argument("--models", type=Path, default=Path("data/models"), help="the folder of exported models")
    parser.add_argument("--examples", type=Path, help="keep what was asked in this file, and do not ask it again")
    parser.add_argument("--vectors", type=Path, help="keep the vectors in this folder, for another run")
    parser.add_argument("--signals", nargs="*", default=SIGNALS, help="the signals that weigh anything")
    parser.add_argument("--out", type=Path, help="write the fit to this file")
    args = parser.parse_args()
    encoder = CachingEncoder(open_encoder(args.model, args.models), args.vectors)
    examples = ask(args, encoder)
    print_tables(examples, args.signals)
    same, other = fit_both(examples, WEIGHTS, args.signals)
    names = [folder.name for folder in (*args.folders, *args.across)] + ([args.squad.name] if args.squad else [])
    confidences = confidences_by((same, other), examples)
    fit = ModelFit(args.model, encoder.fingerprint.partition(".")[0], same, other, tuple(names))
    print(fit, figures(examples, confidences), sep="\n")
    if args.out:
        write_fit(args.out, replace(fit, figures=table_means(examples, args.signals)))


def ask(args: argparse.Namespace, encoder: Encoder) -> list[Example]:
    """Ask every archive its questions; skip those that the file of examples has already."""
    file: Path | None = args.examples
    lines = file.read_bytes().splitlines() if file and file.exists() else []
    examples = [msgspec.json.decode(line, type=Example) for line in lines]
    known = {(example.set, example.size) for example in examples}
    for archive in _archives(args, encoder):
        if (archive.name, len(archive.documents)) in known:
            continue
        new = list(ask_all(archive.name, archive.documents, archive.questions, encoder))
        examples += new
        print(f"{archive.name}: {len(archive.documents):,} documents, {len(new)} asked", flush=True)
        if file:
            with file.open("ab") as out:
                out.writelines(msgspec.json.encode(example) + b"\n" for example in new)
    return examples


def _archives(args: argparse.Namespace, encoder: Encoder) -> Iterator[ToAsk]:
    read = {folder: halves(from_beir(folder)) for folder in (*args.folders, *args.across)}
    all_halves = [half for folder in args.folders for half in read[folder]]
    for half in all_halves:
        folders = {other.folder for other in all_halves if other.group == half.group}
        yield from archives(half, all_halves, min(OTHER_LANGUAGES, len(folders) - 1))
    for folder in args.across:
        for half in read[folder]:
            yield from archives(half, [*all_halves, *read[folder]], 0)
    yield from (filled(half, all_halves, encoder) for half in all_halves if half.folder in args.fill)
    if args.large:
        documents = [document for question_set in from_squad(args.squad) for document in question_set.documents]
        fill = filler(documents, encoder, max(args.sizes), random.Random(SEED))  # noqa: S311
        for size in args.sizes:
            for name in args.large:
                yield from large([half for half in all_halves if half.folder == name], all_halves, fill[:size])


def left_out(examples: Sequence[Example], folder: str, names: Sequence[str]) -> Iterator[tuple[Example, float]]:
    """Yield each example of a folder with its confidence by a fit without that folder and without the same paragraphs.

    Halves with the same number are of the same paragraphs, if their documents are one set in several languages.
    """
    for number in "01":
        test = [example for example in examples if _folder_and_half(example) == (folder, number)]
        train = [
            example
            for example in examples
            if _folder_and_half(example)[0] != folder and _folder_and_half(example)[1] != number
        ]
        if test:
            yield from zip(test, confidences_by(fit_both(train, WEIGHTS, names), test).tolist(), strict=True)


def print_tables(examples: Sequence[Example], names: Sequence[str]) -> None:
    """Print the measures of each folder, size and relation of languages, with that folder left out of the fitting."""
    print("archive, documents (to a power of ten), languages:")
    print("own answered, others refused, … at 95 % answered, AUROC, calibration error, in per cent")
    rows: dict[tuple[str, int], list[list[float]]] = defaultdict(list)
    for folder in sorted({_folder_and_half(example)[0] for example in examples if _folder_and_half(example)[1]}):
        groups: dict[tuple[str, int], list[tuple[Example, float]]] = defaultdict(list)
        for example, sure in left_out(examples, folder, names):
            size = 10 ** round(math.log10(example.size))
            groups["other" if example.other_language else "same", size].append((example, sure))
        for (languages, size), group in sorted(groups.items()):
            possible = [(example, sure) for example, sure in group if example.kind != "impossible"]
            if {example.kind for example, _ in possible} == {"own", "foreign"}:
                _print_impossible(folder, group)
                group = possible
                found = figures([example for example, _ in group], np.array([sure for _, sure in group]))
                rows[languages, size].append(list(found.values()))
                print(f"{folder:<18} {size:>6,} {languages:<5}  {_percent(found.values())}  ({len(group)} questions)")
    for (languages, size), values in sorted(rows.items()):
        for what, row in (("mean", np.mean(values, axis=0)), ("least", np.min(values, axis=0))):
            print(f"{what:<18} {size:>6,} {languages:<5}  {_percent(row.tolist())}  ({len(values)} archives)")


def _print_impossible(folder: str, group: Sequence[tuple[Example, float]]) -> None:
    """Print how well questions that an archive answers are told from those asked of it that it does not."""
    own, impossible = ([sure for each, sure in group if each.kind == kind] for kind in ("own", "impossible"))
    if area := auroc(own, impossible):
        refused = np.mean(np.array(impossible) < np.quantile(own, 0.1))
        print(f"{folder:<18} impossible against own: AUROC {area.value:.3f}, refused at 90 % answered {refused:.3f}")


def _percent(values: Iterable[float]) -> str:
    return ", ".join(f"{100 * value:.1f}" for value in values)


def table_means(examples: Sequence[Example], names: Sequence[str]) -> dict[str, float]:
    """Return the measures over all folders, each left out of the fitting in turn."""
    folders = sorted({_folder_and_half(example)[0] for example in examples if _folder_and_half(example)[1]})
    results = [result for folder in folders for result in left_out(examples, folder, names)]
    return {
        f"{name}_{languages}": value
        for across, languages in ((False, "same_language"), (True, "other_language"))
        if (group := [result for result in results if result[0].other_language is across])
        for name, value in figures([each for each, _ in group], np.array([sure for _, sure in group])).items()
    }


def _folder_and_half(example: Example) -> tuple[str, str]:
    """Return the folder of an example's archive, and the number of its half; that is empty for a SQuAD article."""
    folder, _, half = example.set.partition("/")
    return folder, half[:1]


if __name__ == "__main__":
    main()
