"""Joins the lines of a paragraph: words divided at line ends, and writing without spaces."""

import re
from typing import NamedTuple

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
DIVIDED = re.compile(r"(?<![\w-])(\w+(?:['’-]\w+)*)[-\u2010\u00ac]$")
# A dash without a space in front of it has none below it: "he said—loudly", "5–6".
UNSPACED_DASH = re.compile(r"\w—$|\d–$")
WORD_GOES_ON = re.compile(r"[^\W\d_]+")
WIDE = "\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef"
WIDE_END, WIDE_START = re.compile(f"[{WIDE}]$"), re.compile(f"[{WIDE}]")
# "Vor- und Nachteile", "pre- and post-war": the hyphen stands for a word, and a space follows.
CONJUNCTIONS = frozenset(
    "and or to und oder bis sowie noch et ou en of och og eller y o e ou i a nebo lub oraz".split()
)
# After these first parts, a hyphen belongs to the word, whatever follows ("self-made", "twenty-one").
ALWAYS_HYPHENATED = frozenset("self vice quasi twenty thirty forty fifty sixty seventy eighty ninety".split())
PEOPLE = frozenset(
    """
    president mayor minister premier chancellor king queen wife husband soldier soldiers convict police policeman
    officer officers champion employee employees worker workers governor senator chief chairman chairwoman director
    partner friend
    """.split()
)
# "mother-in-law", "up-to-date"
CONNECTORS = frozenset("in of to the a and up by for at à t de du la le les en sur sous l d".split())
ENDINGS = frozenset("ish ishly ishness less lessly lessness same hood s".split())
# After these, it does where one of SECOND_PARTS follows ("well-known", but "well-ington"; "six-year").
FIRST_PARTS = frozenset(
    """
    well ill high low long short half full hard soft all far near first second third fourth last late early mid multi
    non anti pro pre post semi over under open free wide deep right left top bottom front back one two three four five
    six seven eight nine ten eleven twelve hundred thousand million large small big old new good bad best better part
    round brother sister father mother son daughter man state city world so would much then now decision law peace
    record english russian french german chinese american state oil gas coal steam
    """.split()
)
SECOND_PARTS = frozenset(
    """
    year years old day days hour hours week weeks month months minute minutes mile miles foot inch ton story storey
    fold man woman men women member page point way thirds quarters half fifths tenths known made born run owned led
    backed held built paid class rate quality profile ranking ranked level speed term range scale sized size time
    minded mannered handed haired eyed hearted off being called established educated informed dressed kept liked loved
    meaning read respected spoken used worn wing winger in law elect general nuclear war violent profit smoking stop
    stick existing based style language speaking fired powered producing making maker breaking breaker keeping keeper
    setting setter enforcement wide famous round be needed
    """.split()
)

# The second parts of French and Russian words with a hyphen, by their first parts.
AFTER_HYPHEN = {
    **dict.fromkeys(
        "est sont dit dis fait peut peuvent doit faut ont vont veut sait semble était avait a t".split(),
        "il elle on ils elles ce je tu nous vous t être",
    ),
    **dict.fromkeys("moi toi lui elle soi nous vous eux elles".split(), "même mêmes"),
    **dict.fromkeys("celui celle ceux celles".split(), "ci là"),
    **dict.fromkeys("au par ci là".split(), "dessus dessous delà dedans dehors bas haut"),
    "rendez": "vous",
    "grand": "mère père chose",
    "из": "за под",
    **dict.fromkeys(
        "кто кого кому кем что чего чему чем где когда как куда откуда почему какой какая какое какие какого каком"
        " какую каким чей".split(),
        "то либо нибудь",
    ),
    "кое": "кто что где как какой какие",
    "e": "mail mails book books commerce bike bikes scooter scooters cigarette cigarettes government sports",
}
AFTER_PO = re.compile(r"(?!тому|чему|этому)\w+(?:ски|ому|ему)")


class SeenWords(NamedTuple):
    """The words of a text: those with a hyphen inside a line, and all others, in small letters."""

    hyphenated: frozenset[str]
    whole: frozenset[str]


def seen_words(text: str) -> SeenWords:
    """Collect the words of a text, with its line breaks, except those that a line break divides."""
    words = {match[0].lower() for line in text.split("\n") for match in WORD.finditer(line)}
    return SeenWords(
        frozenset(word for word in words if "-" in word), frozenset(word for word in words if "-" not in word)
    )


def is_divided(line: str) -> bool:
    """Tell whether a line ends with the first part of a word and a hyphen."""
    return DIVIDED.search(line[-60:]) is not None


def continued(text: str, line: str, seen: SeenWords) -> str:
    """Append the next line to the text of a paragraph; a word that the line end divides becomes whole."""
    divided, rest = DIVIDED.search(text[-60:]), WORD_GOES_ON.match(line)
    if divided and text.endswith("\u00ac") and rest:  # what OCR writes for a hyphen at a line end
        return text[:-1] + line
    if divided and rest:
        return _joined(text, divided[1], rest[0], line, seen)
    if divided and line[:1].isdigit():
        return text + line
    if UNSPACED_DASH.search(text) and (line[:1].isdigit() or text[-1] == "—"):
        return text + line
    if WIDE_END.search(text) and WIDE_START.match(line):
        return text + line
    return f"{text} {line}"


def _joined(text: str, first: str, second: str, line: str, seen: SeenWords) -> str:
    if second in CONJUNCTIONS:
        return f"{text} {line}"
    head, tail = first.rsplit("-", 1)[-1].lower(), second.lower()
    if _keeps_hyphen(first, second, head, tail, seen):
        return text + line
    return text[:-1] + line


def _keeps_hyphen(first: str, second: str, head: str, tail: str, seen: SeenWords) -> bool:
    if first[-1].isdigit() or f"{first.lower()}-{tail}" in seen.hyphenated:
        return True
    if ("-" in first or "'" in first or "’" in first) and head in CONNECTORS:
        return True
    last = re.split("['’]", head)[-1]
    if tail in AFTER_HYPHEN.get(last, "").split() or (last == "по" and AFTER_PO.fullmatch(tail)):
        return True
    if second == "à":  # "c'est-à-dire"
        return True
    # "U-boat", "T-shirt": typesetters divide no word after its first letter.
    if len(first) == 1 and first.isupper() and not second.isupper():
        return True
    if head + tail in seen.whole:
        return False
    in_capitals = len(first) > 1 and first.isupper() and second.isupper()
    if second[0].isupper() and not in_capitals:
        return True
    if head in ALWAYS_HYPHENATED:
        return tail not in ENDINGS
    # "ex-mayor", but "ex-pect"
    return (head in FIRST_PARTS and tail in SECOND_PARTS) or (head == "ex" and tail in PEOPLE)
