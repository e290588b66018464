"""The documents agree with the code: commands, settings, paths, functions, links, log lines and errors."""

import argparse
import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.handlers.info_commands import menu
from bot.i18n.translation import ENGLISH
from bot.startup import main as bot_main
from config.settings import load, names
from retrieval.cli.main import parser

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
DEPLOY = DOCS / "deploy"
PAGES = sorted(DOCS.glob("*.md"))
DOCUMENTS = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
UNITS = sorted(DEPLOY.glob("*.service"))
FOLDERS = "bot|config|corpus|retrieval|tests|benchmarks|training|docs"
MAX_README_LINES = 160
MAX_TERMS = 30
MAX_QUESTION_HOPS = 14


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level or a higher one."""
    level = len(heading) - len(heading.lstrip("#"))
    below = text.partition(f"\n{heading}\n")[2]
    assert below, heading
    return re.split(rf"(?m)^#{{1,{level}}} ", below)[0]


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of every row of the first table in a text, without its header."""
    table = re.search(r"(?m)(?:^\|.*\n?)+", text)
    assert table
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table[0].splitlines()[2:]]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


# --- Pages ---


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MAX_README_LINES


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_page_says_first_whom_it_is_for(file: Path) -> None:
    title, empty, audience, *_ = file.read_text(encoding="utf-8").splitlines()
    assert title.startswith("# ")
    assert not empty
    assert re.match(r"For (users|admins|successors)\b", audience)


def test_the_glossary_is_short_and_each_term_is_there_once() -> None:
    terms = [cells[0] for cells in table_rows(page("glossary.md"))]
    assert 10 < len(terms) <= MAX_TERMS
    assert len(terms) == len(set(terms))


def anchors(file: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    text = re.sub(r"(?ms)^```.*?^```", "", file.read_text(encoding="utf-8"))
    headings = re.findall(r"(?m)^#+ +(.+?) *$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_no_link_is_dead(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    links = [*re.findall(r"\]\(([^()\s]+)\)", text), *re.findall(r'(?:src|href)="([^"]+)"', text)]
    for link in links:
        if re.match(r"(https?|milvus):", link):
            continue
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


# --- Code that is named ---


@pytest.mark.parametrize("file", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda file: file.name)
def test_every_path_and_module_named_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for path in re.findall(rf"(?<![\w./<-])((?:{FOLDERS})/[\w./*-]*)", text):
        assert list(ROOT.glob(path.rstrip("./"))), path
    for module in re.findall(rf"python -m ((?:{FOLDERS})[\w.]*)", text):
        file_or_package = ROOT / module.rstrip(".").replace(".", "/")
        assert file_or_package.with_suffix(".py").exists() or (file_or_package / "__main__.py").exists(), module
    for module in quoted(text):
        named = re.fullmatch(rf"(?:{FOLDERS})(?:\.\w+)+", module) and module not in names()
        if named and not module.startswith(("bot.db", "corpus.jsonl")):
            file_or_package = ROOT / module.replace(".", "/")
            assert file_or_package.is_dir() or file_or_package.with_suffix(".py").exists(), module


@cache
def defined(file: Path) -> frozenset[str]:
    """Return the functions and classes of a module, and `Class.method` for methods."""
    top = ast.parse(file.read_text(encoding="utf-8")).body
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = {node.name for node in top if isinstance(node, kinds)}
    classes = (node for node in top if isinstance(node, ast.ClassDef))
    methods = {f"{outer.name}.{node.name}" for outer in classes for node in outer.body if isinstance(node, kinds)}
    return frozenset(found | methods)


def check_defined(path: str, functions: list[str]) -> None:
    assert functions, path
    assert set(functions) <= defined(ROOT / path), path


def test_every_term_is_defined_where_the_glossary_says() -> None:
    for cells in table_rows(page("glossary.md")):
        path, *definitions = quoted(cells[2])
        check_defined(path, definitions)


@pytest.mark.parametrize("heading", ["## A question, from edge to edge", "## An article, from edge to edge"])
def test_every_hop_names_a_module_and_its_function(heading: str) -> None:
    for cells in table_rows(section(page("architecture.md"), heading)):
        (path,) = quoted(cells[1])
        check_defined(path, quoted(cells[2]))


def test_a_question_takes_few_hops_and_each_is_named_once() -> None:
    hops = [
        tuple(cells[1:3]) for cells in table_rows(section(page("architecture.md"), "## A question, from edge to edge"))
    ]
    assert len(hops) <= MAX_QUESTION_HOPS
    assert len(hops) == len(set(hops))


# --- Commands ---


def commands(within: argparse.ArgumentParser, prefix: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield each command that takes no further command, with its parser."""
    groups = [action for action in within._actions if isinstance(action, argparse._SubParsersAction)]
    for group in groups:
        for name, inner in group.choices.items():
            yield from commands(inner, f"{prefix}{name} ")
    if not groups:
        yield prefix.strip(), within


def described() -> dict[str, str]:
    """Return the section of each command in docs/command-line.md."""
    parts = re.split(r"(?m)^### `([^`]+)`$", page("command-line.md"))
    found = {}
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        name = " ".join(word for word in heading.split() if re.fullmatch(r"[a-z-]+", word))
        found[name] = re.split(r"(?m)^#{2,3} ", text)[0]
    return found


def options_in(text: str) -> set[str]:
    return {option for row in re.findall(r"(?m)^\| `(-.*?)`", text) for option in re.findall(r"(?<!\w)--?[\w-]+", row)}


def test_every_command_and_option_is_described_and_no_other() -> None:
    sections = described()
    accepted = {
        name: {option for action in inner._actions for option in action.option_strings} - {"-h", "--help"}
        for name, inner in commands(parser())
    }
    assert {name: options_in(text) for name, text in sections.items() if name != "clippings-bot"} == accepted


def test_every_argument_of_a_command_is_in_its_heading() -> None:
    for name, inner in commands(parser()):
        metavars = {action.metavar for action in inner._actions if not action.option_strings}
        (heading,) = re.findall(rf"(?m)^### `({name}(?: [^a-z`]+)?)`$", page("command-line.md"))
        assert metavars == set(re.findall(r"[A-Z]+", heading)), name


def test_every_option_of_the_bot_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bot_main(["--help"])
    options = set(re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", capsys.readouterr().out)) - {"--help"}
    assert options == options_in(described()["clippings-bot"])


def test_every_command_of_the_bot_is_described_and_no_other() -> None:
    rows = table_rows(section(page("bot.md"), "## Commands"))
    in_the_menu = {name for name, _ in menu(ENGLISH, admin=True)}
    assert {command for cells in rows for command in re.findall(r"`/([a-z]+)", cells[0])} == in_the_menu


# --- Settings ---


def test_every_setting_is_in_the_documents() -> None:
    said = set(quoted("\n".join(file.read_text(encoding="utf-8") for file in [*PAGES, ROOT / "README.md"])))
    said |= {text.partition(" = ")[0] for text in said}
    missing = [name for name in names() if name not in said and name.rpartition(".")[2] not in said]
    assert missing in ([], ["source"])  # which is written [[source]]
    assert "`[[source]]`" in page("formats.md")


@pytest.mark.parametrize(("name", "table"), [("bot", "bot.md"), ("milvus", "milvus.md")])
def test_every_setting_of_a_table_is_explained(name: str, table: str) -> None:
    settings = tomllib.loads((ROOT / "config" / "settings.toml").read_text(encoding="utf-8"))[name]
    heading = re.search(r"(?m)^#+ Settings$", page(table))
    assert heading
    rows = table_rows(section(page(table), heading[0]))
    assert {key for cells in rows for key in quoted(cells[0])} == set(settings)


def variables(text: str) -> dict[str, str]:
    return dict(re.findall(r"(CLIPPINGS_\w+)=(\S+)", text))


def test_every_variable_named_is_a_setting() -> None:
    found = variables(page("operations.md"))
    assert {"CLIPPINGS_ARCHIVE", "CLIPPINGS_BOT_OWNERS", "CLIPPINGS_BOT_WEBHOOK_LISTEN"} <= found.keys()
    load(found)


# --- What the code says ---


def test_every_error_that_milvus_is_said_to_give_is_one() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "retrieval").rglob("*.py"))
    # A text that is written over several lines is one, and what is put into it is left out.
    sources = re.sub(r"\{[^{}]*\}", "…", re.sub(r'"\s*\n\s*f?"', "", sources)).replace("%s", "…")
    errors = [
        error
        for cells in table_rows(section(page("milvus.md"), "## When something is wrong"))
        for error in quoted(cells[0])
    ]
    assert errors
    for error in errors:
        assert all(part.strip(" ().") in sources for part in error.split("…")), error


def logged() -> set[str]:
    """Return everything that the bot's sources log, each with its values as an ellipsis."""
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "bot").rglob("*.py"))
    calls = re.findall(r'log\.(?:info|warning|error)\(\s*"([^"]+)"', sources)
    return {re.sub(r"%(?:\.0f|[sd])", "…", call).partition("\\n")[0] for call in calls}


def test_every_line_that_the_bot_logs_is_explained() -> None:
    table = page("operations.md").partition("| what the log says |")[2]
    explained = set(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE))
    # These say no more than they say, or are another line of the table in front of a reason.
    plain = {"Stopped.", "Stopping after the questions in progress.", "Listening for questions at ….", "…"}
    reasons = {"… cannot be written: … Trying again in … s.": "… Trying again in … s."}
    assert {reasons.get(line, line) for line in explained} == logged() - plain - {
        "An update could not be processed (…)."
    }


# --- Deployment ---


@pytest.mark.parametrize("file", sorted(DEPLOY.iterdir()), ids=lambda file: file.name)
def test_what_a_deployment_sets_is_a_setting(file: Path) -> None:
    found = variables(file.read_text(encoding="utf-8"))
    assert found
    settings = load(found)
    assert settings.archive.endswith("archive")


def test_the_compose_file_opens_ports_to_its_own_machine_alone() -> None:
    services = yaml.safe_load((DOCS / "milvus" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert "127.0.0.1:19530:19530" in ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert all("healthcheck" in service and "volumes" in service for service in services.values())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_start_what_is_installed(unit: Path) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    (command,) = re.findall(r"^ExecStart=/opt/clippings/bin/(\S+)", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert command in scripts


def test_the_image_has_every_package() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    copied = re.findall(r"^COPY (\w+) \1$", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(copied) == {package.partition(".")[0] for package in packages}
