"""The optional packages: each extra of pyproject.toml is checked before the feature that needs it starts."""

import sys
from importlib.util import find_spec
from pathlib import Path

from retrieval.errors import ExtraMissing


def require_extra(extra: str, package: str, feature: str) -> None:
    """Check that the package of an extra is installed; raises ExtraMissing with the command that installs it."""
    if find_spec(package) is None:
        raise ExtraMissing(
            f"{feature} needs {package}, which is not installed. "
            f"Install it with: {pip()} install -c constraints.txt -e '.[{extra}]'"
        )


def pip() -> str:
    """Return how a shell in the current directory calls the pip of this Python: .venv/bin/pip, in a clone."""
    found = Path(sys.executable).with_name("pip")
    if sys.prefix == sys.base_prefix or not found.exists():
        return f"{Path(sys.executable).name} -m pip"
    return str(found.relative_to(Path.cwd()) if found.is_relative_to(Path.cwd()) else found)
