"""Mail (eml, mbox) and saved pages (MHTML): decoded, with their fields, and without attachments."""

import base64
import quopri
from datetime import date
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reader_types import Reading
from corpus.readers.mail import MailReader, MboxReader
from corpus.readers.mhtml import MhtmlReader
from corpus.reading import read_content
from tests.corpus.reader_inputs import endless, file, readings, skipped, taker, withstands

WALL = "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday."
CREWS = "Mayor Bo Ekman praised the crews that had worked for nine hours in the rain to fill four thousand bags."
HEADERS = (
    "From: The Coast <newsletter@x.example>\nTo: reader@x.example\nSubject: Wall holds\n"
    "Date: Mon, 17 Feb 2014 10:00:00 +0000\nMessage-ID: <1@x.example>\n"
)


def read(data: bytes | str, name: str = "a.eml") -> list[Reading]:
    return readings(list(read_content(file(data.encode() if isinstance(data, str) else data, name))))


def one(data: bytes | str) -> Reading:
    (reading,) = read(data)
    return reading


def test_a_message_has_its_subject_date_and_sender() -> None:
    reading = one(f"{HEADERS}\n{WALL}\n")
    card = reading.article.card
    assert (card.title, card.author, card.source, card.published) == (
        "Wall holds",
        "The Coast",
        "The Coast",
        date(2014, 2, 17),
    )
    assert reading.article.text == WALL
    assert reading.key == ""


@pytest.mark.parametrize(
    ("encoded", "title"),
    [
        ("=?utf-8?Q?Caf=C3=A9_holds?=", "Café holds"),
        ("=?UTF-8?B?" + base64.b64encode("Café holds".encode()).decode() + "?=", "Café holds"),
        ("=?iso-8859-1?Q?Caf=E9?=\n =?iso-8859-1?Q?_holds?=", "Café holds"),
        ("=?windows-1251?B?" + base64.b64encode("Стена".encode("cp1251")).decode() + "?=", "Стена"),
        ("=?utf-8?B?!!!?= holds", "holds"),
        ("=?nonsense?Q?Wall?= holds", "Wall holds"),
        ("Wall\n holds", "Wall holds"),
    ],
)
def test_encoded_subjects_are_decoded(encoded: str, title: str) -> None:
    assert one(HEADERS.replace("Wall holds", encoded) + f"\n{WALL}\n").article.title == title


def test_headers_of_eight_bits_are_decoded() -> None:
    data = HEADERS.replace("Wall holds", "Das Ende der schönen Mauer über Fenwick")
    for encoding in ("utf-8", "latin-1"):
        assert "schönen Mauer über" in one(f"{data}\n{WALL}\n".encode(encoding)).article.title


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "iso-8859-15"])
@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_the_text_is_decoded(charset: str, encoding: str) -> None:
    text = f"{WALL} Café owners were glad, naïve or not.\n"
    data = text.encode(charset)
    packed = {"quoted-printable": quopri.encodestring(data), "base64": base64.encodebytes(data), "8bit": data}[encoding]
    headers = f"{HEADERS}Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    assert one(headers.encode() + packed).article.text == text.strip()


def alternative(plain: str | None, page: str | None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = (
        "Anna <a@x.example>",
        "Wall holds",
        "Mon, 17 Feb 2014 10:00:00 +0000",
    )
    if plain is not None:
        message.set_content(plain)
        if page is not None:
            message.add_alternative(page, subtype="html")
    elif page is not None:
        message.set_content(page, subtype="html")
    return message


def test_of_two_alternatives_the_plain_text_is_read_once() -> None:
    page = f"<html><body><p>{WALL}</p></body></html>"
    assert one(bytes(alternative(f"{WALL}\n", page))).article.text == WALL


def test_a_page_is_read_where_there_is_no_plain_text() -> None:
    table = f"<table><tr><td><h1>Wall</h1><p>{WALL}</p></td></tr></table>"
    page = f"<html><head><style>p {{}}</style></head><body>{table}</body></html>"
    for message in (alternative(None, page), alternative("\n", page), alternative("View online\n", page)):
        assert WALL in one(bytes(message)).article.text


def test_attachments_are_not_text() -> None:
    message = alternative(f"{WALL}\n", None)
    message.add_attachment("secret minutes of the board", filename="minutes.txt")
    message.add_attachment(b"%PDF-1.4 secret", maintype="application", subtype="pdf", filename="a.pdf")
    forwarded = alternative("an older message, forwarded", None)
    message.add_attachment(forwarded)
    assert one(bytes(message)).article.text == WALL


def test_flowed_lines_are_joined_and_a_signature_is_not_text() -> None:
    headers = f"{HEADERS}Content-Type: text/plain; charset=utf-8; format=flowed\n\n"
    text = one(f"{headers}The harbour wall \nheld.\n\n{CREWS}\n-- \nAnna, 555 0100\n").article.text
    assert text == f"The harbour wall held.\n\n{CREWS}"


def test_a_message_without_a_subject_has_its_first_words_as_headline() -> None:
    reading = one(f"From: Anna <a@x.example>\nTo: b@x.example\nDate: Mon, 17 Feb 2014 10:00:00 +0000\n\n{WALL}\n")
    assert reading.article.title.startswith("The harbour wall at Fenwick")


def test_an_address_is_no_author() -> None:
    for sender in ("a@x.example", "<a@x.example>", '"a@x.example" <a@x.example>'):
        card = one(f"From: {sender}\nSubject: Wall\nDate: Mon, 17 Feb 2014 10:00:00 +0000\n\n{WALL}\n").article.card
        assert (card.author, card.source) == (None, None)


def mbox(*messages: str) -> str:
    return "".join(f"From a@x.example Mon Feb 17 10:00:00 2014\n{message}\n\n" for message in messages)


def test_each_message_of_an_mbox_is_an_article() -> None:
    second = HEADERS.replace("<1@", "<2@").replace("Wall holds", "Ferry stuck")
    first, last = read(mbox(f"{HEADERS}\n{WALL}\n", f"{second}\n{CREWS}\n"), "Inbox")
    assert (first.key, last.key) == ("<1@x.example>", "<2@x.example>")
    assert (first.article.title, last.article.title) == ("Wall holds", "Ferry stuck")
    assert (first.article.text, last.article.text) == (WALL, CREWS)


def test_lines_that_begin_with_from_are_text() -> None:
    text = f"{WALL}\n\n>From the quay one could see it.\n\nFrom here on it was calm.\n\n>>From afar.\n"
    (reading,) = read(mbox(f"{HEADERS}\n{text}"), "Inbox")
    assert (
        reading.article.text == f"{WALL}\n\nFrom the quay one could see it.\n\nFrom here on it was calm.\n\n>From afar."
    )


@pytest.mark.parametrize(
    "first",
    ["From - Mon Feb 17 10:00:00 2014", "From 1460@xxx Mon Feb 17 10:00:00 +0000 2014", "From a@b Feb 17 10:00 2014"],
)
def test_the_line_above_a_message_has_many_forms(first: str) -> None:
    data = f"{first}\r\n{HEADERS}\n{WALL}\n".replace("\r\n", "\n").replace("\n", "\r\n")
    (reading,) = read(data, "Inbox")
    assert reading.article.text == WALL


@pytest.mark.parametrize(
    "header",
    [
        "X-Gmail-Labels: Drafts,Important",
        "X-Gmail-Labels: =?UTF-8?Q?Spam?=",
        "X-Mozilla-Status: 0009",
        "X-Mozilla-Draft-Info: internal/draft; vcard=0",
        "X-Unsent: 1",
    ],
)
def test_what_was_not_sent_or_was_thrown_away_is_counted_and_not_read(header: str) -> None:
    outputs = list(read_content(file(mbox(f"{header}\n{HEADERS}\n{WALL}\n", f"{HEADERS}\n{CREWS}\n").encode())))
    assert [reading.article.text for reading in readings(outputs)] == [CREWS]
    ((where, reason),) = skipped(outputs)
    assert where == "file: message 1"
    assert "not published" in reason


def test_a_message_without_text_is_skipped_and_the_next_is_read() -> None:
    outputs = list(read_content(file(mbox(f"{HEADERS}\n", f"{HEADERS}\n{CREWS}\n").encode())))
    assert skipped(outputs) == [("file: message 1", "a message without text")]
    assert len(readings(outputs)) == 1


def test_a_long_mbox_is_read_message_by_message() -> None:
    message = mbox(f"{HEADERS}\n{WALL}\n").encode()
    source, opened = endless(b"", message, 100_000)
    outputs = MboxReader().read(source)
    for _ in range(100):
        assert isinstance(next(outputs), Reading)
    assert opened[-1].read_bytes < 1_000_000


def test_a_message_that_is_too_large_is_skipped_and_the_next_is_read() -> None:
    large = f"{HEADERS}\n" + "word word word word\n" * 1_000
    outputs = list(MboxReader().read(file(mbox(large, f"{HEADERS}\n{CREWS}\n").encode(), max_bytes=2_000)))
    assert "a message of more than" in skipped(outputs)[0][1]
    assert [reading.article.text for reading in readings(outputs)] == [CREWS]


PAGE = (
    '<html><head><title>Wall holds</title><link rel="stylesheet" href="cid:css"></head><body><article>'
    f"<p>{WALL} Café “owners” were glad.</p><p>{CREWS}</p></article></body></html>"
)


def mhtml(
    page: bytes, kind: str, first: str = "From: <Saved by Blink>\nSnapshot-Content-Location: https://coast.example/a\n"
) -> bytes:
    head = (
        f"{first}Subject: Wall holds\nDate: Mon, 17 Feb 2014 10:00:00 -0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related;\n\ttype="text/html";\n\tboundary="----b--1"\n\n\n'
        f"------b--1\nContent-Type: {kind}\nContent-ID: <f@mhtml.blink>\nContent-Location: https://coast.example/a\n"
    )
    picture = "\n------b--1\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n------b--1--\n"
    return head.encode() + page + picture.encode()


def part(encoding: str, charset: str) -> bytes:
    data = PAGE.encode(charset)
    packed = {"quoted-printable": quopri.encodestring(data), "base64": base64.encodebytes(data), "binary": data}[
        encoding
    ]
    return f"Content-Transfer-Encoding: {encoding}\n\n".encode() + packed


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "binary"])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
@pytest.mark.parametrize(
    "first",
    [
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://coast.example/a\n",
        'From: "Saved by Internet Explorer"\n',
        "",
    ],
)
def test_a_saved_page_is_read_with_its_link(encoding: str, charset: str, first: str) -> None:
    reading = one(mhtml(part(encoding, charset), f'text/html; charset="{charset}"', first))
    card = reading.article.card
    assert (card.title, card.url, card.published) == ("Wall holds", "https://coast.example/a", None)
    assert reading.article.text == f"{WALL} Café “owners” were glad.\n\n{CREWS}"


def test_a_saved_page_without_a_declared_charset_is_decoded() -> None:
    assert "Café “owners”" in one(mhtml(part("quoted-printable", "utf-8"), "text/html")).article.text


def test_a_saved_page_with_large_pictures_is_read() -> None:
    data = mhtml(part("quoted-printable", "utf-8"), "text/html; charset=utf-8").replace(
        b"AAAA\n", b"A" * 70 + b"\n" + b"B" * 2_000_000
    )
    (reading,) = MhtmlReader().read(file(data, max_bytes=500_000))
    assert reading.article.title == "Wall holds"


@pytest.mark.parametrize(
    ("data", "reader"),
    [
        (f"{HEADERS}\n{WALL}", "MailReader"),
        (f"Return-Path: <a@x.example>\nReceived: from x\n\tby y\n{HEADERS}\n{WALL}", "MailReader"),
        (mbox(f"{HEADERS}\n{WALL}"), "MboxReader"),
        (mhtml(b"\nx", "text/html").decode(), "MhtmlReader"),
        (f"From: our correspondent\n\n{WALL}", "TextReader"),
        (f"From the harbour, Mon 10:00:00 2014\n\n{WALL}", "TextReader"),
        (f"Subject: the wall\n\n{WALL}", "TextReader"),
        (f"Date: 17 Feb 2014\nPlace: Fenwick\n\n{WALL}", "TextReader"),
    ],
)
def test_the_content_chooses_the_reader(data: str, reader: str) -> None:
    for name in ("a.eml", "a.txt", "a"):
        assert taker(data.encode(), name) == reader


READERS = (MailReader(), MboxReader(), MhtmlReader())
PIECES = st.sampled_from(
    [
        HEADERS,
        "\n",
        WALL,
        "From a@b Mon Feb 17 10:00:00 2014\n",
        "Content-Type: multipart/mixed; boundary=b\n",
        "--b\n",
        "--b--\n",
        "Content-Type: text/html; charset=\x00\n",
        "Content-Transfer-Encoding: base64\n",
        "=?x?Q?=FF?=",
        "\xff",
        ">From ",
        "-- \n",
        "Content-Disposition: attachment; filename*=x''%ff\n",
        "Subject: =?utf-8?b?////?=\n",
        "Content-Type: message/rfc822\n\n",
    ]
)


@given(st.binary(max_size=1000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for reader in READERS:
        withstands(reader, data)
        withstands(reader, HEADERS.encode() + data)


@given(st.lists(PIECES, max_size=30))
def test_any_pieces_of_mail_are_read_or_refused(pieces: list[str]) -> None:
    for reader in READERS:
        withstands(reader, "".join(pieces).encode())
        withstands(reader, "".join(pieces).encode("latin-1", "replace"))


@pytest.mark.parametrize(
    "data",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)),
        b"".join(b"Content-Type: message/rfc822\n\n" for _ in range(20_000)),
        b"Subject: " + b"=?utf-8?Q?a?= " * 50_000 + b"\n\nx",
        b"X: y\n" * 200_000,
        b"From: " + b"(" * 200_000 + b"\n\nx",
        b"From: " + b'"a" <' * 40_000 + b"\n\nx",
        b"Content-Type: text/plain" + b"; a*0=b" * 50_000 + b"\n\nx",
        b"\nFrom " * 200_000,
    ],
)
def test_hostile_mail_takes_bounded_time(data: bytes) -> None:
    for reader in READERS:
        withstands(reader, HEADERS.encode() + data, max_bytes=1_000_000, seconds=10)


def test_a_message_of_only_attachments_is_refused() -> None:
    message = alternative(None, None)
    message.add_attachment(b"x", maintype="image", subtype="png", filename="a.png")
    with pytest.raises(Unreadable, match="a message without text"):
        read(bytes(message))
