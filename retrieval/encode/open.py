"""The encoder of a model: on onnxruntime, once the model is exported; on sentence-transformers, if it cannot be."""

import logging
import subprocess
import sys
from pathlib import Path

from retrieval.encode.encoder import Encoder, Precision
from retrieval.encode.model_files import Exported, find, folder_of, whole
from retrieval.encode.onnx import OnnxEncoder

log = logging.getLogger(__name__)


def open_encoder(
    model: str, models: Path, *, precision: Precision = "int8", threads: int = 0, batch: int = 32
) -> Encoder:
    """Find a model exported in the folder `models`, export it where it is not, and return its encoder.

    Where it cannot be had in a precision, it is had in full, and a warning says why. Raises EncoderError.
    """
    exported = _found(models, model) or _export(models, model)
    if exported and exported.has("fp32"):
        had: Precision = precision if exported.has(precision) else "fp32"
        if had != precision:
            log.warning("The model %s is used in full: %s.", model, exported.refused)
        folder = folder_of(models, exported.fingerprint)
        return OnnxEncoder(folder, exported, had, threads=threads, batch=batch)
    if exported:
        log.warning("The model %s is served by sentence-transformers, slower: %s.", model, exported.refused)

    from retrieval.encode.sentence_transformers import SentenceEncoder

    return SentenceEncoder(model, threads=threads, batch=batch)


def _found(models: Path, model: str) -> Exported | None:
    exported = find(models, model)
    return exported if exported and whole(folder_of(models, exported.fingerprint), exported) else None


def _export(models: Path, model: str) -> Exported | None:
    """Export a model in a process of its own, or wait for the one that does; None where nothing can be written."""
    from filelock import FileLock  # not for the many times that there is nothing to export

    try:
        models.mkdir(parents=True, exist_ok=True)
        with FileLock(models / "lock"):
            if exported := _found(models, model):
                return exported
            log.info("Preparing the model %s, once …", model)
            command = [sys.executable, "-m", "retrieval.encode.export", model, str(models)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    except OSError as error:
        log.warning("The model %s cannot be exported to %s: %s. It is served slower.", model, models, error.strerror)
        return None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        log.warning("The model %s cannot be exported: %s. It is served slower.", model, last)
    return _found(models, model)
