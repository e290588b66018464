"""Indexing a folder of articles, as a whole process, against txtai's index of the same passages.

Ours reads the files, splits, embeds and writes them. txtai gets the passages, and embeds and writes them. Both models
are on the disk already.
"""

import json
import os
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.support import txtai_scripts
from benchmarks.support.measured_process import OURS, Run, run
from benchmarks.support.results_table import Figure
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.locate_model import locate
from retrieval.evaluate.beir import QuestionSet

RUNS, ARTICLES = 3, 300


def figures(questions: QuestionSet, place: Path, models: Path) -> Iterator[Figure]:
    """Index the first articles of a question set, each a file, and the same passages with txtai, in turns."""
    folder, archive, index = place / "articles", place / "indexed", place / "indexed-txtai"
    folder.mkdir()
    for number, article in enumerate(islice(questions.articles.values(), ARTICLES)):
        content = f"{article.title or f'Article {number}'}\n\n{article.text}\n"
        (folder / f"{number:05}.txt").write_text(content, encoding="utf-8")
    environment = os.environ | {"CLIPPINGS_ARCHIVE": str(archive), "CLIPPINGS_MODELS": str(models)}
    ours, theirs = list[Run](), list[Run]()
    for _ in range(RUNS):
        shutil.rmtree(archive, ignore_errors=True)
        ours.append(run([*OURS, "index", str(folder)], environment))
        opened = LocalArchive.open(archive)
        passages = [
            f"{card.title}\n{passage.text}" for card in opened.cards() for passage in opened.passages_of(card.id)
        ]
        opened.close()
        shutil.rmtree(index, ignore_errors=True)
        theirs.append(
            run(
                txtai_scripts.script(txtai_scripts.INDEX, index, locate("bundled")),
                environment | {"HF_HUB_OFFLINE": "1"},
                json.dumps(passages),
            )
        )
    yield Figure(
        f"indexing {len(passages):,} passages end to end, against txtai",
        "/s",
        tuple(len(passages) / process.seconds for process in ours),
        tuple(len(passages) / process.seconds for process in theirs),
        5,
        more=True,
    )
