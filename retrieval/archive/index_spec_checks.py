"""Whether an index spec allows what is asked of it: vectors of two models cannot be compared."""

from collections.abc import Iterable
from dataclasses import replace

from retrieval.archive.contract import IndexedArticle
from retrieval.archive.index_spec import IndexSpec, describe_spec, wanted_spec
from retrieval.encode.encoder import Encoder, precision_of, same_model
from retrieval.errors import ArchiveMismatch, ModelChanged
from retrieval.text.chunking import VERSION


def check_spec(stored: IndexSpec, wanted: IndexSpec) -> None:
    """Raise ArchiveMismatch, naming both specs, unless new passages may be added to those in the archive."""
    advice = "Embed the archive again with: python -m retrieval index --re-embed (or mend the settings)"
    if same_model(stored.fingerprint, wanted.fingerprint) and stored.fingerprint != wanted.fingerprint:
        stored_precision, wanted_precision = precision_of(stored.fingerprint), precision_of(wanted.fingerprint)
        raise ArchiveMismatch(
            f"The archive is embedded in {stored_precision}, and the settings ask for {wanted_precision}. {advice}."
        )
    if stored.fingerprint != wanted.fingerprint:
        changed = "" if stored.model != wanted.model else ", whose files have changed"
        raise ArchiveMismatch(
            f"The archive was made with the model {stored.model!r}, and the settings name {wanted.model!r}{changed}. "
            f"{advice}."
        )
    if stored.passage_tokens != wanted.passage_tokens:
        raise ArchiveMismatch(
            f"The archive has passages of {stored.passage_tokens} tokens, and the settings ask for "
            f"{wanted.passage_tokens}. {advice}."
        )
    if stored.splitter != wanted.splitter:
        raise ArchiveMismatch(f"The archive's passages were split by an older Clippings. {advice}.")


def check_encoder(stored: IndexSpec, encoder: Encoder, passage_tokens: int | None = None) -> None:
    """Raise ArchiveMismatch unless passages embedded by this encoder may be added to those in the archive.

    `passage_tokens` are those of the settings; None leaves the length to the archive. Raises PassageLimit.
    """
    # First the model: another one may not even read passages of the archive's length.
    check_spec(stored, replace(stored, model=encoder.name, fingerprint=encoder.fingerprint, splitter=VERSION))
    check_spec(stored, wanted_spec(encoder, stored.passage_tokens if passage_tokens is None else passage_tokens))


def check_unchanged(stored: IndexSpec | None, fingerprint: str) -> None:
    """Raise ModelChanged unless passages with this index spec may be compared with an encoder's vectors."""
    if stored is None or not same_model(stored.fingerprint, fingerprint):
        raise ModelChanged("The archive has been embedded with another model. Open it again.")


def check_askable(stored: IndexSpec, wanted: IndexSpec) -> None:
    """Raise ArchiveMismatch, naming both specs, unless the encoder may search the archive.

    Its precision may differ. An older splitter's passages are searched as they are, until `index --re-embed`.
    """
    wanted = replace(wanted, splitter=stored.splitter)
    alike = same_model(stored.fingerprint, wanted.fingerprint)
    check_spec(stored, replace(wanted, fingerprint=stored.fingerprint) if alike else wanted)


def check_passages(stored: IndexSpec, entries: Iterable[IndexedArticle], place: object) -> None:
    """Raise ArchiveMismatch, naming both specs, if an article has passages of another index spec than `stored`.

    The name of the model does not matter: the fingerprint says which model it is.
    """
    for entry in entries:
        if not entry.passages or (entry.spec and replace(entry.spec, model=stored.model) == stored):
            continue
        was = f"with {describe_spec(entry.spec)}" if entry.spec else "with an unknown index spec"
        raise ArchiveMismatch(
            f"Article {entry.article.id} was embedded {was}, and {place} with {describe_spec(stored)}, perhaps since "
            "then: it was not stored. Run the command again, with the settings that the archive was embedded with."
        )
