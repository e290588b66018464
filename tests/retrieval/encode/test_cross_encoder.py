import warnings
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from retrieval.answer.answerer import Answerer
from retrieval.answer.rank_sentences import SENTENCE_WEIGHT
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.cross_encoder import Reranker, SentenceReranker
from retrieval.encode.encoder import Encoder
from retrieval.encode.export_cross_encoder import export_cross_encoder
from retrieval.encode.exported_files import find_whole
from retrieval.encode.locate_model import locate
from retrieval.encode.onnx_cross_encoder import OnnxReranker
from retrieval.encode.open import open_reranker
from retrieval.errors import ModelMissing

QUESTION = "Who met Kerry?"
TEXTS = ["Kerry met four bloggers in Beijing.", "It rained.", "Kerry " * 700, "克里见了四位博主。"]


def save_cross_encoder(folder: Path, scores: int = 1, kind: str = "Bert") -> Path:
    """Save a cross-encoder of two small layers with random weights; one of RoBERTa's kind is given no token types."""
    import transformers

    transformers.set_seed(5)
    tokenizer = transformers.AutoTokenizer.from_pretrained(locate("bundled"))
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=scores,
        max_position_embeddings=300,
        pad_token_id=0,
        initializer_range=0.2,
    )
    getattr(transformers, f"{kind}ForSequenceClassification")(config).save_pretrained(folder)
    tokenizer.model_max_length = 256
    if kind != "Bert":
        tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_cross_encoder(tmp_path_factory.mktemp("cross"))


@pytest.fixture(scope="module")
def its_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def reranker(folder: Path, its_models: Path) -> Reranker:
    return open_reranker(str(folder), its_models)


def export_here(folder: Path, models: Path) -> None:
    """Export a cross-encoder in this process: one of its own, as `open_reranker` starts it, takes long to start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export_cross_encoder(str(folder), models / "rerankers")


def log_odds(folder: Path, pairs: list[tuple[str, str]]) -> list[float]:
    """Return what sentence-transformers' own cross-encoder gives for pairs."""
    import torch
    from sentence_transformers import CrossEncoder

    scores = CrossEncoder(str(folder), device="cpu").predict(pairs, activation_fn=torch.nn.Identity())
    return [float(score) for score in scores]


@pytest.mark.parametrize("kind", ["Bert", "Roberta"])
def test_a_cross_encoder_is_exported_and_gives_the_scores_of_the_original(kind: str, tmp_path: Path) -> None:
    folder = save_cross_encoder(tmp_path / "model", kind=kind)
    export_here(folder, tmp_path / "models")
    exported = open_reranker(str(folder), tmp_path / "models")
    assert isinstance(exported, OnnxReranker)
    scores = exported.relevance(QUESTION, TEXTS)
    expected = np.array(log_odds(folder, [(QUESTION, text) for text in TEXTS]))
    assert scores == pytest.approx(expected, abs=0.3 * float(expected.std()))  # in 8 bits
    assert SentenceReranker(str(folder)).relevance(QUESTION, TEXTS) == pytest.approx(expected, abs=1e-4)
    assert exported.fingerprint == SentenceReranker(str(folder)).fingerprint


def test_an_exported_cross_encoder_is_found_again_until_its_original_changes(
    reranker: Reranker, folder: Path, its_models: Path
) -> None:
    assert isinstance(reranker, OnnxReranker)
    (seal,) = (its_models / "rerankers").glob("*/export.json")
    written = seal.stat().st_mtime_ns
    open_reranker(str(folder), its_models)
    assert seal.stat().st_mtime_ns == written
    assert find_whole(its_models, str(folder)) is None  # it is not taken for an encoder

    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    assert find_whole(its_models / "rerankers", str(folder)) is None


def test_a_cross_encoder_that_cannot_be_exported_is_used_all_the_same(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "models"
    blocked.write_text("no folder")
    unexported = open_reranker(str(folder), blocked)
    assert isinstance(unexported, SentenceReranker)
    assert "served slower" in caplog.text


def test_a_reranker_orders_passages_and_their_sentences(folder: Path, seed_archive: Path, encoder: Encoder) -> None:
    archive = LocalArchive.open(seed_archive)
    reranker = SentenceReranker(str(folder))
    ranked = Answerer(archive, encoder, reranker=reranker, strictness=0).answer(QUESTION, 5).hits
    plain = Answerer(archive, encoder, strictness=0).answer(QUESTION, 5).hits

    expected = []
    for passage in (hit.passage for hit in plain):
        texts = [passage.text]
        for number, (start, end) in enumerate(passage.sentences):
            around = passage.sentences[max(0, number - 1) : number + 2]
            texts += [passage.text[start:end], passage.text[around[0].start : around[-1].end]]
        whole, *scores = log_odds(folder, [(QUESTION, f"{passage.article.title}\n{text}") for text in texts])
        of_sentences = [(alone + together) / 2 for alone, together in zip(scores[::2], scores[1::2], strict=True)]
        best = int(np.argmax(of_sentences))
        expected.append((whole + SENTENCE_WEIGHT * of_sentences[best], passage.id, passage.sentences[best]))
    expected.sort(reverse=True)
    assert [hit.score for hit in ranked] == pytest.approx([score for score, _, _ in expected], abs=1e-4)
    assert [(hit.passage.id, hit.highlight) for hit in ranked] == [(id_, sentence) for _, id_, sentence in expected]
    assert [hit.passage.id for hit in ranked] != [hit.passage.id for hit in plain]


def test_no_passages_give_no_scores_and_load_no_model(reranker: Reranker) -> None:
    assert reranker.relevance("Who?", []).shape == (0,)


def test_a_folder_without_a_cross_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="holds no.* Mend the setting `reranker`"):
        open_reranker(str(tmp_path), tmp_path / "models")
    assert not (tmp_path / "models").exists()
    three = save_cross_encoder(tmp_path / "three", scores=3)
    export_here(three, tmp_path / "models")
    for _ in range(2):  # the second time, the reason is read from the seal
        with pytest.raises(ModelMissing, match="gives 3 scores a passage"):
            open_reranker(str(three), tmp_path / "models")


def test_a_model_without_the_weights_of_a_head_is_refused_and_gets_no_random_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="is no cross-encoder: its files have no weights for the score"):
        SentenceReranker("bundled").relevance("Who?", ["It rained."])
    folder = save_cross_encoder(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    save_file({name: part for name, part in weights.items() if "classifier" not in name}, folder / "model.safetensors")
    export_here(folder, tmp_path / "models")
    with pytest.raises(ModelMissing, match="no weights for the score of a pair"):
        open_reranker(str(folder), tmp_path / "models")


def test_scores_that_are_no_numbers_are_an_error_and_no_answer(tmp_path: Path) -> None:
    folder = save_cross_encoder(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    save_file({name: part * np.float32(np.nan) for name, part in weights.items()}, folder / "model.safetensors")
    export_here(folder, tmp_path / "models")
    with pytest.raises(ModelMissing, match="gives scores that are no numbers"):
        open_reranker(str(folder), tmp_path / "models").relevance("Who?", ["It rained."])


def test_damaged_weights_are_named_and_a_full_disk_is_no_fault_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_cross_encoder(tmp_path / "model")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelMissing, match="holds no cross-encoder with safetensors weights"):
        SentenceReranker(str(folder)).relevance("Who?", ["It rained."])

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sentence_transformers.CrossEncoder", full)
    with pytest.raises(OSError, match="No space left"):
        SentenceReranker(str(folder)).relevance("Who?", ["It rained."])
