"""RTF: the text, its headings, tables and footnotes; no deleted text, no hidden text, no comments.

The library striprtf is not used: it writes the addresses of links into the text, keeps hidden and deleted text, and
loses footnotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus.errors import Unreadable
from corpus.reader_types import Reading, SourceFile
from corpus.readers.document_blocks import BlockCollector, document_reading

SIGNATURE = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,100}\{\s{0,10}\\rtf\d?")
# Pictures are written as figures: a file may have this many times the limit of an article.
FILE_FACTOR = 10
MAX_DEPTH = 2_000
TOKEN = re.compile(
    r"\\([a-zA-Z]{1,40})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    r"|([^\\{}\r\n]+)|[\r\n]+|\\"
)
# Groups that are no text. Any group that begins with \* and has an unknown name is none either.
SKIPPED = frozenset(
    "fonttbl colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf fldinst"
    " annotation atnid atnauthor atntime atnref atnicn atndate atnparent bkmkstart bkmkend objdata objclass"
    " objname object themedata colorschememapping latentstyles datastore filetbl listtable listoverridetable"
    " revtbl rsidtbl generator xmlnstbl mmathPr listtext pntext pntxta pntxtb nonshppict xe tc rxe tcn ftnsep"
    " ftnsepc ftncn aftnsep aftnsepc aftncn private template userprops docvar formfield ffname ffdeftext ffl sp sn"
    " sv picprop nonesttables do background pgdsctbl".split()
)
KEPT_STARRED = frozenset(("shpinst", "shptxt", "nesttableprops", "footnote", "cs", "fldrslt", "ud"))
SPECIAL = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "page": "\n", "column": "\n",
}  # fmt: skip
SYMBOLS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\"}
# The code pages of fonts, by their charset number; 0 and 1 leave the file's own.
CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    255: "cp850",
}  # fmt: skip
CODE_PAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
HEADING_NAMES = ("heading", "überschrift", "titre", "título", "titolo", "kop", "rubrik")
TITLE_NAMES = ("title", "titel", "headline")
INFO = {"title": "title", "author": "creator"}


@dataclass(frozen=True, slots=True)
class _State:
    """What holds in a group, and is restored where it ends."""

    place: str = "text"  # or a part of the file that is no text: fonttbl, stylesheet, info and its parts, skipped
    hidden: bool = False
    deleted: bool = False
    fallback: int = 1  # how many characters stand in for a Unicode character
    font: int = -1


class RtfReader:
    """Reads the one article of an RTF file."""

    def takes(self, file: SourceFile) -> bool:
        """Recognise an RTF file by its first characters."""
        return bool(SIGNATURE.match(file.head))

    def read(self, file: SourceFile) -> Iterator[Reading]:
        """Yield the article; raises Unreadable if there is none."""
        data = replace(file, max_bytes=file.max_bytes * FILE_FACTOR).data
        document = _Document(file.max_bytes)
        document.parse(data.decode("latin-1"))
        yield document_reading(
            file, document.text.title, [*document.text.blocks, *document.notes.blocks], document.info
        )


class _Document:
    """Reads the groups and control words of a file, one after the other."""

    def __init__(self, max_characters: int) -> None:
        self.text, self.notes = BlockCollector(max_characters), BlockCollector(max_characters)
        self.info: dict[str, str] = {}
        self._state = _State()
        self._stack: list[tuple[_State, bool]] = []
        self._code_page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._default_font = -1
        self._bytes = bytearray()
        self._high = ""
        self._to_skip = 0
        self._starred = False
        self._in_note = False
        self._in_row = False
        self._styles: dict[int, str] = {}
        self._style_number, self._style_name = 0, ""
        self._style, self._outline = 0, False
        self._date: dict[str, int] = {}
        self._font_number = -1
        self.text.begin_paragraph()

    def parse(self, text: str) -> None:
        """Read a whole file; raises Unreadable if it is no RTF or too large."""
        at, opened = 0, False
        while match := TOKEN.match(text, at):
            at = match.end()
            word, number, byte, symbol, brace, characters = match.groups()
            if byte is None:
                self._flush()
            if brace == "{":
                opened = True
                self._begin()
            elif brace == "}":
                self._end()
                if opened and not self._stack:
                    break
            elif word:
                if word == "bin" and number and int(number) > 0:
                    at = min(len(text), at + int(number))
                else:
                    self._word(word, int(number) if number else None)
            elif byte:
                if self._to_skip:
                    self._to_skip -= 1
                else:
                    self._bytes.append(int(byte, 16))
            elif symbol:
                self._symbol(symbol)
            elif characters:
                self._characters(characters)
        self._flush()
        self._end_paragraph()
        for collector in (self.text, self.notes):
            collector.finish()
        if len(self._date) == 3:
            self.info["created"] = "{yr:04}-{mo:02}-{dy:02}".format(**self._date)

    def _begin(self) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise Unreadable("RTF nested too deep to be read")
        self._stack.append((self._state, self._in_note))
        self._to_skip, self._starred = 0, False

    def _end(self) -> None:
        self._to_skip, self._starred = 0, False
        if not self._stack:
            return
        was_note = self._in_note
        self._state, self._in_note = self._stack.pop()
        if was_note and not self._in_note:
            self.notes.end_paragraph()

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._end_paragraph()
        elif symbol in SYMBOLS:
            self._characters(SYMBOLS[symbol])

    def _word(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        self._to_skip = 0
        state = self._state
        if word in SKIPPED or (starred and word not in KEPT_STARRED):
            place = word if word in ("fonttbl", "stylesheet", "info") else "skipped"
            self._state = replace(state, place=place if state.place == "text" else "skipped")
        elif word == "u" and number is not None:
            self._unicode(number % 65_536)
        elif word == "uc":
            self._state = replace(state, fallback=min(max(number or 0, 0), 10))
        elif word == "ansicpg" and number:
            self._code_page = f"cp{number}" if number != 65_001 else "utf-8"
        elif word in CODE_PAGES and state.place == "text":
            self._code_page = CODE_PAGES[word]
        elif state.place == "fonttbl":
            self._font(word, number)
        elif state.place == "stylesheet":
            if word == "s" and number is not None:
                self._style_number, self._style_name = number, ""
        elif state.place.startswith("info"):
            self._info(word, number)
        elif state.place == "text":
            self._format(word, number)

    def _format(self, word: str, number: int | None) -> None:
        state = self._state
        if word == "v":
            self._state = replace(state, hidden=number != 0)
        elif word == "deleted":
            self._state = replace(state, deleted=number != 0)
        elif word == "plain":
            self._state = replace(state, hidden=False, deleted=False, font=self._default_font)
        elif word == "f" and number is not None:
            self._state = replace(state, font=number)
        elif word == "deff" and number is not None:
            self._default_font = number
            self._state = replace(state, font=number)
        elif word == "footnote":
            self._in_note = True
            self.notes.begin_paragraph()
        elif word in ("par", "sect"):
            self._end_paragraph()
        elif word == "pard":
            self._style, self._outline = 0, False
        elif word == "s":
            self._style = number or 0
        elif word == "outlinelevel":
            self._outline = (number or 0) < 9
        elif word == "trowd":
            self._begin_row()
        elif word in ("cell", "nestcell"):
            self._end_cell()
        elif word in ("row", "nestrow"):
            self._end_row()
        elif word in SPECIAL:
            self._characters(SPECIAL[word])

    def _info(self, word: str, number: int | None) -> None:
        if word in INFO:
            self._state = replace(self._state, place=f"info {INFO[word]}")
        elif word == "creatim":
            self._state = replace(self._state, place="info created")
        elif self._state.place == "info created" and word in ("yr", "mo", "dy") and number:
            self._date[word] = number
        elif self._state.place == "info":
            self._state = replace(self._state, place="info other")

    def _font(self, word: str, number: int | None) -> None:
        if word == "f" and number is not None:
            self._font_number = number
        elif word == "fcharset" and number in CHARSETS and len(self._fonts) < 10_000:
            self._fonts[self._font_number] = CHARSETS[number]

    def _unicode(self, code: int) -> None:
        character = chr(code)
        if 0xD800 <= code < 0xDC00:
            self._high = character
        else:
            if self._high:
                pair = (self._high + character).encode("utf-16", "surrogatepass")
                character, self._high = pair.decode("utf-16", "replace"), ""
            self._write(character)
        self._to_skip = self._state.fallback

    def _characters(self, characters: str) -> None:
        skipped = min(self._to_skip, len(characters))
        self._to_skip -= skipped
        characters = characters[skipped:]
        if self._state.place == "stylesheet":
            self._style_name = (self._style_name + characters)[:200]
            name = self._style_name.strip(" ;").casefold()
            kind = "title" if name in TITLE_NAMES else "heading" if name.startswith(HEADING_NAMES) else ""
            if kind and len(self._styles) < 10_000:
                self._styles[self._style_number] = kind
        elif characters:
            self._write(characters)

    def _write(self, text: str) -> None:
        state = self._state
        if state.place.startswith("info "):
            name = state.place.removeprefix("info ")
            self.info[name] = (self.info.get(name, "") + text)[:2_000]
        elif state.place == "text" and not state.hidden and not state.deleted:
            (self.notes if self._in_note else self.text).add(text)

    def _flush(self) -> None:
        """Decode the bytes that were written one by one, in the code page of their font."""
        if not self._bytes:
            return
        data = bytes(self._bytes)
        self._bytes.clear()
        encoding = self._fonts.get(self._state.font, self._code_page)
        try:
            text = data.decode(encoding, "replace")
        except LookupError:
            text = data.decode("cp1252", "replace")
        self._write(text)

    def _end_paragraph(self) -> None:
        if self._in_note:
            self.notes.end_paragraph()
            self.notes.begin_paragraph()
            return
        if self._state.place != "text":
            return
        kind = self._styles.get(self._style, "")
        self.text.end_paragraph(heading=kind == "heading" or self._outline, title=kind == "title")
        self.text.begin_paragraph()

    def _begin_row(self) -> None:
        if not self._in_row:
            self._end_paragraph()
            self._in_row = True
            self.text.begin_table()
            self.text.begin_cell()

    def _end_cell(self) -> None:
        self._end_paragraph()
        if self._in_row:
            self.text.begin_cell()

    def _end_row(self) -> None:
        self._end_paragraph()
        if self._in_row:
            self.text.end_table()
            self._in_row = False
