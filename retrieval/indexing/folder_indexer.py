"""Keeps an archive up to date with the files under given paths, without a console or settings."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path

from corpus.errors import NoArticles
from corpus.reader_types import DEFAULT_OPTIONS, Reading, ReadOptions, Skipped
from corpus.reading import Place, find_files, read_file, read_files
from retrieval.archive.contract import Archive, KnownArticle
from retrieval.archive.index_spec import IndexSpec, wanted_spec
from retrieval.archive.index_spec_checks import check_encoder
from retrieval.archive.location import Where
from retrieval.archive.open import open_archive, open_or_create
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveMissing
from retrieval.indexing.pipeline import missing_files, origins_under, survey, sync
from retrieval.indexing.reconciler import Scope
from retrieval.indexing.report import Report
from retrieval.indexing.shard import WHOLE, Shard

Roots = list[Path]
Progress = Callable[[int, int], None]


class Indexer:
    """Indexes files into the archive at a location, which is created if there is none.

    `encoder` opens the encoder; it is called when the encoder is first needed, and again if another process has
    embedded the archive again since. `max_bytes` is the size up to which a file is read; `options` say how. A `shard`
    other than the whole changes only its own share of the articles. Without `wait`, ArchiveBusy is raised while another
    process writes.
    """

    def __init__(
        self,
        location: Where,
        encoder: Callable[[], Encoder],
        passage_tokens: int,
        max_bytes: int,
        *,
        options: ReadOptions = DEFAULT_OPTIONS,
        allow_removals: bool = False,
        shard: Shard = WHOLE,
        wait: bool = True,
    ) -> None:
        self._location = location
        self._open_encoder = encoder
        self._encoder: Encoder | None = None
        self._spec: IndexSpec | None = None
        self._passage_tokens = passage_tokens
        self._max_bytes = max_bytes
        self._options = options
        self._allow_removals = allow_removals
        self._shard = shard
        self._wait = wait
        self._archive: Archive | None = None

    def open(self, roots: Roots) -> Archive:
        """Open the archive; create one only if there is an article under the roots."""
        if self._archive is None:
            try:
                self._archive = open_archive(self._location)
            except ArchiveMissing:
                self._check_any_article(roots)
                spec = wanted_spec(self.encoder(), self._passage_tokens)
                self._archive = open_or_create(self._location, lambda: spec)
            self._check_spec(self._archive)
        return self._archive

    def encoder(self) -> Encoder:
        """Return the encoder, opened when it is first needed; raises EncoderError."""
        if self._encoder is None:
            self._encoder = self._open_encoder()
        return self._encoder

    def sync(self, roots: Roots, progress: Progress = lambda _done, _total: None) -> Report:
        """Index new and changed files under the roots, and remove the articles whose files are gone from there.

        `progress` gets the number of files read, and of all files. Raises NoArticles, PathMissing, RemovalRefused,
        EncoderError or ArchiveError.
        """
        archive = self.open(roots)
        with archive.write_lock("index", wait=self._wait):
            files, scope = self._compare(archive, roots)
            return self._sync(archive, files, scope, progress)

    def survey(self, roots: Roots, *, any_spec: bool = False) -> Report:
        """Count what `sync` would do, and change nothing; raises what `sync` raises.

        With `any_spec`, the archive may have another index spec than the settings.
        """
        try:
            archive = open_archive(self._location)
        except ArchiveMissing:
            self._check_any_article(roots)
            return survey(read_files(find_files(roots), self._max_bytes, self._options), Scope({}, shard=self._shard))
        if not any_spec:
            self._check_spec(archive)
        files, scope = self._compare(archive, roots)
        return survey(read_files(files, self._max_bytes, self._options), scope)

    def sync_changed(self, roots: Roots, changed: Iterable[Path]) -> Report:
        """Do what `sync` does, for only those files and folders under the roots that have changed.

        The roots are absolute paths.
        """
        changed = set(changed)
        archive = self.open(roots)
        existing = [path for path in changed if path.exists()]
        files = {
            place.origin: place
            for root in roots
            for place in find_files(
                (path for path in existing if path.is_relative_to(root)), root if root.is_dir() else None
            )
        }
        with archive.write_lock("index --watch"):
            known = archive.known_articles()
            lost = {origin for path in changed.difference(existing) for origin in origins_under(known, path)}
            origins = {occurrence.origin for article in known.values() for occurrence in article.occurrences}
            scope = self._scope(known, roots, origins - lost)
            return self._sync(archive, list(files.values()), scope)

    def close(self) -> None:
        """Close the archive."""
        if self._archive:
            self._archive.close()
            self._archive = None

    def _check_spec(self, archive: Archive) -> None:
        spec = archive.spec
        if self._spec not in (None, spec):
            # Unless the settings name a precision, the encoder has that of the archive, which may have changed.
            self._encoder = None
        self._spec = spec
        check_encoder(spec, self.encoder(), self._passage_tokens)

    def _check_any_article(self, roots: Roots) -> None:
        """Raise NoArticles if there is not one article under the roots."""
        skipped = []
        for reading in read_files(find_files(roots), self._max_bytes, self._options):
            if isinstance(reading, Reading):
                return
            skipped.append(f"{reading.where} skipped: {reading.reason}")
        why = f" ({'; '.join(skipped)})" if skipped else ""
        raise NoArticles(f"There is no article in {named(roots)}{why}. Give text files, or a folder of them.")

    def _compare(self, archive: Archive, roots: Roots) -> tuple[list[Place], Scope]:
        """Return the files to read, and the scope of the run."""
        known = archive.known_articles()
        if not any(origins_under(known, root) for root in roots):
            self._check_any_article(roots)
        files = find_files(root for root in roots if root.exists() or not origins_under(known, root))
        return files, self._scope(known, roots, {str(place.origin) for place in files})

    def _scope(self, known: Mapping[str, KnownArticle], roots: Roots, present: Container[str]) -> Scope:
        missing = missing_files(known, roots, present, allow_removals=self._allow_removals)
        return Scope(known, missing, self._allow_removals, self._shard)

    def _sync(
        self, archive: Archive, files: list[Place], scope: Scope, progress: Progress = lambda _done, _total: None
    ) -> Report:
        self._check_spec(archive)

        def readings() -> Iterator[Reading | Skipped]:
            for number, place in enumerate(files, start=1):
                yield from read_file(place, self._max_bytes, self._options)
                progress(number, len(files))

        return sync(
            readings(),
            archive,
            self.encoder(),
            scope,
            passage_tokens=self._passage_tokens,
            read_again=lambda origins: read_files(
                (place for place in files if str(place.origin) in origins), self._max_bytes, self._options
            ),
        )


def named(roots: Roots) -> str:
    """Return the paths as messages show them."""
    return ", ".join(map(str, roots))
