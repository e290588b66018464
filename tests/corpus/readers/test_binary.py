"""Files that are no text are refused by name before anybody looks for an encoding; text is never taken for them."""

import pytest

from corpus.errors import Unreadable
from corpus.reader_types import Reading
from corpus.readers.binary import BinaryReader
from corpus.reading import read_content
from tests.corpus.encoded_texts import encoded_texts, wide_texts
from tests.corpus.reader_inputs import file, taker

REST = bytes(range(256)) * 2
BEGINNINGS = {
    b"\xff\xd8\xff\xe1": "a picture (JPEG)",
    b"\x89PNG\r\n\x1a\n": "a picture (PNG)",
    b"GIF89a\x10\0\x10\0": "a picture (GIF)",
    b"RIFF\x10\0\0\0WEBPVP8 ": "a picture (WebP)",
    b"II*\0": "a picture (TIFF)",
    b"\0\0\0\x18ftypheic": "a picture (HEIC, AVIF)",
    b"AT&TFORM\0\0\1\0DJVU": "a scan (DjVu)",
    b"\0\0\0\x18ftypmp42": "a film",
    b"\x1aE\xdf\xa3": "a film",
    b"ID3\x04": "a recording",
    b"OggS\0": "a recording",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a document of an older program",
    bytes(60) + b"BOOKMOBI": "a book (MOBI)",
    b"SQLite format 3\0": "a database (SQLite)",
    b"\0\x01\0\0Standard Jet DB\0": "a database (Access)",
    b"PAR1\x15\0": "a data set",
    b"\x93NUMPY\1\0": "data of a Python program",
    b"\x80\x04\x95": "data of a Python program",
    b"!BDN": "a mailbox of Outlook",
    b"bplist00": "a saved page of Safari",
    b"\x7fELF\2\1\1": "a program",
    b"MZ\x90\0\3\0\0\0": "a program",
    b"wOF2\0\1\0\0": "a font",
}


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_file_that_is_no_text_is_refused_by_name_with_the_mend(beginning: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        list(read_content(file(beginning + REST, "story.txt")))
    assert str(error.value).startswith(BEGINNINGS[beginning])
    assert ", no article: " in str(error.value)


@pytest.mark.parametrize(
    "headline",
    [
        *("GIF89a is a format", "BM and MZ", "PAR1 gene found", "ORC attacks", "Obj is lost", "RIFF in court"),
        *("ITSF meets", "Stofftypen im Handel", "fLaC or MP3", "ID3 tags explained", "ятаган найден", "MM wins"),
        *("wOFF spoke", "8BPS"),
    ],
)
def test_text_that_begins_alike_is_read(headline: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1251"):
        (reading,) = read_content(file(f"{headline}\n\nThe wall held.\n".encode(encoding), "story.txt"))
        assert isinstance(reading, Reading)
        assert reading.article.title == headline


def test_no_text_in_any_encoding_is_taken_for_another_format() -> None:
    texts = [*encoded_texts(), *wide_texts()]
    assert [text.encoding for text in texts if BinaryReader().takes(file(text.data))] == []


def test_a_picture_is_refused_before_its_encoding_is_looked_for() -> None:
    assert taker(b"\xff\xd8\xff\xe1" + REST * 100) == "BinaryReader"
