"""What a server has acknowledged, written down by whoever was told so: what of that is gone, it has lost by itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from retrieval.archive.milvus.calls import Calls
from retrieval.archive.milvus.schema import Names
from retrieval.archive.milvus.server import Server
from retrieval.archive.place import MilvusPlace


class Acknowledged:
    """Rows by their collections and keys, with their stamps, which grow; every process adds to one file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have this process, and whoever it forks, write down what they write."""
        write = Calls.write

        def noted(calls: Calls, what: str, *args: Any, **kwargs: Any) -> Any:
            # What is to be deleted may be gone before that is acknowledged.
            if what == "delete":
                self._note(args[0], dict.fromkeys(kwargs["ids"]))
            told = write(calls, what, *args, **kwargs)
            if what == "upsert":
                self._note(args[0], {row["id"]: row.get("stamp", 0) for row in args[1]})
            return told

        monkeypatch.setattr(Calls, "write", noted)

    def _note(self, collection: str, rows: Mapping[str, int | None]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps([collection, rows])}\n")

    def lost(self, place: MilvusPlace) -> list[str]:
        """Return the articles', texts' and passages' rows that are not there, or older than was acknowledged."""
        wanted: dict[str, dict[str, int | None]] = {}
        for line in self._file.read_text(encoding="utf-8").splitlines():
            collection, rows = json.loads(line)
            wanted.setdefault(collection, {}).update(rows)
        names, server = Names(place.name), Server(place)
        gone = []
        for collection in (names.articles, names.texts, str(server.target(names.archive))):
            stamps = {key: stamp for key, stamp in wanted.get(collection, {}).items() if stamp is not None}
            there = server.by_key(collection, list(stamps), ["stamp"], strong=True)
            gone += [f"{collection} {key}" for key in stamps if there.get(key, {"stamp": -1})["stamp"] < stamps[key]]
        server.close()
        return gone
