"""The texts that a model wants in front of questions and passages: its own, the settings', or its family's."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Prompts:
    """What stands in front of each question and each passage that is encoded; "" for nothing."""

    query: str = ""
    passage: str = ""

    def __bool__(self) -> bool:
        return bool(self.query or self.passage)


NO_PROMPTS = Prompts()
# Names that models give to their prompts, as sentence-transformers' encode_query and encode_document look for them.
QUERY_NAMES = "query", "question", "s2p_query", "search_query"
PASSAGE_NAMES = "document", "passage", "corpus", "search_document"
E5 = Prompts("query: ", "passage: ")
BGE = Prompts("Represent this sentence for searching relevant passages: ")
# Families that were trained with prompts, but do not always name them in their files: a pattern for the model's name,
# and the prompts from its model card. The first match counts.
FAMILIES: tuple[tuple[str, Prompts], ...] = (
    (
        r"\be5\b.*\binstruct",
        Prompts("Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "),
    ),
    (r"\be5\b|^multilingual$", E5),
    (r"\bbge\b.*\bm3\b|\bbge\b.*\breranker", Prompts()),
    (r"\bbge\b.*\bzh\b", Prompts("为这个句子生成表示以用于检索相关文章：")),
    (r"\bbge\b.*\ben\b", BGE),
    (r"\bmxbai\b.*\bembed", BGE),
    (r"\barctic embed\b.*\bv2", Prompts("query: ")),
    (r"\barctic embed\b", BGE),
    (r"\bnomic embed\b|\bmodernbert embed\b", Prompts("search_query: ", "search_document: ")),
    (r"\bembeddinggemma\b", Prompts("task: search result | query: ", "title: none | text: ")),
    (
        r"\bqwen3 embedding\b",
        Prompts("Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"),
    ),
)


def prompts_of(model: str, folder: Path, given: Prompts = NO_PROMPTS) -> Prompts:
    """Return the prompts of the model in a folder.

    Those of the settings, `given`, are used if they are not empty. Else the model's own prompts count,
    by the names that sentence-transformers uses, and else those of its family, which its names tell.
    """
    config = _read_json(folder / "config_sentence_transformers.json")
    own = _own_prompts(config)
    if own is None:
        own = family_prompts(model, folder.name, str(_read_json(folder / "config.json").get("_name_or_path", "")))
    return Prompts(given.query or own.query, given.passage or own.passage)


def family_prompts(*names: str) -> Prompts:
    """Return the prompts of the first family that one of a model's names belongs to; none if it belongs to none."""
    for name in names:
        words = " ".join(re.findall(r"[a-z0-9.]+", Path(name).name.lower()))
        for pattern, prompts in FAMILIES:
            if re.search(pattern, words):
                return prompts
    return Prompts()


def _own_prompts(config: Mapping[str, Any]) -> Prompts | None:
    """Return the prompts that a model names in its files; None if it names none."""
    prompts = config.get("prompts")
    named = {name: text for name, text in prompts.items() if text} if isinstance(prompts, dict) else {}
    default = named.get(config.get("default_prompt_name"), "")
    query = next((named[name] for name in QUERY_NAMES if named.get(name)), default)
    passage = next((named[name] for name in PASSAGE_NAMES if named.get(name)), default)
    return Prompts(query, passage) if query or passage else None


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
