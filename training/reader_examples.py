"""Read examples for the reader of question and passage together: a question, and passages that do and do not answer it.

The formats are those of question_files.py, without SelQA's sections and BEIR folders, and QAMR's folder. The passages
that do not answer come from the same article (news), or are those of the same article that share most words (SQuAD).
A question that nothing answers has only such passages.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.article import Article, Card, Span
from corpus.text.language import detect_language
from retrieval.text.analysis import stems
from retrieval.text.bm25 import idf
from retrieval.text.chunking import Tokenizer, split
from retrieval.types import Passage

# Shorter than the passages of an archive, so that several fit into a batch; a paragraph of SQuAD stays whole.
NEWS_TOKENS, PARAGRAPH_TOKENS = 192, 256
HARD_PARAGRAPHS = 2
# A sentence of QAMR stands in a made-up passage of so many sentences.
QAMR_SENTENCES = 5
QAMR_FILES = "dev.tsv", "test.tsv"
PENN = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}


@dataclass(frozen=True)
class Example:
    """A question, the passages with its answers (spans of each passage), and passages without an answer."""

    question: str
    right: tuple[tuple[Passage, tuple[Span, ...]], ...]
    wrong: tuple[Passage, ...]


def read_examples(path: Path, tokenizer: Tokenizer, chance: random.Random) -> Iterator[Example]:
    """Read the examples of a file of news (JSON lines), of a file in SQuAD 2.0's format, or of QAMR's folder."""
    if path.is_dir():
        yield from _of_qamr(path, tokenizer, chance)
    elif path.suffix == ".jsonl":
        for line in path.read_text(encoding="utf-8").splitlines():
            yield from _of_news(json.loads(line), tokenizer)
    else:
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            yield from _of_squad(article, tokenizer)


def _of_news(article: Mapping[str, Any], tokenizer: Tokenizer) -> Iterator[Example]:
    text = article["text"]
    passages = _passages(article["title"], text, tokenizer, NEWS_TOKENS)
    for row in article["questions"]:
        starts = [(text.index(answer), answer) for answer in row["answers"]]
        yield _example(row["q"], passages, [Span(start, start + len(answer)) for start, answer in starts])


def _of_squad(article: Mapping[str, Any], tokenizer: Tokenizer) -> Iterator[Example]:
    title = article["title"].replace("_", " ")
    texts = [paragraph["context"] for paragraph in article["paragraphs"]]
    passages = [_passages(title, text, tokenizer, PARAGRAPH_TOKENS) for text in texts]
    words = [set(stems(text)) for text in texts]
    frequencies = Counter(stem for stems_ in words for stem in stems_)

    def hard(question: str, own: int) -> Iterator[Passage]:
        asked = set(stems(question))
        shared = [sum(idf(frequencies[stem], len(texts)) for stem in asked & stems_) for stems_ in words]
        others = sorted((number for number in range(len(texts)) if number != own), key=lambda number: -shared[number])
        yield from (passages[number][0] for number in others[:HARD_PARAGRAPHS])

    for number, paragraph in enumerate(article["paragraphs"]):
        for row in paragraph["qas"]:
            answers = [] if row["is_impossible"] else row["answers"][:1]
            spans = [Span(answer["answer_start"], answer["answer_start"] + len(answer["text"])) for answer in answers]
            example = _example(row["question"], passages[number], spans)
            yield Example(example.question, example.right, (*example.wrong, *hard(row["question"], number)))


def _of_qamr(folder: Path, tokenizer: Tokenizer, chance: random.Random) -> Iterator[Example]:
    lines = (folder / "wiki-sentences.tsv").read_text(encoding="utf-8").splitlines()
    sentences = {id_: tokens.split() for id_, tokens in (line.split("\t") for line in lines)}
    pages: defaultdict[str, list[str]] = defaultdict(list)
    for id_ in sentences:
        pages[_page(id_)].append(id_)
    made: dict[str, tuple[list[Passage], int]] = {}
    for file in QAMR_FILES:
        for line in (folder / file).read_text(encoding="utf-8").splitlines():
            id_, *_, question, answer = line.split("\t")[:7]
            numbers = sorted(map(int, answer.split()))
            if id_ not in sentences or not numbers or numbers[-1] >= len(sentences[id_]):
                continue
            if id_ not in made:
                others = [other for other in pages[_page(id_)] if other != id_]
                around = [*others, *chance.sample(sorted(sentences), QAMR_SENTENCES)][: QAMR_SENTENCES - 1]
                at = chance.randrange(QAMR_SENTENCES)
                texts = [_plain(sentences[other]) for other in around]
                texts.insert(at, _plain(sentences[id_]))
                passages = _passages("", " ".join(texts), tokenizer, PARAGRAPH_TOKENS)
                made[id_] = passages, sum(len(text) + 1 for text in texts[:at])
            passages, start = made[id_]
            yield _example(question, passages, [_token_span(sentences[id_], number, start) for number in numbers])


def _page(id_: str) -> str:
    return ":".join(id_.split(":")[:3])


def _plain(tokens: Sequence[str]) -> str:
    return " ".join(PENN.get(token, token) for token in tokens)


def _token_span(tokens: Sequence[str], number: int, start: int) -> Span:
    before = start + len(_plain(tokens[:number])) + (number > 0)
    return Span(before, before + len(_plain(tokens[number : number + 1])))


def _passages(title: str, text: str, tokenizer: Tokenizer, limit: int) -> list[Passage]:
    return split(Article(Card("article", title, language=detect_language(text)), text), tokenizer, limit)


def _example(question: str, passages: Sequence[Passage], answers: Sequence[Span]) -> Example:
    inside = [(passage, tuple(_within(passage, answers))) for passage in passages]
    return Example(
        question,
        tuple((passage, spans) for passage, spans in inside if spans),
        tuple(passage for passage, spans in inside if not spans),
    )


def _within(passage: Passage, answers: Sequence[Span]) -> Iterator[Span]:
    end = passage.start + len(passage.text)
    for answer in answers:
        if answer.start < end and passage.start < answer.end:
            yield Span(max(answer.start, passage.start) - passage.start, min(answer.end, end) - passage.start)
