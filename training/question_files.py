"""Read files of questions to train on: passages, their sentences, and for each question the characters that answer it.

Formats: SQuAD 2.0 (JSON with "data"), SelQA (a JSON list of sections that are split into sentences), written news (JSON
lines with whole articles and answering sentences), and folders in BEIR layout with answers.jsonl.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.article import Article, Card, Span
from corpus.text.language import detect_language
from retrieval.evaluate import beir
from retrieval.text.chunking import Tokenizer, split

# The number of tokens of a passage, and one that no paragraph has: a paragraph of an encyclopaedia stays whole.
PASSAGE_TOKENS, NO_LIMIT = 256, 1_000_000


@dataclass(frozen=True)
class Question:
    """A question, and the characters of its passage that answer it; several where several sentences do."""

    text: str
    answers: tuple[Span, ...]


@dataclass(frozen=True)
class TrainingPassage:
    """A passage under its article's title, its sentences, and the questions that it answers."""

    article: str
    text: str
    sentences: tuple[Span, ...]
    questions: tuple[Question, ...]


def read_passages(path: Path, tokenizer: Tokenizer) -> Iterator[TrainingPassage]:
    """Read the passages of a file or folder that answer a question; `tokenizer` counts tokens, to split articles."""
    if path.is_dir():
        yield from _of_beir(path, tokenizer)
    elif path.suffix == ".jsonl":
        for line in path.read_text(encoding="utf-8").splitlines():
            yield from _of_news(json.loads(line), tokenizer)
    else:
        content = json.loads(path.read_text(encoding="utf-8"))
        yield from _of_squad(content["data"], tokenizer) if isinstance(content, dict) else _of_selqa(content)


def _of_squad(articles: Sequence[Mapping[str, Any]], tokenizer: Tokenizer) -> Iterator[TrainingPassage]:
    for article in articles:
        title = article["title"].replace("_", " ")
        for paragraph in article["paragraphs"]:
            # Of a question without an answer, the plausible one: it is in the sentence that a reader looks at first.
            questions = [
                Question(row["question"], (Span(first["answer_start"], first["answer_start"] + len(first["text"])),))
                for row in paragraph["qas"]
                for first in (row["answers"] or row["plausible_answers"])[:1]
            ]
            yield from _split(title, paragraph["context"], questions, tokenizer, NO_LIMIT)


def _of_news(article: Mapping[str, Any], tokenizer: Tokenizer) -> Iterator[TrainingPassage]:
    text = article["text"]
    questions = [
        Question(
            row["q"], tuple(Span(text.index(answer), text.index(answer) + len(answer)) for answer in row["answers"])
        )
        for row in article["questions"]
        if row["answers"]
    ]
    yield from _split(article["title"], text, questions, tokenizer, PASSAGE_TOKENS)


def _of_selqa(rows: Sequence[Mapping[str, Any]]) -> Iterator[TrainingPassage]:
    sections: dict[tuple[str, str, tuple[str, ...]], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        sections[row["article"], row["section"], tuple(row["candidates"])].append(row)
    for (article, _, texts), asked in sections.items():
        starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
        sentences = tuple(Span(start, start + len(text)) for start, text in zip(starts, texts, strict=True))
        questions = [Question(row["question"], tuple(sentences[number] for number in row["answers"])) for row in asked]
        yield TrainingPassage(
            article, " ".join(texts), sentences, tuple(question for question in questions if question.answers)
        )


def _of_beir(folder: Path, tokenizer: Tokenizer) -> Iterator[TrainingPassage]:
    questions = beir.read(folder)
    asked: dict[str, list[Question]] = defaultdict(list)
    for id_, golds in questions.answers.items():
        for gold in golds:
            asked[gold.document].append(Question(questions.questions[id_], gold.spans))
    for id_, article in questions.articles.items():
        yield from _split(article.title, article.text, asked[id_], tokenizer, PASSAGE_TOKENS)


def _split(
    title: str, text: str, questions: Sequence[Question], tokenizer: Tokenizer, tokens: int
) -> Iterator[TrainingPassage]:
    """Yield the passages of an article that answer one of the questions."""
    article = Article(Card("article", title, language=detect_language(text)), text)
    for passage in split(article, tokenizer, tokens):
        end = passage.start + len(passage.text)
        answered = [
            Question(question.text, inside)
            for question in questions
            if (
                inside := tuple(
                    _within(answer, passage.start, end)
                    for answer in question.answers
                    if answer.start < end and passage.start < answer.end
                )
            )
        ]
        if answered:
            yield TrainingPassage(title, passage.text, tuple(passage.sentences), tuple(answered))


def _within(span: Span, start: int, end: int) -> Span:
    return Span(max(span.start - start, 0), min(span.end, end) - start)
