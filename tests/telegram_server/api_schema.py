"""The methods, parameters, types and limits of the Bot API, from the facts file (one method or type a line)."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FACTS = json.loads(Path(__file__).with_name("bot-api-10.0.facts.json").read_text("utf-8"))
COUNTED_AFTER_PARSING = {"message_text"}  # as sendMessage's text is; the facts do not say so
METHODS = {method.lower(): method for method in FACTS["methods"]}
SCALARS = {"Integer": int, "Float": int | float, "Boolean": bool, "String": str}

Fields = Mapping[str, Mapping[str, Any]]


def method_named(name: str) -> str | None:
    """Find a method as Telegram does, in capitals or not; None if there is none."""
    return METHODS.get(name.lower())


def decode(method: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Turn a call's form fields into values of the types that the method declares, where that is possible."""
    parameters = FACTS["methods"][method]["params"]
    return {name: _value(text, parameters.get(name, {"types": ["String"]})["types"]) for name, text in form.items()}


def violations(method: str, params: Mapping[str, Any]) -> list[str]:
    """List everything in a call that the Bot API does not allow, except text lengths after parsing."""
    return list(_fields(params, FACTS["methods"][method]["params"], method))


def type_errors(value: Any, type_: str) -> list[str]:
    """List everything in a value that is not as the Bot API describes its type."""
    return list(_typed(value, type_, type_))


def _value(text: str, types: list[str]) -> Any:
    if types == ["String"] or "InputFile" in types:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if "String" not in types or isinstance(value, int | list | dict) else text


def _fields(given: Mapping[str, Any], known: Fields, where: str) -> Iterator[str]:
    for name, field in known.items():
        if name not in given:
            if field["required"]:
                yield f"{where}.{name} is missing"
            continue
        yield from _union(given[name], field["types"], f"{where}.{name}")
        if name not in COUNTED_AFTER_PARSING:
            yield from _limits(given[name], field.get("limit"), f"{where}.{name}")
    yield from (f"{where}.{name} is unknown" for name in given if name not in known)


def _union(value: Any, types: list[str], where: str) -> Iterator[str]:
    problems_by_type = [list(_typed(value, type_, where)) for type_ in types]
    if all(problems_by_type):
        # The type that came nearest gives the most useful errors.
        yield from max(problems_by_type, key=lambda problems: (max(map(len, problems)), -len(problems)))


def _typed(value: Any, type_: str, where: str) -> Iterator[str]:
    if type_.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where} is no array"
            return
        for place, item in enumerate(value):
            yield from _typed(item, type_.removeprefix("Array of "), f"{where}[{place}]")
    elif type_ in SCALARS:
        if not isinstance(value, SCALARS[type_]) or (type_ != "Boolean" and isinstance(value, bool)):
            yield f"{where} is no {type_}"
    elif type_ == "InputFile":
        if not isinstance(value, str):
            yield f"{where} is no file"
    elif subtypes := FACTS["types"][type_].get("subtypes"):
        yield from _union(value, subtypes, where)
    elif isinstance(value, dict):
        yield from _fields(value, FACTS["types"][type_]["fields"], where)
    else:
        yield f"{where} is no {type_}"


def _limits(value: Any, limit: Mapping[str, Any] | None, where: str) -> Iterator[str]:
    match limit or {}:
        case {"unit": "value" as unit, "min": minimum, "max": maximum}:
            size = value
        case {"unit": "characters" as unit, "min": minimum, "max": maximum}:
            size = len(value) if isinstance(value, str) else None
        case {"unit": "bytes" as unit, "min": minimum, "max": maximum}:
            size = len(value.encode()) if isinstance(value, str) else None
        case _:
            return
    if isinstance(size, int) and not minimum <= size <= maximum:
        yield f"{where} is {size}, not {minimum} to {maximum} {unit}"
