"""Users' verdicts on answers, exported as a question set for `eval`."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.store.database import BotDatabase
from bot.store.feedback import Feedback
from bot.store.pending_updates import Arrival, PendingUpdates
from corpus.article import Article, Card
from retrieval.archive.local.archive import LocalArchive
from retrieval.cli.main import main
from retrieval.encode.encoder import Encoder
from retrieval.errors import FeedbackMissing, OutputUnwritable
from retrieval.evaluate.beir import read
from retrieval.evaluate.export_feedback import Exported, export
from tests.fakes import archive_at, take_in
from tests.retrieval.cli.test_main import Capture, error_of
from tests.retrieval.evaluate.question_sets import TOWN

STATE = Path("bot.db")
BRIDGE, DOG, TAX = (f"{number:016x}" for number in (1, 2, 3))
WHO = "Who opened a bridge on Monday?"


@pytest.fixture
def archive(encoder: Encoder) -> LocalArchive:
    """An archive of the town's articles, at the path of the default settings."""
    archive = archive_at(Path("data"), encoder)
    for id_, (title, text) in zip((BRIDGE, DOG, TAX), TOWN.values(), strict=True):
        take_in(archive, encoder, Article(Card(id_, title, source="Paper"), text))
    return archive


@pytest.fixture
def state() -> Iterator[BotDatabase]:
    """The database of a running bot."""
    database = BotDatabase(STATE)
    yield database
    database.close()


def save(state: BotDatabase, question: str, passages: Sequence[str], *verdicts: bool) -> None:
    for good in verdicts:
        update = len(Feedback(state)) + 1
        PendingUpdates(state).arrive([Arrival(update, 1, 1, "callback_query", "{}")])
        Feedback(state).save(update, [update], question, passages, good=good)


def passage(archive: LocalArchive, article: str) -> str:
    return archive.passages_of(article)[0].id


def qrels(folder: Path) -> set[tuple[str, str, int]]:
    questions = {
        row["_id"]: row["text"] for row in map(json.loads, (folder / "queries.jsonl").read_text().splitlines())
    }
    with (folder / "qrels" / "test.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {(questions[row["query-id"]], row["corpus-id"], int(row["score"])) for row in rows}


def test_verdicts_become_a_set_that_eval_measures_while_the_bot_runs(
    archive: LocalArchive, state: BotDatabase, capsys: Capture, tmp_path: Path
) -> None:
    bridge, dog, tax = (passage(archive, id_) for id_ in (BRIDGE, DOG, TAX))
    save(state, WHO, [bridge, dog], True)
    save(state, WHO, [tax], False)
    save(state, "where was the dog found?", [dog], True)
    save(state, "who is the king?", [tax], False)
    assert main(["feedback", "export", "own"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 questions and 4 judged passages are in own.",
        "To 1 of them every passage is wrong: eval takes these to have no answer.",
    ]
    assert qrels(Path("own")) == {
        (WHO, bridge, 1),
        (WHO, tax, 0),
        ("where was the dog found?", dog, 1),
        ("who is the king?", tax, 0),
    }
    assert {id_: (article.title, article.text) for id_, article in read(Path("own")).articles.items()} == dict(
        zip((bridge, dog, tax), TOWN.values(), strict=True)
    )

    assert main(["eval", "own", "--json", "--cache", str(tmp_path / "cache")]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["questions"], figures["documents"]) == (3, 3)
    assert figures["hits@1"]["value"] == 1.0
    save(state, WHO, [dog], True)  # the export does not block the bot
    assert len(Feedback(state)) == 5


def test_the_majority_counts_and_ties_and_missing_passages_are_left_out(
    archive: LocalArchive, state: BotDatabase
) -> None:
    bridge, dog, tax = (passage(archive, id_) for id_ in (BRIDGE, DOG, TAX))
    save(state, WHO, [bridge], True, False, True)
    save(state, WHO, [dog], False, True, False)
    save(state, WHO, [tax], True, False)
    save(state, WHO, [f"{DOG}-0123456789ab", bridge], True)  # the passage has changed
    save(state, WHO, ["ffffffffffffffff-0123456789ab"], True, True)  # the passage has been removed
    assert export(STATE, archive, Path("own")) == Exported(questions=1, judged=2, unanswered=0, gone=3, tied=2)
    assert qrels(Path("own")) == {(WHO, bridge, 1), (WHO, dog, 0)}


def test_filters_do_not_make_another_question(archive: LocalArchive, state: BotDatabase) -> None:
    bridge, dog = passage(archive, BRIDGE), passage(archive, DOG)
    save(state, f"{WHO} source:Paper", [bridge], True)
    save(state, f" {WHO}", [bridge], False)
    save(state, f"{WHO} sort:new", [bridge], True)
    save(state, "?!", [dog], True)
    export(STATE, archive, Path("own"))
    assert qrels(Path("own")) == {(WHO, bridge, 1), ("?!", dog, 1)}


def test_without_verdicts_nothing_is_written(archive: LocalArchive, state: BotDatabase) -> None:
    with pytest.raises(FeedbackMissing, match=r"bot\.db has no verdict yet"):
        export(STATE, archive, Path("own"))
    save(state, WHO, [passage(archive, BRIDGE)], True, False)
    save(state, WHO, ["ffffffffffffffff-0123456789ab"], True)
    with pytest.raises(FeedbackMissing, match="of 3, 1 are about passages .* and 2 contradict each other"):
        export(STATE, archive, Path("own"))
    assert not Path("own").exists()


def test_errors_take_one_line(archive: LocalArchive, capsys: Capture) -> None:
    assert "There is no bot.db" in error_of(capsys, "feedback", "export", "own")
    assert not STATE.exists()
    STATE.write_bytes(b"no database at all, but long enough to look at" * 100)
    assert "bot.db holds no verdicts that can be read (file is not a database)" in error_of(
        capsys, "feedback", "export", "own"
    )
    STATE.unlink()
    state = BotDatabase(STATE)
    save(state, WHO, [passage(archive, BRIDGE)], True)
    state.close()
    Path("own").mkdir()
    Path("own/notes.txt").write_text("notes")
    assert "own holds other files" in error_of(capsys, "feedback", "export", "own")
    with pytest.raises(OutputUnwritable):
        export(STATE, archive, Path("own"))
    assert [file.name for file in Path("own").iterdir()] == ["notes.txt"]
