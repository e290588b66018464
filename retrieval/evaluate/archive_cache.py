"""A cache of indexed question sets: each is indexed once, into an archive named by a digest of its inputs."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from corpus.article import Article, article_id
from corpus.reader_types import Reading
from retrieval.archive.contract import Archive
from retrieval.archive.index_spec import IndexSpec, wanted_spec
from retrieval.archive.location import Where
from retrieval.archive.open import open_or_create
from retrieval.encode.encoder import Encoder
from retrieval.errors import ArchiveDamaged, NotAnArchive
from retrieval.evaluate.beir import QuestionSet
from retrieval.indexing.pipeline import SIZES, BatchSizes, sync
from retrieval.indexing.report import Report

Counted = Callable[[Iterable[Article]], Iterable[Article]]


def archive_of(
    questions: QuestionSet,
    encoder: Encoder,
    passage_tokens: int,
    cache: Where,
    counted: Counted = lambda articles: articles,
    sizes: BatchSizes = SIZES,
) -> tuple[Archive, Report]:
    """Open the archive of a set's documents in a cache; documents that it does not have yet are indexed first.

    If the cache is a place on a server, the archive's name there begins with the name of that place. `counted` passes
    the articles through, for a progress bar. Raises PassageLimit or ArchiveError.
    """
    spec = wanted_spec(encoder, passage_tokens)
    name = archive_name(questions, spec)
    where = cache / name if isinstance(cache, Path) else replace(cache, name=f"{cache.name}_eval_{name}")
    articles = [article for article in questions.articles.values() if article.text.strip()]
    try:
        archive = open_or_create(where, lambda: spec)
        with archive.write_lock("eval"):
            readings = (Reading(article, _origin(article)) for article in counted(articles))
            report = sync(readings, archive, encoder, sizes=sizes)
    except (ArchiveDamaged, NotAnArchive) as error:
        raise ArchiveDamaged(f"What was indexed before is damaged. Remove {where}: it is made anew.") from error
    return archive, report


def archive_name(questions: QuestionSet, spec: IndexSpec) -> str:
    """Return a name that depends on the corpus, the model and the passages: if one changes, so does the archive."""
    content = f"{questions.digest} {spec.fingerprint} {spec.passage_tokens} {spec.splitter}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _origin(article: Article) -> str:
    """Return an origin for a document that does not depend on the folder of the question set."""
    return f"/beir/{article_id(article.id)}"
