"""Find the people that a sentence names, in English and in Chinese, and what kind of thing it says of them."""

import re
from collections.abc import Iterator
from itertools import chain

from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent import FUNCTION_WORDS
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.answer.names_in_question import DATE

# Something happened to the person, the person said something, or the sentence says who it is.
EVENT, SAID, IDENTITY = KINDS = ("event", "said", "identity")
WORD = re.compile(r"[^\W\d_](?:[\w-]*\w)?")
BEFORE_NO_PERSON = re.compile(r"(\bof|\b[Tt]he) $")
EVENT_VERBS = (
    "abducted|accused|acquitted|appointed|arrested|banned|charged|convicted|deported|detained|dismissed|elected|"
    "expelled|fined|fired|freed|imprisoned|indicted|injured|jailed|kidnapped|killed|released|sacked|sentenced|shot|"
    "suspended|wounded"
)
# "sentenced legal scholar Xu Zhiyong", and not "jailed since Xu Zhiyong".
TITLES = r"((?!(after|as|at|before|by|for|from|in|of|on|over|since|that|to|under|when|while|with) )\w+ ){0,3}"
SAYING_VERBS = "added|argued|said|says|told|warned|wrote"
# What a sentence must say of a name.
ENGLISH = {
    EVENT: rf"\b(({EVENT_VERBS}) {TITLES}NAME|NAME(, [^,]*,)? (was|were|has been) ({EVENT_VERBS}))\b",
    SAID: rf"\b(({SAYING_VERBS}) NAME|NAME ({SAYING_VERBS}))\b",
    IDENTITY: r"\b(NAME, (who|whose|former))\b",
}
EVENTS = (
    "逮捕|拘留|拘捕|抓捕|抓走|判处|判刑|起诉|指控|控告|定罪|释放|获释|杀害|枪杀|打伤|任命|当选|开除|解雇|停职|免职|绑架|驱逐|"
    "罚款|软禁|关押|监禁|传唤|带走|逝世|去世|遇害|辞职|釋放|殺害|當選|綁架|驅逐|關押"
)
CHINESE = {
    EVENT: rf"NAME[^，。；]{{0,8}}(?:{EVENTS})|(?:{EVENTS})了?[^，。；的]{{0,8}}NAME",
    SAID: "NAME[^，。；]{0,12}(?:说|說|表示|称|稱|认为|認為|指出|写道|寫道|警告|强调|強調)",
    IDENTITY: "NAME(?:是|曾是|，前)",
}


def person_names(sentence: str) -> list[str]:
    """Return the names of people in a sentence, in their order."""
    return chinese_names(sentence) if is_chinese(sentence) else list(_names(sentence))


def says(kind: str, name: str, sentence: str) -> bool:
    """Return whether a sentence says this kind of thing of a person."""
    evidence = CHINESE if is_chinese(sentence) else ENGLISH
    return re.search(evidence[kind].replace("NAME", re.escape(name)), sentence) is not None


def _names(sentence: str) -> Iterator[str]:
    """Yield the runs of two or three capitalized words inside a sentence; not at its beginning, always capitalized."""
    run: list[re.Match[str]] = []
    for word in chain(WORD.finditer(sentence), [None]):
        capital = word is not None and word[0][0].isupper() and word[0].lower() not in FUNCTION_WORDS
        if run and not (capital and word and sentence[run[-1].end() : word.start()] == " "):
            start, end = run[0].start(), run[-1].end()
            # Longer runs may begin with a title of unknown length: "Secretary of State John Kerry". After an article
            # comes no person.
            person = 2 <= len(run) <= 3 and not BEFORE_NO_PERSON.search(sentence[:start])
            if start and person and not any(map(_is_no_name, run)):
                yield sentence[start:end]
            run = []
        if capital and word:
            run.append(word)


def _is_no_name(word: re.Match[str]) -> bool:
    """Return whether a word is a day, a month or an abbreviation."""
    return bool(DATE.fullmatch(word[0])) or word[0].isupper()
