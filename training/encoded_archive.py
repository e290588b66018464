"""Encode passages and questions up to a reader's joint layers, once: the layers below are not trained.

All passages of a file are one archive, as an owner's is: a question's candidates are those most like it of all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from corpus.article import Span
from retrieval.answer.rank_sentences import LENGTH_PENALTY
from retrieval.encode.encoder import embedded_text, token_vectors
from retrieval.encode.joint_reader import JointReader
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.encode.token_means import token_mean
from retrieval.text.analysis import stems
from retrieval.types import Passage
from training.idf_weights import WordWeights
from training.question_files import TrainingArticle
from training.tokenize_texts import tokenize

PASSAGE_TOKENS, QUESTION_TOKENS = 300, 64
BLOCK = 16  # passages that are compared with questions at once
PADDING = 1e4  # so much less attention is paid to it
# Of so many of the passages most like a question, and of its own article, the candidates are.
CANDIDATES = 10
# A passage of another article that has so much of what the answer adds to the question, by the weights of its words,
# may tell the same.
SAME_FACT = 0.5


@dataclass(frozen=True)
class EncodedPassage:
    """A passage: what the joint layers are given, (tokens, dimension), and the number of each token's sentence.

    Tokens of no sentence have -1. `penalties`, (sentences,), are those for the lengths of the sentences.
    """

    vectors: Tensor
    sentence: Tensor
    penalties: Tensor


@dataclass(frozen=True)
class Candidate:
    """A passage for a question, its MaxSim to the published model, and which of its sentences answer, (sentences,).

    `may_answer`: it is not known whether it answers.
    """

    passage: EncodedPassage
    score: float
    right: Tensor
    may_answer: bool


@dataclass(frozen=True)
class EncodedQuestion:
    """A question: what the joint layers are given, (tokens, dimension), and the weights of its tokens, (tokens,).

    The candidates are ordered by their scores, best first.
    """

    vectors: Tensor
    weights: Tensor
    candidates: tuple[Candidate, ...]

    @property
    def is_answerable(self) -> bool:
        """Whether a candidate answers."""
        return any(bool(candidate.right.any()) for candidate in self.candidates)


class ArchiveEncoder:
    """Encodes articles and their questions for a reader, and scores passages with the published model."""

    def __init__(self, encoder: SentenceEncoder, reader: JointReader, words: WordWeights) -> None:
        self._prompts, self._tokenizer = encoder.prompts, encoder.model.tokenizer
        self._published: nn.Module = encoder.model[0].auto_model.eval()  # type: ignore[union-attr]
        self._mean = token_mean(encoder.name)
        self._reader = reader
        self._words = words

    def encode(self, articles: Sequence[TrainingArticle]) -> Iterator[EncodedQuestion]:
        """Encode the passages of all articles, then yield the articles' questions, encoded."""
        passages = [passage for article in articles for passage in article.passages]
        encoded, published = zip(*map(self._passage, passages), strict=True)
        tokens = _of_one_length(published)
        words = [frozenset(stems(passage.text)) for passage in passages]
        first = 0
        for article in articles:
            own = range(first, first + len(article.passages))
            first = own.stop
            asked = self._encode([each.text for each in article.questions], self._prompts.query, QUESTION_TOKENS)
            of_questions = torch.cat([of_question for _, of_question, _ in asked])
            best = torch.cat([(block @ of_questions.T).amax(1) for block in torch.split(tokens, BLOCK)])
            start = 0
            for question, (vectors, _, spans) in zip(article.questions, asked, strict=True):
                weights = torch.tensor(self._words.of_tokens(question.text, spans))
                scores = best[:, start : start + len(spans)] @ weights
                start += len(spans)
                nearest = scores.topk(min(CANDIDATES, len(passages))).indices.tolist()
                fact = frozenset(stems(question.answer_in(article))) - frozenset(stems(question.text))
                candidates = []
                for at in sorted({*nearest, *own}, key=lambda at: -float(scores[at])):
                    right = question.sentences_that_answer(passages[at], at - own.start if at in own else None)
                    may_answer = at not in own and not any(right) and self._words.share(fact, words[at]) >= SAME_FACT
                    candidates.append(Candidate(encoded[at], float(scores[at]), torch.tensor(right), may_answer))
                yield EncodedQuestion(vectors, weights, tuple(candidates))

    def _passage(self, passage: Passage) -> tuple[EncodedPassage, Tensor]:
        """Encode a passage; then return the published model's vectors of its tokens, (tokens, dimension)."""
        text = embedded_text(passage.article.title, passage.text)
        ((vectors, tokens, spans),) = self._encode([text], self._prompts.passage, PASSAGE_TOKENS)
        before = len(embedded_text(passage.article.title, ""))
        lengths = torch.tensor([max(end - start, 1) for start, end in passage.sentences])
        sentences = torch.tensor([_sentence(passage, start - before, end - before) for start, end in spans])
        encoded = EncodedPassage(vectors, sentences, LENGTH_PENALTY * lengths.log())
        return encoded, tokens[[end > start for start, end in spans]]

    def _encode(self, texts: Sequence[str], prompt: str, max_tokens: int) -> list[tuple[Tensor, Tensor, list[Span]]]:
        """Return for each text what the joint layers are given, in half precision, and the published model's vectors.

        Then the spans of its tokens; those of special tokens and of the prompt are empty.
        """
        batch, places = tokenize(self._tokenizer, texts, prompt, max_tokens)
        mask = batch["attention_mask"]
        with torch.no_grad():
            vectors = self._reader.alone(batch["input_ids"], (mask[:, None, None, :] - 1) * PADDING).bfloat16()
            outputs = self._published(**batch).last_hidden_state.numpy()
        found = []
        for row, count in enumerate(mask.sum(1).tolist()):
            tokens = token_vectors(outputs[row, :count], np.ones(count, np.bool_), self._mean)
            spans = [Span(start, end) for start, end in places[row, :count].tolist()]
            found.append((vectors[row, :count], torch.from_numpy(tokens), spans))
        return found


def _of_one_length(passages: Sequence[Tensor]) -> Tensor:
    """Stack the vectors of passages' tokens, (passages, tokens, dimension); the shorter repeat their first one."""
    longest = max(map(len, passages))
    return torch.stack([torch.cat([each, each[:1].expand(longest - len(each), -1)]) for each in passages])


def _sentence(passage: Passage, start: int, end: int) -> int:
    """Return the number of the sentence that a token is in; -1 if it is in none, as in the headline."""
    numbered = enumerate(passage.sentences)
    return next((number for number, span in numbered if span.start <= start < end <= span.end), -1)
