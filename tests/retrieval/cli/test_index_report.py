"""The report of `index`, and the provenance of an article in `show`."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from corpus.article import Article, Card
from corpus.reader_types import Skipped
from retrieval.archive.contract import Occurrence, Provenance
from retrieval.cli.index_report import MAX_FILES, MAX_NAMED, show_skipped, show_table
from retrieval.cli.output import show_article
from retrieval.indexing.report import Report, Warned

Capture = pytest.CaptureFixture[str]


def printed(show: Callable[[Console], None], *, terminal: bool = False) -> list[str]:
    """Return the lines that a console shows."""
    file = StringIO()
    show(Console(file=file, force_terminal=terminal, color_system=None, width=200, soft_wrap=True))
    return file.getvalue().splitlines()


def table(report: Report) -> list[str]:
    return printed(lambda to: show_table(report, "Indexed articles into data", to))


def test_a_table_has_a_line_for_each_number_that_is_not_0() -> None:
    assert table(Report(read=4, unchanged=4)) == ["Indexed articles into data:", "  4 read", "  4 unchanged"]
    assert table(Report()) == ["Indexed articles into data:", "  0 read"]
    report = Report(read=1204, added=12, changed=3, unchanged=1180, same=9, removed=2, embedded=57)
    assert table(report)[1:] == [
        "  1,204 read",
        "     12 added",
        "      3 changed",
        "  1,180 unchanged",
        "      9 the same story",
        "      2 removed",
        "     57 passages embedded",
    ]


def test_skipped_documents_are_counted_by_reason_disregarding_numbers_and_names() -> None:
    reasons = ["larger than 10 MB", "an empty file", "larger than 2.5 MB", "an empty file", "an empty file"]
    reasons += ["only a link: https://example.org/1", "only a link: https://example.org/2", "'b' and \"c\" are none"]
    skipped = [Skipped(f"{number}.txt", reason) for number, reason in enumerate(reasons)]
    assert table(Report(skipped=skipped))[2:] == [
        "  8 skipped",
        "      3 an empty file",
        "         1.txt",
        "         3.txt",
        "         4.txt",
        "      2 larger than … MB",
        "         0.txt",
        "         2.txt",
        "      2 only a link: …",
        "         5.txt",
        "         6.txt",
        "      1 'b' and \"c\" are none",
        "         7.txt",
    ]


def test_the_table_names_each_skipped_file_once_and_all_of_them_up_to_a_limit() -> None:
    parts = [*(f"a.zip: {number}.html" for number in range(3)), "b.xml: item 4 (line 5)", "https://c.example/d"]
    skipped = [Skipped(where, "not published (draft)") for where in parts]
    assert table(Report(skipped=skipped))[3:] == [
        "      5 not published (draft)",
        "         a.zip: 3 parts",
        "         b.xml: item 4 (line 5)",
        "         https://c.example/d",
    ]
    many = table(Report(skipped=[Skipped(f"{number}.txt", "an empty file") for number in range(MAX_FILES + 7)]))
    assert many[3:5] + many[-3:] == [
        f"      {MAX_FILES + 7} an empty file",
        "          0.txt",
        f"          {MAX_FILES - 1}.txt",
        "          … and 7 more files",
        "          To have them all, send them to a file: 2> FILE",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_all_skipped_documents_are_named_but_only_the_first_on_a_terminal(terminal: bool) -> None:
    skipped = [Skipped(f"{number}.txt", "an empty file") for number in range(MAX_NAMED + 312)]
    report = Report(skipped=skipped, warned=[Warned("a.txt", ("no date", "no link"))])
    lines = printed(lambda to: show_skipped(report, to), terminal=terminal)
    assert lines[:2] == ["a.txt: no date", "a.txt: no link"]
    assert lines[2] == "skipped 0.txt: an empty file"
    if terminal:
        assert lines[2 + MAX_NAMED :] == ["… and 312 more. To have them all, send them to a file: 2> FILE"]
    else:
        assert len(lines) == 2 + MAX_NAMED + 312


def test_an_article_is_shown_with_the_trace_of_each_field_and_its_occurrences(capsys: Capture) -> None:
    card = Card("id1", "A bridge", "https://example.org/1", author="Ida Moser", language="en")
    occurrences = (Occurrence("/files/all.zip", "a.html", 300), Occurrence("/files/feed.xml", "guid 1", 20))
    warnings = ("'31/02/2014' is no date, so the article has none",)
    traces = (("title", "meta og:title"), ("url", "link canonical"), ("text", "article"))
    show_article(Article(card, "It opened."), Provenance(occurrences, "all.zip: a.html", warnings, traces))
    assert capsys.readouterr().out.splitlines() == [
        "id         id1",
        "title      A bridge   (meta og:title)",
        "published  -",
        "source     -",
        "author     Ida Moser",
        "link       https://example.org/1   (link canonical)",
        "language   en",
        "text       (article)",
        "file       /files/all.zip",
        "in it      all.zip: a.html",
        "also in    /files/feed.xml, guid 1 (20 characters)",
        "warning    '31/02/2014' is no date, so the article has none",
        "",
        "It opened.",
    ]


def test_an_article_without_provenance_is_shown(capsys: Capture) -> None:
    for provenance in (None, Provenance((), "", (), ())):
        show_article(Article(Card("id1", "A bridge"), "It opened."), provenance)
        assert "file       -" in capsys.readouterr().out


def test_a_wrong_date_can_be_traced_from_the_command_line(tmp_path: Path, capsys: Capture) -> None:
    from retrieval.cli.main import main

    file = tmp_path / "a.txt"
    file.write_text("A bridge\n\nOn 31/02/2014 by Paper\n\nIt opened.\n", encoding="utf-8")
    assert main(["index", str(file)]) == 0
    assert "31/02/2014" in capsys.readouterr().err
    assert main(["list"]) == 0
    id_ = capsys.readouterr().out.split()[0]
    assert main(["show", id_]) == 0
    out = capsys.readouterr().out
    assert "published  -" in out
    assert "in it" not in out
    assert any(line.startswith("warning    ") and "31/02/2014" in line for line in out.splitlines())
