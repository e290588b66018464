"""The command line of benchmarks over BEIR folders with a model of choice: FOLDER… --model NAME --models DIR."""

import argparse
from pathlib import Path
from tempfile import mkdtemp

from retrieval.encode.open import open_encoder
from retrieval.evaluate.caching_encoder import CachingEncoder


def folders_and_encoder(description: str | None) -> tuple[list[Path], CachingEncoder]:
    """Parse the command line; return the folders, and the encoder of the model, exported in full if it can be."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a question set in BEIR layout")
    parser.add_argument("--model", default="bundled", help="the setting `model`")
    parser.add_argument("--models", type=Path, help="the folder of exported models; without it, a new one")
    parsed = parser.parse_args()
    models = parsed.models or Path(mkdtemp())
    return parsed.folders, CachingEncoder(open_encoder(parsed.model, models, precision="fp32"))
