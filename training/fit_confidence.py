"""Fit how sure an answer is, and say how well it holds.

    python -m training.fit_confidence FOLDER… [--squad FILE] [--model NAME] [--halves]

A FOLDER is a question set in BEIR layout, FILE one in SQuAD 2.0's format, each of whose articles is a set of its own.
Every set's archive is asked its own questions and those of other sets, which nothing in it answers: the whole archive,
one of 100 passages, one of a single passage, and one filled up to 10,000 passages with sentences from FILE. The weights
of confidence.py are fitted to the first passages' signals. With --halves, each folder is two sets, so that a question
that nothing answers may be in the language of the archive. Sets with the same documents, as those of several languages
are, ask each other nothing.

Printed: for each set, with all of it left out of the fitting, the area under the curve, the share of its own questions
answered and of foreign ones refused at one half, and the expected calibration error by the archive's size; the area
for FILE's impossible questions against its others, by articles left out in turn; and the weights fitted on everything.
"""

import argparse
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.support.question_sets import Set, archived, from_beir, from_squad
from benchmarks.support.remembering_encoder import RememberingEncoder
from corpus.article import Article, Card
from retrieval.answer.confidence import Signals, signals
from retrieval.answer.query_features import count_words, query_features
from retrieval.answer.retrieve import retrieve_and_rank
from retrieval.encode.encoder import Encoder
from retrieval.encode.locate_model import BUNDLED
from retrieval.encode.open import open_encoder
from retrieval.text.chunking import split
from retrieval.types import Query

SEED = 4
LARGE, MIDDLE, ALONE = 10_000, 100, 1
# Foreign questions for each archive, own questions for each filled archive, and archives of one passage for each set.
FOREIGN, OWN_IN_LARGE, ALONE_ARCHIVES = 120, 150, 12
# Weights in the fitting. Refusing a right answer is worse than showing a passage that answers nothing, so own questions
# weigh more than foreign ones. Archives of one passage are easy, and weigh less.
COUNTS = {"own": 2.0, "foreign": 1.0, "impossible": 0.05}
ALONE_COUNTS = 0.2
BINS = 10


@dataclass(frozen=True)
class Example:
    """The outcome of a question: its set, the archive's size, and whether the first passage is a right one."""

    set: str
    size: int
    kind: str  # own, impossible or foreign
    right: bool
    signals: Signals


def filler(sets: Iterable[Set], encoder: Encoder, count: int, chance: random.Random) -> list[Article]:
    """Return generated passages, each of two sentences from the sets' documents."""
    sentences = [
        passage.text[slice(*span)]
        for question_set in sets
        for document in question_set.documents
        for passage in split(document, encoder, encoder.max_tokens)
        for span in passage.sentences
    ]
    return [Article(Card(f"filler-{n}", ""), " ".join(chance.sample(sentences, 2))) for n in range(count)]


def ask_all(
    name: str, documents: Sequence[Article], questions: Iterable[tuple[str, str, str | None]], encoder: Encoder
) -> Iterator[Example]:
    """Ask an archive of documents questions: (kind, text, the document that answers)."""
    with archived(documents, encoder) as archive:
        for kind, text, right in questions:
            features = query_features(text, count_words(text, archive), encoder)
            first = retrieve_and_rank(Query(text), features, archive, encoder)[0]
            first_ids = {first.passage.article.id, *(card.id for card in first.also)}
            yield Example(name, len(documents), kind, right in first_ids, signals(features, first))


def examples(sets: Sequence[Set], fill: Sequence[Article], large: Sequence[str], encoder: Encoder) -> list[Example]:
    """Ask every set's archive, in every size; `large` names the sets that are filled up, too."""
    chance = random.Random(SEED)  # noqa: S311
    results: list[Example] = []
    for question_set in sets:
        others = [
            text
            for other in sets
            if not document_ids(other) & document_ids(question_set)
            for text, _ in other.questions
        ]
        nearest = [text for text, _ in other_half(question_set, sets)]

        def foreign(
            count: int, others: Sequence[str] = others, nearest: Sequence[str] = nearest
        ) -> list[tuple[str, str, str | None]]:
            near = chance.sample(nearest, min(count // 2, len(nearest)))
            return [("foreign", text, None) for text in [*near, *chance.sample(others, count - len(near))]]

        own = [("own" if right else "impossible", text, right) for text, right in question_set.questions]
        results += ask_all(question_set.name, question_set.documents, [*own, *foreign(FOREIGN)], encoder)
        if len(question_set.documents) > MIDDLE:
            sample = chance.sample(question_set.documents, MIDDLE)
            ids = {document.id for document in sample}
            questions = [question for question in own if question[2] in ids]
            results += ask_all(question_set.name, sample, [*questions, *foreign(FOREIGN)], encoder)
        for document in chance.sample(question_set.documents, min(ALONE_ARCHIVES, len(question_set.documents))):
            questions = [question for question in own if question[2] == document.id]
            results += ask_all(question_set.name, [document], [*questions, *foreign(4)], encoder)
        if question_set.name in large:
            filled = [*question_set.documents, *fill[: LARGE - len(question_set.documents)]]
            strangers = [
                text
                for other in sets
                if other.name in large and not document_ids(other) & document_ids(question_set)
                for text, _ in other.questions
            ]
            count = min(OWN_IN_LARGE, len(question_set.answerable))
            questions = chance.sample([question for question in own if question[2]], count)
            results += ask_all(question_set.name, filled, [*questions, *foreign(FOREIGN, strangers)], encoder)
        print(f"{question_set.name}: {sum(result.set == question_set.name for result in results)} asked", flush=True)
    return results


def document_ids(question_set: Set) -> set[str]:
    """Return the ids of a set's documents."""
    return {document.id for document in question_set.documents}


def halves(question_set: Set) -> list[Set]:
    """Split a set in two, NAME/0 and NAME/1; documents whose ids differ only after the last hyphen stay together."""
    groups = sorted({document.id.rpartition("-")[0] for document in question_set.documents})
    second = set(groups[1::2])
    parts = [Set(f"{question_set.name}/{number}", [], []) for number in range(2)]
    for document in question_set.documents:
        parts[document.id.rpartition("-")[0] in second].documents.append(document)
    for text, right in question_set.questions:
        if right is not None:
            parts[right.rpartition("-")[0] in second].questions.append((text, right))
    return parts


def other_half(question_set: Set, sets: Sequence[Set]) -> list[tuple[str, str | None]]:
    """Return the questions of the other half of the same folder; none if the sets are not halved."""
    name, _, number = question_set.name.rpartition("/")
    return [
        question for other in sets if name and other.name == f"{name}/{1 - int(number)}" for question in other.questions
    ]


def matrix(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Return the signals, (examples, signals)."""
    return np.array([astuple(example.signals) for example in examples])


@dataclass(frozen=True)
class Fitted:
    """Weights and bias of a logistic regression over raw signals."""

    weights: NDArray[np.float64]
    bias: float

    def __call__(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return the confidence of each example."""
        return np.asarray(1 / (1 + np.exp(-(matrix(examples) @ self.weights + self.bias))), np.float64)


def fit(examples: Sequence[Example]) -> Fitted:
    """Fit the weights: right first passages against foreign and impossible questions.

    An own question with a wrong first passage is left out, since that passage may answer it as well.
    """
    used = [example for example in examples if example.kind != "own" or example.right]
    values = matrix(used)
    mean, spread = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)
    labels = np.array([example.kind == "own" for example in used])
    counts = Counter((example.kind, example.size == ALONE) for example in used)
    weights = np.array([weight_of(example, counts) for example in used])
    model = LogisticRegression(C=1.0, max_iter=2000).fit((values - mean) / spread, labels, sample_weight=weights)
    raw = model.coef_[0] / spread
    return Fitted(raw, float(model.intercept_[0] - raw @ mean))


def weight_of(example: Example, counts: Counter[tuple[str, bool]]) -> float:
    """Return the weight of an example; the sum over each kind does not depend on its number of examples."""
    alone = example.size == ALONE
    return 1000 * COUNTS[example.kind] * (ALONE_COUNTS if alone else 1.0) / counts[example.kind, alone]


def calibration_error(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of confidence (Naeini and others 2015)."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = (abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).sum() for b in set(bins.tolist()))
    return float(sum(gaps) / len(sure))


def report(name: str, fitted: Fitted, left_out: Sequence[Example]) -> None:
    """Print the measures of weights on examples that were left out of the fitting."""
    sure = fitted(left_out)
    kinds = np.array([example.kind for example in left_out])
    sizes = np.array([example.size for example in left_out])
    right = np.array([example.kind == "own" and example.right for example in left_out])
    print(f"{name:<12}", end="")
    for size in sorted(set(sizes.tolist())):
        own, foreign = sure[(sizes == size) & (kinds == "own")], sure[(sizes == size) & (kinds == "foreign")]
        both = (sizes == size) & (kinds != "impossible")
        area = roc_auc_score(np.r_[np.ones(len(own)), np.zeros(len(foreign))], np.r_[own, foreign])
        print(
            f"  [{size}: AUROC {area:.3f}, own answered {100 * (own >= 0.5).mean():.1f}, foreign refused "
            f"{100 * (foreign < 0.5).mean():.1f}, at 95 % own {100 * (foreign < np.quantile(own, 0.05)).mean():.1f}, "
            f"ECE {calibration_error(sure[both], right[both]):.3f}]",
            end="",
        )
    print(flush=True)


def impossible_area(fitted: Fitted, left_out: Sequence[Example]) -> float:
    """Return the area under the curve for answerable against impossible questions of whole archives."""
    examples = [example for example in left_out if example.kind != "foreign" and example.size > ALONE]
    return float(roc_auc_score([example.kind == "own" for example in examples], fitted(examples)))


def main() -> None:
    """Fit, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--squad", type=Path)
    parser.add_argument("--model", default=BUNDLED)
    parser.add_argument("--models", type=Path, default=Path("data/models"), help="the folder of exported models")
    parser.add_argument("--halves", action="store_true")
    parser.add_argument("--large", nargs="*", help="the sets that are filled up; all if this is left out")
    parser.add_argument("--examples", type=Path, help="keep what was asked in this file, or take it from there")
    args = parser.parse_args()
    if not args.examples or not args.examples.exists():
        results = _ask_all_sets(args)
        if args.examples:
            args.examples.write_bytes(msgspec.json.encode(results))
    else:
        results = msgspec.json.decode(args.examples.read_bytes(), type=list[Example])
    folders = {folder.name for folder in args.folders}
    all_sets = sorted({example.set for example in results})
    names = [name for name in all_sets if name.partition("/")[0] in folders]
    print_tables(results, names, sorted({*all_sets} - {*names}))


def _ask_all_sets(args: argparse.Namespace) -> list[Example]:
    encoder = RememberingEncoder(open_encoder(args.model, args.models))
    sets = [from_beir(folder) for folder in args.folders]
    if args.halves:
        sets = [half for question_set in sets for half in halves(question_set)]
    names = [question_set.name for question_set in sets] if args.large is None else args.large
    articles = list(from_squad(args.squad)) if args.squad else []
    fill = filler(articles, encoder, LARGE, random.Random(SEED)) if articles else []  # noqa: S311
    return examples([*sets, *articles], fill, names if fill else [], encoder)


def print_tables(examples: Sequence[Example], names: Sequence[str], articles: Sequence[str]) -> None:
    """Print the tables."""
    for name in names:
        left_out = [example for example in examples if example.set == name]
        report(name, fit([example for example in examples if example.set != name]), left_out)
    if articles:
        areas = []
        for article in articles:
            left_out = [example for example in examples if example.set == article]
            areas.append(impossible_area(fit([example for example in examples if example.set != article]), left_out))
        print(f"impossible against answerable, articles left out in turn: AUROC {np.mean(areas):.3f}")
    final = fit(examples)
    weights = ", ".join(f"{field.name}={w:.3f}" for field, w in zip(fields(Signals), final.weights, strict=True))
    print(f"Fit({final.bias:.3f}, Signals({weights}))")
    if not math.isfinite(final.bias):
        raise SystemExit("The fit did not converge.")


if __name__ == "__main__":
    main()
