from pathlib import Path

import pytest

from config.errors import SettingsError
from config.settings import MilvusSettings, Settings
from corpus.errors import ClippingsError
from retrieval.archive.location import MilvusPlace
from retrieval.cli import main
from retrieval.errors import NotAnArchive
from retrieval.from_settings import archive_location

HUSH = "hush-hush"


def settings(archive: str = "milvus://host/news", **milvus: object) -> Settings:
    return Settings(archive=archive, milvus=MilvusSettings(**milvus))  # type: ignore[arg-type]


def place(archive: str = "milvus://host/news", token: str = "", **milvus: object) -> MilvusPlace:
    where = archive_location(settings(archive, **milvus), environment={"MILVUS_TOKEN": token} if token else {})
    assert isinstance(where, MilvusPlace)
    return where


def test_an_archive_is_a_folder_or_a_name_on_a_server() -> None:
    assert archive_location(Settings()) == Path("data")
    assert archive_location(Settings(), "other/folder") == Path("other/folder")
    assert archive_location(Settings(), "milvus://host/news") == MilvusPlace("host", 19530, "news")
    assert place("MILVUS://Host:99/News") == MilvusPlace("host", 99, "News")
    assert str(place("milvus://[::1]/news")) == "milvus://[::1]:19530/news"


def test_what_the_settings_say_of_the_server_goes_with_it() -> None:
    where = place(tls=True, timeout=2.5, index="diskann")
    assert (where.tls, where.timeout, where.index, where.uri) == (True, 2.5, "diskann", "https://host:19530")


@pytest.mark.parametrize(
    "archive",
    [
        "milvus://",
        "milvus://host",
        "milvus://host/",
        "milvus:///news",
        "milvus://host/news/old",
        "milvus://host/old-news",
        "milvus://host/1984",
        "milvus://host:port/news",
        "milvus://host:99999/news",
        "milvus://host/news?tls=1",
        "milvus://root:secret@host/news",
    ],
)
def test_what_names_no_archive_is_refused_with_how_it_is_written(archive: str) -> None:
    with pytest.raises(NotAnArchive, match="milvus://host:19530/name") as caught:
        place(archive)
    assert "secret" not in str(caught.value)


def test_the_token_comes_from_the_environment_else_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("root:of the file\nnot this\n", encoding="utf-8")
    found = [place(token_file=str(file)), place(token=f" {HUSH} \n", token_file=str(file)), place()]
    assert [one.token for one in found] == ["root:of the file", HUSH, ""]
    assert HUSH not in f"{found[1]!s} {found[1]!r}"


def test_a_token_or_a_certificate_that_cannot_be_is_said_without_showing_it(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"\xff\xfe\xfd")
    for token_file, token, said in (
        (str(tmp_path / "nowhere"), "", "milvus.token_file names cannot be read"),
        (str(rubbish), "", "holds no token"),
        ("", "sécret", "MILVUS_TOKEN"),
    ):
        with pytest.raises(SettingsError, match=said) as caught:
            place(token=token, token_file=token_file)
        assert "cret" not in str(caught.value)
    with pytest.raises(SettingsError, match=r"milvus.certificate names .*nowhere.pem"):
        place(certificate=str(tmp_path / "nowhere.pem"))
    assert place(certificate=str(rubbish)).certificate == str(rubbish)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_an_archive_on_a_server_is_not_backed_up_as_a_folder_is(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", "milvus://127.0.0.1:1/news")
    assert main.main([command, str(tmp_path / "backup.db")]) == 2
    said = capsys.readouterr().err
    assert "python -m retrieval copy milvus://127.0.0.1:1/news FOLDER" in said
    assert "docs/operations.md" in said


def test_a_server_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.archive.open import open_archive, open_or_create

    monkeypatch.setattr("retrieval.extras.find_spec", lambda _: None)
    for opened in (open_archive, lambda where: open_or_create(where, lambda: pytest.fail("made"))):
        with pytest.raises(ClippingsError, match=r"pip install .*\[milvus\]"):
            opened(MilvusPlace("host", 1, "news"))
