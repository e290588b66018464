"""The Milvus servers that other tests use: they lose nothing that they acknowledged, and end with their parents."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.reader_types import Reading
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.indexing.pipeline import draft
from tests.articles import an_article, embed
from tests.fakes import FakeEncoder, nearest
from tests.milvus_servers import HOST, LiteServer, ServerFailed, free_ports, listened_at, missing
from tests.news_site import until

ROOT = Path(__file__).parents[2]
FAKE = FakeEncoder()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[LiteServer]:
    if reason := missing("lite"):
        pytest.skip(reason)
    with LiteServer(tmp_path / "lite") as running:
        yield running


def test_a_killed_server_has_all_acknowledged_writes_after_its_restart(lite: LiteServer) -> None:
    port = lite.port
    archive = MilvusArchive.open_or_create(lite.place("news"), lambda: wanted_spec(FAKE, 0))
    state = archive.generation()
    archive.close()
    lite.kill()
    assert not listened_at(port)
    lite.restart()
    assert lite.port == port
    again = MilvusArchive.open(lite.place("news"))
    assert again.generation() == state
    again.close()


def test_rows_in_a_segment_and_in_the_log_are_read_once_after_a_kill(lite: LiteServer, tmp_path: Path) -> None:
    archive = MilvusArchive.open_or_create(lite.place("news"), lambda: wanted_spec(FAKE, 0))
    articles = embed([draft(Reading(an_article(1), ""), FAKE, FAKE.max_tokens)], FAKE, archive.spec)
    archive.put(articles)
    (log,) = [file for file in lite.folder.rglob("wal_data_*.arrow") if "news_p1" in str(file)]
    log_copy = shutil.copy(log, tmp_path / "log")
    archive.checkpoint()
    archive.close()
    assert not log.exists()
    lite.kill()
    shutil.copy(log_copy, log)
    lite.restart()
    again = MilvusArchive.open(lite.place("news"))
    assert again.verify() == []
    assert len(nearest(again, FAKE, "Text number 1 is here.", 5)) == again.status().passages
    again.close()


def test_no_two_servers_share_a_port(lite: LiteServer, tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match=f"{HOST}:{lite.port} is taken by another program"):
        LiteServer(tmp_path / "second", lite.port).start()


def test_a_server_that_cannot_start_says_where_its_log_is(tmp_path: Path) -> None:
    if reason := missing("lite"):
        pytest.skip(reason)
    (tmp_path / "data").write_text("no folder")
    server = LiteServer(tmp_path)
    with pytest.raises(ServerFailed, match=r"ended with status 1. See .*server\.log"):
        server.start()
    assert not server.running
    assert server.log.read_text()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_server_outlives_the_process_that_started_it(tmp_path: Path, how: signal.Signals) -> None:
    if reason := missing("lite"):
        pytest.skip(reason)
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "tests.milvus_servers", "lite", "--folder", str(tmp_path), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        assert f"milvus://{HOST}:{port}/news" in started.stdout.readline()
        assert listened_at(port)
        started.send_signal(how)
        assert started.wait(30) == (-how if how == signal.SIGKILL else 0)
    until(lambda: not listened_at(port))
