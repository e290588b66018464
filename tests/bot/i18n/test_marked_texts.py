"""Every text of the bot is marked for translation, as a literal and with all its values."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from bot.i18n.extract_messages import KEYWORDS, PACKAGES, ROOT, fields, gather

# Texts in these files are for admins of the machine, or for translators.
NOT_FOR_USERS = {"bot/log_redaction.py", "bot/startup.py", "bot/i18n/extract_messages.py"}
# Calls whose strings are patterns, log lines, or Telegram's descriptions.
NOT_SHOWN = {"compile", "debug", "info", "warning", "error", "exception", "_description_has"}
PHRASE = re.compile(r"[^\W\d_]\S* +\S*[^\W\d_]")
TAG = re.compile(r'<[^<>]*(?:>|$)|\w+="|%\w|^blockquote expandable$')  # … attributes, and formats of dates
SQL = re.compile(r"\s*(?:--.*\n)*[A-Z]{3,}\b")
# Where a single word is shown too: the first argument and these.
SHOWN = {"InlineKeyboardButton", "BotCommand", "InputTextMessageContent", "reply_text", "send_message"}
SHOWN_AS = {"text", "title", "description", "caption", "input_field_placeholder"}

Sources = Mapping[str, ast.Module]


@cache
def sources(*packages: str) -> Sources:
    files = (file for package in packages for file in sorted((ROOT / package).rglob("*.py")))
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def name(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def marked(trees: Sources) -> Iterator[tuple[str, ast.Call, list[ast.expr]]]:
    """Yield every call with a text: its place, the call, and its text arguments."""
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name(node) in KEYWORDS:
                yield f"{file}:{node.lineno}", node, node.args[: len(KEYWORDS[name(node)] or (1,))]


def literal(words: ast.expr) -> str | None:
    return words.value if isinstance(words, ast.Constant) and isinstance(words.value, str) else None


def not_literal(trees: Sources) -> list[str]:
    """Return places of texts that Babel cannot gather. `say` also accepts a name, whose text is marked elsewhere."""
    marked_elsewhere = (ast.Name, ast.Attribute)
    return [
        where
        for where, call, arguments in marked(trees)
        if not arguments
        or any(
            literal(argument) is None and not (name(call) == "say" and isinstance(argument, marked_elsewhere))
            for argument in arguments
        )
    ]


def not_filled(trees: Sources) -> list[str]:
    """Return places of texts whose placeholders differ from their values."""
    places = []
    for where, call, arguments in marked(trees):
        texts = [text for argument in arguments if (text := literal(argument)) is not None]
        if not texts or name(call) == "to_say":
            continue
        values = {keyword.arg for keyword in call.keywords} | ({"count"} if name(call) == "say_n" else set())
        placeholders = {re.split(r"[!:.\[]", field[1:])[0] for text in texts for field in fields(text)}
        if (
            None not in values
            and placeholders != values
            and not (name(call) == "say_n" and placeholders | {"count"} == values)
        ):
            places.append(where)
    return places


def unmarked(trees: Sources) -> list[str]:
    """Return places of unmarked strings that read like English or are shown as they are."""
    places = []
    for file, tree in trees.items():
        for node in _spoken(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if PHRASE.search(TAG.sub("", node.value)) and not SQL.match(node.value):
                    places.append(f"{file}:{node.lineno}: {node.value[:40]!r}")
            elif isinstance(node, ast.Call) and name(node) in SHOWN:
                arguments = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg in SHOWN_AS)]
                places += [
                    f"{file}:{argument.lineno}: {text!r}"
                    for argument in arguments
                    if (text := literal(argument)) and _word(text)
                ]
    return places


def _word(text: str) -> bool:
    return not PHRASE.search(TAG.sub("", text)) and any(map(str.isalpha, TAG.sub("", text)))


def _spoken(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that may hold texts for users: no docstrings, log lines, or errors that users do not see."""
    yield node
    for child in ast.iter_child_nodes(node):
        docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if isinstance(child, ast.Call) and name(child) in KEYWORDS:  # a value may hold texts too
            for value in child.keywords:
                yield from _spoken(value)
        elif not (
            docstring or isinstance(child, ast.Raise) or (isinstance(child, ast.Call) and name(child) in NOT_SHOWN)
        ):
            yield from _spoken(child)


def test_texts_are_literals_where_they_are_used() -> None:
    assert not_literal(sources(*PACKAGES)) == []


def test_placeholders_and_values_match() -> None:
    assert not_filled(sources(*PACKAGES)) == []


def test_no_text_is_unmarked() -> None:
    assert unmarked({file: tree for file, tree in sources("bot").items() if file not in NOT_FOR_USERS}) == []


def test_every_marked_text_is_gathered() -> None:
    """Babel gathers from tokens; the syntax tree must have the same texts."""
    parsed = {
        text
        for _, _, arguments in marked(sources(*PACKAGES))
        for argument in arguments
        if (text := literal(argument)) is not None
    }
    assert parsed == {
        form
        for message in gather()
        if message.id
        for form in ([message.id] if isinstance(message.id, str) else message.id)
    }


@pytest.mark.parametrize(
    ("source", "check"),
    [
        ('language.say(f"Who met {name}?")', not_literal),
        ('language.say("Who met " + name)', not_literal),
        ('language.say("Who?" if name else "What?")', not_literal),
        ('language.say("Who met {}?".format(name))', not_literal),
        ('language.say_n(singular, "{count} hits", 2)', not_literal),
        ("WORDS = to_say(OTHER)", not_literal),
        ('raise EmptyQuestion(f"No {name}.")', not_literal),
        ("raise EmptyQuestion", None),
        ('language.say("Who met {name}?")', not_filled),
        ('language.say("Who met {name}?", nome=name)', not_filled),
        ('language.say("Who met {name}?", name=name, when=1)', not_filled),
        ('language.say_n("{count} hit", "{count} hits of {whose}", 2)', not_filled),
        ('raise InvalidFilter("No {key!r}.", text=key)', not_filled),
        ('await reply(message, ["Please write it."])', unmarked),
        ('await reply(message, [f"<b>{name}</b> was here"])', unmarked),
        ('SORRY = "Sorry, <b>not</b> now."', unmarked),
        ('language.say("Who met {name}?", name=name or "some one")', unmarked),
        ('InlineKeyboardButton("More", callback_data="m")', unmarked),
        ('await message.reply_text(text="Sorry")', unmarked),
        ('language.say("Who met {name:>3} and {other!r}?", name=name, other=1)', None),
        ("language.say(words.SORRY); language.say(text, **values)", None),
        ('language.say_n("One hit", "{count} hits", 2); SORRY = to_say("Sorry, not {now}.")', None),
        ('def f():\n    """Say a thing."""\n    log.warning("Not so (%s).", 1)\n    raise Stale("No such tap.")', None),
        ('db.execute("SELECT a FROM b"); re.compile("a b"); InlineKeyboardButton("»", callback_data="more")', None),
    ],
)
def test_each_check_finds_its_fault(source: str, check: object) -> None:
    trees = {"x.py": ast.parse(source)}
    assert [function for function in (not_literal, not_filled, unmarked) if function(trees)] == (
        [check] if check else []
    )
