"""What the command line prints as JSON: an answer, and the figures of an evaluation."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.article import Card
    from retrieval.evaluate.beir import QuestionSet
    from retrieval.evaluate.evaluate import Evaluation
    from retrieval.types import Answer, ClosestPassage, Hit, Query, RankedSentence


def as_json(answer: "Answer", *, explain: bool = False) -> str:
    """Return the answer as one JSON object, on one line; with `explain`, also what spoke for each ranked passage."""
    return json.dumps(answer_content(answer, explain=explain), ensure_ascii=False)


def answer_content(answer: "Answer", *, explain: bool = False) -> dict[str, object]:
    """Return what the JSON object of an answer has."""
    return {
        "question": answer.question,
        **({"searched": _query_as_json(answer.searched)} if answer.searched else {}),
        **({"understood": _query_as_json(answer.understood)} if answer.understood else {}),
        **({"without": _query_as_json(answer.without)} if answer.without else {}),
        **({"lists": True} if answer.lists else {}),
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        **({} if answer.calibrated else {"uncalibrated": True}),
        **({"unread_language": answer.unread_language} if answer.unread_language else {}),
        "hits": [_found_as_json(found) for found in answer.hits or answer.closest],
        **({"later": _found_as_json(answer.later)} if answer.later else {}),
        **({"considered": [_considered_as_json(ranked) for ranked in answer.considered]} if explain else {}),
    }


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


def _found_as_json(found: "Hit | ClosestPassage") -> dict[str, object]:
    """Return a hit; or one of the closest passages, which does not answer and has no highlight."""
    from retrieval.types import Hit

    passage = found.passage
    content = {
        "rank": found.rank,
        "score": round(found.score, 4),
        "confidence": round(found.confidence, 4),
        "answers": isinstance(found, Hit),
        "passage": {"id": passage.id, "text": passage.text, "start": passage.start, "end": passage.end},
        "highlight": _highlight_as_json(found) if isinstance(found, Hit) else None,
        "article": card_as_json(passage.article),
    }
    return content | ({"also": [card_as_json(card) for card in found.also]} if found.also else {})


def _considered_as_json(ranked: "RankedSentence") -> dict[str, object]:
    start, end = ranked.highlight
    return {
        "passage": ranked.passage.id,
        "article": ranked.passage.article.id,
        "sentence": ranked.passage.text[start:end],
        "confidence": round(ranked.confidence, 4),
        **{name: round(value, 4) for name, value in ranked.signals.items()},
    }


def _highlight_as_json(hit: "Hit") -> dict[str, object]:
    start, end = hit.highlight
    return {"start": start, "end": end, "text": hit.highlight_text}


def card_as_json(card: "Card") -> dict[str, str | None]:
    """Return the fields of an article."""
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
