"""Conditions on rows, as Milvus reads them: values are quoted, so that no name or word is taken for a condition."""

import json
from collections.abc import Iterable, Sequence


def quoted(value: str | int) -> str:
    """Return a value as it stands in a condition."""
    return json.dumps(value, ensure_ascii=False)


def one_of(field: str, values: Iterable[str | int]) -> str:
    """Return the condition that a field has one of these values."""
    return f"{field} in [{', '.join(map(quoted, values))}]"


def having(field: str, values: Sequence[str | int]) -> str:
    """Return the condition that a field's list has one of these values at least."""
    return f"array_contains_any({field}, [{', '.join(map(quoted, values))}])"


def both(*conditions: str) -> str:
    """Return the condition that all of these hold; an empty one holds always."""
    return " and ".join(f"({one})" for one in conditions if one)


def beginning(field: str, start: str) -> str:
    """Return the condition that a field begins so: as a range, since % and _ are signs to Milvus's `like`."""
    return f"{field} >= {quoted(start)} and {field} <= {quoted(start + chr(0x10FFFF))}"
