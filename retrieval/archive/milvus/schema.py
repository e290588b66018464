"""The schemas of an archive's collections on Milvus: their fields and indexes.

    NAME            an alias of the passages in use, NAME_p1 or NAME_p2 …: one collection for each index spec
    NAME_articles   a row for each article: its current version, its card, its digest
    NAME_notes      a row for each article: its near-duplicate group and its occurrences
    NAME_texts      parts of texts that are too long for a row
    NAME_words      a row for each word, to find words of similar spelling
    NAME_ledger     the writers, the index specs, the names of sources, authors and languages

Some fields on the server keep older names: `making` (index spec), `told` (occurrences), `story` (near-duplicate group).
Milvus requires a vector in every collection: those that need none have one of two numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pymilvus import DataType, Function, FunctionType, MilvusClient

from retrieval.archive.location import Index
from retrieval.text.bm25 import K1, B

VERSION = 1
KEY = "id"
# The field and the value of the vector that a collection has only because Milvus requires one.
DUMMY_FIELD, DUMMY_VECTOR = "none", [0.0, 0.0]
MAX_TEXT_BYTES = 65_535
MAX_STEMS, MAX_STEM_BYTES = 4096, 256
MAX_BANDS = 64
Options: TypeAlias = dict[str, Any]
# Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs" (2016): 16 to 48
# links a point for recall near 1; the other values are those of Milvus's own documentation.
INDEXES: Mapping[Index, Options] = {
    "flat": {"index_type": "FLAT", "params": {}},
    "hnsw": {"index_type": "HNSW", "params": {"M": 16, "efConstruction": 200}},
    "ivf_sq8": {"index_type": "IVF_SQ8", "params": {"nlist": 1024}},
    "diskann": {"index_type": "DISKANN", "params": {}},
    "autoindex": {"index_type": "AUTOINDEX", "params": {}},
}
TEXT: Options = {"datatype": DataType.VARCHAR, "max_length": MAX_TEXT_BYTES}
NUMBER: Options = {"datatype": DataType.INT64}
FLAG: Options = {"datatype": DataType.BOOL}
STEMS: Options = {
    "datatype": DataType.ARRAY,
    "element_type": DataType.VARCHAR,
    "max_capacity": MAX_STEMS,
    "max_length": MAX_STEM_BYTES,
}
ANALYZED: Options = {
    **TEXT,
    "enable_analyzer": True,
    "enable_match": True,
    "analyzer_params": {"tokenizer": "standard"},
}


@dataclass(frozen=True)
class CollectionSchema:
    """Fields and indexes; `full_text_field` is the text field that the server ranks by BM25, if it can."""

    fields: Mapping[str, Options]
    indexes: Mapping[str, Options]
    full_text_field: str = ""

    def fields_for_pymilvus(self) -> Any:
        """Return the fields in pymilvus's form."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(KEY, is_primary=True, **TEXT)
        for name, options in self.fields.items():
            schema.add_field(name, **options)
        if self.full_text_field:
            schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
            schema.add_function(
                Function(
                    name="bm25",
                    function_type=FunctionType.BM25,
                    input_field_names=[self.full_text_field],
                    output_field_names=["sparse"],
                )
            )
        return schema

    def indexes_for_pymilvus(self) -> Any:
        """Return the indexes in pymilvus's form."""
        params = MilvusClient.prepare_index_params()
        for field, index in self.indexes.items():
            params.add_index(field, index_name=field, **index)
        return params


def passages_schema(dimension: int, index: Index, *, full_text_search: bool) -> CollectionSchema:
    """Return the schema of an index spec's passages."""
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
        "words": ANALYZED if full_text_search else STEMS,
        "vector_digest": TEXT,
        "vector": {"datatype": DataType.FLOAT_VECTOR, "dim": dimension},
    }
    indexes: dict[str, Options] = {"vector": {"metric_type": "IP", **INDEXES[index]}}
    if full_text_search:
        indexes["sparse"] = {
            "index_type": "SPARSE_INVERTED_INDEX",
            "metric_type": "BM25",
            "params": {"bm25_k1": K1, "bm25_b": B},
        }
    return CollectionSchema(fields, indexes, "words" if full_text_search else "")


def _without_vector(**fields: Options) -> CollectionSchema:
    return CollectionSchema(
        {**fields, DUMMY_FIELD: {"datatype": DataType.FLOAT_VECTOR, "dim": len(DUMMY_VECTOR)}},
        {DUMMY_FIELD: {"metric_type": "IP", "index_type": "FLAT", "params": {}}},
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
    bands={"datatype": DataType.ARRAY, "element_type": DataType.INT64, "max_capacity": MAX_BANDS},
)
TEXTS = _without_vector(article=TEXT, version=TEXT, stamp=NUMBER, text=TEXT)
WORDS = _without_vector(form=TEXT, family=NUMBER)
LEDGER = _without_vector(kind=TEXT, stamp=NUMBER, value=TEXT)
