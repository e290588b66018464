"""Install Clippings and the packages that it needs into the environment of the Python that runs this.

    .venv/bin/python install_packages.py '.[dev]'

uv does it, in a fraction of pip's time: it unpacks on all cores, and compiles no module that nobody imports. It does
not read pip's settings, so they are translated for it. pip does it if uv cannot be had, if it fails, or if pip has
settings that are not known here.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

CONSTRAINTS = Path(__file__).with_name("constraints.txt")
PIP = [sys.executable, "-m", "pip"]
INSTALL = ["install", "--quiet", "--constraint", str(CONSTRAINTS)]
# pip's settings as uv's options. A value is a list of several, between spaces or lines.
OPTIONS = {
    "index-url": "--index-url",
    "extra-index-url": "--extra-index-url",
    "find-links": "--find-links",
    "constraint": "--constraint",
    "trusted-host": "--allow-insecure-host",
}
CERTIFICATES = "cert"
WITHOUT_EFFECT = {
    *("cache-dir", "default-timeout", "disable-pip-version-check", "no-color", "no-input", "progress-bar", "quiet"),
    *("require-virtualenv", "retries", "root-user-action", "timeout", "verbose"),
}


def main(target: str) -> int:
    """Install a target, such as ".[dev]"; return the exit status."""
    started = perf_counter()
    settings = pip_settings(output_of([*PIP, "config", "list"]))
    installed = settings.keys() <= {*OPTIONS, CERTIFICATES, *WITHOUT_EFFECT} and with_uv(target, settings)
    if not installed:
        print("Installing with pip, which takes longer …", flush=True)
        status = subprocess.run([*PIP, *INSTALL, "--editable", target], check=False).returncode
        if status:
            return status
    print(f"Installed in {perf_counter() - started:.0f} s.", flush=True)
    return 0


def with_uv(target: str, settings: Mapping[str, str]) -> bool:
    """Install a target with uv, which pip installs; return whether that went well."""
    if subprocess.run([*PIP, *INSTALL, "--only-binary", ":all:", "uv"], check=False, capture_output=True).returncode:
        return False
    certificates = {"SSL_CERT_FILE": settings[CERTIFICATES]} if CERTIFICATES in settings else {}
    command = [*PIP[:2], "uv", *uv_arguments(settings), "--editable", target]
    return not subprocess.run(command, env=os.environ | certificates, check=False).returncode


def uv_arguments(settings: Mapping[str, str]) -> list[str]:
    """Return uv's arguments for what pip would do with its settings."""
    # As pip does, uv then takes the best version of all indexes, not that of the first index which has the package.
    arguments = ["pip", *INSTALL, "--python", sys.executable, "--index-strategy", "unsafe-best-match"]
    for name, option in OPTIONS.items():
        for value in settings.get(name, "").split():
            arguments += [option, value]
    if sys.dont_write_bytecode:  # then nothing is compiled later, and every start would compile anew what it imports
        arguments.append("--compile-bytecode")
    return arguments


def pip_settings(listed: str) -> dict[str, str]:
    """Return pip's settings, as `pip config list` prints them; those of the environment count most."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in found:
            found[section][option] = str(ast.literal_eval(value))
    return {option: value for options in found.values() for option, value in options.items()}


def output_of(command: list[str]) -> str:
    """Return what a command prints; nothing if it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
