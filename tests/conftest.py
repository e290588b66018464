import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xxhash
from hypothesis import settings

from corpus.article import Article
from corpus.reader_types import Reading
from corpus.reading import read_all
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.location import MilvusPlace
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.open import open_encoder
from retrieval.encode.sentence_transformers import SentenceEncoder
from tests.contract.archive_locations import CLUSTER, EMBEDDED, KINDS, REAL, SLOW, Home, cluster, home_on
from tests.fakes import FakeEncoder, archive_at, take_in
from tests.milvus_servers import SERVERS, Server, missing
from tests.telegram_server.server import BotApiServer

EXPORTING = Path(__file__).parent.parent / "retrieval" / "encode"
ARTICLES = Path(__file__).parent.parent / "corpus" / "articles"
MOST_BYTES = 10_000_000
MEMORY_DISK = Path("/dev/shm")  # noqa: S108
MEMORY_DISK_BYTES = 4_000_000_000

# How long an example takes says nothing on a busy machine.
settings.register_profile("clippings", deadline=None)
settings.load_profile("clippings")


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
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with BotApiServer() as running:
        yield running
    assert running.violations == []


def pytest_configure() -> None:
    """Keep temporary files in memory if it has room: the tests' archives call fsync thousands of times.

    TMPDIR reaches the worker processes and the programs that tests start. If it is set already, it stays.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY_DISK, os.W_OK):
        return
    if shutil.disk_usage(MEMORY_DISK).free >= MEMORY_DISK_BYTES:
        folder = tempfile.mkdtemp(prefix="clippings-tests-", dir=MEMORY_DISK)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["TMPDIR"] = folder
        # pytest has asked for the folder before, and Python caches it.
        tempfile.tempdir = None


def pytest_xdist_auto_num_workers() -> int:
    """Run on one process more than there are cores: many tests wait, for sockets and disks and other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hold every kind of archive to what a test asks of any: the whole server in the tortures alone."""
    own = any("kind" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "kind" in metafunc.fixturenames and not own:
        kinds = (REAL,) if "torture" in metafunc.module.__name__ else KINDS
        metafunc.parametrize("kind", kinds)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], MilvusPlace]]:
    """What starts a server of a kind the first time that one is asked for."""
    running: dict[str, Server] = {}

    def start(kind: str) -> MilvusPlace:
        if kind == CLUSTER:
            return cluster()
        if reason := missing(kind):
            pytest.skip(reason)
        if kind not in running:
            running[kind] = SERVERS[kind](tmp_path_factory.mktemp(kind))
            running[kind].start()
        return running[kind].place("any")

    yield start
    for server in running.values():
        server.stop()


@pytest.fixture(scope="session")
def used(servers: Callable[[str], MilvusPlace]) -> Iterator[dict[str, list[Home]]]:  # noqa: ARG001
    """Places of archives that tests have used and emptied, by kind; `servers` are there until they are dropped."""
    places: dict[str, list[Home]] = {}
    yield places
    for home in [one for some in places.values() for one in some]:
        home.drop()


@pytest.fixture
def nowhere(kind: str, servers: Callable[[str], MilvusPlace], tmp_path: Path) -> Iterator[Home]:
    """A place for an archive of a kind, where nothing is."""
    home = Home(kind, tmp_path / "archive") if kind == EMBEDDED else home_on(kind, servers(kind))
    yield home
    home.drop()


@pytest.fixture
def home(kind: str, request: pytest.FixtureRequest, used: dict[str, list[Home]]) -> Iterator[Home]:
    """A place for an archive of a kind, of the fake encoder: where making one is slow, an emptied one may be there."""
    if kind not in SLOW:
        yield request.getfixturevalue("nowhere")
        return
    places, spec = used.setdefault(kind, []), wanted_spec(FakeEncoder(), 0)
    home = places.pop() if places else home_on(kind, request.getfixturevalue("servers")(kind))
    yield home
    if home.empty(spec):
        places.append(home)
    else:
        home.drop()


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
    # Every HTTP client reads the certificates that it trusts, for 40 ms. The tests' servers have none: trust nobody.
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
