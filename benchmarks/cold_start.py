"""From nothing to an answer: our whole process against txtai's, which loads its saved index and searches once."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.support import txtai_scripts
from benchmarks.support.measured_process import OURS, in_turns, megabytes, run, seconds
from benchmarks.support.results_table import Figure
from benchmarks.support.synthetic_corpus import Corpus, entries
from retrieval.encode.locate_model import locate

RUNS = 5
QUESTION = "Who met Kerry?"
LARGE = 100_000


def figures(place: Path, models: Path) -> Iterator[Figure]:
    """Ask the shipped archive and a txtai index of the same passages, in turns; and run --help and status."""
    archive, index = place / "archive", place / "txtai"
    environment = environment_of(archive, models)
    run([*OURS, "index"], environment)
    run(
        txtai_scripts.script(txtai_scripts.INDEX, index, locate("bundled")),
        environment,
        json.dumps(shipped_passages(archive)),
    )
    commands = {
        "ask": [*OURS, "ask", QUESTION],
        "txtai": txtai_scripts.script(txtai_scripts.ASK, index, QUESTION),
        "--help": [*OURS, "--help"],
        "status": [*OURS, "status"],
    }
    runs = in_turns(commands, environment, RUNS)
    yield seconds("cold `ask`, whole process, against txtai", runs["ask"], runs["txtai"], 1 / 12)
    yield megabytes("… its memory", runs["ask"], runs["txtai"], 1 / 3)
    yield seconds("`--help`, whole process, against cold `ask`", runs["--help"], runs["ask"], 1 / 3)
    yield seconds("`status`, whole process, against cold `ask`", runs["status"], runs["ask"], 1 / 3)


def large(place: Path, models: Path) -> Iterator[Figure]:
    """Ask an archive of 100,000 drawn passages, stored as if the bundled model had embedded them, and a txtai index."""
    archive, index = place / "large", place / "large-txtai"
    environment = environment_of(archive, models)
    texts, vectors = _drawn(archive, models)
    np.save(place / "vectors.npy", vectors)
    run(txtai_scripts.script(txtai_scripts.INDEX_VECTORS, index, place / "vectors.npy"), environment, json.dumps(texts))
    question = f"What did the {texts[LARGE // 2].split()[-1]} do?"
    commands = {
        "ask": [*OURS, "ask", "--json", question],
        "txtai": txtai_scripts.script(txtai_scripts.ASK, index, question),
    }
    runs = in_turns(commands, environment | {"CLIPPINGS_STRICTNESS": "0"}, RUNS)
    yield seconds("cold `ask` of 100,000 passages, against txtai", runs["ask"], runs["txtai"], 1 / 8)
    yield megabytes("… its memory", runs["ask"], runs["txtai"], 1 / 3)


def _drawn(archive: Path, models: Path) -> tuple[list[str], np.ndarray]:
    from retrieval.archive.index_spec import wanted_spec
    from retrieval.archive.local.archive import LocalArchive
    from retrieval.archive.local.record_store import Store
    from retrieval.encode.open import open_encoder

    store = Store.create(archive, wanted_spec(open_encoder("bundled", models), 0))
    texts, vectors = [], []
    for drawn in Corpus(LARGE).blocks():
        block = [replace(entry, spec=store.spec) for entry in entries(drawn)]
        store.put(block)
        texts += [f"{entry.article.title}\n{passage.text}" for entry in block for passage in entry.passages]
        vectors += [entry.vectors for entry in block]
    _ = LocalArchive.open(archive).indexes
    return texts, np.concatenate(vectors)


def environment_of(archive: Path, models: Path) -> dict[str, str]:
    """Return the environment of a process that uses an archive and exported models, without the network."""
    return os.environ | {"CLIPPINGS_ARCHIVE": str(archive), "CLIPPINGS_MODELS": str(models), "HF_HUB_OFFLINE": "1"}


def shipped_passages(archive: Path) -> list[str]:
    """Return the texts of the passages in an archive, as they are embedded."""
    from retrieval.archive.local.archive import LocalArchive

    opened = LocalArchive.open(archive)
    return [f"{card.title}\n{passage.text}" for card in opened.cards() for passage in opened.passages_of(card.id)]
