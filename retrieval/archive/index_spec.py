"""How an archive's passages are split and embedded: its index spec, and the one that the settings ask for."""

from dataclasses import dataclass

from retrieval.encode.encoder import Encoder, precision_of
from retrieval.errors import PassageLimit
from retrieval.text.chunking import VERSION

MIN_PASSAGE_TOKENS = 64
# Of models that read more, longer passages take more time to rank and to read, and hide the sentence that answers.
DEFAULT_PASSAGE_TOKENS = 256


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """How passages are split and embedded. All passages in use in an archive have the same spec.

    `model` is the setting that names the model, `fingerprint` identifies its files, and `splitter` is the version of
    the rules in text/chunking.py.
    """

    model: str
    fingerprint: str
    dimension: int
    passage_tokens: int
    splitter: int


def wanted_spec(encoder: Encoder, passage_tokens: int) -> IndexSpec:
    """Return the spec for passages of so many tokens; 0 means 256, or as many as the encoder reads.

    Raises PassageLimit if that is below MIN_PASSAGE_TOKENS, or more than the encoder reads.
    """
    limit = passage_tokens or min(DEFAULT_PASSAGE_TOKENS, encoder.max_tokens)
    if not MIN_PASSAGE_TOKENS <= limit <= encoder.max_tokens:
        raise PassageLimit(
            f"Passages of {limit} tokens cannot be: the model {encoder.name!r} reads {encoder.max_tokens}. "
            f"Set passage_tokens to 0, or to a number from {MIN_PASSAGE_TOKENS} to {encoder.max_tokens}."
        )
    return IndexSpec(encoder.name, encoder.fingerprint, encoder.dimension, limit, VERSION)


def describe_spec(spec: IndexSpec) -> str:
    """Return an index spec as messages show it."""
    return (
        f"the model {spec.model!r} ({spec.fingerprint[:8]}, {precision_of(spec.fingerprint)}), passages of "
        f"{spec.passage_tokens} tokens and splitter {spec.splitter}"
    )
