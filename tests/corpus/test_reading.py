"""Finding files, choosing their readers, and the reader of plain text."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from corpus.errors import PathMissing, Unreadable
from corpus.reader_types import Reading, ReadOptions, Skipped, SourceFile
from corpus.readers.text import TextReader
from corpus.reading import find_files, read_all
from corpus.text.cleaning import clean_text
from corpus.text.decoding import decode

MAX_BYTES = 1_000_000
BODY = "One sentence stands here. And a second one."


def read(content: str | bytes, place: str = "a.txt") -> Reading:
    data = content if isinstance(content, bytes) else content.encode()
    (reading,) = TextReader().read(SourceFile.of(data, place, place, place))
    return reading


def headings(article: Article) -> list[str]:
    return [article.text[start:end] for start, end in article.headings]


def test_the_seed_article_is_read_whole_and_without_boilerplate(seed_article: Article) -> None:
    card = seed_article.card
    assert card.title == "Chinese Bloggers Ask Kerry to Help Bring Down Internet Firewall"
    assert (card.published, card.source, card.author) == (date(2014, 2, 17), "Site Default", "Sangwon Yoon")
    assert headings(seed_article) == ["Internet Freedom", "Scholar Jailed", "‘Frank Discussion’"]
    assert seed_article.text.startswith("Chinese bloggers told U.S. Secretary of State John Kerry the push")
    assert seed_article.text.endswith("the ability to make long term progress.”")
    for boilerplate in ("Leave a Reply", "To contact", "John Walcott", "On 17/02/2014", "\xa0"):
        assert boilerplate not in seed_article.text


def test_a_heading_is_a_paragraph_of_its_own(seed_article: Article) -> None:
    for start, end in seed_article.headings:
        assert seed_article.text[start - 2 : start] == "\n\n"
        assert seed_article.text[end : end + 2] == "\n\n"


def test_the_date_is_day_first() -> None:
    assert read(f"Title\n\nOn 03/04/2015 by The Paper\n\n{BODY}").article.card.published == date(2015, 4, 3)


def test_an_impossible_date_is_none_with_a_warning_and_the_article_is_read() -> None:
    reading = read(f"Title\n\nOn 31/02/2014 by The Paper\n\n{BODY}")
    assert (reading.article.card.published, reading.article.card.source) == (None, "The Paper")
    assert reading.article.text == BODY
    assert "31/02/2014" in reading.warnings[0]


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("On 17 February 2014 by The Paper", date(2014, 2, 17)),
        ("On 17. Februar 2014 by The Paper", date(2014, 2, 17)),
        ("17 février 2014", date(2014, 2, 17)),
        ("Published: February 17, 2014, 10:33", date(2014, 2, 17)),
        ("2014年2月17日", date(2014, 2, 17)),
    ],
)
def test_a_first_line_that_is_a_date_dates_the_article(line: str, published: date) -> None:
    article = read(f"Title\n\n{line}\n\n{BODY}").article
    assert (article.card.published, article.text) == (published, BODY)


@pytest.mark.parametrize(
    "line",
    [
        *("On 3 May 2014 the wall was hit by waves", "On Monday the wall was hit by waves", "On 3 May by chance"),
        *("In 2014", "It was built in May 2014", "17 boats sank in May 2014", "On 17 February 2014 the wall fell."),
    ],
)
def test_a_line_with_a_date_in_it_is_text(line: str) -> None:
    article = read(f"Title\n\n{line}\n\n{BODY}").article
    assert (article.card.published, article.card.source) == (None, None)
    assert article.text == f"{line}\n\n{BODY}"


def test_the_options_say_which_number_is_the_day() -> None:
    data = f"Title\n\nOn 3/4/2014 by The Paper\n\n{BODY}".encode()
    for day_first, published in ((True, date(2014, 4, 3)), (False, date(2014, 3, 4)), (None, date(2014, 4, 3))):
        file = replace(SourceFile.of(data, "a", "a", "a"), options=ReadOptions(day_first=day_first))
        (reading,) = TextReader().read(file)
        assert reading.article.card.published == published


def test_misdecoded_and_escaped_text_is_repaired() -> None:
    article = read("CafÃ© &amp; Bar\n\nThe caf\u00adÃ© wasnâ€™t open. AT&amp;amp;T\u200b said so.").article
    assert (article.title, article.text) == ("Café & Bar", "The café wasn’t open. AT&T said so.")


def test_plain_text_is_read_without_loading_the_libraries_of_other_formats() -> None:
    program = f"""
import sys
from corpus.readers.text import TextReader
from corpus.reader_types import SourceFile
text = "“It’s {BODY}” {"the news of the day. " * 20}"
data = f"Title\\n\\nOn 17/02/2014 by Paper\\n\\nhttps://example.org/a\\n\\n{{text}}".encode()
(reading,) = TextReader().read(SourceFile.of(data, "a", "a", "a"))
print(reading.article.card.language, *{{name.partition(".")[0] for name in sys.modules}})
"""
    root = Path(__file__).parents[2]
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    language, *loaded = process.stdout.split()
    assert language == "en"
    assert not {"trafilatura", "lxml", "ftfy", "dateparser", "py3langid", "yaml", "markdown_it", "httpx"} & set(loaded)


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("To contact the reporter on this story: Ann Lee in New York at alee@example.org", "Ann Lee"),
        ("To contact the reporter on this story: Ann Lee at", "Ann Lee"),
        (
            "To contact the reporters on this story: Ann Lee in Rome at a@example.org; Bo Xi in Xi'an at b@example.org",
            "Ann Lee, Bo Xi",
        ),
        ("To contact the editor responsible for this story: Ed Itor at", None),
    ],
)
def test_the_reporter_is_the_author_and_the_editor_is_not(line: str, author: str | None) -> None:
    article = read(f"Title\n\n{BODY}\n\n{line}\n").article
    assert (article.card.author, article.text) == (author, BODY)


def test_a_link_on_a_line_of_its_own_is_the_link_of_the_article_and_gives_its_id() -> None:
    linked = f"Title\nhttps://example.org/a\n\n{BODY}"
    assert read(linked).article.card.url == "https://example.org/a"
    assert read(linked).article.text == BODY
    assert read(linked, "x.txt").article.id == read(linked, "y.txt").article.id


def test_an_edit_of_the_text_changes_the_digest_and_not_the_id() -> None:
    before, after = read(f"Title\n\n{BODY}").article, read(f"Title\n\n{BODY} More.").article
    assert before.id == after.id
    assert before.digest != after.digest
    assert read(f"Title\n\n{BODY}", "b.txt").article.id != before.id


def test_the_digest_covers_every_field() -> None:
    base = f"Title\n\nOn 01/02/2014 by Paper\n\nWords here\n\n{BODY}"
    edits = [
        base.replace("Title", "Titles"),
        base.replace("01/02", "02/02"),
        base.replace("Paper", "Papers"),
        base.replace("Words here", "Words here."),
        base.replace("second", "third"),
    ]
    assert len({read(text).article.digest for text in [base, *edits]}) == len(edits) + 1


@pytest.mark.parametrize("text", ["A full sentence.", "Is it so?", "- an item", "1. an item", "x" * 81, "He said:"])
def test_a_short_paragraph_that_is_no_heading_is_text(text: str) -> None:
    assert headings(read(f"Title\n\n{text}\n\n{BODY}").article) == []


def test_the_last_paragraph_is_no_heading() -> None:
    assert headings(read(f"Title\n\n{BODY}\n\nThe end").article) == []


def test_wrapped_lines_are_one_paragraph_and_long_lines_are_one_each() -> None:
    wrapped = read("Title\n\nThe first line\nand the second.\n\nNext one.").article
    assert wrapped.text == "The first line and the second.\n\nNext one."
    long = "word " * 30 + "end."
    assert read(f"Title\n\n{long}\n{long}").article.text == f"{long}\n\n{long}"


def test_a_file_that_begins_with_a_paragraph_has_its_first_words_as_headline() -> None:
    article = read("word " * 100 + "end.", "some-story.txt").article
    assert article.title == f"{'word ' * 15}word…"
    assert article.text.endswith("end.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_encodings_are_read(encoding: str) -> None:
    text = f"Tïtle\n\n“{BODY}” 习近平"
    assert read(text.encode(encoding)).article.text == f"“{BODY}” 习近平"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (
            "cp1252",
            "Le café fut fermé à midi. Les élèves étaient déjà là, l’été aussi – dit “Zoë”. Ça va être très bon.",
        ),
        ("cp1252", "He said “no” to the naïve."),
        ("cp1250", "Zażółć gęślą jaźń i pójdź do domu, powiedział prezydent."),
        (
            "cp1251",
            "Президент подписал указ о назначении нового министра. Это произошло вчера вечером в столице.",
        ),
        ("gb18030", "国务卿克里在北京会见了四名博主。他说互联网自由对中国经济有好处，并表示将调查此事。"),
    ],
)
def test_a_file_that_is_not_utf8_is_read_in_its_own_encoding(encoding: str, text: str) -> None:
    assert read(f"Title\n\n{text}".encode(encoding)).article.text == text


def test_a_broken_character_in_utf8_spoils_no_other() -> None:
    data = f"Title\n\n习近平说“{BODY}”, 中国很大 ".encode() + b"\xe4\xbd end."
    assert read(data).article.text == f"习近平说“{BODY}”, 中国很大 \ufffd end."


def test_invisible_characters_are_dropped_and_spaces_become_one() -> None:
    assert clean_text("a\xa0 \tb\x00\x1b[31mc\u200bd\r\ne\u2028f") == "a b[31mcd\ne\nf"


@given(st.text())
def test_cleaning_cleaned_text_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        text = decode(data)
    except Unreadable:
        return
    assert isinstance(text, str)


@given(st.text(max_size=500))
def test_any_text_is_read_or_refused_and_headings_are_paragraphs(text: str) -> None:
    try:
        article = read(text.encode("utf-8", "surrogatepass")).article
    except Unreadable:
        return
    paragraphs = article.text.split("\n\n")
    assert all(paragraphs)
    assert all(heading in paragraphs for heading in headings(article))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "an empty file"),
        (b" \n\t\r\n", "an empty file"),
        (b"\x00\x01\x02binary\xff\xfe", "not a text file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a picture (PNG), no article"),
        (bytes(range(1, 32)) * 50 + b"\xff\xfe\xfd", "not a text file"),
        (b"\xff\xfeodd", "looks like utf-16"),
        (b"A title\n\n", "a headline, and no text under it"),
        (b"A title\n\nOn 17/02/2014 by Site Default\n\nLeave a Reply\n", "a headline, and no text under it"),
        (b"{\\rtf1 }", "a headline, and no text under it"),
        (b"%PDF-1.7 something", "a broken PDF file"),
    ],
)
def test_a_bad_file_is_skipped_with_its_reason_and_stops_no_other(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a-good.txt").write_text(f"Title\n\n{BODY}", encoding="utf-8")
    (tmp_path / "b-bad.txt").write_bytes(data)
    (tmp_path / "c-good.txt").write_text(f"Title\n\n{BODY}", encoding="utf-8")
    first, bad, last = read_all([tmp_path], MAX_BYTES)
    assert isinstance(first, Reading)
    assert isinstance(last, Reading)
    assert isinstance(bad, Skipped)
    assert Path(bad.where).name == "b-bad.txt"
    assert reason in bad.reason


def test_files_that_a_browser_saves_with_a_page_are_no_articles(tmp_path: Path) -> None:
    folder = tmp_path / "Wall_files"
    folder.mkdir()
    (folder / "a.js").write_text(
        "// a title\n\nwindow.wall = function () { return 1; };\nwindow.wall();", encoding="utf-8"
    )
    (folder / "b.CSS").write_text("/* a title */\n\np, li { margin: 0; padding: 0 }", encoding="utf-8")
    (folder / "c.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', encoding="utf-8")
    assert [
        output.reason.partition(",")[0] for output in read_all([tmp_path], MAX_BYTES) if isinstance(output, Skipped)
    ] == ["program source", "program source or a style sheet", "XML that is no feed"]


def test_a_line_of_50_megabytes_is_skipped_and_named(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_bytes(b"Title\n\n" + b"word " * 10_000_000)
    (skipped,) = read_all([tmp_path], 10_000_000)
    assert isinstance(skipped, Skipped)
    assert "larger than 10 MB (setting article_megabytes)" in skipped.reason


def test_pipes_and_dangling_links_are_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "nowhere")
    outputs = list(read_all([tmp_path], MAX_BYTES))
    assert [output.reason for output in outputs if isinstance(output, Skipped)] == ["not a file that can be read"] * 2


def test_a_missing_path_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(PathMissing, match="nowhere"):
        next(read_all([tmp_path, tmp_path / "nowhere"], MAX_BYTES))


def test_files_are_read_once_each_in_order_and_hidden_ones_never(tmp_path: Path) -> None:
    for name in ("b.txt", "a/x.txt", "a/.hidden.txt", ".git/c.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"Title {name}\n\n{BODY}", encoding="utf-8")
    readings = list(read_all([tmp_path, tmp_path / "b.txt"], MAX_BYTES))
    assert [Path(reading.where).relative_to(tmp_path).as_posix() for reading in readings] == ["b.txt", "a/x.txt"]
    assert len(find_files([tmp_path, tmp_path / "a"])) == 2


def test_an_id_depends_on_the_path_below_the_root_and_not_on_the_root(tmp_path: Path) -> None:
    ids = set()
    for root in ("first", "second"):
        (tmp_path / root / "sub").mkdir(parents=True)
        (tmp_path / root / "sub" / "a.txt").write_text(f"Title\n\n{BODY}", encoding="utf-8")
        (reading,) = read_all([tmp_path / root], MAX_BYTES)
        assert isinstance(reading, Reading)
        ids.add(reading.article.id)
    assert len(ids) == 1


def test_a_file_whose_name_is_not_unicode_is_read(tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(file, "w", encoding="utf-8") as stream:  # noqa: PTH123 (pathlib takes no bytes)
        stream.write(f"Title\n\n{BODY}")
    (reading,) = read_all([tmp_path], MAX_BYTES)
    assert isinstance(reading, Reading)
