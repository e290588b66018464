"""Pictures, films, sound, databases and old office documents: each is refused by its name, with the mend.

They are recognised by their first bytes, before anybody looks for the encoding of a text in them.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from corpus.errors import NoText, Unreadable
from corpus.reader_types import Reading, SourceFile

PICTURE = "save the text that is in it as plain text, or as a searchable PDF (OCR)"
SCAN = "convert it to a searchable PDF (OCR)"
RECORDING = "save its transcript as plain text"
EXPORT = "export the articles as JSON Lines or CSV"
LEAVE = "leave it out"


class _Signature(NamedTuple):
    beginning: re.Pattern[bytes]
    name: str
    mend: str


SIGNATURES = tuple(
    _Signature(re.compile(beginning, re.DOTALL), name, mend)
    for beginning, name, mend in (
        (rb"\xff\xd8\xff", "a picture (JPEG)", PICTURE),
        (rb"\x89PNG\r\n\x1a\n", "a picture (PNG)", PICTURE),
        (rb"GIF8[79]a.[\0-\x1f].[\0-\x1f]", "a picture (GIF)", PICTURE),
        (rb"RIFF.{4}WEBP", "a picture (WebP)", PICTURE),
        (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "a picture (TIFF)", PICTURE),
        (rb"BM.{4}\0{4}.{3}\0", "a picture (BMP)", PICTURE),
        (rb"\0\0\x01\0.\0", "an icon", LEAVE),
        (rb"8BPS\0", "a picture (Photoshop)", PICTURE),
        (rb"\0\0..ftyp(?:heic|heix|mif1|avif)", "a picture (HEIC, AVIF)", PICTURE),
        (rb"AT&TFORM.{4}DJV", "a scan (DjVu)", SCAN),
        (
            rb"RIFF.{4}AVI |\0\0..ftyp|\x1aE\xdf\xa3|FLV\x01|0&\xb2u\x8ef\xcf\x11|\0\0\x01[\xba\xb3]",
            "a film",
            RECORDING,
        ),
        (rb"ID3[\x02-\x04]|OggS\0|fLaC\0|RIFF.{4}WAVE|FORM.{4}AIF|#!AMR", "a recording", RECORDING),
        (
            rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "a document of an older program (DOC, XLS, PPT, MSG)",
            "save it as DOCX, or export its table as CSV",
        ),
        (rb".{60}(?:BOOKMOBI|TEXtREAd)", "a book (MOBI)", "convert it to EPUB"),
        (rb"ITOLITLS|ITSF\x03", "a book (CHM, LIT)", "convert it to EPUB"),
        (rb"SQLite format 3\0", "a database (SQLite)", EXPORT),
        (rb".{4}Standard (?:Jet|ACE) DB", "a database (Access)", EXPORT),
        (
            rb"(?:PAR1|ARROW1|FEA1|ORC|Obj)[\0-\x08\x0e-\x1f]|\x89HDF\r\n",
            "a data set (Parquet, Arrow, Avro, HDF5)",
            EXPORT,
        ),
        (rb"\x93NUMPY|\x80[\x02-\x05](?:[}\]c(]|\x95)", "data of a Python program (NumPy, pickle)", EXPORT),
        (rb"!BDN", "a mailbox of Outlook (PST)", "export its messages as mbox or EML"),
        (rb"bplist00", "a saved page of Safari, or another property list", "save the page as HTML"),
        (rb"MZ.{0,62}\0{2}|\x7fELF|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe", "a program", LEAVE),
        (rb"\0asm|dex\n03", "a program", LEAVE),
        (rb"wOF[F2](?:\0\x01|OTTO|true)|OTTO\0|\0\x01\0\0\0.{2}", "a font", LEAVE),
    )
)
HEAD_BYTES = 128


class BinaryReader:
    """Refuses files that are no text, by the name of their format."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise a format by its first bytes."""
        return _signature(file) is not None

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Raise Unreadable, with the name of the format and the mend."""
        signature = _signature(file)
        name, mend = (signature.name, signature.mend) if signature else ("no text", LEAVE)
        if mend in {PICTURE, SCAN}:
            raise NoText(f"{name}, no article: {mend}", is_scan=mend == SCAN)
        raise Unreadable(f"{name}, no article: {mend}")


def _signature(file: SourceFile) -> _Signature | None:
    head = file.head[:HEAD_BYTES]
    return next((signature for signature in SIGNATURES if signature.beginning.match(head)), None)
