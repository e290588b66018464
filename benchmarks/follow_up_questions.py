"""How well context-dependent questions are answered: python -m benchmarks.follow_up_questions FOLDER… --model NAME

The dialogues of tests/retrieval/answer/dialogues*.json, in English and in Chinese: two questions, what the second one
means, the document and the words that answer it. (Chinese ones need `--model multilingual`.) The rules were written
with half of them in view ("tuned"). The other half was used only later ("held"; docs/ranking.md has the figures).
FOLDER… are the BEIR folders that they are about; dialogues about other folders are left out. Printed for each half, in
per cent: second questions that were searched for with their full meaning; the right document first, with the second
question alone and after the first; the answering words in the highlight; and, of pairs of unrelated questions, the
second questions that were not changed.
"""

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support.beir_command_line import folders_and_encoder
from retrieval.answer.answerer import Answerer
from retrieval.answer.context_dependent import is_context_dependent
from retrieval.answer.conversation import Turn
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import read
from retrieval.evaluate.measures import Figure, mean
from retrieval.types import Answer, Passage

DIALOGUES = Path(__file__).parent.parent / "tests" / "retrieval" / "answer"
HALVES = ("tuned", "held")
Result = tuple[bool, bool, bool, bool]


def second(dialogue: Mapping[str, Any], answerer: Answerer) -> Result:
    """Return whether a dialogue's second question was resolved, right alone, right after the first, highlighted."""
    alone = answerer.answer(dialogue["then"])
    after = answerer.answer(dialogue["then"], before=Turn.of(answerer.answer(dialogue["first"])))
    searched = after.searched.text.lower() if after.searched else ""
    resolved = any(words.lower() in searched for words in dialogue["means"])
    marked = _highlight(after)
    answered = marked is not None and (dialogue["answer"] in marked or marked in dialogue["answer"])
    right = [_first(answer).article.id in dialogue["documents"] for answer in (alone, after)]
    if not (resolved and right[1]):
        print(f"  {dialogue['first']}  {dialogue['then']}  →  {searched or 'untouched'}")
    return resolved, right[0], right[1], right[1] and answered


def _first(answer: Answer) -> Passage:
    """Return the first passage, whether it answers or not."""
    return next(found.passage for found in answer.hits or answer.closest)


def _highlight(answer: Answer) -> str | None:
    return answer.hits[0].highlight_text if answer.hits else None


def _per_cent(figure: Figure | None) -> str:
    return f"{100 * figure.value:5.1f}" if figure else "    -"


def main() -> None:
    """Print one row a half."""
    folders, encoder = folders_and_encoder(__doc__)
    data = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(DIALOGUES.glob("dialogues*.json"))]
    names = {folder.resolve().name for folder in folders}
    asked = [part for part in data if any(dialogue["set"] in names for dialogue in part["dialogues"])]
    results: dict[str, list[Result]] = {half: [] for half in HALVES}
    with TemporaryDirectory() as place:
        for folder in folders:
            archive, _ = archive_of(read(folder), encoder, 0, Path(place))
            answerer = Answerer(archive, encoder)
            for dialogue in chain.from_iterable(part["dialogues"] for part in asked):
                if dialogue["set"] == folder.resolve().name:
                    results[dialogue["half"]].append(second(dialogue, answerer))
    for half in HALVES:
        figures = [_per_cent(mean(column)) for column in zip(*results[half], strict=True)]
        unrelated = [pair for part in asked for pair in part["unrelated"] if pair["half"] == half]
        untouched = [not is_context_dependent(pair["then"]) for pair in unrelated]
        columns = ("resolved", "right first alone", "right first", "highlighted")
        cells = "  ".join(f"{name} {figure}" for name, figure in zip(columns, figures, strict=False))
        counted = f"{len(results[half])} dialogues, {len(untouched)} pairs"
        print(f"{half:<6} {cells}  untouched {_per_cent(mean(untouched))}  ({counted})", flush=True)


if __name__ == "__main__":
    main()
