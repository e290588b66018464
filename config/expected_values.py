"""Says in plain words what a setting must be, from its type: "a whole number from 1 to 50"."""

from msgspec import inspect


def expected_value(type_: object, value: object, *, in_file: bool) -> str:
    """Return what a setting of a type must be, as a user writes it in a file or in the environment.

    `value` is the one that does not fit: if it is a text and none is expected, its quotation marks are too many.
    """
    return _in_words(inspect.type_info(type_), value, in_file=in_file)


def _in_words(type_: inspect.Type, value: object, *, in_file: bool) -> str:
    unquoted = ", without quotation marks" if in_file and isinstance(value, str) else ""
    match type_:
        case inspect.BoolType():
            return f"true or false{unquoted}"
        case inspect.IntType():
            return f"a whole number{_range(type_)}{unquoted}"
        case inspect.FloatType():
            return f"a number{_range(type_)}{unquoted}"
        case inspect.LiteralType(values=choices):
            written = [f'"{choice}"' if in_file else str(choice) for choice in choices]
            return f"one of {', '.join(written)}"
        case inspect.StrType(min_length=least):
            text = "a text in quotation marks" if in_file else "a text"
            return f"{text} that is not empty" if least else text
        case inspect.VarTupleType(item_type=item):
            listed = "a list in square brackets" if in_file else "a list, with commas between its items"
            return f"{listed}: at least one, each {_in_words(item, None, in_file=in_file)}"
        case inspect.UnionType(types=types):
            wanted = next(each for each in types if not isinstance(each, inspect.NoneType))
            return _in_words(wanted, value, in_file=in_file)
        case _:
            return "a table, with its keys below its name in square brackets"


def _range(type_: inspect.IntType | inspect.FloatType) -> str:
    if type_.gt is not None:
        return f" above {type_.gt} and up to {type_.le}"
    return f" of at least {type_.ge}" if type_.le is None else f" from {type_.ge} to {type_.le}"
