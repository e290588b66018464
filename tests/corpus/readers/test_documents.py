"""Word, OpenDocument, RTF and EPUB: the text as a reader sees it; what was deleted or hidden is not quoted."""

import io
import zipfile
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article
from corpus.errors import Unreadable
from corpus.reader_types import Reading
from corpus.readers.docx import DocxReader
from corpus.readers.epub import EpubReader
from corpus.readers.odt import OdtReader
from corpus.readers.rtf import RtfReader
from corpus.reading import read_content
from tests.corpus.reader_inputs import file, readings, skipped, taker, withstands

WALL = "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday."
CREWS = "Mayor Bo Ekman praised the crews that had worked for nine hours in the rain to fill four thousand bags."
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CORE = (
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>'
    "<dcterms:created>2014-02-17T10:00:00Z</dcterms:created></cp:coreProperties>"
)


def packed(parts: Mapping[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return stream.getvalue()


def docx(body: str, core: str = "", namespace: str = W, **parts: str) -> bytes:
    document = (
        f'<?xml version="1.0"?><w:document xmlns:w="{namespace}" xmlns:mc="m"><w:body>{body}</w:body></w:document>'
    )
    others = {f"word/{name}.xml": f'<w:x xmlns:w="{namespace}">{content}</w:x>' for name, content in parts.items()}
    core_part = {"docProps/core.xml": core} if core else {}
    return packed({"[Content_Types].xml": "<Types/>", "word/document.xml": document, **others, **core_part})


def p(*runs: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    texts = (run if run.startswith("<") else f'<w:r><w:t xml:space="preserve">{run}</w:t></w:r>' for run in runs)
    return f"<w:p>{properties}{''.join(texts)}</w:p>"


def one(data: bytes, name: str = "story.docx") -> Article:
    (reading,) = read_content(file(data, name))
    assert isinstance(reading, Reading)
    return reading.article


def headings(article: Article) -> list[str]:
    return [article.text[start:end] for start, end in article.headings]


STYLES = (
    ("berschrift1", "heading 1", ""),
    ("Titel", "Title", ""),
    ("TOC1", "toc 1", ""),
    ("Own", "Own", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>'),
    ("Ghost", "Ghost", "<w:rPr><w:vanish/></w:rPr>"),
)
HEADINGS = "".join(
    f'<w:style w:styleId="{number}"><w:name w:val="{name}"/>{properties}</w:style>'
    for number, name, properties in STYLES
)


def test_a_word_document_is_its_paragraphs_and_headings() -> None:
    body = (
        p("Wall holds", style="Titel") + p("Contents", style="TOC1") + p(WALL) + p("What was lost", style="berschrift1")
    )
    body += p("The Good ", "Intent.") + p("More", style="Own") + p(CREWS)
    article = one(docx(body, styles=HEADINGS))
    assert article.title == "Wall holds"
    assert article.text == f"{WALL}\n\nWhat was lost\n\nThe Good Intent.\n\nMore\n\n{CREWS}"
    assert headings(article) == ["What was lost", "More"]


def test_a_word_document_without_a_headline_has_its_files_name_and_keeps_its_paragraph() -> None:
    article = one(docx(p(WALL)))
    assert (article.title, article.text) == ("story", WALL)


def test_the_strict_form_of_word_is_read() -> None:
    assert one(docx(p(WALL), namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")).text == WALL


@pytest.mark.parametrize(
    "unseen",
    [
        "<w:del><w:r><w:delText>secret</w:delText></w:r></w:del>",
        "<w:del><w:r><w:t>secret</w:t></w:r></w:del>",
        "<w:moveFrom><w:r><w:t>secret</w:t></w:r></w:moveFrom>",
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>",
        '<w:r><w:rPr><w:rStyle w:val="Ghost"/></w:rPr><w:t>secret</w:t></w:r>',
        '<w:r><w:instrText>HYPERLINK "secret"</w:instrText></w:r>',
        "<w:r><mc:AlternateContent><mc:Fallback><w:t>secret</w:t></mc:Fallback></mc:AlternateContent></w:r>",
    ],
)
def test_what_was_deleted_or_hidden_in_word_is_not_quoted(unseen: str) -> None:
    article = one(docx(p("Wall holds") + p("It held", unseen, " all night, they said."), styles=HEADINGS))
    assert article.text == "It held all night, they said."


def test_what_was_inserted_or_is_not_hidden_after_all_is_text() -> None:
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>all </w:t></w:r>'
    inserted = "<w:ins><w:r><w:t>night</w:t></w:r></w:ins>"
    mark = "<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>"
    article = one(
        docx(
            p("Wall holds") + f"<w:p>{mark}<w:r><w:t>It held </w:t></w:r>{shown}{inserted}<w:r><w:t>.</w:t></w:r></w:p>"
        )
    )
    assert article.text == "It held all night."


def test_paragraphs_between_which_the_mark_was_deleted_are_one() -> None:
    mark = '<w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>'
    article = one(
        docx(p("Wall holds") + f"<w:p>{mark}<w:r><w:t>It held </w:t></w:r></w:p>" + p("all night.") + p(CREWS))
    )
    assert article.text == f"It held all night.\n\n{CREWS}"


def cell(*paragraphs: str) -> str:
    return f"<w:tc>{''.join(map(p, paragraphs))}</w:tc>"


def test_rows_of_a_word_table_are_lines_and_a_table_for_layout_is_its_paragraphs() -> None:
    rows = f"<w:tr>{cell('Boat')}{cell('Built')}</w:tr><w:tr>{cell('Marigold')}{cell('1962')}</w:tr>"
    deleted = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('secret')}{cell('1')}</w:tr>"
    layout = f"<w:tbl><w:tr>{cell(WALL, CREWS)}{cell('Aside.')}</w:tr></w:tbl>"
    article = one(docx(p("Wall holds") + p("It held.") + f"<w:tbl>{rows}{deleted}</w:tbl>" + layout))
    assert article.text.split("\n\n") == ["It held.", "Boat | Built", "Marigold | 1962", WALL, CREWS, "Aside."]


def test_footnotes_of_word_that_the_text_refers_to_come_after_it() -> None:
    notes = '<w:footnote w:id="-1"><w:p/></w:footnote><w:footnote w:id="1">' + p("A note.") + "</w:footnote>"
    notes += '<w:footnote w:id="2">' + p("secret") + "</w:footnote>"
    reference = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    deleted = '<w:del><w:r><w:footnoteReference w:id="2"/></w:r></w:del>'
    article = one(docx(p("Wall holds") + p("It held.", reference, deleted), footnotes=notes))
    assert article.text == "It held.\n\nA note."


def test_line_breaks_tabs_and_text_boxes_of_word_glue_no_words() -> None:
    box = f"<w:r><w:drawing><w:txbxContent>{p('In the box.')}</w:txbxContent></w:drawing></w:r>"
    article = one(
        docx(
            p("Wall holds")
            + p("One<w:br/>".replace("<w:br/>", ""), "<w:r><w:br/><w:t>two</w:t><w:tab/><w:t>three.</w:t></w:r>", box)
        )
    )
    assert article.text == "In the box.\n\nOne two three."


@pytest.mark.parametrize(
    ("title", "creator", "expected"),
    [
        ("Wall holds in the storm", "Anna Lindqvist", ("Wall holds in the storm", "Anna Lindqvist")),
        ("Microsoft Word - wall.doc", "user", ("story", None)),
        ("Untitled", "python-docx", ("story", None)),
    ],
)
def test_the_properties_of_a_word_document_are_its_fields(
    title: str, creator: str, expected: tuple[str, str | None]
) -> None:
    card = one(docx(p(WALL), CORE.format(title, creator))).card
    assert (card.title, card.author, card.published) == (*expected, date(2014, 2, 17))


ODT_TYPE = "application/vnd.oasis.opendocument.text"
ODT_NAMESPACES = (
    'xmlns:office="o" xmlns:text="t" xmlns:style="s" xmlns:table="b" xmlns:dc="d" xmlns:meta="m" xmlns:draw="w"'
)


def odt(body: str, styles: str = "", meta: str = "") -> bytes:
    content = (
        f'<?xml version="1.0"?><office:document-content {ODT_NAMESPACES}><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return packed(
        {"mimetype": ODT_TYPE, "content.xml": content, "meta.xml": f"<office:m {ODT_NAMESPACES}>{meta}</office:m>"}
    )


def test_an_opendocument_text_is_read() -> None:
    cells = "<text:p>Boat</text:p></table:table-cell><table:table-cell><text:p>Built</text:p>"
    table = f"<table:table-row><table:table-cell>{cells}"
    body = (
        f"<text:h>Wall holds</text:h><text:p>One<text:s text:c='9'/>two<text:line-break/>three."
        "<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>A note.</text:p></text:note-body></text:note></text:p>"
        "<text:h>Lost</text:h>"
        f"<table:table>{table}</table:table-cell></table:table-row></table:table><text:p>{CREWS}</text:p>"
    )
    meta = "<dc:title>Other</dc:title><meta:initial-creator>Anna Lindqvist</meta:initial-creator>"
    meta += "<meta:creation-date>2014-02-17T10:00:00</meta:creation-date>"
    article = one(odt(body, meta=meta), "a.odt")
    assert (article.title, article.card.author, article.card.published) == (
        "Wall holds",
        "Anna Lindqvist",
        date(2014, 2, 17),
    )
    assert article.text == f"One two three.\n\nLost\n\nBoat | Built\n\n{CREWS}\n\nA note."
    assert headings(article) == ["Lost"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<text:tracked-changes><text:p>secret</text:p></text:tracked-changes>",
        "<office:annotation><text:p>secret</text:p></office:annotation>",
        '<text:p text:style-name="H">secret</text:p>',
        '<text:section text:display="none"><text:p>secret</text:p></text:section>',
        "<text:table-of-content><text:p>secret</text:p></text:table-of-content>",
        f'<text:p>{CREWS}<text:span text:style-name="H">secret</text:span></text:p>',
        f"<text:p>{CREWS}<office:annotation><text:p>secret</text:p></office:annotation></text:p>",
    ],
)
def test_what_was_deleted_or_hidden_in_opendocument_is_not_quoted(unseen: str) -> None:
    hidden = '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    article = one(odt(f"<text:h>Wall holds</text:h><text:p>{WALL}</text:p>{unseen}", hidden), "a.odt")
    assert article.text.replace(f"\n\n{CREWS}", "") == WALL


RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Times;}{\f1\fnil\fcharset204 Cyr;}}"
    r"{\stylesheet{\s0 Normal;}{\s1 heading 1;}}{\info{\title Wall holds}{\author Anna Lindqvist}"
    r"{\creatim\yr2014\mo2\dy17\hr10}}"
)


def rtf(body: str) -> Article:
    return one((RTF + body + "}").encode("latin-1"), "a.rtf")


def test_rtf_is_read() -> None:
    article = rtf(
        "\\pard\\s1 Wall holds\\par\n\\pard\\s0 The caf\\'e9 \\u8220?quoted\\u8221? the wall,\\line again. "
        "\\f1 \\'d1\\'f2\\'e5\\'ed\\'e0\\f0 .\\par\n"
        "\\pard\\s1 Lost\\par\\pard\\s0 Set\n tle\\emdash now.{\\footnote A note.}\\par"
    )
    assert (article.title, article.card.author, article.card.published) == (
        "Wall holds",
        "Anna Lindqvist",
        date(2014, 2, 17),
    )
    assert article.text == "The café “quoted” the wall, again. Стена.\n\nLost\n\nSet tle—now.\n\nA note."
    assert headings(article) == ["Lost"]


@pytest.mark.parametrize(
    "unseen",
    [
        r"{\v secret}",
        r"\v secret\v0 ",
        r"{\deleted secret}",
        r"{\*\bkmkstart secret}",
        r"{\pict\wmetafile8 73656372}",
        r"{\header secret}",
        r"{\*\unknown secret}",
        r"{\annotation secret}",
        "{\\pict\\bin6 }}}{{{}",
    ],
)
def test_what_is_hidden_or_no_text_in_rtf_is_not_quoted(unseen: str) -> None:
    assert rtf(rf"Wall holds\par It held{unseen} all night.\par").text == "It held all night."


def test_the_text_of_an_rtf_link_is_text_and_its_address_is_not() -> None:
    field = r'{\field{\*\fldinst HYPERLINK "https://x.example"}{\fldrslt engineers}}'
    assert rtf(rf"Wall holds\par It held, {field} said.\par").text == "It held, engineers said."


def test_rows_of_an_rtf_table_are_lines() -> None:
    row = r"\trowd\cellx1\cellx2\pard\intbl Boat\cell 1962\cell\row "
    assert (
        rtf(rf"Wall holds\par It held.\par {row}{row}\pard After.\par").text
        == "It held.\n\nBoat | 1962\n\nBoat | 1962\n\nAfter."
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"\u-10179?\u-8704?", "😀"),
        (r"\uc2\u233\'e9\'e9x", "éx"),
        (r"\uc0\u233 x", "éx"),
        (r"\{a\}\\b\~c", "{a}\\b c"),
        (r"\'93a\'94", "“a”"),
    ],
)
def test_characters_of_rtf_are_decoded(written: str, text: str) -> None:
    assert rtf(rf"Wall holds\par It is {written} indeed.\par").text == f"It is {text} indeed."


CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'


def chapter(title: str, text: str = WALL, head: str = "") -> str:
    heading = f"<h1>{title}</h1>" if title else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{head}</title></head>'
        f"<body>{heading}<p>{text}</p></body></html>"
    )


def epub(chapters: Mapping[str, str], spine: bool = True, extra: Mapping[str, str] | None = None) -> bytes:
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in chapters)
    order = "".join(f'<itemref idref="{name}"/>' for name in reversed(list(chapters)))
    metadata = (
        '<metadata xmlns:dc="d"><dc:title>The Coast Weekly</dc:title><dc:creator>Anna Lindqvist</dc:creator>'
        "<dc:date>2014-02-17</dc:date></metadata>"
    )
    package = f"<package>{metadata}<manifest>{items}</manifest><spine>{order}</spine></package>"
    if not spine:
        package = f"<package>{metadata}</package>"
    pages = {f"OEBPS/{name}": content for name, content in chapters.items()}
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/content.opf": package,
            **pages,
            **(extra or {}),
        }
    )


def test_each_chapter_with_a_headline_is_an_article_in_the_books_order() -> None:
    first, last = readings(
        list(read_content(file(epub({"b.xhtml": chapter("Ferry", CREWS), "a.xhtml": chapter("Wall")}), "a.epub")))
    )
    assert (first.article.title, first.article.text, first.key) == ("Wall", WALL, "OEBPS/a.xhtml")
    assert (last.article.title, last.article.text) == ("Ferry", CREWS)
    card = first.article.card
    assert (card.source, card.author, card.published) == ("The Coast Weekly", "Anna Lindqvist", date(2014, 2, 17))


def test_a_chapter_without_a_headline_continues_the_one_before() -> None:
    (reading,) = readings(list(read_content(file(epub({"b.xhtml": chapter("", CREWS), "a.xhtml": chapter("Wall")})))))
    assert reading.article.text == f"{WALL}\n\n{CREWS}"


def test_a_book_without_an_order_or_headlines_is_read() -> None:
    (reading,) = readings(
        list(read_content(file(epub({"a.xhtml": chapter(""), "b.xhtml": chapter("", CREWS)}, spine=False))))
    )
    assert (reading.article.title, reading.article.text) == ("The Coast Weekly", f"{WALL}\n\n{CREWS}")
    (reading,) = readings(list(read_content(file(epub({"a.xhtml": chapter("", head="Wall holds")})))))
    assert reading.article.title == "Wall holds"


def test_lists_of_contents_are_no_chapters() -> None:
    pages = {
        "a.xhtml": chapter("Wall"),
        "nav.xhtml": chapter("Contents"),
        "toc.xhtml": chapter("Contents"),
        "cover.xhtml": chapter("X"),
    }
    assert [reading.article.title for reading in readings(list(read_content(file(epub(pages)))))] == ["Wall"]


def test_a_locked_book_is_refused_by_name_and_locked_fonts_lock_nothing() -> None:
    lock = "<encryption><CipherReference URI='{}'/></encryption>"
    with pytest.raises(Unreadable, match="DRM"):
        list(
            read_content(
                file(
                    epub({"a.xhtml": chapter("Wall")}, extra={"META-INF/encryption.xml": lock.format("OEBPS/a.xhtml")})
                )
            )
        )
    fonts = epub({"a.xhtml": chapter("Wall")}, extra={"META-INF/encryption.xml": lock.format("OEBPS/font.otf")})
    assert len(readings(list(read_content(file(fonts))))) == 1


DOCUMENTS = {
    "DocxReader": docx(p(WALL)),
    "OdtReader": odt(f"<text:p>{WALL}</text:p>"),
    "EpubReader": epub({"a.xhtml": chapter("W")}),
}
DOCUMENTS["RtfReader"] = (RTF + WALL + "}").encode()


@pytest.mark.parametrize("reader", DOCUMENTS)
@pytest.mark.parametrize("name", ["a.docx", "a.zip", "a.txt", "a"])
def test_the_content_chooses_the_reader(reader: str, name: str) -> None:
    assert taker(DOCUMENTS[reader], name) == reader


def test_documents_in_an_archive_file_are_read() -> None:
    outputs = list(read_content(file(packed({f"{reader}.x": data for reader, data in DOCUMENTS.items()}), "a.zip")))
    assert len(readings(outputs)) == 4
    assert skipped(outputs) == []


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("xl/workbook.xml", "a spreadsheet, which is not read: save it as CSV"),
        ("ppt/presentation.xml", "a presentation"),
        ("x", "an office document"),
    ],
)
def test_other_office_documents_are_refused_by_name_with_the_mend(part: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        list(read_content(file(packed({"[Content_Types].xml": "<Types/>", part: "<x/>"}))))


READERS = (DocxReader(), OdtReader(), EpubReader(), RtfReader())
TAGS = st.sampled_from(
    "<w:p> </w:p> <w:r> </w:r> <w:t> </w:t> <w:del> </w:del> <w:tbl> </w:tbl> <w:tr> </w:tr> <w:tc> </w:tc> <w:pPr>"
    " </w:pPr> <w:rPr> </w:rPr> <w:vanish/> word &amp; &x; <!--".split()
)
WORDS = st.sampled_from(
    r"{ } \par \cell \row \trowd \v \v0 \'e9 \u233 \u-1 \uc9 \* \bin99 \footnote \fonttbl \stylesheet \info \title "
    r"\s1 a \~ \ \f99 \ansicpg99999 \ansicpg932 \'81 \pard \deleted \pict".split(" ")
)


@given(st.lists(TAGS, max_size=40))
@settings(max_examples=60)
def test_any_markup_of_word_is_read_or_refused(tags: list[str]) -> None:
    withstands(READERS[0], docx("".join(tags)))


@given(st.lists(WORDS, max_size=60))
def test_any_rtf_is_read_or_refused(words: list[str]) -> None:
    withstands(READERS[3], ("{\\rtf1 " + "".join(words)).encode())


@given(st.binary(max_size=500), st.integers(0, 3))
@settings(max_examples=60)
def test_any_damage_is_read_or_refused(data: bytes, number: int) -> None:
    for name, document in DOCUMENTS.items():
        at = len(document) * number // 4
        reader = next(reader for reader in READERS if type(reader).__name__ == name)
        withstands(reader, document[:at] + data + document[at + len(data) :])


@pytest.mark.parametrize(
    "data",
    [
        docx("<w:p>" * 100_000),
        docx("<w:p/>" * 500_000),
        docx(p("x" * 60_000_000)),
        docx("<w:tbl><w:tr><w:tc>" * 200 + p("x") * 10_000),
        docx("<!DOCTYPE x [<!ENTITY a 'b'>]>"),
        packed({"[Content_Types].xml": "", "word/document.xml": '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'}),
        odt("<text:p><text:span>" * 100_000),
        odt("<text:s text:c='999999999'/>" * 100_000),
        epub({f"{number}.xhtml": chapter("") for number in range(300)}),
        epub({"a.xhtml": "<p>" * 300_000}),
        (RTF + "{" * 100_000).encode(),
        (RTF + "\\'e9" * 300_000).encode(),
        (RTF + "\\trowd a\\cell" * 50_000).encode(),
        (RTF + "{\\pict " + "0123456789abcdef" * 50_000 + "}").encode(),
    ],
)
def test_hostile_documents_take_bounded_time(data: bytes) -> None:
    for reader in READERS:
        if reader.takes(file(data)):
            withstands(reader, data, max_bytes=1_000_000, seconds=10)
