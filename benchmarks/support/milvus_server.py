"""The Milvus server of a benchmark, given by its address or started here, and the folder of the results."""

import argparse
import json
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from config.settings import load
from retrieval.archive.location import MilvusPlace
from retrieval.from_settings import archive_location
from tests.milvus_servers import SERVERS, Server, missing

RESULTS = Path(__file__).parents[1] / "results"
# Seconds a call: what a busy server needs is measured, not refused.
TIMEOUT = 60.0


@dataclass(frozen=True)
class Served:
    """A server; `server` is set if it was started here. New archives' names begin with that of `at`."""

    at: MilvusPlace
    server: Server | None
    version: str

    def place(self, name: str, *, timeout: float = TIMEOUT) -> MilvusPlace:
        """Return the place of a new archive of this run."""
        return replace(self.at, name=f"{self.at.name}_{name}", timeout=timeout)

    @property
    def description(self) -> str:
        """The server and the machine, for a report."""
        where = "started here, on loopback" if self.server else f"at {self.at.host}"
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
        return f"Milvus {self.version}, {where}, index {self.at.index}; {machine}"


def add_server(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a server or start one."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--at", metavar="MILVUS", help="milvus://host:port/name: archives are made beside that name")
    group.add_argument("--start", choices=sorted(SERVERS), help="start one here: milvus-lite, or the package milvus")


@contextmanager
def served(args: argparse.Namespace) -> Iterator[Served]:
    """Connect to the given server, or start one; the end of the block stops a started one and removes its data."""
    if args.at:
        place = archive_location(load(), args.at)
        if not isinstance(place, MilvusPlace):
            raise SystemExit(f"{args.at} is no archive on a server. Write milvus://host:19530/name.")
        # A random name, so that parallel and interrupted runs do not disturb this one.
        place = replace(place, name=f"{place.name}_{secrets.token_hex(3)}")
        yield Served(place, None, _version(place))
        return
    if reason := missing(args.start):
        raise SystemExit(reason)
    with TemporaryDirectory(prefix="milvus-") as folder, SERVERS[args.start](Path(folder)) as server:
        place = server.place("benchmark", timeout=TIMEOUT)
        yield Served(place, server, _version(place))


def _version(place: MilvusPlace) -> str:
    from retrieval.archive.milvus.client import Client

    with closing(Client(place)) as client:
        return client.version


def write(name: str, text: str, results: object, folder: Path) -> None:
    """Print the results, and write them as Markdown and as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / f"{name}.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(text)
