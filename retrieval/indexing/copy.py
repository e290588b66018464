"""An archive into another one, whatever either is kept in: nothing is embedded, and both are read back and compared."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.archive.contract import Archive, Generation, IndexedArticle, IndexSpec, KnownArticle, Occurrence
from retrieval.archive.location import MilvusPlace, Where
from retrieval.archive.open import open_archive, open_or_create
from retrieval.batching import batched
from retrieval.encode.encoder import precision_of
from retrieval.errors import ArchiveMismatch, CopyFailed, CopyRefused
from retrieval.indexing.pipeline import SIZES

# Enough that a call is worth its time; few enough to lose little work, and to be in memory from both archives.
BATCH_ARTICLES = 256
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Copied:
    """What both archives hold now, and a digest over all of it; `written` are the articles that this run wrote."""

    articles: int
    passages: int
    written: int
    digest: str


def copy(
    source: Where,
    target: Where,
    *,
    wait: bool = True,
    progress: Callable[[str, int, int], None] = lambda _what, _done, _all: None,
    batch_articles: int = BATCH_ARTICLES,
    checkpoint_passages: int = SIZES.checkpoint,
) -> Copied:
    """Bring an archive, a new one or one that was copied in part, to what another is; then read and compare both.

    `progress` is told what is being done, the articles done and the articles to do. Raises CopyRefused where the target
    has articles of its own, ArchiveMismatch where it was made otherwise, and CopyFailed where they differ in the end.
    """
    if _place(source) == _place(target):
        raise CopyRefused(f"{source} cannot be copied to itself. Name another folder, or another name on a server.")
    with closing(open_archive(source)) as there:
        state, spec = there.generation(), there.spec
        with closing(open_or_create(target, lambda: spec)) as made:
            _check_spec(target, made.spec, source, spec)
            copying = _Copying(source, there, target, made, state, spec, progress, batch_articles, checkpoint_passages)
            with made.write_lock("copy", wait=wait):
                written = copying.write()
            articles, passages, digest = copying.compare()
    return Copied(articles, passages, written, digest)


def entry_digest(entry: IndexedArticle, told: Sequence[Occurrence]) -> bytes:
    """Digest all that is kept of an article and of who tells it, whatever the order of passages and other tellings."""
    passages = sorted(zip(entry.passages, entry.keys, entry.vectors, strict=True), key=lambda one: one[0].id)
    told = [*told[:1], *sorted(told[1:])]
    read = [entry.origin, entry.key, entry.where, entry.warnings, entry.traces, entry.added, entry.signature.hex()]
    split = [[one.id, one.start, one.end, one.text, one.sentences, key.hex()] for one, key, _ in passages]
    digest = hashlib.sha256(json.dumps([entry.article.digest, told, read, split]).encode())
    for _, _, vector in passages:
        digest.update(np.ascontiguousarray(vector, "<f2").tobytes())
    return digest.digest()


@dataclass(frozen=True, slots=True)
class _Copying:
    """Two archives, one of which is to become what the other is, and the state and the making of that one."""

    source: Where
    there: Archive
    target: Where
    made: Archive
    state: Generation
    spec: IndexSpec
    progress: Callable[[str, int, int], None]
    batch_articles: int
    checkpoint_passages: int

    def write(self) -> int:
        """Write what is not in the target, or is not so; return how many articles. The caller holds the lock."""
        known, before = self.there.known_articles(), self.made.known_articles()
        if own := sorted(before.keys() - known.keys()):
            raise CopyRefused(
                f"{self.target} has articles that {self.source} has not, {len(own):,} of them: {_some(own)}. "
                "Copy to another place, or remove them first: python -m retrieval remove ID"
            )
        self._reach()
        done = written = unsettled = 0
        for ids in batched(sorted(known), self.batch_articles):
            copied = _digested(self.made, ids, before)
            read = _digested(self.there, ids, known)
            new = [entry for id_, (digest, entry) in read.items() if id_ not in copied or copied[id_][0] != digest]
            if new:
                self._check_embedded_alike()
                self.made.put(new)
                self.made.set_occurrences(
                    {one.article.id: told for one in new if (told := known[one.article.id].occurrences)}
                )
            written += len(new)
            unsettled += sum(len(one.passages) for one in new)
            if unsettled >= self.checkpoint_passages:
                self.made.checkpoint()
                unsettled = 0
            done += len(ids)
            self.progress("Copying", done, len(known))
        self._reach()
        self.made.checkpoint()
        return written

    def compare(self) -> tuple[int, int, str]:
        """Return the articles and passages that both hold, and a digest over all; raises CopyFailed."""
        known, copied = self.there.known_articles(), self.made.known_articles()
        wrong = sorted(copied.keys() - known.keys())
        digest, done, passages = hashlib.sha256(), 0, 0
        for ids in batched(sorted(known), self.batch_articles):
            mine, theirs = _digested(self.there, ids, known), _digested(self.made, ids, copied)
            for id_ in ids:
                if id_ not in mine or id_ not in theirs or mine[id_][0] != theirs[id_][0]:
                    wrong.append(id_)
                else:
                    digest.update(mine[id_][0])
                    passages += len(mine[id_][1].passages)
            done += len(ids)
            self.progress("Comparing", done, len(known))
        if wrong:
            raise CopyFailed(
                f"{self.target} is not what {self.source} is in {len(wrong):,} articles: {_some(wrong)}. "
                + (
                    "Copy it again; if that does not help, see what verify says of both."
                    if self.there.generation() == self.state
                    else f"{self.source} was changed meanwhile: copy it again, which goes on from here."
                )
            )
        return len(known), passages, digest.hexdigest()

    def _reach(self) -> None:
        """Let the target's generations go on from the source's: what readers watch for is counted by them."""
        reached = self.there.generation().number
        if self.made.generation().number < reached:
            self.made.begin_generation(reached)

    def _check_embedded_alike(self) -> None:
        """Raise CopyFailed where what was just read may be of another making than the target's."""
        if self.there.spec != self.spec:
            raise CopyFailed(
                f"{self.source} was embedded again while it was copied to {self.target}. Copy it to another place."
            )


def _check_spec(target: Where, made: IndexSpec, source: Where, spec: IndexSpec) -> None:
    """Raise ArchiveMismatch, naming both, where what is there was made otherwise."""
    if made != spec:
        raise ArchiveMismatch(
            f"{target} was made with {_described(made)}, and {source} with {_described(spec)}. Copy to another "
            "place, or embed one of them again: python -m retrieval index --re-embed"
        )


def _described(spec: IndexSpec) -> str:
    return (
        f"the model {spec.model!r} ({spec.fingerprint[:8]}, {precision_of(spec.fingerprint)}), passages of "
        f"{spec.passage_tokens} tokens and splitter {spec.splitter}"
    )


def _digested(
    archive: Archive, ids: Sequence[str], known: Mapping[str, KnownArticle]
) -> dict[str, tuple[bytes, IndexedArticle]]:
    """Return those of these articles that are known, by their ids, each with its digest."""
    entries = archive.indexed_articles([id_ for id_ in ids if id_ in known])
    return {one.article.id: (entry_digest(one, known[one.article.id].occurrences), one) for one in entries}


def _place(where: Where) -> tuple[str, int, str] | Path:
    return (where.host, where.port, where.name) if isinstance(where, MilvusPlace) else where.resolve()


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:MOST_NAMED]) + (", …" if len(ids) > MOST_NAMED else "")
