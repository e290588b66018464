"""Write a file of news with questions (question_files.py) as a folder in BEIR layout, to measure on what was left out.

    python -m training.news_to_beir FILE FOLDER

A question that nothing answers is in queries.jsonl alone. Sentences of other articles in `also` count as answers too.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def write_beir(articles: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write articles and their questions as a folder in BEIR layout."""
    texts = {article["id"]: article["text"] for article in articles}
    corpus = [{"_id": each["id"], "title": each["title"], "text": each["text"]} for each in articles]
    queries, qrels, answers = [], ["query-id\tcorpus-id\tscore\n"], []
    for article in articles:
        for number, question in enumerate(article["questions"]):
            id_ = f"{article['id']}-{number}"
            queries.append({"_id": id_, "text": question["q"]})
            own = [(article["id"], sentence) for sentence in question["answers"]]
            sentences = [*own, *question.get("also", ())]
            for document in dict.fromkeys(document for document, _ in sentences):
                text = texts[document]
                found = [sentence for other, sentence in sentences if other == document]
                spans = [[text.index(sentence), text.index(sentence) + len(sentence)] for sentence in found]
                qrels.append(f"{id_}\t{document}\t1\n")
                answers.append({"_id": id_, "doc": document, "spans": spans})
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    (folder / "qrels" / "test.tsv").write_text("".join(qrels), encoding="utf-8")
    for name, rows in (("corpus", corpus), ("queries", queries), ("answers", answers)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Read and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    write_beir([json.loads(line) for line in args.file.read_text(encoding="utf-8").splitlines()], args.folder)


if __name__ == "__main__":
    main()
