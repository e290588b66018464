"""A small question set, and a function that writes question sets as BEIR folders."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

TOWN = {
    "bridge": ("Bridge opened", "It rained on Sunday. The mayor of Linz opened a bridge on Monday."),
    "dog": ("Dog found", "A dog barked all night. Its owner found it in Graz."),
    "tax": ("Tax cut", "The council of Wels cut the tax on beer. Nobody voted against it."),
}
QUESTIONS = {
    "q1": "Who opened a bridge on Monday?",
    "q2": "Where did its owner find the dog that barked?",
    "q3": "Which tax did the council of Wels cut?",
    "q4": "When did Zanzibar crown Xenia queen?",
    "q5": "?!",
}
GRADES = {"q1": {"bridge": 1}, "q2": {"dog": 1}, "q3": {"tax": 1}}


def write_set(
    folder: Path,
    documents: Mapping[str, tuple[str, str]] = TOWN,
    questions: Mapping[str, str] = QUESTIONS,
    grades: Mapping[str, Mapping[str, int]] = GRADES,
    answers: Iterable[tuple[str, str, str]] | None = (("q1", "bridge", "The mayor of Linz"), ("q2", "dog", "Graz")),
) -> Path:
    """Write a question set; each of `answers` is a question, a document, and the words of its text that answer."""
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": id_, "title": title, "text": text} for id_, (title, text) in documents.items()]
    write_rows(folder / "corpus.jsonl", rows)
    write_rows(folder / "queries.jsonl", [{"_id": id_, "text": text} for id_, text in questions.items()])
    lines = [f"{question}\t{document}\t{grade}" for question, row in grades.items() for document, grade in row.items()]
    (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]) + "\n")
    if answers is not None:
        write_rows(folder / "answers.jsonl", [_answer(*answer, documents) for answer in answers])
    return folder


def _answer(question: str, document: str, words: str, documents: Mapping[str, tuple[str, str]]) -> dict[str, object]:
    start = documents[document][1].index(words)
    return {"_id": question, "doc": document, "spans": [[start, start + len(words)]], "text": words}


def write_rows(file: Path, rows: Iterable[object]) -> None:
    """Write each row as a line of JSON."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
