"""Text comes out as it was written, whatever its encoding, or the file is refused."""

import codecs
import random
from collections import Counter

import pytest

from corpus.errors import Unreadable
from corpus.reader_types import SourceFile
from corpus.reading import read_alone
from corpus.text.decoding import Decoder, decode, read_lines
from tests.corpus.encoded_texts import TEXTS, encoded_texts, wide_texts

POLISH = (TEXTS / "pl.txt").read_text("utf-8")
RUSSIAN = (TEXTS / "ru.txt").read_text("utf-8")
JAPANESE = (TEXTS / "ja.txt").read_text("utf-8")
GERMAN = (TEXTS / "de.txt").read_text("utf-8")


def source(data: bytes, name: str = "a.txt") -> SourceFile:
    return SourceFile.of(data, name, name, f"/{name}")


def test_language_decides_between_encodings() -> None:
    texts = list(encoded_texts())
    wrong = Counter(f"{text.language} {text.encoding}" for text in texts if decode(text.data) != text.text)
    assert len(texts) > 700
    assert not wrong


def test_wide_text_needs_no_byte_order_mark() -> None:
    texts = list(wide_texts())
    assert [f"{text.language} {text.encoding}" for text in texts if decode(text.data) != text.text] == []


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The café on the corner is closed until spring, said its owner.", "cp1252"),
        ("He paid £500 for it and said nothing else about the matter.", "cp1252"),
        ("Don’t go there, the mayor said to the crowd in the square.", "cp1252"),
        ("Don’t go there, the mayor said to the crowd in the square.", "mac_roman"),
        ("“We won,” said the captain of the team on Sunday night.", "mac_roman"),
        ("The price is 5 € per kilo, up from 4 € last year, traders said on Monday.", "cp1252"),
        ("It was 41°C in the shade, and the trains stopped running at noon.", "cp1252"),
        ("© 2009 The Coast Paper. All rights reserved by the publisher of this newspaper.", "cp1252"),
        ("• first point of the list\n• second point of the list\n• third point", "cp1252"),
        ("Lech Wałęsa spoke to the workers of the shipyard in Gdańsk on Monday.", "cp1250"),
        ("Mr Dvořák and Mrs Nováková met the mayor of Brno on Friday.", "cp1250"),
        ("Björk Guðmundsdóttir sang in London on Saturday to a crowd of nine thousand.", "cp1252"),
        ("Erdoğan met Kılıçdaroğlu in Ankara on Friday to talk about the budget.", "cp1254"),
        ("The word означает was painted on the wall of the house at night.", "cp1251"),
        ("Ein Text über Łódź und Wrocław steht in der Zeitung, schrieb die Wiener Presse.", "cp1250"),
        ("РОССИЯ И УКРАИНА", "cp1251"),
        ("THE CAFÉ ZOË IS CLOSED, SAID THE MAYOR OF THE TOWN ON FRIDAY", "cp1252"),
    ],
)
def test_few_letters_are_enough(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (POLISH, "cp1250", "iso-8859-1"),
        (POLISH, "iso8859-2", "windows-1252"),
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (RUSSIAN.replace("ё", "е"), "cp1251", "koi8-r"),
        (JAPANESE, "euc-jp", "shift_jis"),
        (JAPANESE, "shift_jis", "euc-jp"),
        (JAPANESE, "iso-2022-jp", "utf-8"),
        (GERMAN, "cp1252", "utf-8"),
        (GERMAN, "utf-8", "iso-8859-1"),
        (GERMAN, "utf-16-le", "utf-8"),
        (GERMAN, "cp1252", "no-such-encoding"),
        ("Naïve café owners said on Monday that the wall had held.", "cp1252", "windows-1251"),
    ],
)
def test_bytes_contradict_the_declared_encoding(text: str, encoding: str, declared: str) -> None:
    text = text.translate(str.maketrans("„“”«»—–", '"""""--'))
    assert decode(text.encode(encoding), declared) == text


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("iso-8859-2", "iso8859-2", "Škoda"),
        ("windows-1257", "cp1257", "Žąsų"),
        ("ISO-8859-1", "cp1252", "It’s 5 €"),
        ("x-mac-cyrillic", "mac_cyrillic", "Ёлка"),
        ("macintosh", "mac_roman", "Müller"),
        ("ibm850", "cp850", "Müller"),
        (
            "windows-1251",
            "cp1251",
            "<item><title>Порт 1</title><link>https://a.example/story-of-the-harbour</link></item>",
        ),
    ],
)
def test_a_declared_encoding_decides_where_the_text_is_short(declared: str, encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), declared) == text


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8", "windows-1252"])
@pytest.mark.parametrize(
    "declare", ['<meta charset="{}">', "<meta http-equiv='content-type' content='text/html; charset={}'>"]
)
def test_a_page_declares_another_encoding(charset: str, declare: str) -> None:
    body = POLISH.split("\n\n")[1]
    page = (
        f"<!DOCTYPE html><html><head>{declare.format(charset)}<title>Most zamknięty</title></head>"
        f"<body><article><h1>Most zamknięty</h1><p>{body}</p></article></body></html>"
    )
    [reading] = read_alone(source(page.encode("cp1250"), "a.html"))
    assert reading.article.text == body  # type: ignore[union-attr]
    assert reading.article.title == "Most zamknięty"  # type: ignore[union-attr]


def test_an_xml_declaration_contradicts_the_bytes() -> None:
    feed = (
        '<?xml version="1.0" encoding="iso-8859-1"?><rss version="2.0"><channel><title>Gazeta</title>'
        f"<item><title>Most zamknięty</title><link>https://example.org/1</link><description>{POLISH}</description></item>"
        "</channel></rss>"
    )
    readings = list(read_alone(source(feed.encode("cp1250"), "a.xml")))
    assert "Grażyna Wróbel" in str(readings)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.html", "a.txt", "a.xml"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_every_format_may_be_wide(name: str, encoding: str) -> None:
    text = "Żółta łódź płynęła w środę po rzece, powiedział burmistrz Józef Żak w poniedziałek rano."
    written = {
        "a.csv": f'title,text\nŻółta łódź,"{text}"\n',
        "a.jsonl": f'{{"title": "Żółta łódź", "text": "{text}"}}\n',
        "a.html": f"<html><head><title>Żółta łódź</title></head><body><article><h1>Żółta łódź</h1>"
        f"<p>{text}</p><p>{text}</p></article></body></html>",
        "a.txt": f"Żółta łódź\n\n{text}\n",
        "a.xml": "<rss version='2.0'><channel><title>Gazeta</title><item><title>Żółta łódź</title>"
        f"<link>https://example.org/1</link><description>{text}</description></item></channel></rss>",
    }[name]
    [reading] = read_alone(source(written.encode(encoding), name))
    article = getattr(reading, "article", None) or reading.excerpt.article  # type: ignore[union-attr]
    assert (article.title, article.text.split("\n\n")[0]) == ("Żółta łódź", text)


@pytest.mark.parametrize(
    "data", [b"One\0 wall held.", b"\0One wall held.", b"One wall held.\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"]
)
def test_a_zero_byte_is_dropped(data: bytes) -> None:
    assert decode(data) == "One wall held."
    assert [line.text for line in read_lines(source(data + b"\nNext line.\n"))][-1] == "Next line."


def test_a_zero_byte_in_a_text_of_eight_bits() -> None:
    data = POLISH.replace("„", '"').replace("”", '"').replace("–", "-").encode("iso8859-2")
    assert decode(data[:300] + b"\0" + data[300:]) == data.decode("iso8859-2")


def test_one_broken_character_does_not_change_the_others() -> None:
    data = ("新大桥下月开通，市长周三表示。" * 20).encode("gb18030")
    text = decode(data[:60] + b"\xff" + data[60:])
    assert text.count("\ufffd") <= 2
    assert text.endswith("新大桥下月开通，市长周三表示。" * 17)


def test_bytes_that_are_no_text_are_refused() -> None:
    generator = random.Random(7)  # noqa: S311 (test data)
    for size in (40, 300, 3000):
        for _ in range(4):
            with pytest.raises(Unreadable):
                decode(generator.randbytes(size))
            with pytest.raises(Unreadable):
                decode(generator.randbytes(size * 3).replace(b"\0", b"\xfe"))
    with pytest.raises(Unreadable):
        decode(b"\x7fELF\2\1\1" + bytes(50) + b"\3\0>\0\1\0\0\0\xa0\x10" + bytes(30))


def test_lines_far_down_in_a_file_decide_together() -> None:
    lines = [line for line in POLISH.replace("„", '"').replace("”", '"').replace("–", "-").split("\n") if line]
    data = b"plain ASCII, line after line\n" * 4000 + b"Wa\xb3\n" + "\n".join(lines).encode("cp1250")
    texts = [line.text for line in read_lines(source(data))]
    assert texts[4000] == "Wał"
    assert texts[4001:] == lines


def test_a_line_in_utf_8_stays_so_among_lines_of_eight_bits() -> None:
    decoder = Decoder(GERMAN.translate(str.maketrans("„“", '""')).encode("cp1252"))
    assert decoder.decode("Größe".encode("cp1252")) == decoder.decode("Größe".encode()) == "Größe"


def test_a_byte_order_mark_goes_first() -> None:
    assert decode(codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le"), "iso-8859-1") == GERMAN
    assert decode(codecs.BOM_UTF8 + GERMAN.encode(), "iso-8859-1") == GERMAN


@pytest.mark.parametrize(
    "data", [b"a" * 10_000_000 + b"\xe9", b"\xe9 " * 3_000_000, b"\xe9" * 6_000_000, b"a\n" * 5_000_000 + b"\xe9"]
)
def test_a_long_file_is_decoded_at_once(data: bytes) -> None:
    assert len(decode(data)) == len(data)


def test_page_breaks_and_a_few_control_characters_are_text() -> None:
    assert decode(b"The coun-\n\x0c\ncil.\x1a") == "The coun-\n\x0c\ncil.\x1a"
    assert decode(b"A short line with one \x07 slip.") == "A short line with one \x07 slip."
    with pytest.raises(Unreadable):
        decode(bytes(range(1, 9)) * 20)
    with pytest.raises(Unreadable):
        decode(b"\x01\x02\x03ab")
