import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import xxhash

from corpus.article import Article
from corpus.reader import read_all
from corpus.source import Reading
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.opened import open_encoder
from retrieval.encode.sentence import SentenceEncoder
from tests.bot_api_server import BotApiServer
from tests.fakes import FakeEncoder, archive_at, take_in

EXPORTING = Path(__file__).parent.parent / "retrieval" / "encode"
ARTICLES = Path(__file__).parent.parent / "corpus" / "articles"
MOST_BYTES = 10_000_000


@pytest.fixture(scope="session")
def models(request: pytest.FixtureRequest) -> Path:
    """The folder in which the bundled model is exported: once, until how it is exported changes."""
    code = b"".join(file.read_bytes() for file in sorted(EXPORTING.glob("*.py")))
    return request.config.cache.mkdir(f"models-{xxhash.xxh3_64_hexdigest(code)}")


@pytest.fixture(scope="session")
def original() -> SentenceEncoder:
    """The bundled model as sentence-transformers has it."""
    return SentenceEncoder()


@pytest.fixture(scope="session")
def encoder(models: Path) -> OnnxEncoder:
    """The bundled model as it answers questions."""
    encoder = open_encoder("bundled", models)
    assert isinstance(encoder, OnnxEncoder)
    return encoder


@pytest.fixture(scope="session")
def seed_article() -> Article:
    (reading,) = read_all([ARTICLES], MOST_BYTES)
    assert isinstance(reading, Reading)
    return reading.article


@pytest.fixture(scope="session")
def seed_archive(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive of the seed article, embedded by the bundled model."""
    folder = tmp_path_factory.mktemp("seed") / "archive"
    archive = archive_at(folder, encoder)
    take_in(archive, encoder, *read_all([ARTICLES], MOST_BYTES))
    archive.close()
    return folder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApiServer]:
    """The tests' Bot API, which nothing it does not allow has reached."""
    from bot import delivery, polling

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(delivery, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(polling, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(polling, "MOMENT", 0.1)
    monkeypatch.setattr(polling, "BETWEEN", 0.01)
    with BotApiServer() as running:
        yield running
    assert running.violations == []


@pytest.fixture
def fake() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """Let no command that a test runs in here decide what is logged in the next one."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, models: Path) -> None:
    """Let no setting of whoever runs the tests reach them, and keep what they write apart."""
    for name in list(os.environ):
        if name.startswith("CLIPPINGS_") or name in {"TELEGRAM_BOT_TOKEN", "NO_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLIPPINGS_MODELS", str(models))
    monkeypatch.chdir(tmp_path)
