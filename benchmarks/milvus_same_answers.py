"""Whether an archive on Milvus gives the same answers as a local one, question by question.

python -m benchmarks.milvus_same_answers --start real|lite FOLDER… [--to FOLDER]
python -m benchmarks.milvus_same_answers --at milvus://host:port/name FOLDER… [--to FOLDER]

Each FOLDER is a question set in BEIR layout; two archives are made of its documents, with the bundled model, and
dropped. The figures are those of `eval`. A difference is the mean over the questions' differences,
with the 95 % interval of a paired bootstrap: if it contains 0, the set shows no difference. The documents are given
sources and days, by their order, so that each question is also asked with filters.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support.milvus_server import RESULTS, Served, add_server, served, write
from corpus.article import Article, Span
from retrieval.answer.answerer import Answerer
from retrieval.archive.contract import Archive
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.encode.encoder import Encoder
from retrieval.encode.open import open_encoder
from retrieval.errors import QuestionError
from retrieval.evaluate import FULL
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import QuestionSet, read
from retrieval.evaluate.evaluate import DEPTH, FIGURES, Evaluation, Response, evaluate, highlighter, system
from retrieval.evaluate.measures import Figure, mean
from retrieval.types import Answer, Filters, Passage

SOURCES, FIRST, DAYS = 4, date(2012, 1, 1), 10
FILTERS = {
    "of a source": Filters(source="Paper 1"),
    "of half a year": Filters(date(2012, 7, 1), date(2012, 12, 31)),
    "of a source, since a day": Filters(date(2013, 1, 1), source="Paper 2"),
}
DIFFERENT = 20  # questions of each set whose ids are printed
HEAD = "| set | figure | embedded | Milvus | difference | its 95 % interval | |\n"
LINE = "| --- | --- | ---: | ---: | ---: | --- | --- |\n"


@dataclass(frozen=True, slots=True)
class Results:
    """The answers of one archive to all questions of a set: as `eval` does, and with each of FILTERS."""

    evaluation: Evaluation
    sliced: Mapping[str, Mapping[str, Answer | None]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of both archives, and the mean difference over questions, if it is a mean over questions."""

    name: str
    embedded: float
    milvus: float
    paired: Figure | None

    @property
    def same(self) -> bool:
        """Tell whether the set shows no difference."""
        return self.paired.low <= 0 <= self.paired.high if self.paired else self.embedded == self.milvus


@dataclass(frozen=True, slots=True)
class Share:
    """The number of questions with the same result, that of all, and the ids of some that differ."""

    what: str
    same: int
    all: int
    different: tuple[str, ...]


def dated(articles: Mapping[str, Article]) -> dict[str, Article]:
    """Give documents a source and a day, by their order."""
    return {
        id_: replace(
            article,
            card=replace(article.card, source=f"Paper {number % SOURCES}", published=FIRST + timedelta(DAYS * number)),
        )
        for number, (id_, article) in enumerate(articles.items())
    }


def ask_all(archive: Archive, questions: QuestionSet, encoder: Encoder) -> Results:
    """Ask all questions of a set."""
    evaluation = evaluate(FULL, system(FULL, archive, encoder), questions, highlighter(questions, archive, encoder))
    answerer = Answerer(archive, encoder)

    def sliced(question: str, filters: Filters) -> Answer | None:
        try:
            return answerer.answer(question, DEPTH, filters=filters)
        except QuestionError:
            return None

    return Results(
        evaluation,
        {
            what: {id_: sliced(questions.questions[id_], filters) for id_ in questions.questions}
            for what, filters in FILTERS.items()
        },
    )


def _each(evaluation: Evaluation, questions: QuestionSet) -> dict[str, dict[str, float]]:
    """Return what each question scores by each figure that is a mean over questions."""
    outcomes = evaluation.outcomes
    answers = {id_: outcome.response.answer for id_, outcome in outcomes.items() if outcome.response.answer}
    return {
        **{name: dict(scores) for name, scores in evaluation.scores.items()},
        "highlight": {
            id_: float(outcome.highlight) for id_, outcome in outcomes.items() if outcome.highlight is not None
        },
        "false_answers": {
            id_: float(answer.answered) for id_, answer in answers.items() if id_ not in questions.relevant
        },
        "false_refusals": {
            id_: float(not answer.answered) for id_, answer in answers.items() if id_ in questions.relevant
        },
    }


def differences(questions: QuestionSet, local: Results, milvus: Results) -> list[Difference]:
    """Compare the figures of `eval`, except the times."""
    scores = [_each(results.evaluation, questions) for results in (local, milvus)]
    differences_ = []
    for name in FIGURES[:-1]:
        ours, theirs = (results.evaluation.figures[name] for results in (local, milvus))
        if ours and theirs:
            by_question, other = (by_figure.get(name, {}) for by_figure in scores)
            paired = mean([other[id_] - by_question[id_] for id_ in by_question])
            differences_.append(Difference(name, ours.value, theirs.value, paired))
    return differences_


SAME: dict[str, Callable[[Response], object]] = {
    "answered, or not": lambda response: response.answer and response.answer.answered,
    "first passage": lambda response: response.first,
    "first passage and its highlight": lambda response: (response.first, response.highlight),
    "ten documents, in order": lambda response: response.documents,
    "words searched for, in the same slice": lambda response: response.answer and response.answer.searched,
}


def _passages(answer: Answer) -> tuple[list[Passage], list[Passage]]:
    return [hit.passage for hit in answer.hits], [near.passage for near in answer.closest]


def _first_highlight(answer: Answer) -> Span | None:
    return answer.hits[0].highlight if answer.hits else None


def shares(local: Results, milvus: Results) -> list[Share]:
    """Count the questions that both answer alike."""
    responses = [
        {id_: outcome.response for id_, outcome in results.evaluation.outcomes.items()} for results in (local, milvus)
    ]
    shares_ = [
        _share(what, *({id_: part(response) for id_, response in by_id.items()} for by_id in responses))
        for what, part in SAME.items()
    ]
    for what in FILTERS:
        answers = [
            {
                id_: answer and (_passages(answer), _first_highlight(answer), answer.searched)
                for id_, answer in results.sliced[what].items()
            }
            for results in (local, milvus)
        ]
        shares_.append(_share(f"answer from the slice {what}", *answers))
    return shares_


def _share(what: str, local: Mapping[str, object], milvus: Mapping[str, object]) -> Share:
    different = [id_ for id_ in local if local[id_] != milvus[id_]]
    return Share(what, len(local) - len(different), len(local), tuple(different[:DIFFERENT]))


def measured(folder: Path, where: Served, encoder: Encoder, cache: Path) -> tuple[str, list[Difference], list[Share]]:
    """Ask both archives the questions of one set."""
    questions = read(folder)
    questions = replace(questions, articles=dated(questions.articles))
    embedded, _ = archive_of(questions, encoder, 0, cache)
    with closing(embedded):
        local = ask_all(embedded, questions, encoder)
    on_server, _ = archive_of(questions, encoder, 0, where.at)
    assert isinstance(on_server, MilvusArchive)
    with closing(on_server):
        try:
            milvus = ask_all(on_server, questions, encoder)
        finally:
            on_server.drop()
    return questions.name, differences(questions, local, milvus), shares(local, milvus)


def rows(name: str, figures: Iterable[Difference], same: Iterable[Share]) -> list[str]:
    """Return a set's rows of the table."""
    lines = []
    for figure in figures:
        paired = figure.paired
        interval = f"{100 * paired.low:+.2f} to {100 * paired.high:+.2f}" if paired else ""
        values = (
            f"{100 * figure.embedded:.2f} | {100 * figure.milvus:.2f} | {100 * (figure.milvus - figure.embedded):+.2f}"
        )
        lines.append(
            f"| {name} | {figure.name} | {values} | {interval} | {'the same' if figure.same else 'not the same'} |"
        )
    lines += [f"| {name} | the same {share.what} | | | | | {share.same:,} of {share.all:,} |" for share in same]
    return lines


def main() -> None:
    """Measure every set, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milvus_same_answers")
    add_server(parser)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--to", type=Path, default=RESULTS, metavar="FOLDER")
    args = parser.parse_args()
    with TemporaryDirectory() as place, served(args) as where:
        encoder = open_encoder("bundled", Path(place, "models"))
        results = [measured(folder, where, encoder, Path(place)) for folder in args.folders]
        title = f"# The same answers, embedded and on Milvus\n\n{where.description}; figures in per cent.\n\n"
        server = where.description
    table = title + HEAD + LINE + "\n".join(line for result in results for line in rows(*result)) + "\n"
    by_set = {
        name: {
            "figures": [asdict(figure) | {"same": figure.same} for figure in figures],
            "same": [asdict(share) for share in same],
        }
        for name, figures, same in results
    }
    write("same_answers", table, {"server": server, "sets": by_set}, args.to)


if __name__ == "__main__":
    main()
