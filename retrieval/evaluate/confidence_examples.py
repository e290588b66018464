"""Examples to fit the confidence on: questions asked of archives with and without the article that answers them."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from corpus.article import Article
from corpus.reader_types import Reading
from retrieval.answer.confidence import signals
from retrieval.answer.confidence_file import Signals
from retrieval.answer.fusion import in_another_language
from retrieval.answer.query import check_question
from retrieval.answer.query_features import analyze_question, query_features
from retrieval.answer.retrieve import retrieve_and_rank
from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.open import open_or_create
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder
from retrieval.errors import QuestionError
from retrieval.evaluate.beir import QuestionSet
from retrieval.indexing.pipeline import sync
from retrieval.types import Query

# Own: the archive has an article that answers. Impossible: it has none, but the question was asked of it. Foreign: the
# question was asked of other articles.
Kind = Literal["own", "impossible", "foreign"]
# At most so many questions of a set are asked, and so many articles are archives of their own.
MAX_QUESTIONS, SINGLE_ARTICLES, FOREIGN_OF_SINGLE = 400, 12, 4
SEED = 4


@dataclass(frozen=True, slots=True)
class Question:
    """A question to ask an archive: the documents that answer it are `right`."""

    kind: Kind
    text: str
    right: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Example:
    """The outcome of a question: its set, the archive's size, whether the first passage is a right one, its signals.

    `other_language` says that the question is in another language than the first passage.
    """

    set: str
    text: str
    size: int
    kind: Kind
    right: bool
    other_language: bool
    signals: Signals


@contextmanager
def temporary_archive(documents: Sequence[Article], encoder: Encoder, passage_tokens: int = 0) -> Iterator[Archive]:
    """Put documents into an archive, for as long as the block runs."""
    with TemporaryDirectory() as place:
        archive = open_or_create(Path(place) / "archive", lambda: wanted_spec(encoder, passage_tokens))
        with archive.write_lock("evaluation"):
            sync([Reading(article, f"/{article.id}") for article in documents], archive, encoder)
        yield archive
        archive.close()


def ask_all(
    name: str,
    documents: Sequence[Article],
    questions: Iterable[Question],
    encoder: Encoder,
    passage_tokens: int = 0,
    reranker: Reranker | None = None,
) -> Iterator[Example]:
    """Ask an archive of documents each question; one that finds nothing gives no example."""
    with temporary_archive(documents, encoder, passage_tokens) as archive:
        for question in questions:
            features = query_features(question.text, analyze_question(question.text, archive), encoder)
            ranked = retrieve_and_rank(Query(question.text), features, archive, encoder, reranker=reranker)
            if not ranked:
                continue
            first = ranked[0]
            ids = {first.passage.article.id, *(card.id for card in first.also)}
            yield Example(
                name,
                question.text,
                len(documents),
                question.kind,
                not question.right.isdisjoint(ids),
                in_another_language(features, first.passage),
                signals(features, first),
            )


def examples_of(
    questions: QuestionSet,
    encoder: Encoder,
    passage_tokens: int = 0,
    counted: Callable[[Sequence[Question]], Iterable[Question]] = lambda asked: asked,
    reranker: Reranker | None = None,
) -> list[Example]:
    """Ask the archive of all documents every question, then archives of half of them and of one, those of the others.

    So each question is also asked where the document that answers it is left out. `counted` passes the questions
    through, for a progress bar.
    """
    chance = random.Random(SEED)  # noqa: S311 - the same examples each time
    documents = [article for article in questions.articles.values() if article.text.strip()]
    chance.shuffle(documents)
    asked = sorted(id_ for id_, text in questions.questions.items() if _askable(text))
    asked = chance.sample(asked, min(MAX_QUESTIONS, len(asked)))
    own = [
        Question("own", questions.questions[id_], frozenset(questions.relevant[id_]))
        for id_ in asked
        if id_ in questions.relevant
    ]
    impossible = [Question("impossible", questions.questions[id_]) for id_ in asked if id_ not in questions.relevant]

    def ask(part: Sequence[Article], more: Sequence[Question] = (), max_foreign: int | None = None) -> list[Example]:
        ids = {document.id for document in part}
        here = [question for question in own if not question.right.isdisjoint(ids)]
        foreign = [Question("foreign", question.text) for question in own if question.right.isdisjoint(ids)]
        foreign = chance.sample(foreign, min(len(foreign), len(foreign) if max_foreign is None else max_foreign))
        asked = counted([*here, *more, *foreign])
        return list(ask_all(questions.name, part, asked, encoder, passage_tokens, reranker))

    middle = len(documents) // 2
    examples = ask(documents, impossible)
    for half in filter(None, (documents[:middle], documents[middle:])):
        examples += ask(half)
    with_questions = [document for document in documents if any(document.id in question.right for question in own)]
    for document in with_questions[:SINGLE_ARTICLES] if middle else []:
        examples += ask([document], max_foreign=FOREIGN_OF_SINGLE)
    return examples


def _askable(text: str) -> bool:
    try:
        check_question(text, len(text))
    except QuestionError:
        return False
    return True
