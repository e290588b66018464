"""What an archive on Milvus is made of: collections, their fields and their indexes.

    NAME            an alias of the passages in use, NAME_p1 or NAME_p2 …: one collection a making
    NAME_articles   a row an article: the version of it that counts, its card, its digest
    NAME_notes      a row an article: its story, and who tells it; written over by whoever knows better
    NAME_texts      what is too long for a row, in parts
    NAME_words      a row a word, for those that are spelled alike
    NAME_ledger     who is writing, what the makings are, the names of sources and authors

A collection without a vector cannot be, so that those which need none have one of two numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pymilvus import DataType, Function, FunctionType, MilvusClient

from retrieval.archive.location import Index

VERSION = 1
KEY = "id"
NONE, NO_VECTOR = "none", [0.0, 0.0]
# Bytes of a text that a row can have.
LONGEST = 65_535
MOST_STEMS, LONGEST_STEM = 4096, 256
BANDS = 64
Options: TypeAlias = dict[str, Any]
# Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs" (2016): 16 to 48
# links a point for recall near 1; the rest are what Milvus's own documentation takes.
INDEXES: Mapping[Index, Options] = {
    "flat": {"index_type": "FLAT", "params": {}},
    "hnsw": {"index_type": "HNSW", "params": {"M": 16, "efConstruction": 200}},
    "ivf_sq8": {"index_type": "IVF_SQ8", "params": {"nlist": 1024}},
    "diskann": {"index_type": "DISKANN", "params": {}},
    "autoindex": {"index_type": "AUTOINDEX", "params": {}},
}
TEXT: Options = {"datatype": DataType.VARCHAR, "max_length": LONGEST}
NUMBER: Options = {"datatype": DataType.INT64}
FLAG: Options = {"datatype": DataType.BOOL}
STEMS: Options = {
    "datatype": DataType.ARRAY,
    "element_type": DataType.VARCHAR,
    "max_capacity": MOST_STEMS,
    "max_length": LONGEST_STEM,
}
ANALYZED: Options = {
    **TEXT,
    "enable_analyzer": True,
    "enable_match": True,
    "analyzer_params": {"tokenizer": "standard"},
}
# As tantivy counts, so that the same passages come first.
BM25 = {"bm25_k1": 1.2, "bm25_b": 0.75}


@dataclass(frozen=True)
class Collection:
    """Fields and indexes; `finds` names the field of words that the server itself searches, if it can."""

    fields: Mapping[str, Options]
    indexes: Mapping[str, Options]
    finds: str = ""

    def schema(self) -> Any:
        """Return the fields, as pymilvus takes them."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(KEY, is_primary=True, **TEXT)
        for name, options in self.fields.items():
            schema.add_field(name, **options)
        if self.finds:
            schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
            schema.add_function(
                Function(
                    name="bm25",
                    function_type=FunctionType.BM25,
                    input_field_names=[self.finds],
                    output_field_names=["sparse"],
                )
            )
        return schema

    def index_params(self) -> Any:
        """Return the indexes, as pymilvus takes them."""
        params = MilvusClient.prepare_index_params()
        for field, index in self.indexes.items():
            params.add_index(field, index_name=field, **index)
        return params


def passages(dimension: int, index: Index, *, finds_words: bool) -> Collection:
    """Return the collection of a making's passages."""
    fields = {
        "article": TEXT,
        "version": TEXT,
        "stamp": NUMBER,
        "begin": NUMBER,
        "finish": NUMBER,
        "amount": NUMBER,
        "body": TEXT,
        "parts": NUMBER,
        "digest": TEXT,
        "embedded": TEXT,
        "published": NUMBER,
        "added": NUMBER,
        "source": TEXT,
        "author": TEXT,
        "words": ANALYZED if finds_words else STEMS,
        "vector_digest": TEXT,
        "vector": {"datatype": DataType.FLOAT_VECTOR, "dim": dimension},
    }
    indexes: dict[str, Options] = {"vector": {"metric_type": "IP", **INDEXES[index]}}
    if finds_words:
        indexes["sparse"] = {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25", "params": BM25}
    return Collection(fields, indexes, "words" if finds_words else "")


def _without_vector(**fields: Options) -> Collection:
    return Collection(
        {**fields, NONE: {"datatype": DataType.FLOAT_VECTOR, "dim": len(NO_VECTOR)}},
        {NONE: {"metric_type": "IP", "index_type": "FLAT", "params": {}}},
    )


ARTICLES = _without_vector(
    version=TEXT,
    stamp=NUMBER,
    content=TEXT,
    card=TEXT,
    body=TEXT,
    parts=NUMBER,
    amount=NUMBER,
    over=FLAG,
    making=TEXT,
    published=NUMBER,
    added=NUMBER,
    language=TEXT,
    source=TEXT,
    author=TEXT,
    seal=TEXT,
)
NOTES = _without_vector(
    stamp=NUMBER,
    story=TEXT,
    first=FLAG,
    shared=FLAG,
    told=TEXT,
    parts=NUMBER,
    signature=TEXT,
    bands={"datatype": DataType.ARRAY, "element_type": DataType.INT64, "max_capacity": BANDS},
)
TEXTS = _without_vector(article=TEXT, version=TEXT, stamp=NUMBER, text=TEXT)
WORDS = _without_vector(form=TEXT, family=NUMBER)
LEDGER = _without_vector(kind=TEXT, stamp=NUMBER, value=TEXT)


@dataclass(frozen=True, slots=True)
class Names:
    """What the collections of an archive are called."""

    archive: str

    @property
    def articles(self) -> str:
        """What articles are in."""
        return f"{self.archive}_articles"

    @property
    def notes(self) -> str:
        """What is noted of articles."""
        return f"{self.archive}_notes"

    @property
    def texts(self) -> str:
        """What is too long for a row."""
        return f"{self.archive}_texts"

    @property
    def words(self) -> str:
        """The words that there are."""
        return f"{self.archive}_words"

    @property
    def ledger(self) -> str:
        """Who is writing."""
        return f"{self.archive}_ledger"

    def passages(self, number: int) -> str:
        """Return what the passages of a making are in."""
        return f"{self.archive}_p{number}"

    @property
    def beside(self) -> Mapping[str, Collection]:
        """Every collection but those of passages."""
        return {
            self.ledger: LEDGER,
            self.articles: ARTICLES,
            self.notes: NOTES,
            self.texts: TEXTS,
            self.words: WORDS,
        }
