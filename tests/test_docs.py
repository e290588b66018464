"""What docs/operations.md, docs/milvus.md and docs/deploy say is as it is in the code."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from config.settings import load

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "docs" / "deploy"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BOT = (ROOT / "docs" / "bot.md").read_text(encoding="utf-8")
MILVUS = (ROOT / "docs" / "milvus.md").read_text(encoding="utf-8")
UNITS = sorted(DEPLOY.glob("*.service"))


def variables(text: str) -> dict[str, str]:
    return dict(re.findall(r"(CLIPPINGS_\w+)=(\S+)", text))


@pytest.mark.parametrize("file", sorted(DEPLOY.iterdir()), ids=lambda file: file.name)
def test_what_is_set_there_is_a_setting(file: Path) -> None:
    found = variables(file.read_text(encoding="utf-8"))
    assert found
    settings = load(found)
    assert settings.archive.endswith("archive")


def test_every_variable_named_is_a_setting() -> None:
    found = variables(OPERATIONS)
    assert {"CLIPPINGS_ARCHIVE", "CLIPPINGS_BOT_OWNERS", "CLIPPINGS_BOT_WEBHOOK_LISTEN"} <= found.keys()
    load(found)


def test_every_setting_of_the_bot_is_told_of() -> None:
    settings = tomllib.loads((ROOT / "config" / "settings.toml").read_text(encoding="utf-8"))["bot"]
    table = BOT.partition("### Settings")[2].partition("\n### ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(settings)


def test_every_setting_of_milvus_is_told_of() -> None:
    settings = tomllib.loads((ROOT / "config" / "settings.toml").read_text(encoding="utf-8"))["milvus"]
    table = MILVUS.partition("## Settings")[2].partition("\n## ")[0]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(settings)


def test_every_error_that_milvus_is_said_to_give_is_one() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "retrieval").rglob("*.py"))
    # A text that is written over several lines is one, and what is put into it is left out.
    sources = re.sub(r"\{[^{}]*\}", "…", re.sub(r'"\s*\n\s*f?"', "", sources)).replace("%s", "…")
    table = MILVUS.partition("| what you see |")[2]
    said = [one for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for one in re.findall(r"`(.+?)`", row)]
    assert said
    for one in said:
        assert all(part.strip(" ().") in sources for part in one.split("…")), one


def test_the_compose_file_opens_ports_to_its_own_machine_alone() -> None:
    services = yaml.safe_load((ROOT / "docs" / "milvus" / "compose.yaml").read_text(encoding="utf-8"))["services"]
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


def logged() -> set[str]:
    """Everything that the bot's sources log, each with its values as an ellipsis."""
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "bot").rglob("*.py"))
    calls = re.findall(r'log\.(?:info|warning|error)\(\s*"([^"]+)"', sources)
    return {re.sub(r"%(?:\.0f|[sd])", "…", call).partition("\\n")[0] for call in calls}


def test_every_line_that_the_bot_logs_is_explained() -> None:
    table = OPERATIONS.partition("| what the log says |")[2]
    explained = set(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE))
    # These say no more than they say, or are another line of the table in front of a reason.
    plain = {"Stopped.", "Stopping, once the questions under way are answered.", "Listening for questions at ….", "…"}
    reasons = {"… cannot be written: … Trying again in … s.": "… Trying again in … s."}
    assert {reasons.get(line, line) for line in explained} == logged() - plain - {
        "An update could not be dealt with (…)."
    }
