"""Find the filters in a question, such as `since:2014-02` and `source:"The Guardian"`, and tell them from prose.

"What did the source: a whistleblower, say?" and "Since: when is he in jail?" have the words of a filter and none. A
filter has its value right after the colon. Where a value is missing or wrong, it counts as a filter all the same if the
rest does not read as a sentence: so a user learns how to write it. In doubt, right values make a filter.
"""

import re
from collections.abc import Iterator

from retrieval.answer.context_dependent import DETERMINERS, FUNCTION_WORDS, QUESTION_WORDS, SUBJECT_PRONOUNS

# A key at the beginning of a word, also right after Chinese or Japanese; then its value: in quotation marks, or up to
# the next space or full-width mark (no space follows such a mark).
DOUBLE, SINGLE = '"＂“”„「」', "'＇‘’"
STOPS = "，。；？！"
UNSPACED = f"{STOPS}：、（【\u3041-\u30ff\u3400-\u9fff"
KEY = re.compile("(?P<key>(?ai:since|until|source|author|sort))[:：]")
TERM = re.compile(
    rf"""(?<![^\s(\[,;{UNSPACED}]){KEY.pattern}
    (?:[{DOUBLE}](?P<double>[^{DOUBLE}]*)[{DOUBLE}] | [{SINGLE}](?P<single>.*?)[{SINGLE}](?!\w) |
    (?P<bare>[^\s{STOPS}]*))""",
    re.VERBOSE,
)
# Keys of other search programs, before a year: each with the key of ours that means it.
OTHER_KEYS = {"after": "since", "from": "since", "before": "until", "to": "until"}
OTHER_KEY = re.compile(rf"(?<![^\s(\[,;{UNSPACED}])(?P<key>(?ai:{'|'.join(OTHER_KEYS)}))[:：](?=[0-9]{{4}}(?![0-9]))")
# Not part of a value: marks that end a sentence, or the quotation marks around a whole question.
AFTER = f"?!.,;:…)]：、）】{DOUBLE}{SINGLE}"
LETTER_OR_DIGIT = re.compile(r"[^\W_]")
NEWEST = "new"

SENTENCE_END = ".?!…;。？！；"
NEAR = 60  # characters before a key, or after it, in which the neighbouring word is looked for
LAST_WORD = re.compile(r"([^\W_]+(?:['’-][^\W_]+)*)[\s(\[,]*\Z")
NEXT_WORD = re.compile(rf"[\s(\[{DOUBLE}{SINGLE}]*([^\s{STOPS}]*)")
DATE = re.compile(r"[0-9]{4}|[0-9]{1,4}(?:[-/.][0-9]{1,4}){1,2}")
# No clause ends with these words, so the word after them is a noun: "the source", "their author".
BEFORE_NOUN = frozenset("a an the my our your its their every whose".split())
# A clause may end with some of these: "What is this source:Reuters". Inside a sentence they too stand before a noun.
MAYBE_BEFORE_NOUN = DETERMINERS | {"what", "which"}
NOUNS = frozenset({"source", "author", "sort"})
# What follows "since" in a sentence: "since then", "until he resigned". "Soon" and "now" are a date that is none.
AFTER_SINCE = QUESTION_WORDS | DETERMINERS | SUBJECT_PRONOUNS | {"then", "there", "i", "you", "we"}
ORDERS = ("new", "old")


def filter_terms(question: str, *, unknown_names: bool = False) -> Iterator[re.Match[str]]:
    """Yield the matches of TERM that are filters.

    With `unknown_names`, no article has the names in the question: then a name in small letters and without quotation
    marks, inside a sentence, is a word of that sentence.
    """
    terms = list(TERM.finditer(question))
    last_word = _end_of_last_word(question, terms)
    end = 0  # of the last filter
    for term in terms:
        begins = not question[end : term.start()].strip() or _ends_sentence(question[: term.start()])
        inside = not begins and term.end() < last_word and not _ends_sentence(term.group())
        if not _reads_as_prose(term, begins=begins, inside=inside, unknown_names=unknown_names):
            yield term
            end = term.end()


def _end_of_last_word(question: str, terms: list[re.Match[str]]) -> int:
    """Return where the last word ends that is not in a term; 0 if there is none."""
    end = len(question)
    for start, next_start in reversed([(0, 0), *(term.span() for term in terms)]):
        for at in range(end - 1, next_start - 1, -1):
            if LETTER_OR_DIGIT.match(question[at]):
                return at + 1
        end = start
    return 0


def _ends_sentence(text: str) -> bool:
    return text[-NEAR:].rstrip(f" {DOUBLE}{SINGLE})]）】")[-1:] in tuple(SENTENCE_END)


def _reads_as_prose(term: re.Match[str], *, begins: bool, inside: bool, unknown_names: bool) -> bool:
    """Tell whether a key is a word of a sentence. It may begin the sentence, be inside it, or else end it."""
    key, bare = term["key"].lower(), term["bare"]
    if bare is None:
        return False  # in quotation marks
    before = LAST_WORD.search(term.string[max(0, term.start() - NEAR) : term.start()])
    last = "" if begins or not before else before[1].lower()
    if key in NOUNS and (last in BEFORE_NOUN or (inside and last in MAYBE_BEFORE_NOUN)):
        return True
    value = bare.rstrip(AFTER)
    if not value and not (bare and bare[0] in DOUBLE + SINGLE):
        return _is_followed_by_prose(key, term, begins=begins)
    if key in {"since", "until"}:
        goes_on = LETTER_OR_DIGIT.search(term.string, term.end())
        return bool(goes_on or not begins) and value.lower() in AFTER_SINCE
    if key == "sort":
        return inside and value.lower() in FUNCTION_WORDS
    return inside and (value in FUNCTION_WORDS or (unknown_names and value.islower()))


def _is_followed_by_prose(key: str, term: re.Match[str], *, begins: bool) -> bool:
    """Tell whether what comes after a key and a space goes on as a sentence, not as the value of a filter."""
    rest = term.string[term.end() : term.end() + NEAR]
    if not LETTER_OR_DIGIT.search(rest) or TERM.match(rest.lstrip()):
        return False
    match = NEXT_WORD.match(rest)
    word = match[1].rstrip(AFTER) if match else ""
    if key in {"since", "until"}:
        return not DATE.fullmatch(word)
    if key == "sort":
        return not word.lower().startswith(ORDERS)
    # "Source: police." begins a sentence; "source: police" is a filter with a space too many.
    return not begins or term["key"][0].isupper() or word in FUNCTION_WORDS or word.lower() in QUESTION_WORDS
