"""Split texts into tokens for a model, behind its prompt, and say where in the text each token is."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def tokenize(tokenizer: Any, texts: Sequence[str], prompt: str, max_tokens: int) -> tuple[dict[str, Tensor], Tensor]:
    """Return a model's inputs for texts, each (texts, tokens), and the spans of the tokens, (texts, tokens, 2).

    The spans of padding, special tokens and the prompt are empty.
    """
    batch = tokenizer(
        [prompt + text for text in texts],
        truncation=True,
        max_length=max_tokens,
        padding=True,
        return_tensors="pt",
        return_offsets_mapping=True,
    )
    spans = batch.pop("offset_mapping") - len(prompt)
    in_text = (spans[..., 1:] > 0) & (spans[..., 1:] > spans[..., :1])
    return dict(batch), torch.where(in_text, spans.clamp(min=0), 0)
