"""Writes the words of a question as the passages found write them: "Dukic" as "Đukić".

Search by words folds letters, so it finds either spelling. To the model, "dukic" and "đukić" are two names.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain

from retrieval.text.folding import fold
from retrieval.text.stop_words import STOP_WORDS

# Words of two letters are too often another word without their accents.
WORD = re.compile(r"[^\W\d_]{3,}")


def as_written(text: str, passages: Iterable[str]) -> str:
    """Return a question in which a word that the passages have only with other letters is written as they write it."""
    passages = list(passages)
    if text.isascii() and all(map(str.isascii, passages)):
        return text  # no letters can differ
    words = {word for match in WORD.finditer(text) if (word := match[0].lower()) not in STOP_WORDS}
    wanted = {fold(word).lower(): word for word in words}
    forms: dict[str, Counter[str]] = {}
    for form, count in Counter(chain.from_iterable(map(WORD.findall, passages))).items():
        if (folded := fold(form).lower()) in wanted:
            forms.setdefault(folded, Counter())[form] = count
    known = {folded: form for folded, found in forms.items() if (form := _other_form(found, wanted[folded]))}
    return WORD.sub(lambda match: known.get(fold(match[0]).lower(), match[0]), text) if known else text


def _other_form(found: Counter[str], word: str) -> str | None:
    """Return the most frequent form, unless the word itself is among them."""
    return None if any(form.lower() == word for form in found) else found.most_common(1)[0][0]
