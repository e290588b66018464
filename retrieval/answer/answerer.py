"""Answer questions from an archive: Answerer takes a question through every stage and returns an Answer."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from corpus.text.language import language_of_script
from retrieval.answer.abstention import hits_or_closest
from retrieval.answer.confidence import confidence, explained, is_calibrated, may_answer
from retrieval.answer.confidence_file import ModelFit
from retrieval.answer.list_newest_articles import newest_articles
from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.names_as_written import as_written
from retrieval.answer.natural_language_filters import PlainFilters, plain_filters
from retrieval.answer.order_hits import Order, later_answer, latest_first, order_of
from retrieval.answer.query import add_filters, check_question, parse_query
from retrieval.answer.query_features import QueryFeatures, QuestionAnalysis, analyze_question, query_features
from retrieval.answer.retrieve import retrieve_and_rank
from retrieval.answer.spelling import correct_spelling
from retrieval.archive.contract import Archive, Generation
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import Encoder, same_model
from retrieval.encode.languages_read import unread_language
from retrieval.errors import ArchiveMismatch, ModelChanged, UnknownName
from retrieval.text.folding import without_vowel_marks
from retrieval.types import NO_FILTERS, Answer, Filters, Hit, Query, RankedSentence

if TYPE_CHECKING:
    from retrieval.answer.conversation import Turn

WARM_UP = "Is anyone there?"


class Answerer:
    """Answers questions from the current content of an archive; any number of threads may call it.

    If the archive is embedded anew with another model, `load` returns the encoder of that model by its name. `fit` is
    the confidence fitted for the model, if that is none that has one built in.
    """

    def __init__(
        self,
        archive: Archive,
        encoder: Encoder,
        *,
        hits: int = 3,
        strictness: float = 0.5,
        question_characters: int = 1000,
        load: Callable[[str], Encoder] | None = None,
        reranker: Reranker | None = None,
        fit: ModelFit | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._archive = archive
        self._encoder = encoder
        self._hits = hits
        self._strictness = strictness
        self._question_characters = question_characters
        self._load = load
        self._reranker = reranker
        self._fit = fit
        self._today = today
        self._sources: tuple[Generation, Sequence[str]] | None = None
        self._loading = threading.Lock()

    @property
    def archive(self) -> Archive:
        """The archive that answers."""
        return self._archive

    @property
    def encoder(self) -> Encoder:
        """The encoder of the model that the archive is embedded with now. Raises ArchiveMismatch."""
        return self._encoder_in_use()

    def warm_up(self) -> None:
        """Load the models and open the indexes now, so that the first user does not wait for them."""
        self.answer(WARM_UP)
        # Only passages that may answer are read, and perhaps none did.
        if reader := self.encoder.reader:
            reader.read(WARM_UP, [WARM_UP])

    def answer(
        self,
        question: str,
        hits: int | None = None,
        *,
        filters: Filters = NO_FILTERS,
        newest: bool = False,
        before: "Turn | None" = None,
        literal: bool = False,
    ) -> Answer:
        """Answer a question with at most `hits` passages that pass the filters; raises QuestionError.

        Only passages that answer are hits; if none does, the Answer has the closest passages. `newest` orders the hits
        by date, newest first. Filters and order in the question itself win. `before` is the last question of the
        conversation, in case this one depends on it. Plain words for filters, such as "in 2019", are read as filters
        where something answers so; not with `literal`.
        """
        checked = check_question(question, self._question_characters)
        query = parse_query(checked)
        try:
            return self._answer(
                checked, add_filters(query, filters, newest=newest), before, hits or self._hits, literal=literal
            )
        except UnknownName:
            as_words = parse_query(checked, unknown_names=True)
            if as_words == query:
                raise
            return self._answer(
                checked, add_filters(as_words, filters, newest=newest), before, hits or self._hits, literal=literal
            )

    def _answer(self, question: str, query: Query, before: "Turn | None", count: int, *, literal: bool) -> Answer:
        if before is None:
            return self._answer_complete(question, query, count, literal=literal)
        from retrieval.answer.conversation import resolve_context  # a single question needs none of it
        from retrieval.answer.follow_up_alone import about_new_words, named_alone

        completed = resolve_context(query, before, self._archive)
        answer = self._answer_complete(question, completed, count, literal=literal)
        alone = named_alone(query.text) if completed != query else None
        if alone is None:
            return answer
        about = about_new_words(answer, before.query.text, self._archive)
        return about or self._answer_complete(question, replace(query, text=alone), count, literal=literal)

    def _answer_complete(self, question: str, query: Query, count: int, *, literal: bool) -> Answer:
        """Answer a question with its query, which needs no other question any more."""
        query = replace(query, text=without_vowel_marks(query.text))
        analysis = analyze_question(query.text, self._archive)
        corrected = correct_spelling(query, analysis, self._archive, self._encoder)
        if corrected != query:
            query, analysis = corrected, analyze_question(corrected.text, self._archive)

        plain = None if literal else plain_filters(query, self._source_names, self._today())
        answer = self._with_plain_filters(question, query, plain, count) if plain else None
        if plain and answer is None and plain.query.filters.author != query.filters.author:
            # "By" stands before a name that is no author's, or whose articles do not answer.
            plain = plain_filters(query, self._source_names, self._today(), authors=False)
            answer = self._with_plain_filters(question, query, plain, count) if plain else None
        if answer is None:
            without = plain.query if plain and plain.query.filters != query.filters else None
            answer = replace(self._search(question, query, analysis, count, order_of(query)), without=without)
        searched = replace(query, filters=replace(query.filters, added_after=None))
        return replace(answer, searched=None if searched == Query(question) else searched)

    def _with_plain_filters(self, question: str, query: Query, plain: PlainFilters, count: int) -> Answer | None:
        """Answer with the filters that plain words of a query say; None if nothing answers so.

        Raises UnknownName if they ask for the articles of an author who has none.
        """
        try:
            if plain.lists:
                answer = Answer(question, newest_articles(self._archive, plain.query.filters, count), lists=True)
            else:
                order = latest_first if plain.query.newest and not query.newest else order_of(plain.query)
                analysis = analyze_question(plain.query.text, self._archive)
                answer = self._search(question, plain.query, analysis, count, order)
        except UnknownName:
            if plain.needs_author:
                raise
            return None
        return replace(answer, understood=plain.query) if answer.hits else None

    def _search(self, question: str, query: Query, analysis: QuestionAnalysis, count: int, order: Order) -> Answer:
        encoder = self._encoder
        try:
            features, ranked = self._rank(query, analysis, encoder, count)
        except ModelChanged:
            encoder = self._encoder_in_use()
            features, ranked = self._rank(query, analysis, encoder, count)
        found = [
            Hit(each.passage, each.score, rank, each.highlight, each.also, confidence(features, each, self._fit))
            for rank, each in enumerate(ranked, start=1)
        ]
        hits, closest = hits_or_closest(found, self._strictness, count, order)
        asked_in = features.language or language_of_script(query.text)
        unread = None if hits else unread_language(encoder.name, asked_in)
        if unread:  # What is near in a language that the model does not read is near by chance, but for shared words.
            sharing = {each.passage.id for each in ranked if each.idf_coverage}
            closest = tuple(near for near in closest if near.passage.id in sharing)
        return Answer(
            question,
            hits,
            closest,
            calibrated=is_calibrated(encoder.fingerprint, self._fit),
            unread_language=unread,
            considered=tuple(
                RankedSentence(each.passage, each.highlight, hit.confidence, explained(features, each))
                for each, hit in zip(ranked, found, strict=True)
            ),
            later=later_answer(hits[0], found, self._strictness) if hits else None,
        )

    def _rank(
        self, query: Query, analysis: QuestionAnalysis, encoder: Encoder, count: int
    ) -> tuple[QueryFeatures, list[RankedPassage]]:
        def rank(query: Query, features: QueryFeatures) -> list[RankedPassage]:
            return retrieve_and_rank(
                query,
                features,
                self._archive,
                encoder,
                count,
                self._reranker,
                lambda found: may_answer(features, found, self._strictness, self._fit),
            )

        features = query_features(query.text, analysis, encoder)
        ranked = rank(query, features)
        written = as_written(query.text, (f"{hit.passage.article.title}\n{hit.passage.text}" for hit in ranked))
        if written == query.text:
            return features, ranked
        query = replace(query, text=written)
        features = query_features(written, analyze_question(written, self._archive), encoder)
        return features, rank(query, features)

    def _source_names(self) -> Sequence[str]:
        """Return the names of the archive's sources, read anew when the archive has changed."""
        generation = self._archive.generation()
        if self._sources is None or self._sources[0] != generation:
            self._sources = generation, self._archive.sources()
        return self._sources[1]

    def _encoder_in_use(self) -> Encoder:
        """Return the encoder of the archive's current model, loaded if it has changed; raises ArchiveMismatch."""
        with self._loading:
            spec = self._archive.spec
            if not same_model(self._encoder.fingerprint, spec.fingerprint):
                encoder = self._load(spec.model) if self._load else None
                if encoder is None or not same_model(encoder.fingerprint, spec.fingerprint):
                    raise ArchiveMismatch(
                        f"The archive is now embedded with the model {spec.model!r}, which cannot be loaded here as it "
                        "was then. Correct the setting `model` and start again."
                    )
                self._encoder = encoder
            return self._encoder

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()
