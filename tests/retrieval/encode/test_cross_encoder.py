from pathlib import Path

import numpy as np
import pytest

from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from retrieval.encode.cross_encoder import CrossReranker
from retrieval.encode.encoder import Encoder
from retrieval.encode.locate_model import locate
from retrieval.errors import ModelMissing


def save_cross_encoder(folder: Path, scores: int = 1) -> Path:
    """Save a cross-encoder of two small layers with random weights."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(5)
    tokenizer = AutoTokenizer.from_pretrained(locate("bundled"))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=scores,  # type: ignore[call-arg]
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_cross_encoder(tmp_path_factory.mktemp("cross")))


def test_a_reranker_orders_the_hits_of_an_answer(reranker: str, seed_archive: Path, encoder: Encoder) -> None:
    from sentence_transformers import CrossEncoder

    archive = LocalArchive.open(seed_archive)
    question = "Who met Kerry?"
    plain = Answerer(archive, encoder).answer(question, 5)
    reranked = Answerer(archive, encoder, reranker=CrossReranker(reranker)).answer(question, 5)

    passages = [hit.passage for hit in plain.hits]
    pairs = [(question, f"{passage.article.title}\n{passage.text}") for passage in passages]
    scores = CrossEncoder(reranker, device="cpu").predict(pairs).tolist()
    best = [passages[i].id for i in np.argsort(-np.array(scores))]
    assert best != [passage.id for passage in passages]
    assert [hit.passage.id for hit in reranked.hits] == best
    assert [hit.score for hit in reranked.hits] == pytest.approx(sorted(scores, reverse=True), abs=1e-5)
    highlights = {hit.passage.id: hit.highlight for hit in plain.hits}
    assert {hit.passage.id: hit.highlight for hit in reranked.hits} == highlights


def test_no_passages_give_no_scores_and_load_no_model(reranker: str) -> None:
    assert CrossReranker(reranker).relevance("Who?", []).shape == (0,)


def test_a_folder_without_a_cross_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="holds no"):
        CrossReranker(str(tmp_path))
    with pytest.raises(ModelMissing, match="gives 3 scores a passage"):
        CrossReranker(str(save_cross_encoder(tmp_path, scores=3))).relevance("Who?", ["It rained."])
