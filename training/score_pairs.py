"""Let a reader read many pairs of question and passage at once, and score the sentences of the passages."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from retrieval.encode.joint_reader import JointReader, attention_across
from training.encoded_archive import EncodedPassage, EncodedQuestion

PAIRS = 12  # that go through the joint layers at once
# Without this unit of the processor, single precision is faster.
FAST_BFLOAT16: bool = torch.cpu._is_amx_tile_supported()


@dataclass(frozen=True)
class ReadSentences:
    """What a reader makes of the sentences of a passage: how well each covers the question, and its log-odds."""

    coverages: Tensor
    log_odds: Tensor


def read_together(reader: JointReader, pairs: Sequence[tuple[EncodedQuestion, EncodedPassage]]) -> list[ReadSentences]:
    """Read pairs of a question and a passage, those of about the same length at once."""
    order = sorted(range(len(pairs)), key=lambda number: sum(len(part.vectors) for part in pairs[number]))
    read: dict[int, ReadSentences] = {}
    for start in range(0, len(order), PAIRS):
        numbers = order[start : start + PAIRS]
        read |= zip(numbers, _read_batch(reader, [pairs[number] for number in numbers]), strict=True)
    return [read[number] for number in range(len(pairs))]


def _read_batch(
    reader: JointReader, pairs: Sequence[tuple[EncodedQuestion, EncodedPassage]]
) -> Iterator[ReadSentences]:
    asked = nn.utils.rnn.pad_sequence([question.vectors.float() for question, _ in pairs], batch_first=True)
    texts = nn.utils.rnn.pad_sequence([passage.vectors.float() for _, passage in pairs], batch_first=True)
    width = asked.shape[1]
    padding = torch.full((len(pairs), width + texts.shape[1]), -1e4)
    for row, (question, passage) in enumerate(pairs):
        padding[row, : len(question.vectors)] = 0
        padding[row, width : width + len(passage.vectors)] = 0
    of_passage = torch.cat([torch.zeros(width), torch.ones(texts.shape[1])])
    attention = padding[:, None, None, :] + attention_across(of_passage)
    with torch.autocast("cpu", torch.bfloat16, enabled=FAST_BFLOAT16):
        vectors = reader.together(
            torch.cat([asked + reader.question, texts], 1), attention.bfloat16() if FAST_BFLOAT16 else attention
        )
    numbers = reader.head(vectors.float())
    vectors = nn.functional.normalize(vectors.float(), dim=-1)
    for row, (question, passage) in enumerate(pairs):
        of_text = slice(width, width + len(passage.vectors))
        similar = vectors[row, : len(question.vectors)] @ vectors[row, of_text].T
        inside = [passage.sentence == number for number in range(len(passage.penalties))]
        coverages = torch.stack(
            [question.weights @ similar[:, tokens].amax(-1) if tokens.any() else -torch.ones(()) for tokens in inside]
        )
        of_answer = numbers[row, of_text, 0]
        log_odds = torch.stack([_log_mean(of_answer[tokens]) for tokens in inside])
        yield ReadSentences(coverages - passage.penalties, log_odds)


def _log_mean(log_odds: Tensor) -> Tensor:
    """Return the logarithm of the mean odds; 0 for no tokens."""
    return torch.logsumexp(log_odds, 0) - math.log(len(log_odds)) if len(log_odds) else torch.zeros(())
