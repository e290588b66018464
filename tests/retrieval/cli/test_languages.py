"""Languages on the command line: what the model does not read, and passages in another language than the question."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.article import Card, Span
from retrieval.archive.contract import Status
from retrieval.archive.index_spec import IndexSpec, wanted_spec
from retrieval.cli.answer_output import show_answer
from retrieval.cli.language_messages import MEND, unread_articles
from retrieval.cli.main import main
from retrieval.cli.output import console, show_status
from retrieval.types import Answer, Hit, Passage
from tests.fakes import FakeEncoder
from tests.retrieval.answer.chinese_articles import TEXTS

BUNDLED: IndexSpec = wanted_spec(FakeEncoder(name="bundled"), 0)
NEWS = "The council of Wels cut the tax on beer on Monday. Nobody who was there voted against it, and it begins in May."


def status(*languages: tuple[str | None, int], spec: IndexSpec = BUNDLED) -> Status:
    articles = sum(count for _, count in languages)
    return Status(articles, articles, articles, None, None, 1000, 1, spec, languages=languages)


@pytest.mark.parametrize(
    ("languages", "sentence"),
    [
        (
            [("en", 488), ("zh", 412)],
            '412 of 900 articles are in Chinese, which the model "bundled" does not read. To have them read: ',
        ),
        ([("en", 3), ("de", 1)], '1 of 4 articles is in German, which the model "bundled" does not read. To have it'),
        ([("zh", 1)], '1 of 1 article is in Chinese, which the model "bundled" does not read. '),
        (
            [("en", 3000), ("zh", 1300), (None, 7), ("ar", 2)],
            '1,302 of 4,309 articles are in Chinese (1,300) and Arabic (2), which the model "bundled" does not read. ',
        ),
        (
            [("zh", 6), ("ar", 5), ("ru", 4), ("de", 3), ("el", 2), ("th", 1)],
            "21 of 21 articles are in Chinese (6), Arabic (5), Russian (4), German (3) and 2 other languages (3), ",
        ),
    ],
)
def test_articles_that_the_model_does_not_read_are_counted_by_language(
    languages: list[tuple[str | None, int]], sentence: str
) -> None:
    told = unread_articles(status(*languages)) or ""
    assert told.startswith(sentence)
    assert told.endswith(MEND)


def test_nothing_is_said_of_languages_that_are_read_or_not_known() -> None:
    assert unread_articles(status(("en", 9), (None, 3))) is None
    assert unread_articles(status()) is None
    assert unread_articles(status(("zh", 9), spec=replace(BUNDLED, model="multilingual"))) is None


def test_status_names_languages(capsys: pytest.CaptureFixture[str]) -> None:
    show_status(status(("en", 1500), ("zh", 412), (None, 3), ("xx", 1)), "data")
    out = capsys.readouterr().out
    assert "\nlanguages  English 1,500, Chinese 412, unknown 3, xx 1\n" in out
    assert "\nunread     413 of 1,916 articles are in Chinese (412) and xx (1), which" in out
    show_status(status(), "data")
    assert "\nlanguages  none\n" in capsys.readouterr().out


def test_index_ends_with_what_the_model_does_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "beer.txt").write_text(f"Tax on beer\n\n{NEWS}\n")
    assert main(["index", str(folder)]) == 0
    assert "does not read" not in capsys.readouterr().out
    title, text = next(iter(TEXTS.items()))
    (folder / "bridge.txt").write_text(f"{title}\n\n{text}\n")
    assert main(["index", str(folder)]) == 0
    line = '1 of 2 articles is in Chinese, which the model "bundled" does not read. To have it read: '
    assert capsys.readouterr().out.splitlines()[-1] == line + MEND
    assert main(["index", "--dry-run", str(folder)]) == 0
    assert "does not read" not in capsys.readouterr().out
    assert main(["status"]) == 0
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "line"),
    [("谁投了反对票？", "The Paper · in English"), ("Who voted against it?", "The Paper"), ("Beer?", "The Paper")],
)
def test_a_passage_in_another_language_than_the_question_says_in_which(
    question: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    passage = Passage("a-b", Card("a", "Tax on beer", None, "The Paper", language="en"), NEWS, 0, len(NEWS), ())
    show_answer(Answer(question, (Hit(passage, 1.0, 1, Span(0, 10)),)), console(sys.stdout))
    assert capsys.readouterr().out.splitlines()[3] == line
