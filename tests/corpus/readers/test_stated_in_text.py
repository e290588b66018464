"""Documents, mail and exports: what their text says of author and date, and what only looks like structure."""

from datetime import date

import pytest

from corpus.reading import read_content
from corpus.text.non_prose_formats import other_format
from tests.corpus.reader_inputs import fields, file, readings, skipped
from tests.corpus.readers.test_documents import chapter, docx, epub, p

SLUICE = "The sluice at Brackwater gave way before dawn on Tuesday, and the Lower Town was under water by nine."
LETTERS = "Engineers of the county had warned of it twice, the mayor said on Wednesday."
MAIL = "Subject: Sluice gives way\nDate: Tue, 4 Mar 2014 09:12:00 +0100\nMessage-ID: <1@dike.example>\n\n"


def read(data: str | bytes, name: str = "a.txt") -> list[tuple[object, ...]]:
    outputs = list(read_content(file(data.encode() if isinstance(data, str) else data, name)))
    assert skipped(outputs) == []
    return [fields(reading) for reading in readings(outputs)]


def test_the_byline_and_the_date_below_the_headline_of_a_document_are_its_author_and_date() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:creator>Typing Pool</dc:creator>'
        "<dcterms:created>2019-01-01T10:00:00Z</dcterms:created></cp:coreProperties>"
    )
    body = p("Sluice gives way", style="Title") + p("By Ada Holm and Jon Brandt") + p("March 4, 2014") + p(SLUICE)
    for data in (docx(body), docx(body, core)):
        assert read(data, "a.docx") == [
            ("Sluice gives way", SLUICE, date(2014, 3, 4), "Ada Holm, Jon Brandt", None, None)
        ]
    text = f"{SLUICE}\n\nBy Wednesday the water had gone."
    prose = "".join(map(p, text.split("\n\n")))
    assert read(docx(p("Sluice gives way", style="Title") + prose), "a.docx")[0][1] == text


def test_the_byline_of_a_chapter_names_its_author_not_the_books() -> None:
    pages = {
        "b.xhtml": chapter("Mayor resigns", LETTERS),
        "a.xhtml": chapter("Sluice gives way", f'x</p><p class="byline">By Ada Holm</p><p>{SLUICE}').replace(
            "<p>x</p>", ""
        ),
    }
    (_, text, _, author, _, _), second = read(epub(pages), "a.epub")
    assert (text, author) == (SLUICE, "Ada Holm")
    assert second[3] == "Anna Lindqvist"


def test_a_list_of_contents_is_no_chapter_whatever_its_files_name() -> None:
    pages = {"b.xhtml": chapter("Sluice gives way", SLUICE), "a.xhtml": chapter("Contents", "Sluice gives way")}
    assert [title for title, *_ in read(epub(pages), "a.epub")] == ["Sluice gives way"]


@pytest.mark.parametrize(
    ("sender", "author"),
    [
        ('"Holm, Ada (The Dike)" <ada@dike.example>', "Ada Holm"),
        ("Ada Holm [The Dike] <ada@dike.example>", "Ada Holm"),
        ("Ada Holm <ada@dike.example>", "Ada Holm"),
        ("ada@dike.example", None),
    ],
)
def test_the_sender_of_a_message_is_a_name(sender: str, author: str | None) -> None:
    assert read(f"From: {sender}\n{MAIL}{SLUICE}\n")[0][3] == author


def test_a_message_that_a_program_saved_as_text() -> None:
    header = "From:\tHolm, Ada\nSent:\tTuesday, March 4, 2014 9:12 AM\nTo:\tNewsroom\nSubject:\tSluice gives way\n\n"
    assert read(f"{header}{SLUICE}\n") == [("Sluice gives way", SLUICE, date(2014, 3, 4), "Ada Holm", "Ada Holm", None)]


def test_a_line_of_a_message_may_begin_like_the_line_between_messages() -> None:
    line = "From Monday on, 10:30 is the hour of the ferry."
    box = (
        f"From ada@dike.example Tue Mar  4 09:12:00 2014\nFrom: Ada Holm <ada@dike.example>\n{MAIL}{SLUICE}\n\n{line}\n"
    )
    assert [text for _, text, *_ in read(box + "\n" + box.replace("<1@", "<2@"))] == [f"{SLUICE}\n\n{line}"] * 2
    (story,) = read(f"From Monday 10:00 the bridge is closed\nFrom: the council comes the news.\n\n{SLUICE}\n")
    assert story[0] == "From Monday 10:00 the bridge is closed"


def test_the_plain_text_of_a_message_is_read_as_plain_text() -> None:
    text = (
        "The sluice was closed; the long-\nshoremen went home. It would be re-\npaired:\n\n- the gate\n- the lock\n\n"
    )
    quoted = "> The mayor said that he had read\n> neither letter.\n"
    (_, read_text, *_), *_ = read(f"From: Ada Holm <ada@dike.example>\n{MAIL}{text}{quoted}")
    assert read_text == (
        "The sluice was closed; the longshoremen went home. It would be repaired:\n\n- the gate\n\n- the lock\n\n"
        "The mayor said that he had read neither letter."
    )


@pytest.mark.parametrize(
    ("day", "labels", "end"),
    [
        ("5. März 2014 Mittwoch", ("AUTOR", "RUBRIK", "LÄNGE", "Wörter"), "UPDATE: 6. März 2014\n\nSPRACHE: GERMAN"),
        (
            "5 mars 2014 mercredi",
            ("AUTEUR", "RUBRIQUE", "LONGUEUR", "mots"),
            "DATE-CHARGEMENT: 6 mars 2014\n\nLANGUE: FR",
        ),
        ("5 maart 2014 woensdag", ("BYLINE", "SECTIE", "LENGTE", "woorden"), "LAAD-DATUM: 6 maart 2014\n\nTAAL: DUTCH"),
    ],
)
def test_exports_of_nexis_in_other_languages(day: str, labels: tuple[str, ...], end: str) -> None:
    author, section, length, words = labels
    text = (
        f"                    1 of 1 DOCUMENTS\n\n                    Der Deich\n\n                    {day}\n\n"
        f"Schleuse bricht\n\n{author}: Ada Holm\n\n{section}: NEWS; S. 3\n\n{length}: 20 {words}\n\n"
        f"{SLUICE}\n\n{LETTERS}\n\n{end}\n\n"
        "          Copyright 2014 Der Deich GmbH\n               Alle Rechte Vorbehalten\n"
    )
    assert read(text) == [
        ("Schleuse bricht", f"{SLUICE}\n\n{LETTERS}", date(2014, 3, 5), "Ada Holm", "Der Deich", None)
    ]


def test_a_section_above_the_headline_and_a_name_below_it_in_an_export_of_factiva() -> None:
    text = (
        "News\nSluice gives way before dawn\nAda Holm\n41 words\n4 March 2014\nThe Dike\nDIKE\n1\nEnglish\n"
        f"Copyright 2014 The Dike Ltd\n\n{SLUICE}\n\nDocument DIKE000020140304ea340000b\n"
    )
    assert read(text) == [("Sluice gives way before dawn", SLUICE, date(2014, 3, 4), "Ada Holm", "The Dike", None)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "ads.example, pub-123456789, DIRECT, f08c47fec0942fa0\nother.example, 1234, RESELLER\n",
            "a small file of a web",
        ),
        ("Contact: mailto:security@dike.example\nExpires: 2030-01-01T00:00:00.000Z\n", "a small file of a web"),
        ("/* TEAM */\nChef: Ada Holm\n\n/* SITE */\nStandards: HTML5\n", "a small file of a web"),
        ("127.0.0.1 localhost\n::1 localhost\n10.0.0.1 box\n", "a small file of a web"),
        ("# Netscape HTTP Cookie File\n.dike.example\tTRUE\t/\tFALSE\t0\tid\t1\n", "a list of cookies"),
        (
            "commit 1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d\nAuthor: Ada <a@dike.example>\n\n    Mend it\n",
            "a log (git)",
        ),
        ("[ar:Ada]\n[ti:Song]\n[00:12.00]Line one\n[00:17.20]Line two\n", "the lyrics of a song"),
        ("{0}{50}Where were you?\n{51}{90}At the quay.\n", "subtitles"),
        ("BEGIN;\nDELETE FROM posts;\n", "a database dump"),
        ("USE dike;\nINSERT INTO posts VALUES (1);\n", "a database dump"),
    ],
)
def test_small_files_beside_articles_are_refused_by_name(text: str, name: str) -> None:
    assert (other_format(text) or "").startswith(name)


@pytest.mark.parametrize(
    "text",
    [
        f"DROP TABLE students; is a joke that every programmer knows.\n\n{SLUICE}\n",
        f"SELECT name FROM voters; was all it took, investigators said.\n\n{SLUICE}\n",
        f"[00:12.00] Operator: What is your emergency?\n[00:17.20] Caller: The water is coming.\n\n{SLUICE}\n",
        f"Contact: a play about first words\n\n{SLUICE}\n",
    ],
)
def test_stories_that_begin_like_such_a_file_are_read(text: str) -> None:
    assert other_format(text) is None
