"""Where the settings say that the archive is: for the edges, which pass it inward."""

import os
from collections.abc import Mapping
from pathlib import Path

from config.secret import first_line
from config.settings import Settings, SettingsError
from retrieval.archive.location import Where, is_milvus, milvus_place

TOKEN_VARIABLE = "MILVUS_TOKEN"  # noqa: S105 - the name of a variable, not a token


def archive_place(settings: Settings, text: str = "", environment: Mapping[str, str] = os.environ) -> Where:
    """Return where the settings' archive is, or the one that a text names: a folder, or milvus://host:19530/name.

    Raises NotAnArchive for what names neither, and SettingsError for a token or a certificate that cannot be read.
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


def _token(environment: Mapping[str, str], file: str) -> str:
    """Look for the token in the environment, then in the file; none is for a server that asks for none."""
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
            f"The token for Milvus, in {TOKEN_VARIABLE} or in the file that milvus.token_file names, is none: letters, "
            "digits and signs of ASCII are all that a server takes. Copy it again."
        )
    return token


def _certificate(file: str) -> str:
    if file and not Path(file).expanduser().is_file():
        raise SettingsError(f"The setting milvus.certificate names {file}, and there is no such file. Mend it.")
    return str(Path(file).expanduser()) if file else ""
