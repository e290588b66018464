"""Read files of questions to train on: articles in passages, and for each question the characters that answer it.

Formats: SQuAD 2.0 (JSON with "data"), SelQA (a JSON list of sections that are split into sentences), written news (JSON
lines with whole articles and answering sentences; `also` has those of other articles, in pairs of id and sentence), and
folders in BEIR layout with answers.jsonl.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.article import Article, Card, Span
from corpus.text.language import detect_language
from retrieval.evaluate import beir
from retrieval.text.chunking import Tokenizer, split
from retrieval.types import Passage

# The number of tokens of a passage, and one that no paragraph has: a paragraph of an encyclopaedia stays whole.
PASSAGE_TOKENS, NO_LIMIT = 256, 1_000_000
# An article of an encyclopaedia has a hundred paragraphs; so many make an article of the length of news.
PARAGRAPHS = 4


@dataclass(frozen=True)
class Question:
    """A question, and where its article answers it: the number of the passage and a span of it; nowhere, perhaps.

    `also` are sentences of other articles that answer it, as far as the file names them.
    """

    text: str
    answers: tuple[tuple[int, Span], ...]
    also: tuple[str, ...] = ()

    def is_answered_by(self, passage: int, sentence: Span) -> bool:
        """Return whether a sentence of the passage with this number overlaps an answer."""
        return any(
            number == passage and span.start < sentence.end and sentence.start < span.end
            for number, span in self.answers
        )

    def sentences_that_answer(self, passage: Passage, number: int | None) -> list[bool]:
        """Return for each sentence of a passage whether it answers; `number` is the passage's in the own article."""
        if number is not None:
            return [self.is_answered_by(number, sentence) for sentence in passage.sentences]
        texts = [passage.text[slice(*sentence)] for sentence in passage.sentences]
        return [any(text in also or also in text for also in self.also) for text in texts]

    def answer_in(self, article: "TrainingArticle") -> str:
        """Return the words of the own article that answer."""
        return " ".join(article.passages[number].text[slice(*span)] for number, span in self.answers)


@dataclass(frozen=True)
class TrainingArticle:
    """An article, or a part of one, in passages, and the questions asked about it."""

    passages: tuple[Passage, ...]
    questions: tuple[Question, ...]


def read_articles(path: Path, tokenizer: Tokenizer) -> Iterator[TrainingArticle]:
    """Read the articles of a file or folder; `tokenizer` counts tokens, to split them."""
    if path.is_dir():
        yield from _of_beir(path, tokenizer)
    elif path.suffix == ".jsonl":
        for line in path.read_text(encoding="utf-8").splitlines():
            yield _of_news(json.loads(line), tokenizer)
    else:
        content = json.loads(path.read_text(encoding="utf-8"))
        yield from _of_squad(content["data"], tokenizer) if isinstance(content, dict) else _of_selqa(content)


def _of_squad(articles: Sequence[Mapping[str, Any]], tokenizer: Tokenizer) -> Iterator[TrainingArticle]:
    for article in articles:
        paragraphs = article["paragraphs"]
        for first in range(0, len(paragraphs), PARAGRAPHS):
            passages, questions = [], []
            for number, paragraph in enumerate(paragraphs[first : first + PARAGRAPHS]):
                (passage,) = split(_article(article["title"], paragraph["context"]), tokenizer, NO_LIMIT)
                passages.append(passage)
                for row in paragraph["qas"]:
                    answers = [] if row["is_impossible"] else row["answers"][:1]
                    starts = [(answer["answer_start"] - passage.start, answer["text"]) for answer in answers]
                    spans = tuple((number, Span(start, start + len(text))) for start, text in starts)
                    questions.append(Question(row["question"], spans))
            yield TrainingArticle(tuple(passages), tuple(questions))


def _of_news(article: Mapping[str, Any], tokenizer: Tokenizer) -> TrainingArticle:
    text = article["text"]
    passages = split(_article(article["title"], text), tokenizer, PASSAGE_TOKENS)
    asked = [
        (row["q"], [Span(text.index(answer), text.index(answer) + len(answer)) for answer in row["answers"]])
        for row in article["questions"]
    ]
    also = [tuple(sentence for _, sentence in row.get("also", ())) for row in article["questions"]]
    plain = _with_questions(passages, asked)
    questions = (replace(question, also=others) for question, others in zip(plain.questions, also, strict=True))
    return replace(plain, questions=tuple(questions))


def _of_selqa(rows: Sequence[Mapping[str, Any]]) -> Iterator[TrainingArticle]:
    sections: dict[tuple[str, str, tuple[str, ...]], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        sections[row["article"], row["section"], tuple(row["candidates"])].append(row)
    for (title, _, texts), asked in sections.items():
        starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
        sentences = tuple(Span(start, start + len(text)) for start, text in zip(starts, texts, strict=True))
        text = " ".join(texts)
        passage = Passage("section", _article(title, text).card, text, 0, len(text), sentences)
        questions = (
            Question(row["question"], tuple((0, sentences[number]) for number in row["answers"])) for row in asked
        )
        yield TrainingArticle((passage,), tuple(questions))


def _of_beir(folder: Path, tokenizer: Tokenizer) -> Iterator[TrainingArticle]:
    questions = beir.read(folder)
    asked: dict[str, list[tuple[str, Sequence[Span]]]] = defaultdict(list)
    for id_, golds in questions.answers.items():
        for gold in golds:
            asked[gold.document].append((questions.questions[id_], gold.spans))
    for id_, article in questions.articles.items():
        yield _with_questions(split(article, tokenizer, PASSAGE_TOKENS), asked[id_])


def _article(title: str, text: str) -> Article:
    return Article(Card("article", title.replace("_", " "), language=detect_language(text)), text)


def _with_questions(passages: Sequence[Passage], asked: Sequence[tuple[str, Sequence[Span]]]) -> TrainingArticle:
    """Join passages with questions, each with its answers as spans of the article's text."""
    questions = [Question(text, tuple(_in_passages(answers, passages))) for text, answers in asked]
    return TrainingArticle(tuple(passages), tuple(questions))


def _in_passages(answers: Sequence[Span], passages: Sequence[Passage]) -> Iterator[tuple[int, Span]]:
    for answer in answers:
        for number, passage in enumerate(passages):
            start, end = max(answer.start, passage.start), min(answer.end, passage.end)
            if start < end:
                yield number, Span(start - passage.start, end - passage.start)
