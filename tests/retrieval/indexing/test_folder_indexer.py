"""Indexing the files of a folder, while another process embeds the archive again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveMismatch
from retrieval.indexing.folder_indexer import Indexer
from retrieval.indexing.reembed import reembed
from tests.fakes import FakeEncoder, nearest

MAX_BYTES = 1_000_000
FAKE, TWIN = FakeEncoder(), FakeEncoder(name="twin")


@dataclass
class Folders:
    """A folder of articles, and an archive of them that another process can embed again."""

    articles: Path
    archive: Path
    opened: list[str] = field(default_factory=list)

    def write(self, name: str) -> None:
        self.articles.mkdir(exist_ok=True)
        (self.articles / f"{name}.txt").write_text(f"{name}\n\nThe mayor of {name} opened a school.\n")

    def indexer(self, model: Callable[[], Encoder]) -> Indexer:
        def opened() -> Encoder:
            encoder = model()
            self.opened.append(encoder.name)
            return encoder

        return Indexer(self.archive, opened, 0, MAX_BYTES)

    def embed_again(self, encoder: FakeEncoder) -> None:
        archive = LocalArchive.open(self.archive)
        with archive.write_lock("index --re-embed"):
            reembed(archive, encoder, wanted_spec(encoder, 0))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders(tmp_path / "articles", tmp_path / "archive")
    folders.write("Linz")
    folders.indexer(lambda: FAKE).sync([folders.articles])
    folders.opened.clear()
    return folders


def test_an_archive_embedded_again_since_it_was_opened_takes_nothing_of_the_old_model(folders: Folders) -> None:
    indexer = folders.indexer(lambda: FAKE)
    archive = indexer.open([folders.articles])
    folders.embed_again(TWIN)
    folders.write("Graz")
    with pytest.raises(ArchiveMismatch, match="made with the model 'twin', and the settings name 'fake'"):
        indexer.sync([folders.articles])
    with pytest.raises(ArchiveMismatch, match="made with the model 'twin'"):
        indexer.sync_changed([folders.articles], [folders.articles / "Graz.txt"])
    assert [card.title for card in archive.cards()] == ["Linz"]


def test_the_encoder_is_opened_again_only_if_the_archive_was_embedded_again(folders: Folders) -> None:
    """The model of an archive decides the precision, unless the settings name one."""
    model = [FAKE]
    indexer = folders.indexer(lambda: model[0])
    indexer.sync([folders.articles])
    indexer.sync([folders.articles])
    assert folders.opened == ["fake"]
    model[0] = TWIN
    folders.embed_again(TWIN)
    folders.write("Graz")
    assert indexer.sync_changed([folders.articles], [folders.articles / "Graz.txt"]).added == 1
    assert folders.opened == ["fake", "twin"]
    archive = LocalArchive.open(folders.archive)
    assert nearest(archive, TWIN, "The mayor of Graz")[0].passage.article.title == "Graz"
    assert archive.verify() == []
