"""Rank passages and sentences by a cross-encoder of the owner's choice; its scores replace those they have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from retrieval.answer.maxsim_rerank import RankedPassage
from retrieval.answer.rank_sentences import order_by_sentence
from retrieval.encode.cross_encoder import Reranker
from retrieval.encode.encoder import embedded_text
from retrieval.types import Passage


def rank_by_cross_encoder(question: str, ranked: Sequence[RankedPassage], reranker: Reranker) -> list[RankedPassage]:
    """Order passages by a reranker's scores of them and of their best sentences together.

    A sentence is scored alone and with its neighbours, and the two are averaged: a sentence alone may lack the name,
    and with its neighbours it may get its score from them.
    """
    scores_of_passages = reranker.relevance(question, [passage.text for passage in ranked]).tolist()
    texts = [list(_with_neighbours(passage.passage)) for passage in ranked]
    scores = iter(reranker.relevance(question, [text for pairs in texts for pair in pairs for text in pair]).tolist())
    scored = [
        replace(
            passage,
            reranker=relevance,
            score=relevance,
            coverages=tuple((next(scores) + next(scores)) / 2 for _ in pairs),
        )
        for passage, relevance, pairs in zip(ranked, scores_of_passages, texts, strict=True)
    ]
    return order_by_sentence(scored)


def _with_neighbours(passage: Passage) -> Iterator[tuple[str, str]]:
    """Yield the text of each sentence, and that of the sentence with those before and after it, under the headline."""
    sentences = passage.sentences
    for number, sentence in enumerate(sentences):
        around = sentences[max(number - 1, 0) : number + 2]
        spans = (sentence.start, sentence.end), (around[0].start, around[-1].end)
        alone, together = (embedded_text(passage.article.title, passage.text[start:end]) for start, end in spans)
        yield alone, together
