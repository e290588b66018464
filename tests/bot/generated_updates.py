"""Generates updates from the documented types and fields: valid ones and malformed ones."""

import random
import re
from typing import Any

from bot.updates.update_schema import WANTED
from tests.telegram_server.api_schema import FACTS
from tests.telegram_server.html import units

TYPES = FACTS["types"]
KINDS = [name for name in TYPES["Update"]["fields"] if name != "update_id"]
ASKED_FOR = [kind for kind in KINDS if kind in WANTED]
DEEPEST = 5
BOT_NAME = "@clippings_test_bot"
TEXTS = [
    "who met Kerry?",
    f"{BOT_NAME} who met Kerry?",
    "/ask who met <b>Kerry</b> & 'whom'?",
    f"/ask{BOT_NAME} who?",
    "/ask@somebody_else_bot who?",
    "/ask@…",
    "/ask",
    "/",
    "/start",
    "/help@",
    "/latest",
    "/about",
    "/privacy",
    "/forget",
    "/watch who met Kerry?",
    "/watch",
    "/watch Xu Zhiyong",
    "/watches",
    "/digest",
    "/digest 8 UTC+3",
    "/digest off",
    "/add",
    "/remove",
    "/status",
    "/unknown \N{RIGHT-TO-LEFT OVERRIDE}",
    "",
    " \n\t ",
    "\0",
    "who\0met\0Kerry?",
    "<b>",
    "</code></b>&amp;&lt;<a href='tg://user?id=1'>",
    "עברית ‏العربية‎ \N{RIGHT-TO-LEFT OVERRIDE}olleh",
    "👩‍👩‍👧‍👦🏳️‍🌈" * 50,
    "谁见了克里?",
    "since:2014 until:2013 source:x sort:new who?",
    'since:0000-99-99 author:"',
    "Z̸̢̛" + "̶" * 500,
    "x" * 10_000,
    "谁" * 10_000,
    "a b " * 2_500,
    "\N{PARAGRAPH SEPARATOR}\N{ZERO WIDTH SPACE}\ufeff",
    "%s {x} {0} %(a)s $HOME `id`",
]
TAPPED = ["", "?", "x" * 64, "AAAA", "s" + "A" * 63, "\0", "谁", "x" * 10_000]
LANGUAGES = ["en", "zh", "zh-hans", "zh-TW", "de", "", "xx-yy-zz", "\0", "EN_us"]
VALUES: dict[tuple[str, str], list[Any]] = {
    ("Chat", "type"): ["private", "private", "private", "group", "supergroup", "channel"],
    ("MessageEntity", "type"): ["mention", "bot_command", "code", "bold", "text_link", "text_mention", "blockquote"],
    ("User", "language_code"): LANGUAGES,
    ("User", "is_bot"): [False, False, False, True],
    ("CallbackQuery", "data"): TAPPED,
    ("ChatMemberOwner", "status"): ["creator"],
    ("ChatMemberBanned", "status"): ["kicked"],
}
ABSURD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**53 + 1,
    -(2**63) - 1,
    2**64,
    10**30,
    1.5,
    -1e308,
    "",
    "text",
    "\ud800",
    "who \udfff met \ud83d Kerry?",
    "x" * 10_000,
    [],
    [None],
    [[[]]],
    ["text"],
    {},
    {"id": None},
    {"id": "text", "type": 7},
    {"\ud800": "\udfff"},
    {"type": "private"},
]


class Updates:
    """Generates updates from a seed; `absurd` is the share of values that break Telegram's documentation."""

    def __init__(self, seed: int, absurd: float) -> None:
        self._dice = random.Random(seed)  # noqa: S311
        self._absurd = absurd
        self._number = 1000

    def update(self) -> dict[str, Any]:
        """Return the next update, mostly of a kind that the bot asks for."""
        self._number += 1
        kind = self._dice.choice(ASKED_FOR if self._dice.random() < 0.8 else KINDS)
        (type_,) = TYPES["Update"]["fields"][kind]["types"]
        update = {"update_id": self._number, kind: self._value(type_, 1)}
        if self._dice.random() < self._absurd:
            return self._dice.choice([{kind: update[kind], "update_id": self._number}, {**update, "\udcff": 1}, update])
        return update

    def _value(self, type_: str, depth: int, owner: str = "", name: str = "") -> Any:
        if self._absurd and self._dice.random() < self._absurd:
            return self._dice.choice(ABSURD)
        if values := VALUES.get((owner, name)):
            return self._dice.choice(values)
        if type_.startswith("Array of "):
            item_type = type_.removeprefix("Array of ")
            return [self._value(item_type, depth, owner, name) for _ in range(self._dice.randrange(3))]
        if type_ in {"Integer", "Float"}:
            return self._number_for(name)
        if type_ == "Boolean":
            return self._dice.random() < 0.5
        if type_ in {"String", "InputFile"}:
            return self._string(owner, name)
        if subtypes := TYPES[type_].get("subtypes"):
            return self._value(self._dice.choice(subtypes), depth, type_)
        return self._object(type_, depth, owner)

    def _object(self, type_: str, depth: int, parent: str) -> dict[str, Any]:
        chance = 0.0 if depth >= DEEPEST else 0.12 / depth
        generated = {}
        for name, field in TYPES[type_]["fields"].items():
            needed = field["required"] or (type_ in {"Message", "CallbackQuery"} and name in {"text", "from", "data"})
            if self._dice.random() < ((0.9 if depth < DEEPEST or field["required"] else 0.0) if needed else chance):
                generated[name] = self._value(self._dice.choice(field["types"]), depth + 1, type_, name)
            elif field["required"] and self._dice.random() >= self._absurd:
                generated[name] = self._value(field["types"][0], depth + 1, type_, name)
        kind_field = next((name for name in ("type", "status", "source") if name in generated and parent), None)
        if (
            kind_field
            and (type_, kind_field) not in VALUES
            and isinstance(generated[kind_field], str)
            and type_.startswith(parent)
        ):
            generated[kind_field] = re.sub(r"(?<!^)([A-Z])", r"_\1", type_.removeprefix(parent)).lower()
        if type_ == "Message":
            self._as_telegram_does(generated)
        return generated

    def _as_telegram_does(self, message: dict[str, Any]) -> None:
        """Place most entities within their text, and make most replies go to the bot."""
        text, dice = message.get("text"), self._dice
        for name, text_field in (("entities", "text"), ("caption_entities", "caption")):
            if name in message and dice.random() >= self._absurd:
                content = message.get(text_field, "")
                message[name] = [] if isinstance(content, str) and not content.isascii() else message[name]
                if text_field not in message:
                    del message[name]
        if isinstance(text, str) and text.startswith("/") and dice.random() < 0.7:
            command = text.split()[0]
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": units(command)}]
        elif isinstance(text, str) and BOT_NAME in text and dice.random() < 0.7:
            message["entities"] = [{"type": "mention", "offset": text.index(BOT_NAME), "length": len(BOT_NAME)}]
        replied = message.get("reply_to_message")
        if isinstance(replied, dict) and dice.random() < 0.5:
            replied["from"] = {"id": 123456, "is_bot": True, "first_name": "Clippings"}

    def _number_for(self, name: str) -> int:
        if name.endswith("date"):
            return self._dice.choice([0, 1, 1_400_000_000, 1_700_000_000, 2**31 - 1])
        if name.endswith("id"):
            return self._dice.choice([7, 77, 5_000_000_001, -5, -1_000_000_000_007, 2**52, -(2**52)])
        return self._dice.choice([0, 1, 2, 3, 5, 20, 4096, 2**31 - 1])

    def _string(self, owner: str, name: str) -> str:
        if name in {"text", "query", "caption", "title", "first_name"} or self._dice.random() < 0.1:
            return self._dice.choice(TEXTS)
        return f"{owner}.{name}.{self._dice.randrange(9)}"
