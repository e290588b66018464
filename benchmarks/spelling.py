"""How well spelling mistakes are corrected, and correct words left alone.

    python -m benchmarks.spelling FOLDER… --model NAME

Each folder (BEIR layout, as in benchmarks.quality) is an archive. Printed for each, in per cent:

- of its own questions and of the other folders' questions, those in which a word was changed without need (they are
  printed, too);
- of its own questions with one typo in their rarest word of four letters or more, those in which that word was
  corrected, and those in which it was changed to another wrong word;
- those with the right document first: of the questions as they are, with typos, and with typos corrected.
"""

import random
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support.beir_command_line import folders_and_encoder
from retrieval.answer.answerer import Answerer
from retrieval.answer.query_features import analyze_question
from retrieval.answer.spelling import MISSPELLABLE, correct_spelling
from retrieval.archive.contract import Archive
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.encoder import Encoder
from retrieval.evaluate.archive_cache import archive_of
from retrieval.evaluate.beir import QuestionSet, read
from retrieval.text.analysis import ANALYZER
from retrieval.text.stop_words import STOP_WORDS
from retrieval.types import Query

SEED = 20


class Unhelpful(LocalArchive):
    """An archive that finds no similar words, so that nothing is corrected."""

    def similar_words(self, word: str, count: int) -> list[str]:  # noqa: ARG002
        """Return nothing."""
        return []


def slip(word: str, chance: random.Random) -> str:
    """Remove, insert or replace a letter, or swap two, anywhere but at the beginning of the word."""
    while True:
        at, letter = chance.randrange(1, len(word)), chance.choice(string.ascii_lowercase)
        before, after = word[:at], word[at:]
        misspelt = chance.choice(
            (
                before + after[1:],
                before + letter + after,
                before + letter + after[1:],
                before + after[1::-1] + after[2:],
            )
        )
        if misspelt != word:
            return misspelt


def slipped(question: str, archive: Archive, chance: random.Random) -> tuple[str, str, str] | None:
    """Return a question with a slip in its rarest word, that word, and the misspelt word."""
    words = [word for word in MISSPELLABLE.findall(question) if word.lower() not in STOP_WORDS]
    frequencies = archive.document_frequencies(words).by_word
    rare = min((word for word in frequencies if frequencies[word]), key=lambda word: frequencies[word], default=None)
    if rare is None:
        return None
    wrong = slip(rare, chance)
    return question.replace(rare, wrong, 1), rare, wrong


def _has(text: str, word: str) -> bool:
    return set(ANALYZER.analyze(word)) <= set(ANALYZER.analyze(text))


def share(facts: Iterable[bool]) -> float:
    """Return how many of the facts hold, 0 to 1."""
    values = list(facts)
    return sum(values) / len(values) if values else float("nan")


def first(folder: QuestionSet, answerer: Answerer, questions: Mapping[str, str]) -> float:
    """Return the share of questions, by id, whose first hit is of a relevant document."""
    answers = {id_: answerer.answer(text, 1) for id_, text in questions.items()}
    return share(
        bool(answer.hits) and answer.hits[0].passage.article.id in folder.relevant[id_]
        for id_, answer in answers.items()
    )


def measure(folder: QuestionSet, others: Sequence[QuestionSet], encoder: Encoder, place: Path) -> list[float]:
    """Return the figures of a folder, each between 0 and 1."""
    archive, _ = archive_of(folder, encoder, 0, place)

    def corrected(text: str) -> str:
        return correct_spelling(Query(text), analyze_question(text, archive), archive, encoder).text

    own = list(folder.questions.values())
    foreign = [question for other in others for question in other.questions.values()]
    changes = [(text, corrected(text)) for text in [*own, *foreign] if corrected(text) != text]
    for text, other in changes:
        print(f"  {text}\n  {other}")
    chance = random.Random(SEED)  # noqa: S311
    slips = {id_: result for id_, text in folder.questions.items() if (result := slipped(text, archive, chance))}
    rightly = [_has(corrected(text), rare) for text, rare, _ in slips.values()]
    wrongly = [
        not _has(corrected(text), rare) and not _has(corrected(text), wrong) for text, rare, wrong in slips.values()
    ]
    assert isinstance(archive, LocalArchive)
    # With a strictness of 0 the first passage is a hit, however sure it is.
    helped = Answerer(archive, encoder, strictness=0)
    unhelped = Answerer(Unhelpful(archive.database), encoder, strictness=0)
    correct = {id_: folder.questions[id_] for id_ in slips if id_ in folder.relevant}
    misspelt = {id_: slips[id_][0] for id_ in correct}
    return [
        share(text != corrected(text) for text in own),
        share(text != corrected(text) for text in foreign),
        share(rightly),
        share(wrongly),
        first(folder, unhelped, correct),
        first(folder, unhelped, misspelt),
        first(folder, helped, misspelt),
    ]


def main() -> None:
    """Print a row for each folder."""
    paths, encoder = folders_and_encoder(__doc__)
    folders = [read(path) for path in paths]
    names = ("own", "foreign", "mended", "wrongly", "first", "slipped", "mended")
    print(f"{'folder':<12}" + "".join(f"{name:>10}" for name in names))
    for folder in folders:
        with TemporaryDirectory() as place:
            figures = measure(folder, [other for other in folders if other is not folder], encoder, Path(place))
        print(f"{folder.name:<12}" + "".join(f"{100 * figure:>10.1f}" for figure in figures), flush=True)


if __name__ == "__main__":
    main()
