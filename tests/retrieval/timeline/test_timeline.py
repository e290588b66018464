"""The timeline of a name: which sentences it has, in which order, what is folded, and how it is written."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpus.article import Article, Card
from retrieval.archive.local.archive import LocalArchive
from retrieval.cli.main import main
from retrieval.errors import EmptyQuestion, UnknownName
from retrieval.timeline.build_timeline import Timeline, timeline_of
from retrieval.timeline.duplicate_sentences import same_as_earlier
from retrieval.timeline.render_html import timeline_page
from retrieval.timeline.render_markdown import timeline_markdown
from retrieval.timeline.statements import is_statement
from retrieval.timeline.subject_mentions import Subject, sentences_that_name
from retrieval.types import Filters
from tests.fakes import FakeEncoder, archive_at, take_in

Run = Callable[..., tuple[int, str, str]]
ARTICLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "followed_archive.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalArchive]:
    archive = archive_at(tmp_path_factory.mktemp("archive"), FakeEncoder())
    for row in ARTICLES:
        link = f"https://example.org/{row['id']}"
        card = Card(row["id"], row["title"], link, row["source"], row["author"], date.fromisoformat(row["date"]), "en")
        take_in(archive, FakeEncoder(), Article(card, row["text"]))
    yield archive
    archive.close()


def sentences(timeline: Timeline) -> list[str]:
    return [event.text for event in timeline.events]


def test_a_case_is_told_in_order_of_date_and_word_for_word(archive: LocalArchive) -> None:
    timeline = timeline_of("Ngozi Okafor", archive)
    days = [event.day for event in timeline.events if event.day]
    assert days == sorted(days)
    assert len(days) == len(timeline.events) > 25
    told = sentences(timeline)
    for turn in ("detained", "charged", "found guilty", "sentenced", "hunger strike", "pardoned", "has won"):
        assert any(turn in sentence for sentence in told), turn
    texts = {row["id"]: " ".join(row["text"].split()) for row in ARTICLES}
    assert all(event.text in texts[event.passage.article.id] for event in timeline.events)


def test_a_namesake_has_a_timeline_of_his_own(archive: LocalArchive) -> None:
    chidi = sentences(timeline_of("Chidi Okafor", archive))
    assert chidi
    assert not set(chidi) & set(sentences(timeline_of("Ngozi Okafor", archive)))
    assert all("Ngozi" not in sentence for sentence in chidi)


@pytest.mark.parametrize("name", ["ngozi okafor", "NGOZI OKAFOR", "Ngozi Okafo", "Ngozi  Okafor!"])
def test_a_name_is_found_as_people_type_it(archive: LocalArchive, name: str) -> None:
    assert sentences(timeline_of(name, archive)) == sentences(timeline_of("Ngozi Okafor", archive))


def test_filters_limit_it(archive: LocalArchive) -> None:
    whole = timeline_of("Ngozi Okafor", archive)
    part = timeline_of("Ngozi Okafor", archive, Filters(since=date(2021, 1, 1), until=date(2021, 12, 31)))
    assert sentences(part) == [event.text for event in whole.events if event.day and event.day.year == 2021]
    with pytest.raises(UnknownName):
        timeline_of("Ngozi Okafor", archive, Filters(source="No such paper"))


def test_nobody_has_no_timeline(archive: LocalArchive) -> None:
    assert timeline_of("Xu Zhiyong", archive).events == ()
    with pytest.raises(EmptyQuestion):
        timeline_of("?!", archive)


@pytest.mark.parametrize(
    ("name", "sentences", "named"),
    [
        ("Xu Zhiyong", ["Xu Zhiyong was jailed.", "Xu smiled.", "He left."], [True, True, False]),
        # The surname may be another's.
        ("Ann Lee", ["Ann Lee left.", "Her brother Tom Lee stayed.", "Lee was tired."], [True, False, False]),
        ("Ann Lee", ["Ann Lee left.", "Ms Lee stayed.", "Ann smiled."], [True, True, True]),
        ("Ann Lee", ["Ann Lee left.", "Judge Lee spoke."], [True, False]),
        ("Judge Lee", ["Judge Lee spoke."], [True]),
        ("New York", ["New York was cold.", "A new bridge was closed."], [True, False]),
        ("Court of Appeal", ["The Court of Appeal met.", "The court rose."], [True, False]),
        ("Free Sorn", ["Free Sorn met.", "Sorn Hydro paid."], [True, False]),
        ("May", ["They met May there.", "A truck may drive.", "It was on 2 May."], [True, False, False]),
        ("Ann Lee's", ["Ann Lee left."], [True]),
        ("Ann Lee", ["Tom Lee left.", "Lee was tired."], [False, False]),
        ("Nebojša Đukić", ["Nebojsa Djukic was freed.", "Dukić thanked them."], [True, True]),
        ("许志永", ["许志永被捕。", "他的律师来了。"], [True, False]),
        ("許志永", ["许志永被捕。"], [True]),
        ("Lee", ["Leeds won.", "Lee lost."], [False, True]),
        ("O'Brien", ["O’Brien spoke."], [True]),
    ],
)
def test_which_sentences_name_a_subject(name: str, sentences: list[str], named: list[bool]) -> None:
    assert sentences_that_name(Subject.of(name), "", sentences) == named


def test_a_full_name_in_the_headline_is_enough() -> None:
    assert sentences_that_name(Subject.of("Ann Lee"), "Ann Lee freed", ["Lee left prison."]) == [True]


@pytest.mark.parametrize(
    ("sentence", "language", "statement"),
    [
        ("Okafor was released on Monday.", "en", True),
        ("Okafor flew home.", "en", True),
        ("Was Okafor released?", "en", False),
        ("Ngozi Okafor", "en", False),
        ("许志永被捕。", "zh", True),
    ],
)
def test_which_sentences_are_statements(sentence: str, language: str, statement: bool) -> None:
    assert is_statement(sentence, language) is statement


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("The court jailed Lee on Monday.", "A court has jailed Lee on Monday.", True),
        ("Lee was arrested on Friday at the airport.", "Lee was released on Friday at the airport.", False),
        ("Lee was named in the file.", "Lee was not named in the file.", False),
        ("The court jailed Lee on Monday.", "The court jailed Lee on Tuesday.", False),
        ("Lee got 4 years.", "Lee got 5 years.", False),
        ("Lee sued him.", "Lee sued her.", False),
    ],
)
def test_what_says_the_same(one: str, two: str, same: bool) -> None:
    assert (same_as_earlier([one, two], ["en", "en"]) == [0, 0]) is same


words = st.lists(st.sampled_from("the court jailed freed two 2 4 lawyers mayor on Monday".split()), min_size=1)


@given(st.lists(words.map(" ".join), max_size=8))
def test_the_first_of_those_alike_is_kept(texts: list[str]) -> None:
    firsts = same_as_earlier(texts, ["en"] * len(texts))
    assert all(firsts[first] == first <= number for number, first in enumerate(firsts))
    for number, text in enumerate(texts):
        assert firsts[number] <= texts.index(text)
        assert re.findall(r"\d", texts[firsts[number]]) == re.findall(r"\d", text)


def test_the_same_in_two_papers_is_told_once(tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", FakeEncoder())
    text = "The court jailed the lawyer Ann Lee for {years} years on Monday. It rained all day in {town} and all night."
    for number, (years, town) in enumerate([(4, "Graz"), (4, "Linz"), (5, "Wels")]):
        card = Card(f"id{number}", f"Headline {number}", None, f"Paper {number}", None, date(2020, 1, 1 + number))
        take_in(archive, FakeEncoder(), Article(card, text.format(years=years, town=town)))
    first, second = timeline_of("Ann Lee", archive).events
    assert ([card.id for card in first.also], second.also) == (["id1"], ())
    assert "for 5 years" in second.text
    archive.close()


def test_the_page_has_every_sentence_a_chart_and_safe_links(archive: LocalArchive, tmp_path: Path) -> None:
    timeline = timeline_of("Ngozi Okafor", archive)
    written = timeline_page(timeline)
    assert written.count("<p>") + written.count('<p class="soft">') > len(timeline.events)
    assert '<a href="https://example.org/f-' in written
    assert (
        written.count("<rect") == len({event.day.year for event in timeline.events if event.day}) or "<rect" in written
    )
    assert not re.search(r"(?i)<script|src=|url\(|@import", written)
    evil = archive_at(tmp_path / "archive", FakeEncoder())
    card = Card("id", "<img src=x onerror=alert(1)>", "javascript:alert(1)", published=date(2020, 1, 1))
    take_in(
        evil,
        FakeEncoder(),
        Article(card, "Ann Lee was <b>jailed</b> & freed. [x](javascript:alert(1)) was said by Lee."),
    )
    page = timeline_page(timeline_of("Ann Lee", evil))
    assert "<img" not in page
    assert "<b>" not in page
    assert 'javascript:alert(1)"' not in page
    html = MarkdownIt("commonmark").render(timeline_markdown(timeline_of("Ann Lee", evil)))
    assert "<img" not in html
    assert "href" not in html
    assert "Ann Lee was &lt;b&gt;jailed&lt;/b&gt; &amp; freed." in html
    evil.close()


def test_markdown_has_every_sentence(archive: LocalArchive) -> None:
    timeline = timeline_of("Ngozi Okafor", archive)
    html = MarkdownIt("commonmark").render(timeline_markdown(timeline))
    assert html.count("<blockquote>") == len(timeline.events)


@pytest.fixture
def run(
    archive: LocalArchive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(archive.folder))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (status, *capsys.readouterr())

    return run


def test_the_command_prints_and_writes(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("timeline", "Chidi Okafor")
    assert status == 0
    assert out.startswith("4 sentences from 2 articles, 24 July 2019 to 1 June 2022, word for word.\n\n24 July 2019\n")
    content = json.loads(run("timeline", "Chidi Okafor", "--since", "2022", "--json")[1])
    assert [event["date"] for event in content["events"]] == ["2022-06-01"] * 2
    page, markdown = tmp_path / "page.html", tmp_path / "page.md"
    assert run("timeline", "Chidi Okafor", "--html", str(page), "--markdown", str(markdown))[:2] == (0, "")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert markdown.read_text(encoding="utf-8").startswith("# Chidi Okafor\n")
    assert run("timeline", "Xu Zhiyong") == (1, "No sentence in this archive says what happened to Xu Zhiyong.\n", "")
    assert run("timeline", "Chidi Okafor", "--html", str(tmp_path))[0] == 2
    assert run("timeline", "Chidi Okafr")[1].startswith("Searched for: Chidi Okafor\n")


@pytest.mark.parametrize(
    ("name", "language", "sentences"),
    [
        (
            "Алексей Навальный",
            "ru",
            ["Алексей Навальный вернулся.", "Суд арестовал Алексея Навального.", "Навальному плохо."],
        ),
        ("Orbán Viktor", "hu", ["Orbán Viktor beszélt.", "Orbánnak nem tetszett."]),
        ("Recep Tayyip Erdoğan", "tr", ["Recep Tayyip Erdoğan konuştu.", "Erdoğana kızdılar."]),
        ("Sauli Niinistö", "fi", ["Sauli Niinistö puhui.", "Niinistön mukaan asia on selvä."]),
    ],
)
def test_a_name_is_found_with_the_endings_of_its_language(name: str, language: str, sentences: list[str]) -> None:
    subject = Subject.of(name)
    others = ["Суд отложил заседание."]
    found = sentences_that_name(subject, "", [*sentences, *others], language)
    assert found == [True] * len(sentences) + [False]
    # In a language that does not inflect names, other endings make other names.
    assert not all(sentences_that_name(subject, "", sentences, "en"))
