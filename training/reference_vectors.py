"""Write what torch returns for a few texts: the export of the bundled model is compared with it, without torch.

python -m training.reference_vectors
"""

import numpy as np

from retrieval.encode.export_bundled import REFERENCE, reference_vectors
from retrieval.encode.export_sample import SENTENCES, sample
from retrieval.encode.locate_model import BUNDLED
from retrieval.encode.reader_delta import READER_DELTAS
from retrieval.encode.sentence_transformers import SentenceEncoder, SentenceReader

SHORT, LONG = 6, 4


def main() -> None:
    """Write the file."""
    drawn = sample()
    texts = [*drawn[:SHORT], *drawn[SENTENCES : SENTENCES + LONG]]
    encoder = SentenceEncoder(BUNDLED)
    reader = SentenceReader(encoder, READER_DELTAS[BUNDLED])
    vectors = reference_vectors(encoder, reader, texts).astype(np.float16)
    np.savez_compressed(REFERENCE, texts=np.array(texts), passages=vectors[: len(texts)], read=vectors[len(texts) :])


if __name__ == "__main__":
    main()
