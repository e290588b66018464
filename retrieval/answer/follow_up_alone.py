"""Ask what a follow-up names alone: "the dam" of "what about the dam?", where the last question leads nowhere.

After "Who is the mayor of Varnholt?" such a follow-up is completed to what the mayor has to do with the dam. If no
passage that answers that has what the follow-up names, the follow-up is about something else.
"""

import re
from dataclasses import replace

from corpus.text.language import in_different_languages, language_of_question
from retrieval.answer.context_dependent import (
    AUXILIARIES,
    DEMONSTRATIVES,
    FUNCTION_WORDS,
    OBJECT_PRONOUNS,
    POSSESSIVES,
    PREPOSITIONS,
    QUESTION_WORDS,
    SUBJECT_PRONOUNS,
    TOKEN,
)
from retrieval.answer.context_dependent_chinese import ASKING, PRONOUN, THIS, is_chinese, simplified
from retrieval.answer.elliptical_follow_ups import POSSESSIVE, split_lead
from retrieval.answer.time_phrases import split_period
from retrieval.archive.contract import Archive
from retrieval.text.analysis import stems, word_spans
from retrieval.types import Answer, Passage

# Words that stand for something of the last question, or make a clause: what has them cannot be asked alone.
NOT_ALONE = (
    SUBJECT_PRONOUNS
    | OBJECT_PRONOUNS
    | POSSESSIVES
    | DEMONSTRATIVES
    | QUESTION_WORDS
    | AUXILIARIES
    | frozenset("same other others another rest one ones there then else more".split())
)
PART_CHINESE = re.compile(r"(?:那么?|还有|以及|而)*(?P<part>.{1,30}?)呢[？?。!！]*")


def named_alone(question: str) -> str | None:
    """Return what a follow-up names, if that can be asked alone: "the dam" of "what about the dam?"."""
    if is_chinese(question):
        named = PART_CHINESE.fullmatch(question)
        part = named["part"] if named else ""
        points_back = any(pattern.search(simplified(part)) for pattern in (ASKING, PRONOUN, THIS))
        return part if part and not points_back else None
    lead, part = split_lead(question)
    words = [word.lower() for word in TOKEN.findall(part)]
    if not lead or not words or words[0] in PREPOSITIONS or POSSESSIVE.fullmatch(part):
        return None
    names_something = any(word not in FUNCTION_WORDS and not word.isdigit() for word in words)
    return part if names_something and NOT_ALONE.isdisjoint(words) and not split_period(f"in {part}")[1] else None


def about_new_words(answer: Answer, last: str, archive: Archive) -> Answer | None:
    """Return an answer led by the hits that have what its question names and the last one does not; None if none has.

    The rarest such word decides. A passage in another language than the question is not looked at.
    """
    text = answer.searched.text if answer.searched else answer.question
    known = {word.lower() for word in _words(last)} | FUNCTION_WORDS
    new = [word for word in _words(text) if word.lower() not in known]
    frequencies = archive.document_frequencies(new).by_word
    rarest = min((word for word in new if frequencies[word]), key=lambda word: frequencies[word], default="")
    asked_in = language_of_question(text)
    has = [not new or _has(rarest, hit.passage, asked_in) for hit in answer.hits]
    if not any(has):
        return None
    if has[0]:
        return answer
    ordered = sorted(zip(has, answer.hits, strict=True), key=lambda pair: not pair[0])
    hits = tuple(replace(hit, rank=rank) for rank, (_, hit) in enumerate(ordered, start=1))
    return replace(answer, hits=hits, later=None)


def _words(text: str) -> list[str]:
    return [text[slice(*span)] for span in word_spans(text)]


def _has(word: str, passage: Passage, asked_in: str | None) -> bool:
    language = passage.article.language
    if in_different_languages(asked_in, language):
        return True
    return not set(stems(word, language)).isdisjoint(stems(f"{passage.article.title}\n{passage.text}", language))
