"""Export the users' verdicts as a BEIR folder, so that `eval` measures an archive on its users' own questions.

The bot stores the verdicts in the table `feedback` of bot.db. It may run during the export.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from retrieval.answer.query import check_question, parse_query
from retrieval.archive.contract import Archive
from retrieval.errors import FeedbackMissing, QuestionError
from retrieval.evaluate.beir import write

MAX_CHARACTERS = 10_000  # enough for any question that the bot has answered


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a passage, by its id, answers a question."""

    question: str
    passage: str
    good: bool


@dataclass(frozen=True, slots=True)
class Exported:
    """The numbers of an export.

    `judged` counts pairs of question and passage. `unanswered` counts the questions whose passages are all wrong:
    `eval` takes them for questions without an answer. Verdicts left out: `gone` are about passages that are no longer
    in the archive; `tied` are as often yes as no for the same pair.
    """

    questions: int
    judged: int
    unanswered: int
    gone: int
    tied: int


def export(state: Path, archive: Archive, folder: Path) -> Exported:
    """Write the verdicts in a bot.db as queries and qrels, and all passages of the archive as the corpus.

    Raises FeedbackMissing if no verdict can be used, and OutputUnwritable.
    """
    verdicts = list(_verdicts(state))
    if not verdicts:
        raise FeedbackMissing(f"{state} has no verdict yet: the bot asks for verdicts under its answers.")
    existing = _existing(archive, {verdict.passage for verdict in verdicts})
    valid = [verdict for verdict in verdicts if verdict.passage in existing]
    sums = Counter[tuple[str, str]]()
    for verdict in valid:
        sums[_words(verdict.question), verdict.passage] += 1 if verdict.good else -1
    judged = {pair: sum_ > 0 for pair, sum_ in sums.items() if sum_}
    tied = sum(1 for verdict in valid if not sums[_words(verdict.question), verdict.passage])
    gone = len(verdicts) - len(valid)
    if not judged:
        raise FeedbackMissing(
            f"No verdict in {state} can be measured by: of {len(verdicts):,}, {gone:,} are about passages that are no "
            f"longer in the archive, and {tied:,} contradict each other."
        )
    grades = _by_question(judged)
    ids = {question: f"q{number}" for number, question in enumerate(grades, start=1)}
    write(
        folder,
        _documents(archive),
        {id_: question for question, id_ in ids.items()},
        ((ids[question], passage, int(good)) for question, row in grades.items() for passage, good in row.items()),
    )
    unanswered = sum(1 for row in grades.values() if not any(row.values()))
    return Exported(len(ids), len(judged), unanswered, gone, tied)


def _verdicts(state: Path) -> Iterator[Verdict]:
    """Yield the verdicts in a bot.db; raises FeedbackMissing if the file is missing or is no such database."""
    if not state.is_file():
        raise FeedbackMissing(f"There is no {state}, where the bot keeps verdicts. The setting bot.state names it.")
    try:
        # Opened read-only: neither this process nor a bot that writes waits for the other.
        with closing(sqlite3.connect(f"{state.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as db:
            rows = db.execute("SELECT question, passages, verdict FROM feedback ORDER BY question, id").fetchall()
        for question, passages, verdict in rows:
            yield Verdict(question, json.loads(passages)[0], verdict > 0)  # the verdict is about the first passage
    except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
        raise FeedbackMissing(
            f"{state} holds no verdicts that can be read ({error}). The setting bot.state names the bot's own file."
        ) from error


def _existing(archive: Archive, ids: Iterable[str]) -> set[str]:
    """Return the ids of the passages that are still in the archive."""
    articles = dict.fromkeys(id_.partition("-")[0] for id_ in ids)
    return {passage.id for article in articles for passage in archive.passages_of(article)}


def _words(question: str) -> str:
    """Return a question without its filters: the documents of a BEIR folder have no dates or sources."""
    with suppress(QuestionError):
        return parse_query(check_question(question, MAX_CHARACTERS)).text
    return " ".join(question.split())


def _by_question(judged: Mapping[tuple[str, str], bool]) -> dict[str, dict[str, bool]]:
    grades = defaultdict[str, dict[str, bool]](dict)
    for (question, passage), good in judged.items():
        grades[question][passage] = good
    return grades


def _documents(archive: Archive) -> Iterator[tuple[str, str, str]]:
    """Yield every passage as a document titled with the headline of its article: (id, title, text)."""
    for card in archive.cards():
        for passage in archive.passages_of(card.id):
            yield passage.id, card.title, passage.text
