"""What the settings describe: the location of the archive, its encoder, and an answerer for it."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from config.errors import SettingsError
from config.milvus_scheme import is_milvus
from config.secret_file import first_line
from config.settings import Settings
from retrieval.archive.location import Where, milvus_place
from retrieval.encode.prompts import Prompts
from retrieval.errors import ArchiveMissing

if TYPE_CHECKING:
    from retrieval.answer.answerer import Answerer
    from retrieval.answer.confidence_file import ModelFit
    from retrieval.encode.cross_encoder import Reranker
    from retrieval.encode.encoder import Encoder

TOKEN_VARIABLE = "MILVUS_TOKEN"  # noqa: S105 - the name of a variable, not a token


def archive_location(settings: Settings, text: str = "", environment: Mapping[str, str] = os.environ) -> Where:
    """Return the location of the settings' archive, or of the one that `text` names.

    A location is written as a folder, or as milvus://host:19530/name. Raises NotAnArchive if the text is neither, and
    SettingsError if the token or the certificate for Milvus cannot be read.
    """
    text = text or settings.archive
    if not is_milvus(text):
        return Path(text)
    milvus = settings.milvus
    return milvus_place(
        text,
        token=_token(environment, milvus.token_file),
        tls=milvus.tls,
        certificate=_certificate(milvus.certificate),
        timeout=milvus.timeout,
        index=milvus.index,
    )


def open_answerer(settings: Settings) -> "Answerer":
    """Open the settings' archive and its model, to answer questions.

    Raises ArchiveError, EncoderError, FitUnusable or SettingsError.
    """
    # Slow to import, and not needed for --help.
    from retrieval.answer.answerer import Answerer
    from retrieval.archive.index_spec import wanted_spec
    from retrieval.archive.index_spec_checks import check_askable
    from retrieval.archive.open import open_archive
    from retrieval.encode.encoder import Encoder, precision_of
    from retrieval.encode.onnx import OnnxEncoder, share_memory_pool
    from retrieval.encode.open import open_encoder

    share_memory_pool()
    archive = open_archive(archive_location(settings))

    def load(model: str) -> Encoder:
        precision = settings.asked_precision or precision_of(archive.spec.fingerprint)
        return open_encoder(
            model,
            settings.models_folder,
            prompts=prompts(settings),
            precision=precision,
            threads=settings.threads,
            batch=settings.batch,
        )

    encoder = load(settings.model)
    check_askable(archive.spec, wanted_spec(encoder, settings.passage_tokens))
    if isinstance(encoder, OnnxEncoder):
        encoder.load()
    reranker = wanted_reranker(settings, settings.models_folder)
    return Answerer(
        archive,
        encoder,
        hits=settings.hits,
        strictness=settings.strictness,
        question_characters=settings.question_characters,
        load=load,
        reranker=reranker,
        fit=own_fit(settings, encoder, reranker),
    )


def wanted_reranker(settings: Settings, models: Path) -> "Reranker | None":
    """Return the reranker that the settings name, exported below the folder `models`; None if they name none.

    Raises ModelMissing.
    """
    from retrieval.encode.open import open_reranker

    return open_reranker(settings.reranker, models, threads=settings.threads) if settings.reranker else None


def own_fit(settings: Settings, encoder: "Encoder", reranker: "Reranker | None") -> "ModelFit | None":
    """Return the confidence that the settings name; None if they name none. Raises FitUnusable."""
    from retrieval.answer.confidence_file import read_fit_for

    if not settings.confidence:
        return None
    return read_fit_for(Path(settings.confidence), encoder.fingerprint, reranker.fingerprint if reranker else "")


def open_index_encoder(settings: Settings, *, re_embed: bool = False) -> "Encoder":
    """Open the settings' model to embed articles; its first use on a machine exports it. Raises EncoderError.

    If the settings name no precision, it is that of the archive; int8 for a new archive, and with `re_embed`.
    """
    from retrieval.archive.open import open_archive
    from retrieval.encode.encoder import precision_of
    from retrieval.encode.open import open_encoder

    precision = settings.asked_precision
    if precision is None and not re_embed:
        with suppress(ArchiveMissing):
            precision = precision_of(open_archive(archive_location(settings)).spec.fingerprint)
    return open_encoder(
        settings.model,
        settings.models_folder,
        prompts=prompts(settings),
        precision=precision or "int8",
        threads=settings.threads,
        batch=settings.batch,
    )


def prompts(settings: Settings) -> Prompts:
    """Return the prompts that the settings give the model; empty ones leave the choice to the model."""
    return Prompts(settings.query_prompt, settings.passage_prompt)


def _token(environment: Mapping[str, str], file: str) -> str:
    """Return the token from the environment or else from the file; empty if neither has one."""
    try:
        token = environment.get(TOKEN_VARIABLE, "").strip() or first_line(file)
    except OSError as error:
        raise SettingsError(
            f"The file that the setting milvus.token_file names cannot be read ({error.strerror}). "
            "It has to be a path, and the file's first line the token."
        ) from None
    except ValueError:
        raise SettingsError("The file that the setting milvus.token_file names holds no token.") from None
    if not (token.isascii() and token.isprintable()):
        raise SettingsError(
            f"The token for Milvus, in {TOKEN_VARIABLE} or in the file that milvus.token_file names, is not valid: a "
            "server takes only ASCII letters, digits and signs. Copy it again."
        )
    return token


def _certificate(file: str) -> str:
    if file and not Path(file).expanduser().is_file():
        raise SettingsError(f"The setting milvus.certificate names {file}, but there is no such file.")
    return str(Path(file).expanduser()) if file else ""
