"""Names in sentences and in an archive, measured against two hundred sentences that were marked by hand."""

import json
from datetime import date
from pathlib import Path

import pytest

from corpus.article import Article, Card
from retrieval.text.sentences import sentence_spans
from retrieval.timeline.count_names import named_subjects
from retrieval.timeline.extract_names import LetterCases, names_in
from tests.fakes import FakeEncoder, archive_at, take_in

MARKED = json.loads(Path(__file__).with_name("marked_names.json").read_text(encoding="utf-8"))
ARTICLES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "followed_archive.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_most_names_are_found_and_most_that_are_found_are_names() -> None:
    """The sentences were chosen and marked without sight of the rules; docs/ranking.md has the figures."""
    texts = [row["text"] for row in (*MARKED, *ARTICLES)]
    in_archive = LetterCases.of(text[slice(*span)].strip() for text in texts for span in sentence_spans(text, "en"))
    right = found = wanted = 0
    for row in MARKED:
        (names,) = names_in([row["text"]], in_archive)
        right += len(set(names) & set(row["names"]))
        found += len(set(names))
        wanted += len(set(row["names"]))
    assert right / found >= 0.94
    assert right / wanted >= 0.94


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        (
            "President Kamara met Ngozi Okafor's brother in Port Selwyn on Monday.",
            ["Kamara", "Ngozi Okafor", "Port Selwyn"],
        ),
        ("The Court of Appeal freed Tom Lee of Graz.", ["Court of Appeal", "Tom Lee", "Graz"]),
        ("Anneke du Preez and Ursula von der Leyen spoke French.", ["Anneke du Preez", "Ursula von der Leyen"]),
        ("CAIRO — Visitors came.", ["CAIRO"]),
        ("On May 4 the Danish minister left.", []),
        ("许志永被捕。", ["许志永"]),
        ("", []),
        ("Bloggers told U.S. Secretary of State John Kerry so.", ["U.S.", "John Kerry"]),
        ("They met Foreign Minister Wang Yi and State Councilor Yang Jiechi.", ["Wang Yi", "Yang Jiechi"]),
        (
            "We asked Acme Chief Executive Ann Lee and New York Mayor Bob Ray.",
            ["Acme", "Ann Lee", "New York", "Bob Ray"],
        ),
        ("The Justice Department sued John Major and Tom Bishop.", ["Justice Department", "John Major", "Tom Bishop"]),
        ("He left the Prime Minister and the Attorney General.", []),
        ("They met Attorney General Ann Lee of General Motors.", ["Ann Lee", "General Motors"]),
        ("The archbishop met Secretary for Home Affairs and Trade Bob Ray.", ["Bob Ray"]),
        (
            "Some Beijing-based reporters of J.K. Rowling used a Twitter-like page.",
            ["Beijing", "J.K. Rowling", "Twitter"],
        ),
        (
            'He read "Girl with a Lemon Peel" to the Workers\' Alliance.',
            ["Girl with a Lemon Peel", "Workers' Alliance"],
        ),
        ("Her husband, He Tingfu, went.", ["He Tingfu"]),
        ("On Monday Chief Fire Officer Warren Petrie spoke.", ["Warren Petrie"]),
        ("She lost it in May. Colin Fitch won.", ["Colin Fitch"]),
        ("Thieves came, and St. Petersburg slept.", ["St. Petersburg"]),
    ],
)
def test_names_as_they_stand(sentence: str, names: list[str]) -> None:
    assert names_in([sentence], LetterCases(frozenset({"visitors", "on", "the", "some"}))) == [names]


def test_the_names_of_an_archive_with_their_articles_and_dates(tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", FakeEncoder())
    for row in ARTICLES:
        card = Card(row["id"], row["title"], published=date.fromisoformat(row["date"]))
        take_in(archive, FakeEncoder(), Article(card, row["text"]))
    subjects = named_subjects(archive)
    assert subjects[0].name == "Ngozi Okafor"
    assert (subjects[0].articles, subjects[0].first, subjects[0].last) == (18, date(2019, 2, 12), date(2023, 10, 17))
    assert [subject.articles for subject in subjects] == sorted(
        (subject.articles for subject in subjects), reverse=True
    )
    by_prefix = {subject.name for subject in named_subjects(archive, "okaf")}
    assert (
        by_prefix
        == {subject.name for subject in subjects if "Okaf" in subject.name}
        >= {"Chidi Okafor", "Peter Okafor"}
    )
    assert named_subjects(archive, "xyz") == []
    archive.close()


def test_a_part_of_a_name_is_the_whole_but_a_place_is_no_institution_there(tmp_path: Path) -> None:
    archive = archive_at(tmp_path / "archive", FakeEncoder())
    text = "We saw Ann Lee at the Graz Court. They heard that Lee likes Graz."
    take_in(archive, FakeEncoder(), Article(Card("id", "Headline"), text))
    assert [subject.name for subject in named_subjects(archive)] == ["Ann Lee", "Graz", "Graz Court"]
    archive.close()
