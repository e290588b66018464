"""Milvus servers on loopback, for tests and for trying Milvus: milvus-lite, and the server of the package milvus.

    with LiteServer(folder) as server:
        archive = MilvusArchive.open_or_create(server.place("news"), spec)
        server.kill()
        server.restart()

From a shell: `python -m tests.milvus_servers lite|real [--folder F] [--port P]` runs one until Ctrl-C.
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from filelock import FileLock

from retrieval.archive.location import MilvusPlace

HOST = "127.0.0.1"
# Below the ephemeral ports: a port is still free when its server is restarted.
PORTS = range(20_000, 32_000)
# Seconds: the whole Milvus needs 8 to start on two idle cores.
START, STOP = 90, 10
SESSION = 3
TRIES = 3


class ServerFailed(Exception):
    """A server did not start in time."""


class Server(ABC):
    """A server with its data in a folder of its own; a server started later on that folder has the same data."""

    kind: ClassVar[str]
    package: ClassVar[str]

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self._fixed_port = port
        self._ports: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on, known from its first start on."""
        return self._ports[0]

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def place(self, name: str, *, timeout: float = 5.0) -> MilvusPlace:
        """Return the place of an archive on this server."""
        return MilvusPlace(HOST, self.port, name, timeout=timeout)

    def start(self) -> None:
        """Start the server at free ports and wait until it answers; raises ServerFailed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(TRIES):
            self._ports = free_ports(self._needs())
            if self._fixed_port is not None:
                self._ports[0] = self._fixed_port
            try:
                self.restart()
            except ServerFailed:
                # Another process may have taken one of the ports meanwhile.
                if attempt == TRIES - 1:
                    raise
            else:
                return

    def restart(self) -> None:
        """Start it again, on the same folder and the same ports, and wait until it answers; raises ServerFailed."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it on the same folder and the same ports, and do not wait; raises ServerFailed.

        It is killed when the calling thread ends, however it ends.
        """
        assert not self.running
        # milvus-lite would share the port, and clients would reach one or the other by chance.
        if listened_at(self.port):
            raise ServerFailed(f"{HOST}:{self.port} is taken by another program. Choose another port.")
        command, environment = self._command()
        wrapper = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*wrapper, *command],
                cwd=self.folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the process that started it
            )

    def wait(self, seconds: float = START) -> None:
        """Wait until it answers; raises ServerFailed if it does not answer in time."""
        assert self._process
        deadline = time.monotonic() + seconds
        while not self._answers():
            try:
                status = self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                status = None
            if status is not None or time.monotonic() > deadline:
                self.kill()
                what = f"did not answer within {seconds} s" if status is None else f"ended with status {status}"
                raise ServerFailed(f"{self.kind} at {HOST}:{self.port} {what}. See {self.log}")

    def stop(self) -> None:
        """Ask it to end, and kill it if that takes too long."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it, as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP)
        self._process = None

    def _answers(self) -> bool:
        import grpc
        from pymilvus.grpc_gen.milvus_pb2 import CheckHealthRequest
        from pymilvus.grpc_gen.milvus_pb2_grpc import MilvusServiceStub

        with grpc.insecure_channel(f"{HOST}:{self.port}") as channel:
            try:
                return bool(MilvusServiceStub(channel).CheckHealth(CheckHealthRequest(), timeout=2).isHealthy)
            except grpc.RpcError:
                return False

    @abstractmethod
    def _needs(self) -> int:
        """Return how many ports it needs."""

    @abstractmethod
    def _command(self) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        """Return the command, and the variables to set in its environment."""


class LiteServer(Server):
    kind = "lite"
    package = "milvus_lite"

    def _needs(self) -> int:
        return 1

    def _command(self) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        # One call at a time: if two calls open a collection at once, the writes of one are lost.
        program = [sys.executable, "-m", "milvus_lite", "server", "--max-workers", "1"]
        return [*program, "--data-dir", str(self.folder / "data"), "--host", HOST, "--port", str(self.port)], {}

    def launch(self) -> None:
        """Start it on the same folder and the same port, and do not wait."""
        self.mend()
        super().launch()

    def mend(self) -> None:
        """Remove files of a killed server that milvus-lite would read wrongly at its start.

        It writes indexes in place, and would take half an index for a whole one: all indexes are removed, and built
        anew. It would read rows twice if a part of its log was written to segments and not removed yet.
        """
        for file in self.folder.rglob("*.idx"):
            file.unlink()
        for manifest in self.folder.rglob("manifest.json"):
            first_log = json.loads(manifest.read_text(encoding="utf-8")).get("active_wal_number") or 0
            for log in manifest.parent.glob("wal/wal_*.arrow"):
                if int(log.stem.rpartition("_")[2]) < first_log:
                    log.unlink()


class RealServer(Server):
    """The server of the package milvus. That package's own way to start it leaves a child process behind.

    `programs` is a folder for its 200 MB of unpacked programs, which other servers may share.
    """

    kind = "real"
    package = "milvus"
    # The ports that its configuration names. Its etcd's peers and its metrics need one more each.
    PORTS = (
        "proxy_port proxy_internal_port root_coord_port query_coord_port query_node_port index_coord_port "
        "index_node_port data_coord_port data_node_port etcd_port"
    ).split()
    PARTS = "proxy rootCoord queryCoord queryNode indexNode dataCoord dataNode".split()

    def __init__(self, folder: Path, port: int | None = None, programs: Path | None = None) -> None:
        super().__init__(folder, port)
        self._programs = programs or folder

    def _needs(self) -> int:
        return len(self.PORTS) + 2

    def _command(self) -> tuple[Sequence[str | Path], Mapping[str, str]]:
        import milvus

        self._programs.mkdir(parents=True, exist_ok=True)
        with FileLock(self._programs / "unpacking.lock"):
            milvus._initialize_data_files(str(self._programs))
        *named, peers, metrics = self._ports
        config = milvus.MilvusServerConfig(data_dir=str(self.folder))
        config.resolve_storage()
        for name, port in zip(self.PORTS, named, strict=True):
            config.set(name, port)
        for part in self.PARTS:
            config.set(f"{part}.ip", HOST)
        # A strong read waits for a tick, and a new collection for several checks. Defaults: 200 and 1,000 ms.
        config.set("proxy.timeTickInterval", 20)
        config.set("queryCoord.checkInterval", 100)
        config.set("queryCoord.distPullInterval", 100)
        # How long a restarted server waits until the killed one counts as dead. Default: 30 seconds.
        config.set("common.session.ttl", SESSION)
        config.write_config()
        self._configure_etcd(named[-1], peers)
        (self.folder / "run").mkdir(exist_ok=True)
        programs = self._programs.absolute() / "bin"
        return [programs / "milvus", "run", "standalone"], {
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(metrics),
            "MILVUS_RUN_DIR": str(self.folder / "run"),
            "LD_LIBRARY_PATH": f"{programs}:{os.environ.get('LD_LIBRARY_PATH', '')}",
        }

    def _configure_etcd(self, clients: int, peers: int) -> None:
        """Set the ports of its etcd, which its configuration cannot set. Defaults: 2379 and 2380."""
        etcd = self.folder / "configs" / "etcd.yaml"
        client_url, peer_url = f"http://{HOST}:{clients}", f"http://{HOST}:{peers}"
        etcd.write_text(
            f"name: default\nlisten-client-urls: {client_url}\nadvertise-client-urls: {client_url}\n"
            f"listen-peer-urls: {peer_url}\ninitial-advertise-peer-urls: {peer_url}\n"
            f"initial-cluster: default={peer_url}\n"
        )
        file = self.folder / "configs" / "milvus.yaml"
        file.write_text(file.read_text().replace("\netcd:\n", f"\netcd:\n  config:\n    path: {etcd}\n", 1))


SERVERS: Mapping[str, type[Server]] = {server.kind: server for server in (LiteServer, RealServer)}


def missing(kind: str) -> str | None:
    """Return why no server of a kind can run here; None if it can."""
    absent = [name for name in ("pymilvus", SERVERS[kind].package) if find_spec(name) is None]
    return f"{', '.join(absent)} not installed: pip install -c constraints.txt -e '.[dev]'" if absent else None


def listened_at(port: int) -> bool:
    """Tell whether a program listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def free_ports(count: int) -> list[int]:
    """Return ports at which no program listens, on any address of this machine; raises ServerFailed."""
    ports: list[int] = []
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise ServerFailed(f"There are no {count} free ports from {PORTS.start} to {PORTS.stop}.")


def main() -> None:
    """Run a server in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m tests.milvus_servers", description="Run Milvus on loopback.")
    parser.add_argument("kind", choices=sorted(SERVERS))
    parser.add_argument("--folder", type=Path, help="where its data is kept (data/milvus-KIND)")
    parser.add_argument("--port", type=int, default=19530, help="where it answers (19530)")
    args = parser.parse_args()
    if reason := missing(args.kind):
        parser.exit(1, f"{reason}\n")
    folder: Path = args.folder or Path("data") / f"milvus-{args.kind}"
    # Both signals: a shell starts background processes with Ctrl-C ignored.
    for how in (signal.SIGINT, signal.SIGTERM):
        signal.signal(how, signal.default_int_handler)
    try:
        with SERVERS[args.kind](folder.absolute(), args.port) as server:
            print(f'Milvus answers. In config/settings.toml: archive = "milvus://{HOST}:{server.port}/news"')
            print(f"Its data is in {folder}. Ctrl-C stops it.", flush=True)
            # No single long wait: if one of gRPC's threads gets the signal, such a wait would not end.
            while server.running:
                time.sleep(0.1)
        parser.exit(1, f"It ended. See {server.log}\n")
    except ServerFailed as error:
        parser.exit(1, f"{error}\n")
    except KeyboardInterrupt:
        parser.exit(0)


if __name__ == "__main__":
    main()
