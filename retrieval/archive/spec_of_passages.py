"""An archive takes only passages of its own index spec: vectors of two models cannot be compared."""

from collections.abc import Iterable
from dataclasses import replace

from retrieval.archive.contract import IndexedArticle, IndexSpec
from retrieval.encode.encoder import precision_of
from retrieval.errors import ArchiveMismatch


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


def describe_spec(spec: IndexSpec) -> str:
    """Return an index spec as messages show it."""
    return (
        f"the model {spec.model!r} ({spec.fingerprint[:8]}, {precision_of(spec.fingerprint)}), passages of "
        f"{spec.passage_tokens} tokens and splitter {spec.splitter}"
    )
