"""What pip is configured with, uv is told: it reads none of pip's settings."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import install_packages
from install_packages import pip_settings, uv_arguments

LISTED = """:env:.find-links='/wheels'
global.constraint='/etc/caps.txt'
global.extra-index-url='\\nhttps://one.example/simple\\nhttps://two.example/simple'
global.find-links='/old'
global.index-url='https://first.example/simple'
download.find-links='/not for install'
install.index-url='https://second.example/simple'
"""


def test_settings_of_the_environment_count_most_and_those_for_install_more_than_the_global_ones() -> None:
    assert pip_settings(LISTED) == {
        "constraint": "/etc/caps.txt",
        "extra-index-url": "\nhttps://one.example/simple\nhttps://two.example/simple",
        "find-links": "/wheels",
        "index-url": "https://second.example/simple",
    }


def test_uv_is_told_every_value() -> None:
    arguments = uv_arguments(pip_settings(LISTED))
    given = {(name, value) for name, value in pairwise(arguments) if name.startswith("--")}
    assert given >= {
        ("--index-url", "https://second.example/simple"),
        ("--extra-index-url", "https://one.example/simple"),
        ("--extra-index-url", "https://two.example/simple"),
        ("--find-links", "/wheels"),
        ("--constraint", "/etc/caps.txt"),
        ("--constraint", str(install_packages.CONSTRAINTS)),
    }


def test_pip_itself_lists_its_settings_so(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nextra-index-url =\n    https://one.example\n    https://it's.example/?a=b\n", "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env=environment | {"PIP_CONFIG_FILE": str(file), "PIP_FIND_LINKS": "/a /b"},
        capture_output=True,
        text=True,
        check=True,
    )
    settings = pip_settings(listed.stdout)
    assert settings["extra-index-url"].split() == ["https://one.example", "https://it's.example/?a=b"]
    assert settings["find-links"].split() == ["/a", "/b"]


def test_an_unknown_setting_of_pip_leaves_the_installation_to_pip(tmp_path: Path) -> None:
    """No index can be reached, so nothing is installed; what is tried is printed."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "nothing"\nversion = "1"\n')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    installing = subprocess.run(
        [sys.executable, install_packages.__file__, str(tmp_path / "absent")],
        env=environment | {"PIP_CONFIG_FILE": os.devnull, "PIP_PREFER_BINARY": "1", "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Installing with pip" in installing.stdout
    assert installing.returncode != 0
    assert "Installed" not in installing.stdout
