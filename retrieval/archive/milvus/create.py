"""An archive's collections made on a server, by many at once perhaps, and dropped."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from retrieval.archive.contract import IndexSpec
from retrieval.archive.location import MilvusPlace
from retrieval.archive.milvus.client import Vanished
from retrieval.archive.milvus.ledger import Ledger
from retrieval.archive.milvus.schema import Names, passages
from retrieval.archive.milvus.server import Server


def create(place: MilvusPlace, spec: IndexSpec) -> None:
    """Make an empty archive where there is none; raises Vanished where there is one that has lost its passages."""
    names = Names(place.name)
    with closing(Server(place)) as server:
        first = names.passages(1)
        was_there = first in server.collections()
        server.create(names.ledger, names.beside[names.ledger])
        ledger = Ledger(server, names.ledger)
        if not ledger.identity():
            ledger.name_archive()
        # What is there was begun with the making that was noted before it: with ours, by somebody beside us, or before.
        if was_there and ledger.specs().get(first) != spec:
            server.drop(first)
        ledger.note_spec(first, spec, finds_words=server.finds_words)
        of_passages = passages(spec.dimension, place.index, finds_words=server.finds_words)
        collections = {**names.beside, first: of_passages}
        with ThreadPoolExecutor(len(collections)) as threads:
            list(threads.map(lambda name: server.create(name, collections[name]), collections))
        if server.rows(names.articles, "", [], limit=1, strong=True) and not server.target(names.archive):
            raise Vanished(f"{place} is not whole: it has articles, and no passages. Copy a backup to it.")
        ledger.end(ledger.begin())
        # Only now is there an archive.
        server.name(names.archive, first)


def drop(server: Server) -> None:
    """Remove an archive, wholly."""
    names = Names(server.place.name)
    server.unpoint(names.archive)
    start = f"{names.archive}_p"
    server.drop(
        *(
            one
            for one in server.collections()
            if one in names.beside or (one.startswith(start) and one.removeprefix(start).isdigit())
        )
    )
