"""The size of an archive on Milvus, for docs/milvus.md:

    python -m benchmarks.milvus_size rows FOLDER…         bytes of rows, of a passage and of an article, by field
    python -m benchmarks.milvus_size disk [--size 20000]  files of a whole server, by collection and kind of index

`rows` takes the example article and the articles of BEIR folders, in which documents with the same title are paragraphs
of the same article. It embeds them with the bundled model and reads every row back from milvus-lite. `disk` fills a
whole server with a drawn corpus and measures its folder after everything is written and indexed.
"""

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from pymilvus import MilvusClient

from benchmarks.support.question_sets import from_beir
from benchmarks.support.synthetic_corpus import BLOCK, SPEC, Corpus, entries
from corpus.article import Article, Card
from corpus.reader_types import Reading
from corpus.reading import find_files, read_files
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.location import Index
from retrieval.archive.milvus.archive import MilvusArchive
from retrieval.archive.milvus.archive_collections import ArchiveCollections
from retrieval.archive.milvus.client import Client
from retrieval.archive.milvus.collection import Collection, Row
from retrieval.archive.milvus.schema import DUMMY_FIELD, CollectionSchema, passages_schema
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.indexing.pipeline import sync
from tests.milvus_servers import LiteServer, RealServer

EXAMPLE = Path("corpus/articles")
# How long a whole server may take to write and index all rows.
TIMEOUT_SECONDS = 600
BYTES_A_WORD = 8  # of a sparse vector: a word's number and its frequency


def articles(folders: Iterable[Path]) -> Iterator[Reading]:
    """Yield the articles of BEIR folders, each with its paragraphs; and the example article."""
    for folder in folders:
        paragraphs = defaultdict(list)
        for document in from_beir(folder).documents:
            paragraphs[document.title].append(document.text)
        for title, texts in paragraphs.items():
            id_ = f"{folder.name}/{title}"
            yield Reading(Article(Card(id_, title), "\n\n".join(texts)), f"/{id_}")
    yield from (result for result in read_files(find_files([EXAMPLE]), 10_000_000) if isinstance(result, Reading))


def field_bytes(value: object) -> int:
    """Return the bytes of a row's value: four for each number of a vector, eight for any other number."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bool):
        return 1
    if isinstance(value, list | tuple):
        return sum(4 if isinstance(item, float) else field_bytes(item) for item in value)
    return 8


def by_field(collection: Collection, schema: CollectionSchema) -> tuple[int, dict[str, float]]:
    """Return the number of a collection's rows, and the mean bytes of each field; the server computes `sparse`."""
    rows: list[Row] = list(collection.iterate("", [field for field in schema.fields if field != DUMMY_FIELD]))
    if not rows:
        return 0, {}
    sizes = {field: statistics.fmean(field_bytes(row[field]) for row in rows) for field in rows[0]}
    if text_field := schema.full_text_field:
        sizes["sparse"] = statistics.fmean(BYTES_A_WORD * len(set(row[text_field].split())) for row in rows)
    return len(rows), sizes


def measure_rows(folders: list[Path]) -> None:
    """Print the bytes of every collection's rows."""
    encoder = SentenceEncoder()
    spec = wanted_spec(encoder, 0)
    with TemporaryDirectory() as folder, LiteServer(Path(folder)) as server:
        place = server.place("news")
        with closing(MilvusArchive.open_or_create(place, lambda: spec)) as archive, archive.write_lock("benchmark"):
            sync(articles(folders), archive, encoder)
            status = archive.status()
        total_bytes = 0
        with closing(Client(place)) as client:
            collections = ArchiveCollections(client)
            of_passages = passages_schema(spec.dimension, place.index, full_text_search=client.has_full_text_search)
            print(f"{status.articles} articles, {status.passages} passages")
            for collection, schema in {collections.numbered(1): of_passages, **collections.schemas}.items():
                count, sizes = by_field(collection, schema)
                row_bytes = sum(sizes.values())
                plain = row_bytes - sizes.get("vector", 0)
                print(f"\n{collection.name}: {count} rows of {row_bytes:,.0f} bytes; without vectors {plain:,.0f}")
                print("  " + ", ".join(f"{field} {size:,.0f}" for field, size in sizes.items() if size))
                total_bytes += round(count * row_bytes)
        print(f"\nall: {total_bytes / status.passages:,.0f} bytes a passage")


def bytes_by_segment(data: Path) -> dict[tuple[str, int], int]:
    """Return the bytes of a server's logs and of its index files, by segment."""
    sizes: dict[tuple[str, int], int] = defaultdict(int)
    for kind, where in (("insert_log", 3), ("index_files", 4)):
        for file in (data / kind).rglob("*"):
            if file.is_file():
                sizes[kind, int(file.relative_to(data).parts[where])] += file.stat().st_size
    return sizes


def indexed(client: MilvusClient, collection: str, field: str, size: int) -> bool:
    """Tell whether all rows are in an index."""
    index = client.describe_index(collection, index_name=field)
    return bool(index) and int(index["indexed_rows"]) >= size and not int(index["pending_index_rows"])


def measure_disk(size: int, kinds: list[Index]) -> None:
    """Print the bytes per passage of a whole server's files, of segments in use; others are deleted later."""
    with TemporaryDirectory() as folder, RealServer(Path(folder)) as server:
        for number, kind in enumerate(kinds):
            place = replace(server.place(f"drawn{number}"), index=kind)
            with closing(MilvusArchive.open_or_create(place, lambda: SPEC)) as archive:
                collection = archive.collections.passages().name
                names = [collection, *(other.name for other in archive.collections.schemas)]
                for block in Corpus(size).blocks():
                    archive.put(list(entries(block)))
            with closing(MilvusClient(place.uri)) as client:
                for name in names:
                    client.flush(name)
                until = time.monotonic() + TIMEOUT_SECONDS
                while not (done := indexed(client, collection, "vector", size)) and time.monotonic() < until:
                    time.sleep(1)
                sizes = bytes_by_segment(Path(folder) / "data")
                used = {name: client.list_persistent_segments(name) for name in names}
            print(f"{kind}, {size:,} passages, bytes a passage{'' if done else ' (NOT INDEXED YET)'}:")
            for name, segments in used.items():
                logs, index = (
                    sum(sizes[kind_of_file, segment.segment_id] for segment in segments) / size
                    for kind_of_file in ("insert_log", "index_files")
                )
                print(f"  {name}: log {logs:,.0f}, index {index:,.0f}", flush=True)


def main() -> None:
    """Run one of the two measurements."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milvus_size")
    commands = parser.add_subparsers(required=True)
    rows = commands.add_parser("rows")
    rows.add_argument("folders", nargs="*", type=Path)
    rows.set_defaults(do=lambda args: measure_rows(args.folders))
    disk = commands.add_parser("disk")
    disk.add_argument("--size", type=int, default=20 * BLOCK, help="passages, a multiple of 1,000 (20,000)")
    disk.add_argument("--index", nargs="*", choices=get_args(Index), default=["hnsw", "ivf_sq8"])
    disk.set_defaults(do=lambda args: measure_disk(args.size, args.index))
    args = parser.parse_args()
    args.do(args)


if __name__ == "__main__":
    main()
