"""How fast passages and questions are encoded and a warm question is answered, against sentence-transformers."""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from benchmarks.support.results_table import Figure
from retrieval.answer.answerer import Answerer
from retrieval.encode.encoder import Encoder
from retrieval.encode.open import open_encoder
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import QuestionSet

PASSAGES, QUESTIONS, RUNS = 96, 40, 5
# By model: how much faster passages are to be embedded than sentence-transformers does it.
FASTER = {"bundled": 4.0, "multilingual": 2.5}
# By model: how many times as long as encoding a question there a warm question may take, everything included.
WARM = {"bundled": 4, "multilingual": 10}


def figures(questions: QuestionSet, place: Path, models: Path, model: str = "bundled") -> Iterator[Figure]:
    """Measure embedding, a question's own encoding, and a warm question altogether."""
    encoder, peer = open_encoder(model, models), SentenceEncoder(model)
    archive, _ = archive_of(questions, encoder, 0, place)
    answerer = Answerer(archive, encoder)
    passages = (f"{card.title}\n{passage.text}" for card in archive.cards() for passage in archive.passages_of(card.id))
    texts = list(islice(passages, PASSAGES))
    question_texts = list(islice(questions.questions.values(), QUESTIONS))
    answerer.warm_up()
    _each(peer, question_texts[:3])

    ours, theirs = _in_turns(lambda: encoder.encode_passages(texts), lambda: peer.encode_passages(texts))
    yield Figure(
        "passages embedded a second",
        "/s",
        tuple(len(texts) / seconds for seconds in ours),
        tuple(len(texts) / seconds for seconds in theirs),
        FASTER[model],
        more=True,
    )
    ours, theirs = _in_turns(lambda: _each(encoder, question_texts), lambda: _each(peer, question_texts))
    yield Figure("a question's own encoding", "ms", _ms(ours, question_texts), _ms(theirs, question_texts), 1 / 3)
    ours, theirs = _in_turns(
        lambda: [answerer.answer(text) for text in question_texts], lambda: _each(peer, question_texts)
    )
    yield Figure(
        "a warm question, everything, against encoding one",
        "ms",
        _ms(ours, question_texts),
        _ms(theirs, question_texts),
        WARM[model],
    )


def _each(encoder: Encoder, texts: list[str]) -> None:
    for text in texts:
        encoder.encode_query([text])


def _in_turns(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the seconds that each takes, in turns, so that other load on the machine disturbs both alike."""
    times = [(_seconds(ours), _seconds(theirs)) for _ in range(RUNS)]
    return tuple(our for our, _ in times), tuple(their for _, their in times)


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _ms(times: tuple[float, ...], texts: list[str]) -> tuple[float, ...]:
    return tuple(1000 * seconds / len(texts) for seconds in times)
