"""Suggest questions about the people in an archive's newest articles; each is tried before it is suggested.

First comes the person whom the whole archive writes about most: "What happened to Xu Zhiyong?".
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, TypeVar

from corpus.article import Card
from retrieval.answer.person_statements import EVENT, IDENTITY, KINDS, SAID, WORD, person_names, says
from retrieval.archive.contract import Archive
from retrieval.encode.languages_read import reads
from retrieval.errors import QuestionError
from retrieval.types import Answer, Hit

if TYPE_CHECKING:
    from retrieval.answer.answerer import Answerer

NEWEST_ARTICLES, MAX_QUESTIONS = 20, 12
# Questions that are asked to find a single example: a user waits for it.
MAX_QUESTIONS_FOR_ONE = 4
# Articles among which those in the user's language are sought.
NEWEST_LOOKED_AT = 200
MAX_CHARACTERS = 100
# Of a person whom the archive writes about often, so many articles among the best passages have the full name.
MIN_ARTICLES, PASSAGES_LOOKED_AT = 3, 10
# People whose passages are counted: a server counts each word with a query.
MAX_COUNTED = 12
# The share of the questions asked that are about such people.
SHARE_OFTEN = 1 / 3
# A question is suggested only if the answer's confidence is at least this.
MIN_CONFIDENCE = 0.8
# Questions about a person in each language, by what a sentence says of the person (person_statements.py); the first
# that fits is asked. UNKNOWN is asked if no sentence fits: the name may not be a person's.
UNKNOWN = "unknown"
QUESTIONS = {
    "en": {
        EVENT: "What happened to {name}?",
        SAID: "What did {name} say?",
        IDENTITY: "Who is {name}?",
        UNKNOWN: "What is known about {name}?",
    },
    "zh": {
        EVENT: "{name}怎么了？",
        SAID: "{name}说了什么？",
        IDENTITY: "{name}是谁？",
        UNKNOWN: "关于{name}有什么消息？",
    },
}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Suggestion:
    """A question that an article should answer; `kind` is what the article says of the person."""

    question: str
    article: Card
    kind: str
    name: str = ""


def suggest_questions(
    archive: Archive,
    answer: Callable[[str], Answer],
    count: int = 3,
    max_characters: int = MAX_CHARACTERS,
    language: str = "en",
    max_questions: int = MAX_QUESTIONS,
) -> list[str]:
    """Return up to `count` questions that the newest articles answer, best first, if possible each of another article.

    The questions are in the language, if there are questions in it ("en", "zh"), and about articles in it if the
    archive has some among its newest; the names in them are as the articles write them.
    The first is about the person in them whom the archive writes about most, if one is written about often and the
    answer is sure. At most `max_questions` are asked with `answer`, none longer than `max_characters`. Headlines fill
    up if too few questions about people are answered.
    """

    def short(suggestions: Iterable[_Suggestion]) -> Iterator[_Suggestion]:
        return (suggestion for suggestion in suggestions if len(suggestion.question) <= max_characters)

    language = language if language in QUESTIONS else "en"
    cards = _newest_cards(archive, language)
    about = list(short(_alternating(_about_people(archive, card, language) for card in cards)))
    to_ask = max_questions - count
    often = list(islice(_often_written_about(archive, about), int(to_ask * SHARE_OFTEN)))
    answered = _answered(islice(_unique([*often, *about]), to_ask), answer, often)
    first = next((pair for suggestion in often for pair in answered if pair[0] == suggestion), None)
    chosen = _diverse(answered, count, first)
    if missing := count - len(chosen):
        used = {suggestion.article for suggestion in chosen}
        headlines = (_Suggestion(card.title, card, "") for card in sorted(cards, key=lambda card: card in used))
        answered = sorted(_answered(islice(short(headlines), missing), answer), key=_by_confidence)
        chosen += [suggestion for suggestion, _ in answered]
    return [suggestion.question for suggestion in chosen]


def example_question(answerer: "Answerer") -> str | None:
    """Return a question that the archive answers, in the language of most of its articles; None if none is found.

    Articles in languages that the model does not read are not counted.
    """
    model = answerer.encoder.name
    known = (code for code, _ in answerer.archive.status().languages if code is not None and reads(model, code))
    language = next(known, "en")
    found = suggest_questions(
        answerer.archive, answerer.answer, 1, language=language, max_questions=MAX_QUESTIONS_FOR_ONE
    )
    return found[0] if found else None


def _newest_cards(archive: Archive, language: str) -> list[Card]:
    """Return cards of the newest articles, those in the language first."""
    cards = archive.newest_cards(NEWEST_LOOKED_AT)
    return sorted(cards, key=lambda card: card.language != language)[:NEWEST_ARTICLES]


def _about_people(archive: Archive, card: Card, language: str) -> list[_Suggestion]:
    """Return questions about the people that an article names, alternating between the kinds of question."""
    passages = archive.passages_of(card.id)
    sentences = [passage.text[start:end] for passage in passages for start, end in passage.sentences]
    kinds: dict[str, list[_Suggestion]] = {kind: [] for kind in (*KINDS, UNKNOWN)}
    for name in dict.fromkeys(name for sentence in sentences for name in person_names(sentence)):
        fitting = (kind for kind in KINDS if any(says(kind, name, sentence) for sentence in sentences))
        kind = next(fitting, UNKNOWN)
        kinds[kind].append(_Suggestion(QUESTIONS[language][kind].format(name=name), card, kind, name))
    return list(_alternating([kinds[kind] for kind in KINDS])) + kinds[UNKNOWN]


def _often_written_about(archive: Archive, suggestions: Sequence[_Suggestion]) -> Iterator[_Suggestion]:
    """Yield a question about each person whom the archive writes about often, about whom it writes most first.

    Counted are those whom most of the articles at hand name.
    """
    telling = [suggestion for suggestion in suggestions if suggestion.kind != UNKNOWN]
    if not telling:
        return
    articles = Counter(suggestion.name for suggestion in telling)
    words = {name: WORD.findall(name) for name, _ in articles.most_common(MAX_COUNTED)}
    frequencies = archive.document_frequencies([*dict.fromkeys(word for each in words.values() for word in each)])
    passages = {name: min(frequencies.by_word[word] for word in each) for name, each in words.items()}
    for name in sorted(passages, key=lambda name: -passages[name]):
        if passages[name] >= MIN_ARTICLES and _is_in_many_articles(archive, name):
            about = (suggestion for suggestion in telling if suggestion.name == name)
            yield min(about, key=lambda suggestion: KINDS.index(suggestion.kind))


def _is_in_many_articles(archive: Archive, name: str) -> bool:
    hits = archive.search_words(name, PASSAGES_LOOKED_AT)
    return len({hit.passage.article.id for hit in hits if name in hit.passage.text}) >= MIN_ARTICLES


def _answered(
    suggestions: Iterable[_Suggestion], answer: Callable[[str], Answer], often: Collection[_Suggestion] = ()
) -> list[tuple[_Suggestion, float]]:
    """Ask each question; return those that are answered as asked, with the confidence.

    The answer is their own article's; to those about people who are written about `often`, it may be another's sentence
    that names the person and says what is asked.
    """
    answered = []
    for suggestion in suggestions:
        try:
            result = answer(suggestion.question)
        except QuestionError:
            continue
        if not result.answered or result.confidence < MIN_CONFIDENCE or result.searched:
            continue
        best = result.hits[0]
        articles = {best.passage.article.id, *(card.id for card in best.also)}
        if suggestion.article.id in articles or (suggestion in often and _says_it(suggestion, best)):
            answered.append((suggestion, result.confidence))
    return answered


def _says_it(suggestion: _Suggestion, hit: Hit) -> bool:
    """Tell whether the sentence that answers says of the person what the question asks.

    To "What happened to …?" every sentence on the person is an answer, if the model is sure of it.
    """
    sentence = hit.highlight_text
    if suggestion.kind == EVENT:
        return suggestion.name in sentence
    return suggestion.kind in KINDS and says(suggestion.kind, suggestion.name, sentence)


def _diverse(
    answered: list[tuple[_Suggestion, float]], count: int, first: tuple[_Suggestion, float] | None
) -> list[_Suggestion]:
    """Choose up to `count`: `first`; then, if possible, of different articles, then kinds, and the most confident."""
    chosen = [first[0]] if first else []
    remaining = sorted((pair for pair in answered if pair != first), key=_by_confidence)
    while remaining and len(chosen) < count:
        articles, kinds = [suggestion.article for suggestion in chosen], [suggestion.kind for suggestion in chosen]
        best = min(remaining, key=lambda pair: (articles.count(pair[0].article), kinds.count(pair[0].kind)))
        remaining.remove(best)
        chosen.append(best[0])
    return chosen


def _by_confidence(answered: tuple[_Suggestion, float]) -> tuple[bool, float]:
    suggestion, confidence = answered
    return suggestion.kind == UNKNOWN, -confidence


def _unique(suggestions: Iterable[_Suggestion]) -> Iterator[_Suggestion]:
    """Yield each question once: two articles may name the same person."""
    seen: set[str] = set()
    for suggestion in suggestions:
        if suggestion.question not in seen:
            seen.add(suggestion.question)
            yield suggestion


def _alternating(lists: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """Yield the first item of each list, then the second of each, …"""
    return (item for row in zip_longest(*lists) for item in row if item is not None)
