"""Ask the questions of a SQuAD file in other languages: python -m training.translated_squad SQUAD TRANSLATIONS OUT

SQUAD is in the format of SQuAD 2.0; TRANSLATIONS has an object a line, with the `id` of a question of it, `lang` and
`question`, as training/translated/questions.jsonl. OUT is SQUAD with the paragraphs that such questions are about, and
these questions alone, in their languages; the answers stay as they are.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def translated(squad: Mapping[str, Any], questions: Mapping[str, str]) -> dict[str, Any]:
    """Return the content of a SQuAD file with these questions, by id, in place of its own."""
    articles = []
    for article in squad["data"]:
        paragraphs = []
        for paragraph in article["paragraphs"]:
            asked = [{**row, "question": questions[row["id"]]} for row in paragraph["qas"] if row["id"] in questions]
            if asked:
                paragraphs.append({"context": paragraph["context"], "qas": asked})
        articles.append({"title": article["title"], "paragraphs": paragraphs})
    return {"data": articles}


def main() -> None:
    """Read, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("squad", "translations", "out"):
        parser.add_argument(name, type=Path)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.translations.read_text(encoding="utf-8").splitlines()]
    content = translated(
        json.loads(args.squad.read_text(encoding="utf-8")), {row["id"]: row["question"] for row in rows}
    )
    args.out.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
