"""The token codes of passages that are ranked: those that the archive stores, and of other passages, encoded now."""

from collections.abc import Sequence

from retrieval.answer.sentence_maxsim import passage_start
from retrieval.archive.contract import Archive
from retrieval.archive.row_digests import key_of
from retrieval.encode.encoder import Encoder, embedded_text
from retrieval.encode.token_codes import token_codes
from retrieval.types import Passage


def passage_token_codes(passages: Sequence[Passage], encoder: Encoder, archive: Archive | None) -> list[bytes]:
    """Return the token codes of passages, whether the archive stores them or not; raises ModelChanged."""
    keys = [key_of(passage.article.title, passage.text) for passage in passages]
    codes = dict(archive.token_codes(keys, encoder.fingerprint)) if archive else {}
    without = {key: passage for key, passage in zip(keys, passages, strict=True) if key not in codes}
    texts = [embedded_text(passage.article.title, passage.text) for passage in without.values()]
    for (key, passage), text, tokens in zip(without.items(), texts, encoder.encode_passage_tokens(texts), strict=True):
        codes[key] = token_codes(text, passage_start(passage), tokens)
    return [codes[key] for key in keys]
