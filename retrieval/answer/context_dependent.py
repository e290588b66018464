"""Whether a question leans on the one before it, told from its words alone: "When was he detained?", "And in 2015?".

The rules know English and no grammar beyond the order of words, so they err towards a question that stands by itself:
taking one for a follow-up would look for something that nobody asked for.
"""

import re
from collections.abc import Sequence

TOKEN = re.compile(r"\w+(?:[-.]\w+)*")
# "What's", "isn't": what stands for "is", and what is left of other words; the "s" of "Xu's" stays a word.
SHORT = re.compile(r"(?i)\b(what|who|where|when|how|why|that|it|he|she|there)['’]s\b")
SHORTENED = frozenset("t ll ve re d m".split())
ASKING = frozenset("who whom whose what when where which why how".split())
HELPING = frozenset(
    """
    am is are was were be been being do does did has have had can could will would shall should may might must isn aren
    wasn weren don doesn didn hasn haven hadn won wouldn couldn shouldn
    """.split()
)
PLACING = frozenset(
    """
    about after against among around as at before behind between by during for from in into like near of off on over per
    since through till to toward towards under until up upon via with within without
    """.split()
)
SUBJECTS = frozenset("he she they it".split())
OWNERS = frozenset("his her hers its their theirs himself herself itself themselves".split())
OBJECTS = frozenset("him them it her".split())
POINTERS = frozenset("this that these those".split())
POINTING = frozenset("a an the this that these those his her its their my our your every each some any no".split())
JOINING = frozenset("and or but so then ok okay well also".split())
# After a pointer they make a time of their own: "this year", "that morning".
TIMES = frozenset(
    """
    second minute hour day night morning afternoon evening week weekend month year decade century season spring summer
    autumn fall winter time moment date
    """.split()
)
# What makes a question of nothing but itself: "How long?", "Since when?", "Which one exactly?", "Who else?"
EMPTY = frozenset(
    """
    a about again all an any anyone anything are at by did do does else exactly ever far for from had has have how i in
    is it just long many me mean more much no not of often old on one ones only other others out really said say says
    shall so some soon still tell the then there to up was were with year years yes you
    """.split()
)
# "How long does it take to …", "Is it true that …": an "it" that stands for what comes after it.
EXPECTING = frozenset("take takes took cost costs mean means feel matter seem seems happen help hurt pay sense".split())
SURE = frozenset("likely unlikely possible true certain clear".split())
FINDING = frozenset("make makes made making find finds found finding think thinks thought".split())
# What opens a clause, which has a subject of its own.
OPENING = (
    ASKING
    | JOINING
    | frozenset(
        "that if because while although than as before after until since say says said think thinks claim".split()
    )
)
# Words that tell nothing of what a question is about.
FUNCTION_WORDS = ASKING | HELPING | PLACING | SUBJECTS | OWNERS | OBJECTS | POINTERS | POINTING | JOINING | EMPTY


def is_context_dependent(question: str) -> bool:
    """Tell whether a question means something only after another one."""
    written = [word for word in TOKEN.findall(SHORT.sub(r"\1 is", question)) if word.lower() not in SHORTENED]
    if question.isupper():
        written = [word.lower() for word in written]
    # "IT" among words in small letters is a name.
    words = [word if word == "IT" else word.lower() for word in written]
    joined = 0
    while joined < len(words) and words[joined] in JOINING:
        joined += 1
    written, words = written[joined:], words[joined:]
    if not words:
        return False
    if joined and not any(word in ASKING | HELPING for word in words):
        return True
    return _elliptical(words) or any(_points_back(written, words, at) for at in range(len(words)))


def _elliptical(words: Sequence[str]) -> bool:
    """Tell whether a question has nothing of its own: "Why?", "How long?", "What about Ilham?", "Why not in 2013?"."""
    if words[:2] in (["what", "about"], ["how", "about"]):
        return True
    own = [word for word in words if word not in ASKING | EMPTY | PLACING | TIMES and not word.isdigit()]
    return not own and any(word in ASKING for word in words)


def _points_back(written: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Tell whether the word at a place stands for something that the question does not name."""
    word, before, after = words[at], _word(words, at - 1), _word(words, at + 1)
    if word in SUBJECTS | OWNERS | OBJECTS:
        return not (word == "it" and _expletive(words, at)) and not _named_before(written, words, at)
    if word in POINTERS:
        return _demonstrates(words, at)
    if word == "there":
        return after not in HELPING and before not in HELPING and not _placed_before(written, words, at)
    if word == "then":
        return not after and not any(one.isdigit() for one in words)
    return word == "same" and before == "the" and "as" not in words[at:]


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _expletive(words: Sequence[str], at: int) -> bool:
    """Tell whether "it" stands for what comes after it: "to …", "that …"."""
    if _word(words, at + 1) in SURE and at + 2 < len(words):
        return True
    helped = _word(words, at - 1) in (HELPING - {"do", "does", "did"}) | FINDING
    for opened in range(at + 2, min(at + 6, len(words) - 1)):
        between = words[at + 1 : opened]
        if words[opened] in {"that", "if", "whether", "how", "what", "who"} and helped:
            return True
        if words[opened] in {"to", "for", "like"} and _word(words, opened + 1) not in POINTING:
            passive = any(word.endswith(("ed", "ing")) for word in between)
            return (helped and not passive) or any(word in EXPECTING for word in between)
    return False


def _is_object(words: Sequence[str], at: int) -> bool:
    """Tell whether a pronoun is what something is done to: then it does not stand for the subject of its clause."""
    before, after = _word(words, at - 1), _word(words, at + 1)
    if words[at] == "her":
        return not after or after in PLACING | OPENING
    if words[at] == "it":
        return after not in HELPING and before not in HELPING | OPENING
    # "take with him" is said of oneself, "do with him" is not.
    return words[at] in {"him", "them"} and (before != "with" or _word(words, at - 2) in {"do", "happen", "happened"})


def _named_before(written: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Tell whether something that a pronoun may stand for comes before it in the question."""
    if "s" in words[:at]:  # of a name's "'s"
        return True
    asking = 0
    while asking < at and words[asking] in ASKING | PLACING:
        asking += 1
    helping = next((n for n in range(asking, at) if words[n] in HELPING), None)
    if _is_object(words, at):
        return _object_before(words, at, asking if helping is None else helping + 1)
    if any(one[0].isupper() and one != "I" for one in written[1:at]):
        return True
    if helping is None:  # "Who lost his job?"
        return at > asking
    if words[at] in OWNERS and words[helping] in {"has", "have", "had"} and helping == at - 1:  # "Which city has its …"
        return helping > asking
    nameless = PLACING | HELPING | SUBJECTS | OBJECTS | OWNERS | EMPTY
    return any(word not in nameless for word in words[helping + 1 : at])


def _placed_before(written: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Tell whether a place that "there" may be comes before it: a name, or a thing that something is in or at."""
    places = (n for n in range(at - 1) if words[n] in PLACING and words[n + 1] not in ASKING | POINTERS)
    return any(one[0].isupper() and one != "I" for one in written[1:at]) or any(places)


def _object_before(words: Sequence[str], at: int, subject: int) -> bool:
    """Tell whether an object's pronoun may stand for another thing than the subject of its own clause."""
    for n in range(subject + 1, at):
        infinitive = words[n] == "to" and n + 1 < at and words[n + 1] not in POINTING
        if infinitive or (words[n] in OPENING - {"who", "whom"} and words[n + 1] not in PLACING):
            return True
        if words[n] in POINTING and words[n - 1] not in PLACING:
            return True
    return False


def _demonstrates(words: Sequence[str], at: int) -> bool:
    """Tell whether "this", "that", "these" or "those" points at something said before."""
    before, after = _word(words, at - 1), _word(words, at + 1)
    if after in TIMES or after.removesuffix("s") in TIMES:
        return False
    if words[at] != "that":
        return after not in {"who", "which", "that"}
    if not after:
        return True
    first = all(word in ASKING | HELPING for word in words[:at])
    return (first or before in PLACING) and after not in POINTING | SUBJECTS and not after.endswith("ed")
