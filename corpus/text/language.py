"""Detects the language of a text: by its script, by frequent English words, or with py3langid."""

import re
from functools import cache
from typing import TYPE_CHECKING

from corpus.text.question_language import language_by_letters, language_by_words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# The beginning of a text that is examined. With fewer letters, or characters of a script, its language is unknown.
SAMPLE_CHARACTERS, MIN_LETTERS, MIN_SCRIPT_CHARACTERS = 2000, 20, 8
# The minimum probability that py3langid must give a language, among the languages below.
MIN_PROBABILITY, MIN_QUESTION_PROBABILITY = 0.7, 0.95
MIN_QUESTION_LETTERS = 2
# Signs of programs, of markup and of logs. A text with more of them than so many, and than so many for each word, has
# words that are of no language: "do", "var" and "em" are Portuguese and Swedish to those who look only at words.
PROGRAM_SIGN = re.compile(r"[{}\[\];=<>$\\|_#&*~^]|\w\(|\w:\w|/\w|\d[a-z]|\s--?\w|\d-\d|\d(?:\.\d+){3}")
MAX_PROGRAM_SIGNS, MAX_SIGNS_A_WORD = 2, 0.25
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
KANA = "\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
LETTER = re.compile(r"[^\W\d_]")
# The language of each script; a text in Han with some kana is Japanese.
SCRIPTS = {
    "ko": re.compile(f"[{HANGUL}]"),
    "ja": re.compile(f"[{KANA}]"),
    "zh": re.compile(f"[{HAN}]"),
    "th": re.compile(f"[{THAI}]"),
}
ANY_SCRIPT = re.compile(f"[{HANGUL}{KANA}{HAN}{THAI}]")
# The language that most of a script's readers read; Cyrillic and Arabic are told apart by their words and letters.
WHOLE_SCRIPTS = {
    "ru": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "he": re.compile("[\u05d0-\u05ea]"),
    "ar": re.compile("[\u0620-\u06ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "bn": re.compile("[\u0980-\u09ff]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "te": re.compile("[\u0c00-\u0c7f]"),
    "kn": re.compile("[\u0c80-\u0cff]"),
    "ml": re.compile("[\u0d00-\u0d7f]"),
    "gu": re.compile("[\u0a80-\u0aff]"),
    "pa": re.compile("[\u0a00-\u0a7f]"),
    "si": re.compile("[\u0d80-\u0dff]"),
    "my": re.compile("[\u1000-\u109f]"),
    "km": re.compile("[\u1780-\u17ff]"),
    "lo": re.compile("[\u0e80-\u0eff]"),
    "am": re.compile("[\u1200-\u137f]"),
    "hy": re.compile("[\u0531-\u0587]"),
    "ka": re.compile("[\u10a0-\u10ff]"),
}
# The smallest share of a text's letters in its own script (names and numbers in Latin letters are long), and of kana.
MIN_SCRIPT_SHARE, MIN_KANA_SHARE = 0.3, 0.1
WORD = re.compile(r"[^\W\d_]+")
# One word in eight of an English text is one of these; in other languages it is less than one in a hundred. ("of" and
# "for" are also Dutch and Danish.) For such a text no model is loaded.
ENGLISH = frozenset("the and that with from this which have has".split())
MIN_ENGLISH_SHARE, MIN_WORDS = 0.04, 20
# Languages of newspapers. Others are left out, because short texts would be taken for them.
LANGUAGES = """
    af am ar az be bg bn ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ka kk km kn ko lt lv
    mk ml mn mr ms my ne nl no pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi
""".split()
# Norwegian has a code for each of its written forms, Bokmål and Nynorsk, and one for both.
MACROLANGUAGES = {"nb": "no", "nn": "no"}


def detect_language(text: str) -> str | None:
    """Return the language code of a text (ISO 639-1, two letters); None if the text is too short or unclear."""
    sample = text[:SAMPLE_CHARACTERS]
    if ANY_SCRIPT.search(sample) and (by_script := _by_script(sample)):
        return by_script
    if _is_english(sample):
        return "en"
    if len(LETTER.findall(sample)) < MIN_LETTERS:
        return None
    return _classified(sample, MIN_PROBABILITY)


def language_of_question(text: str) -> str | None:
    """Return the language code of a text as short as a question; None if it is unclear.

    A language of another script is told by two of its letters. In Latin letters, and in Cyrillic, question words tell
    it, or it has to be clear to py3langid: "Путин" is a name in ten languages.
    """
    letters = LETTER.findall(text)
    if len(letters) < MIN_QUESTION_LETTERS:
        return None
    if ANY_SCRIPT.search(text) and (by_script := _by_script(text, min_characters=2)):
        return by_script
    words = WORD.findall(text.lower())
    if by_script := _of_most_readers(letters):
        by_letters = language_by_letters(text) if by_script in {"ru", "ar"} else None
        if by_letters or by_script != "ru":
            return by_letters or by_script
        return language_by_words(words) or _classified(text, MIN_PROBABILITY)
    if len(PROGRAM_SIGN.findall(text)) > max(MAX_PROGRAM_SIGNS, MAX_SIGNS_A_WORD * len(words)):
        return None
    if known := language_by_letters(text) or language_by_words(words):
        return known
    if len(letters) < MIN_LETTERS:
        return None
    return _classified(text, MIN_QUESTION_PROBABILITY)


def language_of_script(text: str) -> str | None:
    """Return the language that most readers of a text's letters read (ISO 639-1); None if they are Latin."""
    return _by_script(text, min_characters=1) or _of_most_readers(LETTER.findall(text))


def likely_languages(text: str) -> dict[str, float]:
    """Return the probability of each language that a text in Latin letters may be in."""
    sample = text[:SAMPLE_CHARACTERS]
    return {"en": 1.0} if _is_english(sample) else dict(_identifier().rank(sample))


def in_different_languages(first: str | None, second: str | None) -> bool:
    """Tell whether two language codes stand for different languages; False if either language is not known."""
    if first is None or second is None:
        return False
    return MACROLANGUAGES.get(first, first) != MACROLANGUAGES.get(second, second)


def _by_script(sample: str, min_characters: int = MIN_SCRIPT_CHARACTERS) -> str | None:
    counts = {language: len(script.findall(sample)) for language, script in SCRIPTS.items()}
    if sum(counts.values()) < max(min_characters, MIN_SCRIPT_SHARE * len(LETTER.findall(sample))):
        return None
    if counts["ja"] >= MIN_KANA_SHARE * (counts["ja"] + counts["zh"]) > 0:
        counts["ja"] += counts["zh"]
        counts["zh"] = 0
    return max(counts, key=lambda language: counts[language])


def _of_most_readers(letters: list[str]) -> str | None:
    for language, script in WHOLE_SCRIPTS.items():
        if sum(map(bool, map(script.match, letters))) > len(letters) / 2:
            return language
    return None


def _classified(text: str, min_probability: float) -> str | None:
    language, probability = _identifier().classify(text)
    return language if probability >= min_probability else None


def _is_english(sample: str) -> bool:
    words = WORD.findall(sample.lower())
    return len(words) >= MIN_WORDS and sum(map(ENGLISH.__contains__, words)) >= MIN_ENGLISH_SHARE * len(words)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
