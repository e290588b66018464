"""The share of a question's words that each sentence of a passage has, or the sentence before it, or the headline.

A story goes on under "she" and "his": the words that a sentence need not repeat stand in the headline or in the
sentence before it.
"""

from itertools import pairwise

from retrieval.answer.query_features import QueryFeatures
from retrieval.text.analysis import stems
from retrieval.types import Passage


def shares_of_words(features: QueryFeatures, passage: Passage) -> tuple[float, ...]:
    """Return for each sentence the share of the question's content terms, weighted by idf, from 0 to 1.

    A term counts if the sentence, the one before it or the headline has it.
    """
    terms = features.content_terms
    highest = sum(term.idf for term in terms) or 1.0
    language = passage.article.language
    headline = set(stems(passage.article.title, language))
    sentences = (set(stems(passage.text[slice(*span)], language)) for span in passage.sentences)
    known = (headline | before | own for before, own in pairwise([headline, *sentences]))
    return tuple(sum(term.idf for term in terms if not words.isdisjoint(term.stems)) / highest for words in known)
