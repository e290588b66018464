"""The optional packages: each extra of pyproject.toml is checked before the feature that needs it starts."""

from importlib.util import find_spec

from retrieval.errors import ExtraMissing


def require_extra(extra: str, package: str, feature: str) -> None:
    """Check that the package of an extra is installed; raises ExtraMissing with the command that installs it."""
    if find_spec(package) is None:
        raise ExtraMissing(
            f"{feature} needs {package}, which is not installed. "
            f"Install it with: pip install -c constraints.txt -e '.[{extra}]'"
        )
