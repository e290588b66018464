"""Encode articles and questions up to a reader's joint layers, once: the layers below are not trained."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from corpus.article import Span
from retrieval.answer.rank_sentences import LENGTH_PENALTY
from retrieval.encode.encoder import embedded_text
from retrieval.encode.joint_reader import JointReader
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.types import Passage
from training.question_files import Question, TrainingArticle
from training.word_weights import WordWeights

PASSAGE_TOKENS, QUESTION_TOKENS = 300, 64


@dataclass(frozen=True)
class EncodedPassage:
    """A passage: what the joint layers are given, (tokens, dimension), and the number of each token's sentence.

    Tokens of no sentence have -1. `penalties`, (sentences,), are those for the lengths of the sentences.
    """

    vectors: Tensor
    sentence: Tensor
    penalties: Tensor


@dataclass(frozen=True)
class EncodedQuestion:
    """A question: what the joint layers are given, (tokens, dimension), and the weights of its tokens, (tokens,).

    `scores`, (passages,), are the MaxSims of its article's passages to the published model; `right` tells for each
    passage which of its sentences answer.
    """

    vectors: Tensor
    weights: Tensor
    scores: Tensor
    right: tuple[Tensor, ...]


@dataclass(frozen=True)
class EncodedArticle:
    """An article, encoded, with its questions."""

    passages: tuple[EncodedPassage, ...]
    questions: tuple[EncodedQuestion, ...]


class ArticleEncoder:
    """Encodes articles for a reader, and scores their passages with the published model."""

    def __init__(self, encoder: SentenceEncoder, reader: JointReader, words: WordWeights) -> None:
        self._prompts, self._tokenizer = encoder.prompts, encoder.model.tokenizer
        self._published: nn.Module = encoder.model[0].auto_model.eval()  # type: ignore[union-attr]
        self._reader = reader
        self._words = words

    def encode(self, article: TrainingArticle) -> EncodedArticle:
        """Encode an article and its questions."""
        passages, published = [], []
        for passage in article.passages:
            text = embedded_text(passage.article.title, passage.text)
            vectors, tokens, spans = self._encode(text, self._prompts.passage, PASSAGE_TOKENS)
            before = len(embedded_text(passage.article.title, ""))
            lengths = torch.tensor([max(end - start, 1) for start, end in passage.sentences])
            sentences = torch.tensor([_sentence(passage, start - before, end - before) for start, end in spans])
            passages.append(EncodedPassage(vectors, sentences, LENGTH_PENALTY * lengths.log()))
            published.append(tokens[[end > start for start, end in spans]])
        questions = tuple(self._question(question, article.passages, published) for question in article.questions)
        return EncodedArticle(tuple(passages), questions)

    def _question(
        self, question: Question, passages: Sequence[Passage], published: Sequence[Tensor]
    ) -> EncodedQuestion:
        vectors, tokens, spans = self._encode(question.text, self._prompts.query, QUESTION_TOKENS)
        weights = torch.tensor(self._words.of_tokens(question.text, spans))
        scores = torch.stack([weights @ (tokens @ passage.T).amax(-1) for passage in published])
        right = tuple(
            torch.tensor([question.is_answered_by(number, sentence) for sentence in passage.sentences])
            for number, passage in enumerate(passages)
        )
        return EncodedQuestion(vectors, weights, scores, right)

    def _encode(self, text: str, prompt: str, max_tokens: int) -> tuple[Tensor, Tensor, list[Span]]:
        """Return what the joint layers are given, in half precision; the published model's vectors; and the spans.

        The spans of special tokens and of the prompt are empty.
        """
        encoded = self._tokenizer(prompt + text, truncation=True, max_length=max_tokens, return_offsets_mapping=True)
        ids = torch.tensor([encoded["input_ids"]])
        with torch.no_grad():
            vectors = self._reader.alone(ids)[0].bfloat16()
            tokens = nn.functional.normalize(self._published(input_ids=ids).last_hidden_state[0], dim=-1)
        offsets = [(start - len(prompt), end - len(prompt)) for start, end in encoded["offset_mapping"]]
        spans = [Span(max(start, 0), end) if end > max(start, 0) else Span(0, 0) for start, end in offsets]
        return vectors, tokens, spans


def _sentence(passage: Passage, start: int, end: int) -> int:
    """Return the number of the sentence that a token is in; -1 if it is in none, as in the headline."""
    numbered = enumerate(passage.sentences)
    return next((number for number, span in numbered if span.start <= start < end <= span.end), -1)
