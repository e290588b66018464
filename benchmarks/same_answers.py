"""Whether the archive on Milvus gives the answers that the embedded one gives, question by question.

python -m benchmarks.same_answers MILVUS FOLDER… [--to FILE.md]

MILVUS is milvus://host:port/name, and each FOLDER a question set in BEIR layout; archives of their documents are made
beside that name, with the bundled model, and dropped. The figures are those of `eval`; the difference is that of each
question's, with the 95 % interval of a paired bootstrap over questions.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from retrieval.archive.archive import Archive
from retrieval.archive.place import MilvusPlace, milvus_place
from retrieval.encode.encoder import Encoder
from retrieval.encode.opened import open_encoder
from retrieval.evaluate.beir import QuestionSet, read
from retrieval.evaluate.cache import archive_of
from retrieval.evaluate.measures import RANKING, mean, score_rankings
from retrieval.evaluate.systems import Response, system

HEAD = (
    "| set | figure | embedded | Milvus | difference | its 95 % interval |\n| --- | --- | ---: | ---: | ---: | --- |\n"
)


def _highlight(response: Response) -> object:
    return response.answer and response.answer.hits and (response.first, response.answer.hits[0].highlight)


SAME: dict[str, Callable[[Response], object]] = {
    "answered, or not": lambda one: one.answer and one.answer.answered,
    "passage first, and its highlight": _highlight,
    "ten documents": lambda one: one.documents,
    "words searched for, in the same slice": lambda one: one.answer and one.answer.searched,
}


def answers(name: str, archive: Archive, questions: QuestionSet, encoder: Encoder) -> dict[str, Response]:
    """Ask all questions of a set of one archive."""
    ask = system("full", archive, encoder)
    asked = tqdm(questions.questions.items(), desc=name, unit=" questions", disable=None, leave=False)
    return {id_: ask(text) for id_, text in asked}


def compared(questions: QuestionSet, here: dict[str, Response], there: dict[str, Response]) -> list[str]:
    """Return rows of a table: the figures of `eval` for both, and what share of the answers is the same."""
    rows = []
    scores = [
        score_rankings(questions.relevant, {id_: one.documents for id_, one in responses.items()})
        for responses in (here, there)
    ]
    for name in RANKING:
        ours, theirs = (score[name] for score in scores)
        difference = mean([theirs[id_] - ours[id_] for id_ in ours])
        values = [mean(list(one.values())) for one in (ours, theirs)]
        if difference and all(values):
            shown = [f"{100 * one.value:.2f}" for one in values if one]
            rows.append(
                f"| {questions.name} | {name} | {shown[0]} | {shown[1]} | {100 * difference.value:+.2f} "
                f"| {100 * difference.low:+.2f} to {100 * difference.high:+.2f} |"
            )
    for what, of in SAME.items():
        equal = sum(of(here[id_]) == of(there[id_]) for id_ in here)
        rows.append(f"| {questions.name} | the same {what} | | | {equal:,} of {len(here):,} | |")
    return rows


def measured(folder: Path, milvus: MilvusPlace, encoder: Encoder, cache: Path) -> list[str]:
    """Return the rows of one set."""
    from retrieval.archive.milvus.archive import MilvusArchive

    questions = read(folder)
    embedded, _ = archive_of(questions, encoder, 0, cache)
    on_server, _ = archive_of(questions, encoder, 0, milvus)
    with closing(embedded), closing(on_server):
        try:
            here = answers("embedded", embedded, questions, encoder)
            return compared(questions, here, answers("Milvus", on_server, questions, encoder))
        finally:
            if isinstance(on_server, MilvusArchive):
                on_server.drop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every set, and print the table or write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_answers")
    parser.add_argument("milvus", type=milvus_place)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--to", type=Path)
    parsed = parser.parse_args(arguments)
    milvus = replace(parsed.milvus, timeout=30.0)
    with tempfile.TemporaryDirectory() as place:
        encoder = open_encoder("bundled", Path(place, "models"))
        rows = [row for folder in parsed.folders for row in measured(folder, milvus, encoder, Path(place))]
    from retrieval.archive.milvus.server import Server

    with closing(Server(milvus)) as server:
        title = f"# The same answers: the embedded archive and Milvus ({server.version})\n\n"
    table = title + HEAD + "\n".join(rows) + "\n"
    if parsed.to:
        parsed.to.write_text(table, encoding="utf-8")
    else:
        print(table, end="")


if __name__ == "__main__":
    main()
