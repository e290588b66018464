"""Recognize a question that depends on the one before it, by its words: "When was he detained?", "And in 2015?".

The rules are for English and use only the words and their order; context_dependent_chinese.py has those for Chinese. In
doubt, a question counts as complete: completing it would search for something that the user did not ask.
"""

import re
from collections.abc import Sequence

from retrieval.answer import phrases_in_other_languages
from retrieval.answer.context_dependent_chinese import is_chinese, is_context_dependent_chinese

TOKEN = re.compile(r"\w+(?:[-.]\w+)*")
# "What's" is "what is"; the "s" of "Xu's" stays a word. CONTRACTED is what is left of "isn't", "they'll" and the like.
IS_CONTRACTED = re.compile(r"(?i)\b(what|who|where|when|how|why|that|it|he|she|there)['’]s\b")
CONTRACTED = frozenset("t ll ve re d m".split())
QUESTION_WORDS = frozenset("who whom whose what when where which why how".split())
AUXILIARIES = frozenset(
    """
    am is are was were be been being do does did has have had can could will would shall should may might must isn aren
    wasn weren don doesn didn hasn haven hadn won wouldn couldn shouldn
    """.split()
)
PREPOSITIONS = frozenset(
    """
    about after against among around as at before behind between by during for from in into like near of off on over per
    since through till to toward towards under until up upon via with within without
    """.split()
)
SUBJECT_PRONOUNS = frozenset("he she they it".split())
POSSESSIVES = frozenset("his her hers its their theirs himself herself itself themselves".split())
OBJECT_PRONOUNS = frozenset("him them it her".split())
DEMONSTRATIVES = frozenset("this that these those".split())
DETERMINERS = frozenset("a an the this that these those his her its their my our your every each some any no".split())
CONJUNCTIONS = frozenset("and or but so then ok okay well also".split())
# With these, words without a verb go on: "ok and the dam"; "ok great" does not.
JOINING = CONJUNCTIONS - {"ok", "okay", "well"}
# After a demonstrative, these name a time that needs no context: "this year", "that morning".
TIMES = frozenset(
    """
    second minute hour day night morning afternoon evening week weekend month year decade century season spring summer
    autumn fall winter time moment date
    """.split()
)
# A question of these words alone names nothing: "How long?", "Since when?", "Which one exactly?", "Who else?"
FILLERS = frozenset(
    """
    a about again all an any anyone anything are at by did do does else exactly ever far for from had has have how i in
    is it just long many me mean more much no not of often old on one ones only other others out really said say says
    shall so some soon still tell the then there to up was were with year years yes you
    """.split()
)
# "How long does it take to …", "Is it true that …": here "it" stands for what comes after it.
TAKING_IT = frozenset("take takes took cost costs mean means feel matter seem seems happen help hurt pay sense".split())
CERTAINTY = frozenset("likely unlikely possible true certain clear".split())
JUDGING_IT = frozenset("make makes made making find finds found finding think thinks thought".split())
# "And then?", "what happened next?", "what came after that?": asks for what followed.
FOLLOWED = re.compile(
    r"(?i)\W*(?:(?:and|so|ok|okay|well)\W+)*(?:then(?:\W+what)?|what(?:\W+then|\W+next)|next|"
    r"what\s+(?:happ?en(?:e?d)?|came|followed)(?:\s+(?:then|next|later|afterwards?|after(?:\s+that|\s+this)?))?|"
    r"(?:and\s+)?(?:afterwards?|after\s+that|later(?:\s+on)?))\W*"
)
FOLLOWED_CHINESE = re.compile(
    r"(?:那|那么)?(?:后来|後來|然后|然後|之后|之後|接下来|接下來|再后来)(?:呢|怎么样了?|怎麼樣了?|发生了什么|發生了什麼)?[\s？?。!！]*"
)
# "And before that?", "what happened earlier?": asks for what came before.
PRECEDED = re.compile(
    r"(?i)\W*(?:(?:and|so|ok|okay|well)\W+)*(?:what\s+(?:happ?en(?:e?d)?|came|was)\s+)?"
    r"(?:before(?:\s+(?:that|this|then))?|earlier|previously)\W*"
)
PRECEDED_CHINESE = re.compile(
    r"(?:那|那么)?在?(?:这|這|那|此)?(?:之|以)?前(?:呢|怎么样了?|怎麼樣了?|发生了什么|發生了什麼)[\s？?。!！]*"
)
# "Tell me more", "more": asks for more of the same.
MORE = re.compile(
    r"(?i)\W*(?:(?:and|ok|okay|please|pls|yes|can\s+(?:you|i)|could\s+(?:you|i))\W+)*(?:(?:(?:tell|show|give)\s+me|see|read)\s+)?"
    r"(?:(?:the\s+|this\s+)?(?:full|whole|entire)\s+(?:article|text|story)|everything|(?:some\s+|a\s+bit\s+|any\s*thing\s+)?more)"
    r"(?:\s+(?:details?|info(?:rmation)?|about\s+(?:that|this|it)|on\s+(?:that|this|it)))*(?:\W+(?:please|pls))?\W*"
)
MORE_CHINESE = re.compile(
    r"(?:请|請|能|可以)?(?:再|多|还|還)*(?:说|說|讲|講|告诉我|告訴我|有)?(?:多|更多|详细|詳細|其他)+(?:说|說|讲|講|的|一?点|一?點|一些|信息|内容|內容|吗|嗎|呢)*[\s？?。!！]*"
)
# Words that open a clause with its own subject.
CLAUSE_OPENERS = (
    QUESTION_WORDS
    | CONJUNCTIONS
    | frozenset(
        "that if because while although than as before after until since say says said think thinks claim".split()
    )
)
# Words that say nothing about the subject of a question.
FUNCTION_WORDS = (
    QUESTION_WORDS
    | AUXILIARIES
    | PREPOSITIONS
    | SUBJECT_PRONOUNS
    | POSSESSIVES
    | OBJECT_PRONOUNS
    | DEMONSTRATIVES
    | DETERMINERS
    | CONJUNCTIONS
    | FILLERS
)


def is_context_dependent(question: str) -> bool:
    """Return whether a question can be understood only after the one before it."""
    if asks_for_more(question) or asks_what_followed(question) or asks_what_preceded(question):
        return True
    if is_chinese(question):
        return is_context_dependent_chinese(question)
    cased = [word for word in TOKEN.findall(IS_CONTRACTED.sub(r"\1 is", question)) if word.lower() not in CONTRACTED]
    if question.isupper():
        cased = [word.lower() for word in cased]
    # "IT" among lower-case words is a name.
    words = [word if word == "IT" else word.lower() for word in cased]
    conjunctions = 0
    while conjunctions < len(words) and words[conjunctions] in CONJUNCTIONS:
        conjunctions += 1
    joined = any(word in JOINING for word in words[:conjunctions])
    cased, words = cased[conjunctions:], words[conjunctions:]
    if not words:
        return False
    if joined and not any(word in QUESTION_WORDS | AUXILIARIES for word in words):
        return True
    return _elliptical(words) or any(_points_back(cased, words, at) for at in range(len(words)))


def names_nothing(question: str) -> bool:
    """Return whether a question in Latin letters has only words that say nothing about a subject: "How come?"."""
    return all(word.lower() in FUNCTION_WORDS for word in TOKEN.findall(question))


def asks_what_followed(question: str) -> bool:
    """Return whether a question asks for nothing but what followed: "And then?"."""
    pattern = FOLLOWED_CHINESE if is_chinese(question) else FOLLOWED
    return bool(pattern.fullmatch(question) or phrases_in_other_languages.FOLLOWED.fullmatch(question))


def asks_what_preceded(question: str) -> bool:
    """Return whether a question asks for nothing but what came before: "And before that?"."""
    return bool((PRECEDED_CHINESE if is_chinese(question) else PRECEDED).fullmatch(question))


def asks_for_more(question: str) -> bool:
    """Return whether a question asks for nothing but more of the same: "Tell me more"."""
    pattern = MORE_CHINESE if is_chinese(question) else MORE
    return bool(pattern.fullmatch(question) or phrases_in_other_languages.MORE.fullmatch(question))


def _elliptical(words: Sequence[str]) -> bool:
    """Return whether a question lacks its subject: "Why?", "How long?", "What about Ilham?", "Why not in 2013?"."""
    if words[:2] in (["what", "about"], ["how", "about"]):
        return True
    content = [
        word for word in words if word not in QUESTION_WORDS | FILLERS | PREPOSITIONS | TIMES and not word.isdigit()
    ]
    return not content and any(word in QUESTION_WORDS for word in words)


def _points_back(cased: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Return whether the word at this index refers to something that the question does not name."""
    word, before, after = words[at], _word(words, at - 1), _word(words, at + 1)
    if word in SUBJECT_PRONOUNS | POSSESSIVES | OBJECT_PRONOUNS:
        return not (word == "it" and _expletive(words, at)) and not _named_before(cased, words, at)
    if word in DEMONSTRATIVES:
        return _demonstrates(words, at)
    if word == "there":
        return after not in AUXILIARIES and before not in AUXILIARIES and not _placed_before(cased, words, at)
    if word == "then":
        return not after and not any(other.isdigit() for other in words)
    return word == "same" and before == "the" and "as" not in words[at:]


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _expletive(words: Sequence[str], at: int) -> bool:
    """Return whether "it" stands for a clause after it: "to …", "that …"."""
    if _word(words, at + 1) in CERTAINTY and at + 2 < len(words):
        return True
    after_verb = _word(words, at - 1) in (AUXILIARIES - {"do", "does", "did"}) | JUDGING_IT
    for opener in range(at + 2, min(at + 6, len(words) - 1)):
        between = words[at + 1 : opener]
        if words[opener] in {"that", "if", "whether", "how", "what", "who"} and after_verb:
            return True
        if words[opener] in {"to", "for", "like"} and _word(words, opener + 1) not in DETERMINERS:
            passive = any(word.endswith(("ed", "ing")) for word in between)
            return (after_verb and not passive) or any(word in TAKING_IT for word in between)
    return False


def is_object(words: Sequence[str], at: int) -> bool:
    """Return whether a pronoun is an object: then it does not stand for the subject of its clause."""
    before, after = _word(words, at - 1), _word(words, at + 1)
    if words[at] == "her":
        return not after or after in PREPOSITIONS | CLAUSE_OPENERS
    if words[at] == "it":
        return after not in AUXILIARIES and before not in AUXILIARIES | CLAUSE_OPENERS
    # In "take with him", the pronoun is the subject itself; in "do with him" it is not.
    return words[at] in {"him", "them"} and (before != "with" or _word(words, at - 2) in {"do", "happen", "happened"})


def _named_before(cased: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Return whether the question names, before a pronoun, something that it may stand for."""
    if "s" in words[:at]:  # a name with "'s"
        return True
    clause = 0
    while clause < at and words[clause] in QUESTION_WORDS | PREPOSITIONS:
        clause += 1
    auxiliary = next((n for n in range(clause, at) if words[n] in AUXILIARIES), None)
    if is_object(words, at):
        return _object_before(words, at, clause if auxiliary is None else auxiliary + 1)
    if any(word[0].isupper() and word != "I" for word in cased[1:at]):
        return True
    if auxiliary is None:  # "Who lost his job?"
        return at > clause
    if (
        words[at] in POSSESSIVES and words[auxiliary] in {"has", "have", "had"} and auxiliary == at - 1
    ):  # "Which city has its …"
        return auxiliary > clause
    nameless = PREPOSITIONS | AUXILIARIES | SUBJECT_PRONOUNS | OBJECT_PRONOUNS | POSSESSIVES | FILLERS
    return any(word not in nameless for word in words[auxiliary + 1 : at])


def _placed_before(cased: Sequence[str], words: Sequence[str], at: int) -> bool:
    """Return whether the question names, before "there", a place that it may stand for: a name, or "in …", "at …"."""
    places = (
        n for n in range(at - 1) if words[n] in PREPOSITIONS and words[n + 1] not in QUESTION_WORDS | DEMONSTRATIVES
    )
    return any(name[0].isupper() and name != "I" for name in cased[1:at]) or any(places)


def _object_before(words: Sequence[str], at: int, subject: int) -> bool:
    """Return whether an object pronoun may stand for something in the question other than its clause's subject."""
    for n in range(subject + 1, at):
        infinitive = words[n] == "to" and n + 1 < at and words[n + 1] not in DETERMINERS
        if infinitive or (words[n] in CLAUSE_OPENERS - {"who", "whom"} and words[n + 1] not in PREPOSITIONS):
            return True
        if words[n] in DETERMINERS and words[n - 1] not in PREPOSITIONS:
            return True
    return False


def _demonstrates(words: Sequence[str], at: int) -> bool:
    """Return whether "this", "that", "these" or "those" refers to something in the question before."""
    before, after = _word(words, at - 1), _word(words, at + 1)
    if after in TIMES or after.removesuffix("s") in TIMES:
        return False
    if words[at] != "that":
        return after not in {"who", "which", "that"}
    if not after:
        return True
    first = all(word in QUESTION_WORDS | AUXILIARIES for word in words[:at])
    return (
        (first or before in PREPOSITIONS) and after not in DETERMINERS | SUBJECT_PRONOUNS and not after.endswith("ed")
    )
