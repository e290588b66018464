import atexit
import faulthandler
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
from tests.contract.archive_locations import CLUSTER, EMBEDDED, KINDS, SLOW, Home, cluster, home_on
from tests.fakes import FakeEncoder, archive_at, take_in
from tests.milvus_servers import SERVERS, Server, missing
from tests.telegram_server.server import BotApiServer

ENCODE = Path(__file__).parent.parent / "retrieval" / "encode"
ARTICLES = Path(__file__).parent.parent / "corpus" / "articles"
# The fixtures that open a model, and the files whose first tests open one each.
MODELS = {"encoder", "multilingual", "original", "seed_archive"}
EXPORTING = [Path(__file__).parent / "retrieval" / "encode" / f"test_{name}.py" for name in ("onnx", "multilingual")]
MAX_FILE_BYTES = 10_000_000
MEMORY_DISK = Path("/dev/shm")  # noqa: S108
FOLDER_PREFIX = "clippings-tests-"
MIN_FREE_BYTES = 4_000_000_000

# On a busy machine an example may take any time.
settings.register_profile("clippings", deadline=None)
settings.load_profile("clippings")


@pytest.fixture(scope="session")
def models(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the exported models; a new one if the code of retrieval/encode has changed.

    It is kept in pytest's cache, unless that is off (-p no:cacheprovider).
    """
    code = b"".join(file.read_bytes() for file in sorted(ENCODE.glob("*.py")))
    name = f"models-{xxhash.xxh3_64_hexdigest(code)}"
    cache = getattr(request.config, "cache", None)
    return cache.mkdir(name) if cache else tmp_path_factory.mktemp(name)


@pytest.fixture(scope="session")
def original() -> SentenceEncoder:
    """The bundled model, run by sentence-transformers."""
    return SentenceEncoder()


@pytest.fixture(scope="session")
def encoder(models: Path) -> OnnxEncoder:
    """The bundled model, exported and run by onnxruntime, as it answers questions."""
    return _exported("bundled", models)


@pytest.fixture(scope="session")
def multilingual(models: Path) -> OnnxEncoder:
    """The multilingual model, exported and run by onnxruntime."""
    return _exported("multilingual", models)


def _exported(model: str, models: Path) -> OnnxEncoder:
    """Export a built-in model, without the time limit of the test that is the first to need it: it takes minutes."""
    faulthandler.cancel_dump_traceback_later()
    encoder = open_encoder(model, models)
    assert isinstance(encoder, OnnxEncoder)
    return encoder


@pytest.fixture(scope="session")
def seed_article() -> Article:
    (reading,) = read_all([ARTICLES], MAX_FILE_BYTES)
    assert isinstance(reading, Reading)
    return reading.article


@pytest.fixture(scope="session")
def seed_archive(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive of the seed article, embedded by the bundled model."""
    folder = tmp_path_factory.mktemp("seed") / "archive"
    archive = archive_at(folder, encoder)
    take_in(archive, encoder, *read_all([ARTICLES], MAX_FILE_BYTES))
    archive.close()
    return folder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApiServer]:
    """A Bot API server; the test fails if the bot makes a call that Telegram would refuse."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with BotApiServer() as running:
        yield running
    assert running.violations == []


def pytest_configure() -> None:
    """Put temporary files into memory if it has room: the tests' archives call fsync thousands of times.

    TMPDIR also reaches the worker processes and the programs that tests start. If it is set already, it is used.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY_DISK, os.W_OK):
        return
    if shutil.disk_usage(MEMORY_DISK).free >= MIN_FREE_BYTES:
        _remove_folders_of_killed_runs()
        folder = tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=MEMORY_DISK)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["TMPDIR"] = folder
        # Python has cached the former folder, because pytest has used it.
        tempfile.tempdir = None


def _remove_folders_of_killed_runs() -> None:
    """Remove temporary folders whose process, named by its number, has ended."""
    for folder in MEMORY_DISK.glob(f"{FOLDER_PREFIX}*-*"):
        pid = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def pytest_xdist_auto_num_workers() -> int:
    """Use one process more than there are cores: many tests wait for sockets or other processes.

    With two more, a server that was just restarted did not answer in time on a slow processor.
    """
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the two files first that export the models if that was not done yet, and last the others that need models.

    An export takes minutes and one of the processes. Meanwhile the others run what needs no model.
    """
    need_models = {item.path for item in items if MODELS & set(getattr(item, "fixturenames", ()))}
    items.sort(key=lambda item: EXPORTING.index(item.path) - 2 if item.path in EXPORTING else item.path in need_models)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of `kind` for the kinds of archive that its module names, else for those that `make test` tests."""
    parametrized = any("kind" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "kind" in metafunc.fixturenames and not parametrized:
        metafunc.parametrize("kind", getattr(metafunc.module, "ARCHIVE_KINDS", KINDS))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], MilvusPlace]]:
    """A function that returns the address of a server of a kind, which it starts at the first call."""
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
    """Emptied archives that later tests can use, by kind. The servers run until they are dropped."""
    homes_by_kind: dict[str, list[Home]] = {}
    yield homes_by_kind
    for homes in homes_by_kind.values():
        for home in homes:
            home.drop()


@pytest.fixture
def nowhere(kind: str, servers: Callable[[str], MilvusPlace], tmp_path: Path) -> Iterator[Home]:
    """A location of a kind without an archive."""
    home = Home(kind, tmp_path / "archive") if kind == EMBEDDED else home_on(kind, servers(kind))
    yield home
    home.drop()


@pytest.fixture
def home(kind: str, request: pytest.FixtureRequest, used: dict[str, list[Home]]) -> Iterator[Home]:
    """A location for an archive of the fake encoder. If creating one is slow, it may hold an emptied archive."""
    if kind not in SLOW:
        yield request.getfixturevalue("nowhere")
        return
    homes, spec = used.setdefault(kind, []), wanted_spec(FakeEncoder(), 0)
    home = homes.pop() if homes else home_on(kind, request.getfixturevalue("servers")(kind))
    yield home
    if home.empty(spec):
        homes.append(home)
    else:
        home.drop()


@pytest.fixture
def fake() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    """Undo what a command that the test runs in this process has set for logging."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)


@pytest.fixture(autouse=True)
def _isolate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, models: Path) -> None:
    """Remove the settings of the user who runs the tests, and let each test write into a folder of its own."""
    for name in list(os.environ):
        if name.startswith("CLIPPINGS_") or name in {"TELEGRAM_BOT_TOKEN", "NO_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLIPPINGS_MODELS", str(models))
    # Each new HTTP client reads the trusted certificates, for 40 ms. The tests need none.
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
