"""What was fitted for a model's confidence, and its file in JSON: read, checked against the model, written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec

from retrieval.encode.encoder import same_model
from retrieval.errors import FitUnusable, OutputUnwritable

BUILT_IN = tuple(Path(__file__).with_name(f"confidence_{model}.json") for model in ("bundled", "multilingual"))
MEND = "Write it again with: clippings eval DIR --fit FILE. Or empty the setting `confidence`."


@dataclass(frozen=True, slots=True)
class Signals:
    """The inputs of the regression: those of RankedPassage, and `size`, which is log(1 + passages in the archive).

    `reader` is 0 without a reader, and `reranker` without a reranker.
    """

    maxsim: float
    cosine: float
    bm25: float
    idf_coverage: float
    size: float
    reader: float = 0.0
    reranker: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted regression; `weights` has the weight of each signal."""

    bias: float
    weights: Signals


@dataclass(frozen=True, slots=True)
class ModelFit:
    """What was fitted for a model: `fingerprint` is that in full precision, with its prompts.

    `other_language` is for questions in another language than the passage; None takes `same_language` for them too.
    `fitted_on` says on what, and `figures` how well it held on questions left out of the fitting.
    `reranker` is the fingerprint of the reranker that it was fitted with; "" for none.
    """

    model: str
    fingerprint: str
    same_language: Fit
    other_language: Fit | None = None
    fitted_on: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    reranker: str = ""


def read_fit(file: Path) -> ModelFit:
    """Read the fit in a file; raises FitUnusable."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=ModelFit)
    except OSError as error:
        raise FitUnusable(f"The confidence fit {file} cannot be read ({error.strerror}). {MEND}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FitUnusable(f"The confidence fit {file} is damaged ({error}). {MEND}") from error


def read_fit_for(file: Path, fingerprint: str, reranker: str = "") -> ModelFit:
    """Read the fit in a file for the model of this fingerprint; raises FitUnusable if it is another model's.

    `reranker` is the fingerprint of the reranker in use.
    """
    fit = read_fit(file)
    if not same_model(fit.fingerprint, fingerprint):
        raise FitUnusable(
            f"The confidence fit {file} is of the model {fit.model!r} ({fit.fingerprint[:12]}), but the model here is "
            f"another, or has other prompts ({fingerprint[:12]}). {MEND}"
        )
    if fit.reranker != reranker:
        was, now = (f"the reranker {each[:12]}" if each else "no reranker" for each in (fit.reranker, reranker))
        raise FitUnusable(f"The confidence fit {file} was made with {was}, but here is {now}. {MEND}")
    return fit


def write_fit(file: Path, fit: ModelFit) -> None:
    """Write a fit; raises OutputUnwritable."""
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(fit)) + b"\n")
    except OSError as error:
        raise OutputUnwritable(
            f"{file} cannot be written ({error.strerror}). Name a file in a folder that takes one."
        ) from error


@cache
def built_in_fits() -> tuple[ModelFit, ...]:
    """Return the fits of the built-in models, the bundled one first."""
    return tuple(map(read_fit, BUILT_IN))
