"""What the command line prints as JSON: an answer, and the figures of an evaluation."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.article import Card
    from retrieval.evaluate.beir import QuestionSet
    from retrieval.evaluate.evaluate import Evaluation
    from retrieval.types import Answer, Hit, Query


def as_json(answer: "Answer") -> str:
    """Return the answer as one JSON object, on one line."""
    content = {
        "question": answer.question,
        **({"searched": _query_as_json(answer.searched)} if answer.searched else {}),
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        **({} if answer.calibrated else {"uncalibrated": True}),
        **({"unread_language": answer.unread_language} if answer.unread_language else {}),
        "hits": [_hit_as_json(hit) for hit in answer.hits],
    }
    return json.dumps(content, ensure_ascii=False)


def _query_as_json(query: "Query") -> dict[str, object]:
    filters = query.filters
    return {
        "text": query.text,
        "since": filters.since.isoformat() if filters.since else None,
        "until": filters.until.isoformat() if filters.until else None,
        "source": filters.source,
        "author": filters.author,
        "newest": query.newest,
    }


def _hit_as_json(hit: "Hit") -> dict[str, object]:
    passage, (start, end) = hit.passage, hit.highlight
    content = {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "passage": {"id": passage.id, "text": passage.text, "start": passage.start, "end": passage.end},
        "highlight": {"start": start, "end": end, "text": hit.highlight_text},
        "article": _card_as_json(passage.article),
    }
    return content | ({"also": [_card_as_json(card) for card in hit.also]} if hit.also else {})


def _card_as_json(card: "Card") -> dict[str, str | None]:
    return {
        "id": card.id,
        "title": card.title,
        "url": card.url,
        "source": card.source,
        "author": card.author,
        "published": card.published.isoformat() if card.published else None,
        "language": card.language,
    }


def evaluation_as_json(questions: "QuestionSet", evaluation: "Evaluation") -> str:
    """Return the figures as one JSON object, on one line: shares from 0 to 1, null for figures that do not exist."""
    nothing = {"value": None, "low": None, "high": None}
    content: dict[str, object] = {
        name: {key: round(number, 4) for key, number in asdict(figure).items()} if figure else nothing
        for name, figure in evaluation.figures.items()
    }
    content |= {"questions": len(questions.questions), "documents": len(questions.articles)}
    return json.dumps(content)
