"""Detects the language of a text: by its script, by frequent English words, or with py3langid."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# So much of a text is examined; with fewer letters (or characters of a script) the language stays unknown.
SAMPLE_CHARACTERS, FEWEST_LETTERS, FEWEST_SIGNS = 2000, 20, 8
# The minimum probability that py3langid must give a language, among the languages below.
SURE = 0.7
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
KANA = "\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
LETTER = re.compile(r"[^\W\d_]")
# Which language a script is for; of texts in Han, those with some kana are Japanese.
SCRIPTS = {
    "ko": re.compile(f"[{HANGUL}]"),
    "ja": re.compile(f"[{KANA}]"),
    "zh": re.compile(f"[{HAN}]"),
    "th": re.compile(f"[{THAI}]"),
}
OWN = re.compile(f"[{HANGUL}{KANA}{HAN}{THAI}]")
# Names and numbers in Latin letters are long: a script is a text's own with so large a share of the letters.
OWN_SHARE, KANA_SHARE = 0.3, 0.1
WORD = re.compile(r"[^\W\d_]+")
# One word in eight of English is one of these, and of no other language one in a hundred ("of" and "for" are Dutch and
# Danish too): such a text needs no model to be loaded.
ENGLISH = frozenset("the and that with from this which have has".split())
ENGLISH_SHARE, FEWEST_WORDS = 0.04, 20
# Languages that newspapers are written in. Those that hardly any is printed in would take short texts from others.
LANGUAGES = """
    af am ar az be bg bn ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ka kk km kn ko lt lv
    mk ml mn mr ms my ne nl no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi
""".split()


def detect_language(text: str) -> str | None:
    """Return the language code of a text (ISO 639-1, two letters); None if the text is too short or unclear."""
    sample = text[:SAMPLE_CHARACTERS]
    if OWN.search(sample) and (by_script := _by_script(sample)):
        return by_script
    if _is_english(sample):
        return "en"
    if len(LETTER.findall(sample)) < FEWEST_LETTERS:
        return None
    language, sure = _identifier().classify(sample)
    return language if sure >= SURE else None


def _by_script(sample: str) -> str | None:
    signs = {language: len(script.findall(sample)) for language, script in SCRIPTS.items()}
    if sum(signs.values()) < max(FEWEST_SIGNS, OWN_SHARE * len(LETTER.findall(sample))):
        return None
    if signs["ja"] >= KANA_SHARE * (signs["ja"] + signs["zh"]) > 0:
        signs["ja"] += signs["zh"]
        signs["zh"] = 0
    return max(signs, key=lambda language: signs[language])


def _is_english(sample: str) -> bool:
    words = WORD.findall(sample.lower())
    return len(words) >= FEWEST_WORDS and sum(word in ENGLISH for word in words) >= ENGLISH_SHARE * len(words)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
