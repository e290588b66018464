"""Archives to fit the confidence on, each with questions that it answers and questions that nothing in it answers."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.support.question_sets import Set
from corpus.article import Article, Card
from retrieval.encode.encoder import Encoder
from retrieval.evaluate.confidence_examples import Question
from retrieval.text.chunking import split

SEED = 4
FILLED = 1_000
# Questions of each kind for each archive in its own language, in each of so many others, of other sets, and of single
# documents, of which so many are archives of their own.
OWN, IN_OTHER, OTHER_LANGUAGES, STRANGERS = 60, 8, 3, 6
SINGLE = 2


@dataclass(frozen=True)
class Half:
    """Half of a folder: `group` names the documents, whatever their language, and `number` is 0 or 1.

    `impossible` are questions that were asked of the documents, but that nothing in them answers.
    """

    folder: str
    group: str
    number: int
    documents: list[Article]
    questions: list[tuple[str, str | None]]
    impossible: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the archive."""
        return f"{self.folder}/{self.number}"


@dataclass(frozen=True)
class ToAsk:
    """An archive and the questions for it; the name is that of the examples."""

    name: str
    documents: list[Article]
    questions: list[Question]


def halves(question_set: Set) -> list[Half]:
    """Split a set in two; documents whose ids differ only after the last hyphen stay together.

    A set whose ids tell nothing of that stays whole: its halves would be about the same.
    """
    groups = sorted({article_of(document.id) for document in question_set.documents})
    second = set(groups[1::2]) if len(groups) < len(question_set.documents) else set()
    group = min(document.id for document in question_set.documents)
    parts = [Half(question_set.name, group, number, [], []) for number in range(2)]
    for document in question_set.documents:
        parts[article_of(document.id) in second].documents.append(document)
    for text, right in question_set.questions:
        if right is not None:
            parts[article_of(right) in second].questions.append((text, right))
        elif not second:
            parts[0].impossible.append(text)
    return [part for part in parts if part.documents]


def article_of(id_: str) -> str:
    """Return the id without its last part, behind a hyphen: documents that have it in common stay together."""
    return id_.rpartition("-")[0] or id_


def archives(half: Half, others: Sequence[Half], in_other_languages: int) -> Iterator[ToAsk]:
    """Yield a half as an archive, and single documents of it, with the questions to ask them."""
    chance = random.Random(f"{SEED}/{half.name}")  # noqa: S311
    strangers = [question for other in others if other.group != half.group for question in other.questions]
    absent = elsewhere_of(half, others) or strangers
    questions = [*own(half.questions, OWN, chance), *foreign(absent, OWN, chance)]
    questions += foreign(strangers, STRANGERS, chance)
    questions += [
        Question("impossible", text) for text in chance.sample(half.impossible, min(OWN, len(half.impossible)))
    ]
    translations = [other for other in others if other.group == half.group and other.folder != half.folder]
    chosen = chance.sample([other for other in translations if other.number == half.number], in_other_languages)
    for translation in chosen:
        questions += own(translation.questions, IN_OTHER, chance)
        questions += foreign(elsewhere_of(translation, others), IN_OTHER, chance)
    yield ToAsk(half.name, half.documents, questions)
    for document in chance.sample(half.documents, SINGLE):
        single: list[Question] = []
        for each, nowhere in ((half, absent), *((each, elsewhere_of(each, others)) for each in chosen[:1])):
            single += own([question for question in each.questions if question[1] == document.id], 2, chance)
            single += foreign(nowhere, 2, chance)
        yield ToAsk(f"{half.name} {document.id}", [document], single)


def elsewhere_of(half: Half, others: Sequence[Half]) -> list[tuple[str, str | None]]:
    """Return the questions of the other half of a folder; none if it is whole."""
    return [
        question
        for other in others
        if other.folder == half.folder and other.number != half.number
        for question in other.questions
    ]


def filled(half: Half, others: Sequence[Half], encoder: Encoder) -> ToAsk:
    """Fill a half up with generated passages in its language.

    The questions on the articles whose sentences they are made of are not asked.
    """
    chance = random.Random(f"{SEED}/{half.name}/filled")  # noqa: S311
    (counterpart,) = (other for other in others if other.folder == half.folder and other.number != half.number)
    articles = sorted({article_of(document.id) for document in counterpart.documents})[::2]
    used = [document for document in counterpart.documents if article_of(document.id) in articles]
    asked = [question for question in counterpart.questions if article_of(str(question[1])) not in articles]
    made = filler(used, encoder, FILLED - len(half.documents), chance)
    questions = [*own(half.questions, OWN, chance), *foreign(asked, OWN, chance)]
    return ToAsk(half.name, [*half.documents, *made], questions)


def large(halves_: Sequence[Half], others: Sequence[Half], fill: Sequence[Article]) -> Iterator[ToAsk]:
    """Yield both halves of a folder in English filled up with passages made of the sentences of other sets."""
    for half in halves_:
        chance = random.Random(f"{SEED}/{half.name}/large")  # noqa: S311
        strangers = [question for other in others if other.folder != half.folder for question in other.questions]
        (counterpart,) = (other for other in halves_ if other.number != half.number)
        asked = [*own(half.questions, OWN, chance), *foreign(counterpart.questions, OWN, chance)]
        asked += foreign(strangers, STRANGERS, chance)
        yield ToAsk(half.name, [*half.documents, *fill], asked)


def filler(documents: Iterable[Article], encoder: Encoder, count: int, chance: random.Random) -> list[Article]:
    """Return generated passages, each of two sentences from the documents."""
    sentences = [
        (passage.text[slice(*span)], document.card.language)
        for document in documents
        for passage in split(document, encoder, encoder.max_tokens)
        for span in passage.sentences
    ]
    pairs = (chance.sample(sentences, 2) for _ in range(count))
    return [
        Article(Card(f"filler-{number}", "", language=first[1]), f"{first[0]} {second[0]}")
        for number, (first, second) in enumerate(pairs)
    ]


def own(questions: Sequence[tuple[str, str | None]], count: int, chance: random.Random) -> list[Question]:
    """Choose questions that the archive answers."""
    chosen = chance.sample(questions, min(count, len(questions)))
    return [Question("own", text, frozenset({right})) for text, right in chosen if right]


def foreign(questions: Sequence[tuple[str, str | None]], count: int, chance: random.Random) -> list[Question]:
    """Choose questions that nothing in the archive answers."""
    return [Question("foreign", text) for text, _ in chance.sample(questions, min(count, len(questions)))]
