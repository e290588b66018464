"""PDF files: paragraphs, headings and fields are extracted, without lines that every page repeats."""

import io
import os
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reader_types import Reading, SourceFile
from corpus.readers.pdf import PdfReader
from corpus.readers.pdf_columns import with_initials
from corpus.readers.pdf_layout import Line as Row
from corpus.reading import read_content
from tests.corpus.pdf_files import Line, assembled, paragraphs, pdf

FIRST = (
    "The harbour wall held all night, and in the morning everybody came to see what the storm had left of the quay, "
    "the boats and the long white pier."
)
SECOND = (
    "Nobody was hurt. The mayor said that the wall had cost more than any other work of the town, and was worth it."
)
THIRD = (
    "Repairs begin on Monday and will take until the end of the summer, if the weather allows, the harbour master said."
)
TITLE = Line("The harbour wall held", 22, gap=30)


def read(data: bytes, max_bytes: int = 1_000_000) -> Reading:
    (reading,) = read_content(SourceFile.of(data, "/news/wall.pdf", "wall.pdf", "/news/wall.pdf", max_bytes))
    assert isinstance(reading, Reading)
    return reading


def text(pages: Iterable[Iterable[Line]]) -> str:
    return read(pdf(pages)).article.text


def why(data: bytes, max_bytes: int = 1_000_000) -> str:
    with pytest.raises(Unreadable) as error:
        read(data, max_bytes)
    return str(error.value)


# ── Extraction ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lines_become_paragraphs_under_the_largest_line() -> None:
    article = read(pdf([[TITLE, *paragraphs(FIRST, SECOND)]])).article
    assert article.card.title == "The harbour wall held"
    assert article.text == f"{FIRST}\n\n{SECOND}"


def test_a_headline_may_have_two_lines() -> None:
    reading = read(pdf([[TITLE, Line("against the storm", 22, gap=26), *paragraphs(FIRST)]]))
    assert reading.article.card.title == "The harbour wall held against the storm"
    assert reading.article.text == FIRST
    assert reading.traces == (("title", "the largest line of the first page"),)


def test_the_information_of_a_file_gives_its_fields() -> None:
    information = {"Title": "The wall held (again)", "Author": "Ada Writer", "CreationDate": "D:20140217233000-05'00'"}
    reading = read(pdf([[Line("The Wall Held (Again)", 22), *paragraphs(FIRST, SECOND)]], information))
    card = reading.article.card
    assert (card.title, card.author, str(card.published)) == ("The wall held (again)", "Ada Writer", "2014-02-17")
    assert reading.article.text == f"{FIRST}\n\n{SECOND}"
    assert reading.traces == (
        ("title", "information: Title"),
        ("author", "information: Author"),
        ("published", "information: CreationDate"),
    )


@pytest.mark.parametrize("title", ["Microsoft Word - wall3.doc", "untitled", "wall_final.indd", "", "x", "Document1"])
def test_a_placeholder_that_a_program_wrote_is_no_title(title: str) -> None:
    information = {"Title": title, "Author": "Administrator", "CreationDate": "D:20140231120000Z"}
    reading = read(pdf([[TITLE, *paragraphs(FIRST)]], information))
    card = reading.article.card
    assert (card.title, card.author, card.published) == ("The harbour wall held", None, None)
    assert reading.warnings == ("'2014-02-31' is no date, so the article has none",)


def test_without_a_larger_line_the_first_line_is_the_headline() -> None:
    reading = read(pdf([paragraphs("The wall held", FIRST)]))
    assert reading.article.card.title == "The wall held"
    assert reading.article.text == FIRST
    long = read(pdf([paragraphs(f"{FIRST} {SECOND} {THIRD}", SECOND)]))
    assert long.article.card.title == "wall"
    assert long.article.text == f"{FIRST} {SECOND} {THIRD}\n\n{SECOND}"


def test_hyphenated_words_are_joined() -> None:
    lines = ["In the morn-", "ing the sea-front was there, and the sea-", "front hotel, and the Anglo-", "French wall."]
    extracted = text([[TITLE, *[Line(line) for line in lines], *paragraphs(SECOND)]])
    expected = "In the morning the sea-front was there, and the sea-front hotel, and the Anglo-French wall."
    assert extracted == f"{expected}\n\n{SECOND}"


def test_an_indented_line_begins_a_paragraph() -> None:
    lines = paragraphs(FIRST)
    second = [line if number else Line(line.text, x=90) for number, line in enumerate(paragraphs(SECOND))]
    assert text([[TITLE, *lines, *second]]) == f"{FIRST}\n\n{SECOND}"


def test_headings_are_recognised() -> None:
    article = read(pdf([[TITLE, *paragraphs(FIRST), Line("What comes next", 14, gap=28), *paragraphs(THIRD)]])).article
    assert article.text == f"{FIRST}\n\nWhat comes next\n\n{THIRD}"
    (heading,) = article.headings
    assert article.text[heading.start : heading.end] == "What comes next"


def test_running_headers_and_footers_are_left_out() -> None:
    def page(number: int, *lines: Line) -> list[Line]:
        header = Line("The Quay Gazette | 17 February 2014", 8, gap=-30)
        footer = Line(f"Page {number} of 4", 8, gap=0)
        drawn = sum(line.gap for line in lines)
        return [header, Line(lines[0].text, lines[0].size, gap=30 + lines[0].gap), *lines[1:], footer_at(footer, drawn)]

    def footer_at(footer: Line, drawn: float) -> Line:
        return Line(footer.text, footer.size, gap=720 - drawn)

    extracted = text(
        [
            page(1, TITLE, *paragraphs(FIRST, SECOND)),
            page(2, *paragraphs(THIRD, FIRST)),
            page(3, *paragraphs(SECOND, THIRD)),
            page(4, *paragraphs(FIRST)),
        ]
    )
    assert extracted == "\n\n".join([FIRST, SECOND, THIRD, FIRST, SECOND, THIRD, FIRST])


def test_a_paragraph_may_continue_on_the_next_page() -> None:
    lines = paragraphs(FIRST)
    assert text([[TITLE, *lines[:1]], [*lines[1:], *paragraphs(SECOND)]]) == f"{FIRST}\n\n{SECOND}"


def test_a_paragraph_may_continue_in_the_next_column() -> None:
    lines = paragraphs(FIRST, width=40)
    right = [
        Line(line.text, x=320, gap=(-14.0 * (len(lines) - 3) if number == 0 else 14))
        for number, line in enumerate(lines[2:])
    ]
    assert text([[TITLE, *lines[:2], *right]]) == FIRST


# ── Unreadable files ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scan_is_reported() -> None:
    scan = b"q 595 0 0 842 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"
    assert why(pdf([scan, scan])) == "a scan without text: make it searchable first (OCR)"
    assert why(pdf([])) == "a scan without text: make it searchable first (OCR)"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\0garbage" * 1000, pdf([[TITLE]])[:300], pdf([[TITLE]])[:60]]
)
def test_a_broken_file_is_reported(data: bytes) -> None:
    assert why(data) == "a broken PDF file: copy it again, or save it anew"


def test_a_broken_page_is_reported_and_the_others_are_read() -> None:
    bomb = b"BT " + b"[" * 50_000
    reading = read(pdf([[TITLE, *paragraphs(FIRST)], bomb, paragraphs(SECOND)]))
    assert reading.article.text == f"{FIRST}\n\n{SECOND}"
    assert reading.warnings == ("page 2 cannot be read",)


def encrypted(password: str) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=io.BytesIO(pdf([[TITLE, *paragraphs(FIRST)]])))
    writer.encrypt(password, "the owner's", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_an_encrypted_file_is_reported_and_read_if_it_needs_no_password() -> None:
    assert why(encrypted("secret")) == "encrypted: save it without a password"
    assert read(encrypted("")).article.text == FIRST


def test_an_encryption_that_needs_a_package_is_reported(tmp_path: Path) -> None:
    """In a process that has neither of the packages with which pypdf decrypts AES."""
    filters = b"/V 4\n/CF<</StdCF<</CFM/AESV2/Length 16/AuthEvent/DocOpen>>>>/StmF/StdCF/StrF/StdCF"
    file = tmp_path / "wall.pdf"
    file.write_bytes(encrypted("").replace(b"/V 2", filters).replace(b"/R 3", b"/R 4"))
    script = (
        "import sys\nfrom pathlib import Path\n"
        "sys.modules.update({'cryptography': None, 'Crypto': None})\n"
        "from corpus.reader_types import SourceFile\nfrom corpus.reading import read_content\n"
        f"data = Path({str(file)!r}).read_bytes()\n"
        "list(read_content(SourceFile.of(data, '/wall.pdf', 'wall.pdf', '/wall.pdf', 10**6)))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert run.stderr.strip().endswith("Unreadable: encrypted: save it without a password")


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_more_text_than_an_article_may_have_is_refused() -> None:
    data = pdf([[TITLE, *paragraphs(FIRST, SECOND, THIRD)]] * 5)
    assert why(data, max_bytes=1_000) == "larger than 0.001 MB (setting article_megabytes)"


def test_a_stream_that_unpacks_to_too_much_is_not_read() -> None:
    packed = zlib.compress(b"(x) Tj " * 30_000_000, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents 5 0 R>>",
        b"<<>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    objects[2] = objects[2].replace(b"/Resources<<>>", b"/Resources<</Font<</F1 4 0 R>>>>")
    tracemalloc.start()
    try:
        assert why(assembled(objects)) == "a broken PDF file: none of its pages can be read"
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_too_many_pages_are_refused() -> None:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count 6000>>" % b" ".join([b"3 0 R"] * 6000),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        b"<<>>",
    ]
    assert why(assembled(objects)) == "6,000 pages, which is more than 5,000"


def test_a_page_tree_in_a_circle_is_reported() -> None:
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>", b"<<>>", b"<<>>"]
    assert why(assembled(objects)) == "a broken PDF file: copy it again, or save it anew"


def test_reading_ends_at_the_deadline() -> None:
    start = time.monotonic()
    slow = b"BT /F1 10 Tf " + b"1 0 0 1 1 1 Tm (x) Tj " * 10_000
    file = SourceFile.of(pdf([slow] * 20), "/news/wall.pdf", "wall.pdf", "/news/wall.pdf")
    with pytest.raises(Unreadable, match=r"^took longer than 0\.1 s$"):
        list(PdfReader(max_seconds=0.1).read(file))
    assert time.monotonic() - start < 8


# ── Arbitrary input ──────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = pdf(
    [[TITLE, *paragraphs(FIRST, SECOND)], paragraphs(THIRD)], {"Title": "A wall", "Author": "Ada"}, packed=False
)


@given(
    flips=st.lists(st.tuples(st.integers(9, len(WHOLE) - 1), st.integers(0, 255)), max_size=20),
    cut=st.integers(9, len(WHOLE)),
    whole=st.booleans(),
)
@settings(max_examples=150)
def test_a_damaged_file_is_read_or_refused(flips: list[tuple[int, int]], cut: int, whole: bool) -> None:
    data = bytearray(WHOLE)
    for position, byte in flips:
        data[position] = byte
    try:
        read(bytes(data if whole else data[:cut]))
    except Unreadable:
        return


@given(
    st.lists(
        st.sampled_from(
            [
                b"BT",
                b"ET",
                b"/F1 1e9 Tf",
                b"q",
                b"Q",
                b"(x)",
                b"Tj",
                b"[(a) -1e9 (b)] TJ",
                b"<ff",
                b"Tm",
                b"1e99 0 0 nan 1 1 Tm",
                b"1 0 0 1 1 1 cm",
                b"T*",
                b"BI ID",
                b"Do",
                b"/X Do",
                b"Tf",
            ]
        ),
        max_size=30,
    )
)
@settings(max_examples=150)
def test_any_page_is_read_or_refused(operations: list[bytes]) -> None:
    try:
        read(pdf([b" ".join(operations), [TITLE, *paragraphs(FIRST)]]))
    except Unreadable:
        return


LEFT = ["The harbour wall at Fenwick held", "through the storm on Sunday, engi-", "neers said on Monday after a long"]
LEFT += ["walk along it in wind and rain. The", "fish market opened at six, and the"]
RIGHT = ["mayor praised the crews that had", "worked for nine hours. They had", "warned in January, and the coun-"]
RIGHT += ["cil refused, because money was", "short for schools and roads."]
READ = (
    "The harbour wall at Fenwick held through the storm on Sunday, engineers said on Monday after a long walk along it "
    "in wind and rain. The fish market opened at six, and the mayor praised the crews that had worked for nine hours. "
    "They had warned in January, and the council refused, because money was short for schools and roads."
)


def row_by_row(*columns: list[str], top: int = 700, title: str = "Wall holds in the storm") -> bytes:
    drawn = [f"BT /F1 20 Tf 1 0 0 1 72 740 Tm ({title}) Tj ET"]
    for number, row in enumerate(zip(*columns, strict=True)):
        for column, text in enumerate(row):
            drawn.append(f"BT /F1 10 Tf 1 0 0 1 {72 + 180 * column} {top - 14 * number} Tm ({text}) Tj ET")
    return "\n".join(drawn).encode()


def test_columns_that_are_drawn_row_by_row_are_read_one_by_one() -> None:
    article = read(pdf([row_by_row(LEFT, RIGHT)])).article
    assert (article.title, article.text) == ("Wall holds in the storm", READ)


def test_three_columns_are_read_one_by_one() -> None:
    third = ["Nobody was hurt in the storm,", "said the head of the hospital of", "Fenwick. Three cars were lost to"]
    third += ["the sea. Their owners had been", "told to move them in time."]
    text = read(pdf([row_by_row(LEFT, RIGHT, third)])).article.text
    assert text.replace("\n\n", " ") == f"{READ} {' '.join(third)}"


def test_the_rows_of_a_table_stay_rows() -> None:
    rows = [
        ["Ann Lee", "Bo Ek", "Ida Brekke", "Ole Vik", "Jo Dow"],
        ["12 votes", "9 votes", "3 votes", "1 vote", "none"],
    ]
    text = read(pdf([row_by_row(*rows)])).article.text
    assert "Ann Lee 12 votes" in text
    assert "Jo Dow none" in text


@pytest.mark.parametrize("y", [704, 690, 676])
@pytest.mark.parametrize("is_first", [True, False])
def test_an_initial_over_several_lines_begins_its_word(y: int, is_first: bool) -> None:
    initial = f"BT /F1 36 Tf 1 0 0 1 72 {y} Tm (T) Tj ET"
    beside = ["he harbour wall at Fenwick held", "through the storm on Sunday night,", "engineers said on Monday after"]
    text = [f"BT /F1 10 Tf 1 0 0 1 100 {704 - 14 * number} Tm ({line}) Tj ET" for number, line in enumerate(beside)]
    text.append("BT /F1 10 Tf 1 0 0 1 72 662 Tm (a walk along it in the rain and wind.) Tj ET")
    drawn = ["BT /F1 20 Tf 1 0 0 1 72 760 Tm (Wall holds) Tj ET", *([initial, *text] if is_first else [*text, initial])]
    article = read(pdf(["\n".join(drawn).encode()])).article
    assert article.title == "Wall holds"
    assert article.text == (
        "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday after a walk "
        "along it in the rain and wind."
    )


@pytest.mark.parametrize(
    ("initial", "rest", "joined"),
    [
        ("A", "harbour wall held.", "A harbour wall held."),
        ("A", "fter the storm came rain.", "After the storm came rain."),
        ("I", "t was late.", "It was late."),
        ("I", "saw the storm.", "I saw the storm."),
        ("W", "hen it came, nobody slept.", "When it came, nobody slept."),
        ("“W", "e slept,” said Ole.", "“We slept,” said Ole."),
    ],
)
def test_an_initial_that_may_be_a_word(initial: str, rest: str, joined: str) -> None:
    lines = [Row(initial, 72, 690, 36), Row(rest, 100, 704, 10), Row("Nobody was hurt.", 100, 690, 10)]
    assert [line.text for line in with_initials(lines)] == [joined, "Nobody was hurt."]


def test_the_byline_and_the_date_below_the_headline_are_the_author_and_the_date() -> None:
    header = [Line("By Ada Holm", gap=20), Line("March 4, 2014", gap=20)]
    article = read(pdf([[TITLE, *header, *paragraphs(FIRST, SECOND)]], {"Author": "Typing Pool"})).article
    assert (article.card.author, str(article.card.published)) == ("Ada Holm", "2014-03-04")
    assert article.text == f"{FIRST}\n\n{SECOND}"
