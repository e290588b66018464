"""Open a model, as an encoder or as a reranker: on onnxruntime if it can be exported, else on sentence-transformers."""

import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from retrieval.encode.cross_encoder import Reranker, SentenceReranker
from retrieval.encode.encoder import Encoder, Precision
from retrieval.encode.exported_files import Exported, exported_folder, find_whole
from retrieval.encode.locate_model import locate
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.onnx_cross_encoder import OnnxReranker
from retrieval.encode.prompts import NO_PROMPTS, Prompts, prompts_of
from retrieval.errors import ModelMissing

log = logging.getLogger(__name__)

# Of a reranker, best first.
PRECISIONS: tuple[Precision, ...] = ("int8", "fp32")


def open_encoder(
    model: str,
    models: Path,
    *,
    prompts: Prompts = NO_PROMPTS,
    precision: Precision = "int8",
    threads: int = 0,
    batch: int = 32,
) -> Encoder:
    """Return the encoder of a model; export the model into the folder `models` first if it is not there yet.

    `prompts` replace those that the model or its family has, as far as they are not empty.
    If the model has no export in this precision, the other one is used, and a warning says why. Raises EncoderError.
    """
    arguments = (model, str(models), prompts.query, prompts.passage)
    exported = find_whole(models, model)
    if exported is None:
        locate(model)  # A model that is missing is told here, and not by the process that would export it.
        exported = _export(models, model, "retrieval.encode.export", arguments)
    if exported and (exported.has("fp32") or exported.has("int8")):
        available: Precision = precision if exported.has(precision) else "int8" if precision == "fp32" else "fp32"
        if available == "fp32" != precision:
            log.warning("The model %s is used in full: %s.", model, exported.refused)
        elif available != precision:
            log.warning("The model %s is used in 8 bits: its own weights have 4, so more bits add nothing.", model)
        folder = exported_folder(models, exported.fingerprint)
        wanted = prompts_of(model, Path(exported.source), prompts)
        return OnnxEncoder(folder, exported, available, wanted, threads=threads, batch=batch)
    if exported:
        log.warning("The model %s is served by sentence-transformers, slower: %s.", model, exported.refused)

    from retrieval.encode.sentence_transformers import SentenceEncoder

    return SentenceEncoder(model, prompts, threads=threads, batch=batch)


def open_reranker(model: str, models: Path, *, threads: int = 0) -> Reranker:
    """Return the reranker of a cross-encoder; export it below the folder `models` first if it is not there yet.

    Raises ModelMissing.
    """
    original = SentenceReranker(model)
    folder = models / "rerankers"
    exported = find_whole(folder, model) or _export(
        folder, model, "retrieval.encode.export_cross_encoder", (model, str(folder))
    )
    for precision in PRECISIONS:
        if exported and exported.has(precision):
            return OnnxReranker(exported_folder(folder, exported.fingerprint), exported, precision, threads=threads)
    if exported:
        refused_as, _, reason = exported.refused.partition(": ")
        if refused_as == ModelMissing.__name__:
            raise ModelMissing(reason)
        log.warning("The reranker %s is served by sentence-transformers, slower: %s.", model, exported.refused)
    return original


def _export(models: Path, model: str, module: str, arguments: Sequence[str]) -> Exported | None:
    """Let a module export a model in another process, or wait for one that is exporting it; None if the export fails.

    `arguments` are those of the module.
    """
    from filelock import FileLock  # seldom needed

    try:
        models.mkdir(parents=True, exist_ok=True)
        with FileLock(models / "lock"):
            if exported := find_whole(models, model):
                return exported
            log.info("Preparing the model %s, once …", model)
            command = [sys.executable, "-m", module, *arguments]
            process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    except OSError as error:
        log.warning("The model %s cannot be exported to %s: %s. It is served slower.", model, models, error.strerror)
        return None
    if process.returncode:
        last = (process.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        log.warning("The model %s cannot be exported: %s. It is served slower.", model, last)
    return find_whole(models, model)
