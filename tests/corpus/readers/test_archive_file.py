"""Archive files are read entry by entry; a broken or malicious one can only fail to be read."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import article_id
from corpus.errors import Unreadable
from corpus.reader_types import Follow, Reading, Skipped, SourceFile
from corpus.readers.archive_entries import DEFAULT_LIMITS, UnpackLimits
from corpus.readers.archive_file import ArchiveFileReader
from corpus.reading import read_all, read_content
from tests.corpus.pdf_files import Line, paragraphs, pdf

MAX_BYTES = 1_000_000
Files = Iterable[tuple[str, bytes]]


def story(name: str) -> bytes:
    return f"The wall held at {name}\n\nIt held all night, and in the morning everybody came to see it.\n".encode()


def zipped(files: Files, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, packing)
    return stream.getvalue()


def tarred(files: Files, mode: str = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def tar_gz(files: Files) -> bytes:
    return gzip.compress(tarred(files), mtime=0)


FORMS: dict[str, Callable[[Files], bytes]] = {"zip": zipped, "tar": tarred, "tar.gz": tar_gz}
every_form = pytest.mark.parametrize("form", FORMS)


def read(
    data: bytes, place: str = "a.zip", limits: UnpackLimits = DEFAULT_LIMITS
) -> tuple[list[Reading], list[Skipped]]:
    file = SourceFile.of(data, f"/news/{place}", place, f"/news/{place}", MAX_BYTES)
    outputs = list(
        read_content(file) if limits is DEFAULT_LIMITS else ArchiveFileReader(read_content, limits).read(file)
    )
    readings = [output for output in outputs if isinstance(output, Reading)]
    return readings, [output for output in outputs if isinstance(output, Skipped)]


def titles(data: bytes, limits: UnpackLimits = DEFAULT_LIMITS) -> list[str]:
    return [reading.article.card.title for reading in read(data, limits=limits)[0]]


def skipped(data: bytes, limits: UnpackLimits = DEFAULT_LIMITS) -> list[tuple[str, str]]:
    return [(output.where, output.reason) for output in read(data, limits=limits)[1]]


@every_form
def test_every_file_in_an_archive_is_an_article_of_its_own(form: str) -> None:
    data = FORMS[form]([("2014/wall.txt", story("Quay")), ("harbour.txt", story("Bay"))])
    (first, second), none = read(data, f"a.{form}")
    assert none == []
    assert first.article.card.title == "The wall held at Quay"
    assert first.article.card.id == article_id(f"a.{form}/2014/wall.txt")
    assert (first.where, first.origin) == (f"/news/a.{form}: 2014/wall.txt", f"/news/a.{form}")
    assert (first.key, second.key) == ("2014/wall.txt", "harbour.txt")


@every_form
def test_the_entries_of_an_archive_may_have_different_formats(form: str) -> None:
    printed = pdf([[Line("The wall held at Sea", 22), *paragraphs("It held all night.")]])
    data = FORMS[form]([("a.txt", story("Quay")), ("b.pdf", printed), ("c.bin", b"\0\1\2" * 100)])
    assert titles(data) == ["The wall held at Quay", "The wall held at Sea"]
    assert skipped(data) == [("/news/a.zip: c.bin", "not a text file: save its text as plain text, HTML or PDF")]


def test_a_single_file_packed_with_gzip_is_read() -> None:
    (reading,), _ = read(gzip.compress(story("Quay")), "wall.txt.gz")
    assert reading.article.card.title == "The wall held at Quay"
    assert reading.article.card.id == article_id("wall.txt.gz/wall.txt")
    assert (reading.key, reading.where) == ("", "/news/wall.txt.gz")


@every_form
def test_an_archive_in_an_archive_is_read_and_a_third_level_is_not(form: str) -> None:
    for inner in FORMS.values():
        nested = FORMS[form]([("inner", inner([("wall.txt", story("Quay"))]))])
        (reading,), none = read(nested)
        assert none == []
        assert (reading.where, reading.key) == ("/news/a.zip: inner: wall.txt", "inner#wall.txt")
        reason = "an archive in an archive in an archive: unpack it first"
        assert skipped(FORMS[form]([("outer", nested)])) == [("/news/a.zip: outer: inner", reason)]


@every_form
def test_a_feed_in_an_archive_gives_links_to_follow(form: str) -> None:
    item = (
        "<item><title>The wall held</title><link>https://example.org/wall</link><description>All night.</description>"
    )
    feed = f"<rss version='2.0'><channel><title>Quay</title>{item}</item></channel></rss>".encode()
    file = SourceFile.of(FORMS[form]([("a.xml", feed), ("b.xml", feed)]), "a", "a", "/a", MAX_BYTES)
    first, second = read_content(file)
    assert isinstance(first, Follow)
    assert isinstance(second, Follow)
    assert first.excerpt is not None
    assert second.excerpt is not None
    assert (first.url, first.excerpt.origin) == ("https://example.org/wall", "/a")
    assert first.excerpt.key != second.excerpt.key


@every_form
def test_a_large_entry_is_unpacked_to_a_temporary_file(form: str) -> None:
    rows = [
        {"title": f"Wall {number}", "text": f"It held at {number} all night, and all day."} for number in range(500)
    ]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    assert titles(FORMS[form]([("a.jsonl", lines), ("b.txt", story("Bay"))]), UnpackLimits(memory_bytes=10_000)) == [
        *(f"Wall {number}" for number in range(500)),
        "The wall held at Bay",
    ]


@every_form
def test_files_that_operating_systems_add_are_ignored(form: str) -> None:
    names = ["__MACOSX/._wall.txt", ".DS_Store", ".git/wall.txt", "a/.hidden/wall.txt", "Thumbs/wall.txt"]
    (reading,), none = read(FORMS[form]([(name, story("Quay")) for name in names]))
    assert (reading.key, none) == ("Thumbs/wall.txt", [])


@every_form
def test_the_name_of_an_entry_never_becomes_a_path_on_disk(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    names = ["../../a.txt", "/etc/b.txt", "..\\..\\c.txt", "./d//../e.txt", "f\n\x1b[31mg.txt"]
    readings, none = read(FORMS[form]([(name, story(str(number))) for number, name in enumerate(names)]))
    assert none == []
    assert [reading.key for reading in readings] == ["a.txt", "etc/b.txt", "c.txt", "d/e.txt", "f??[31mg.txt"]
    assert [path.name for path in tmp_path.rglob("*")] == ["inside"]


def test_a_file_without_a_name_is_read() -> None:
    data = zipped([("..", story("Quay"))])
    for nameless in (data, data.replace(b"..", b"\0.")):
        assert [reading.key for reading in read(nameless)[0]] == ["nameless"]


@every_form
def test_of_two_entries_with_the_same_name_the_first_is_read(form: str) -> None:
    data = FORMS[form]([("a.txt", story("Quay")), ("../a.txt", story("Bay"))])
    assert titles(data) == ["The wall held at Quay"]
    assert skipped(data) == [("/news/a.zip: a.txt", "another file of that name comes before it")]


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(story("Secret"))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"link-{kind!r}.txt")
            info.type, info.linkname = kind, str(secret)
            archive.addfile(info)
    assert read(stream.getvalue()) == ([], [])
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zip_:
        zip_.writestr(link, str(secret))
    assert read(stream.getvalue()) == ([], [])


# ── Broken, locked and unsupported archives ──────────────────────────────────────────────────────────────────────────


def test_a_locked_entry_is_reported_and_the_others_are_read() -> None:
    data = bytearray(zipped([("locked.txt", story("Quay")), ("open.txt", story("Bay"))]))
    data[data.index(b"PK\1\2") + 8] |= 1
    assert titles(bytes(data)) == ["The wall held at Bay"]
    assert skipped(bytes(data)) == [("/news/a.zip: locked.txt", "locked with a password")]


def test_an_unknown_compression_of_an_entry_is_reported() -> None:
    data = zipped([("a.txt", story("Quay"))], zipfile.ZIP_LZMA)
    assert skipped(data) == [("/news/a.zip: a.txt", "compressed by a method that is not read: pack it again as usual")]


def test_a_broken_entry_is_reported_and_the_others_are_read() -> None:
    data = bytearray(zipped([("a.txt", story("Quay")), ("b.txt", story("Bay"))], zipfile.ZIP_STORED))
    data[data.index(b"held at Quay")] ^= 1  # now its checksum is wrong
    assert titles(bytes(data)) == ["The wall held at Bay"]
    assert skipped(bytes(data)) == [("/news/a.zip: a.txt", "broken: it cannot be unpacked whole")]


def test_the_entries_before_the_break_of_a_tar_file_are_read() -> None:
    files = [(f"{number}.txt", story(str(number))) for number in range(5)]
    whole = tarred(files)
    middle = whole.index(b"held at 3")
    rest_lost = "broken: what comes after the last file that was read is lost"
    assert titles(whole[:middle]) == [f"The wall held at {number}" for number in range(3)]
    cut_off = ("/news/a.zip: 3.txt", "broken: it cannot be unpacked whole")
    assert skipped(whole[:middle]) == [cut_off, ("/news/a.zip", rest_lost)]
    garbled = bytearray(whole)
    garbled[whole.index(b"3.txt") : whole.index(b"3.txt") + 5] = b"wrong"
    assert titles(bytes(garbled)) == [f"The wall held at {number}" for number in range(3)]
    assert skipped(bytes(garbled)) == [("/news/a.zip", rest_lost)]


def test_the_entries_before_the_break_of_a_tar_gz_file_are_read() -> None:
    noise = b"".join(sha256(b"%d" % number).digest() for number in range(3_000))
    whole = tar_gz([("a.txt", story("Quay")), ("b.txt", story("Bay") + noise)])
    assert titles(whole[:-10_000]) == ["The wall held at Quay"]
    assert len(skipped(whole[:-10_000])) == 2


@pytest.mark.parametrize("data", [b"PK\3\4 and no more", b"PK\5\6" + bytes(17), b"\x1f\x8b\x08 and no more"])
def test_a_file_that_only_begins_like_an_archive_is_reported(data: bytes) -> None:
    try:
        reasons = [output.reason for output in read(data)[1]]
    except Unreadable as error:
        reasons = [str(error)]
    assert reasons in (["a broken zip file: copy it again, or pack it again"], ["broken: it cannot be unpacked whole"])


def test_an_office_document_is_no_archive() -> None:
    with pytest.raises(Unreadable, match="a spreadsheet, which is not read"):
        read(zipped([("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]))


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_an_unsupported_format_of_archives_is_reported(pack: Callable[[bytes], bytes]) -> None:
    name = pack.__module__.replace("bz2", "bzip2").replace("lzma", "xz")
    reason = f"packed by {name}, which is not read: pack it as zip or tar.gz"
    with pytest.raises(Unreadable, match=reason):
        read(pack(story("Quay")))
    assert skipped(zipped([("a", pack(story("Quay")))])) == [("/news/a.zip: a", reason)]


# ── Bombs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


SMALL = UnpackLimits(min_bytes=2_000_000, max_ratio=2, max_entries=50)
BUDGET_SPENT = ("/news/a.zip", "unpacks to far more than text of its size does: the rest is not read")


@pytest.mark.parametrize("form", [*FORMS, "gz"])
def test_a_bomb_is_stopped_and_the_entries_before_it_are_read(form: str) -> None:
    files = [("a.txt", story("Quay")), ("bomb.txt", bytes(50_000_000)), ("b.txt", story("Bay"))]
    data = gzip.compress(files[1][1]) if form == "gz" else FORMS["tar.gz" if form == "tar" else form](files)
    tracemalloc.start()
    try:
        assert skipped(data, SMALL) == [BUDGET_SPENT]
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert titles(data, SMALL) == ([] if form == "gz" else ["The wall held at Quay"])


@every_form
def test_many_small_bombs_together_reach_the_limit(form: str) -> None:
    if form == "tar":
        return  # it packs nothing
    data = FORMS[form]([(f"{number}.txt", bytes(100_000)) for number in range(40)])
    skips = skipped(data, SMALL)
    assert skips[-1] == BUDGET_SPENT
    assert len(skips) == 21


def test_nested_bombs_share_one_limit() -> None:
    inner = zipped([("a.txt", bytes(1_500_000))])
    assert skipped(zipped([("1.zip", inner), ("2.zip", inner)]), SMALL)[-1] == BUDGET_SPENT


def test_entries_that_share_their_bytes_are_each_counted() -> None:
    # A zip file whose list names the same packed bytes many times.
    data = zipped([("a.txt", bytes(900_000))])
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry = data[start:end]
    entries = b"".join(entry.replace(b"a.txt", f"{number:05}".encode()) for number in range(40))
    ending = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 40, 40, len(entries), start, 0)
    assert skipped(data[:start] + entries + ending, SMALL) != []
    assert len(skipped(data[:start] + entries + ending, SMALL)) <= 40


@every_form
def test_the_number_of_entries_is_limited(form: str) -> None:
    data = FORMS[form]([(f"{number}.txt", story(str(number))) for number in range(60)])
    assert len(titles(data, SMALL)) == 50
    assert skipped(data, SMALL) == [("/news/a.zip", "more than 50 files in it: the rest is not read")]


def test_a_name_of_60_megabytes_is_not_read() -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 60_000_000
    bomb = gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + b"a" * 60_000_000, 1)
    after = gzip.compress(tarred([("a.txt", story("Quay"))])[:1024], 1) + bomb
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="a broken tar file"):
            read(bomb)
        assert titles(after) == ["The wall held at Quay"]
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_memory_does_not_grow_with_the_number_of_entries(form: str) -> None:
    peaks = []
    for count in (30, 180):
        filler = b" Nothing else happened, and nobody minded." * 100
        data = FORMS[form]((f"{number}.txt", story(str(number)) + filler) for number in range(count))
        file = SourceFile.of(data, "a", "a", "a", MAX_BYTES)
        tracemalloc.start()
        assert sum(isinstance(output, Reading) for output in read_content(file)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 420_000


def test_an_archive_in_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped([("wall.txt", story("Quay"))]))
    (tmp_path / "b.txt").write_bytes(story("Bay"))
    first, second = read_all([tmp_path], MAX_BYTES)
    assert isinstance(first, Reading)
    assert isinstance(second, Reading)
    assert first.article.card.id == article_id("a.zip/wall.txt")
    assert first.origin == str(tmp_path / "a.zip")


# ── Arbitrary input ──────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = {form: pack([("a.txt", story("Quay")), ("b/c.txt", story("Bay"))]) for form, pack in FORMS.items()}


@given(
    form=st.sampled_from(sorted(WHOLE)),
    flips=st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 100_000),
)
@settings(max_examples=200)
def test_a_damaged_archive_is_read_or_refused(form: str, flips: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(WHOLE[form])
    for position, byte in flips:
        data[position % len(data)] = byte
    if cut % 3 == 0:
        del data[cut % len(data) :]
    try:
        readings, _ = read(bytes(data))
    except Unreadable:
        return
    assert len(readings) <= 2


@given(st.sampled_from([b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", bytes(257) + b"ustar"]), st.binary(max_size=2000))
@settings(max_examples=100)
def test_any_bytes_after_a_signature_are_read_or_refused(start: bytes, rest: bytes) -> None:
    try:
        read(start + rest)
    except Unreadable:
        return
