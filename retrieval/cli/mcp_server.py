"""The command that serves the archive to other programs over the Model Context Protocol, on standard input and output.

An assistant then quotes the archive word for word, with links. Nothing that it asks is logged.
"""

import argparse
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from corpus.errors import ClippingsError
from retrieval.cli.archive_commands import ANSWERED, MAX_HITS
from retrieval.cli.json_output import answer_content, card_as_json
from retrieval.cli.timeline import timeline_content
from retrieval.errors import ArticleMissing
from retrieval.extras import require_extra

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from config.settings import Settings
    from retrieval.answer.answerer import Answerer

Arguments = ParamSpec("Arguments")
INSTRUCTIONS = (
    "An archive of news articles. It only quotes: sentences and passages are word for word, each with headline, date, "
    "source and link. Quote them as they are and name the link. If `answered` is false, say that the archive does not "
    "answer."
)
MAX_EVENTS = 200


def mcp(_: argparse.Namespace, settings: "Settings") -> int:
    """Serve the archive until the input ends."""
    require_extra("mcp", "mcp", "The command mcp")
    from retrieval.from_settings import open_answerer

    answerer = open_answerer(settings)
    answerer.warm_up()
    server_of(answerer).run()
    return ANSWERED


def server_of(answerer: "Answerer") -> "MCPServer":
    """Return a server with the tools ask, search, timeline and show over an archive."""
    from importlib.metadata import version

    from mcp.server.mcpserver import MCPServer

    server = MCPServer("clippings", version=version("clippings"), instructions=INSTRUCTIONS, log_level="CRITICAL")
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # below that, it logs what it is asked
    tools = Tools(answerer)
    for tool in (tools.ask, tools.search, tools.timeline, tools.show):
        server.add_tool(_with_errors_in_words(tool))
    return server


def _with_errors_in_words(tool: Callable[Arguments, dict[str, object]]) -> Callable[Arguments, dict[str, object]]:
    """Let a tool return, in words, what cannot be done."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def call(*arguments: Arguments.args, **named: Arguments.kwargs) -> dict[str, object]:
        try:
            return tool(*arguments, **named)
        except ClippingsError as error:
            raise ToolError(str(error)) from None

    return call


class Tools:
    """What other programs may do with an archive. The docstrings are what they read of each tool."""

    def __init__(self, answerer: "Answerer") -> None:
        self._answerer = answerer

    def ask(
        self,
        question: str,
        hits: int = 3,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        author: str | None = None,
        literal: bool = False,
    ) -> dict[str, object]:
        """Answer a question with the sentences and passages of the archive that answer it, or say that none does.

        `since` and `until` are a year, a month or a day: 2014, 2014-02, 2014-02-17. Plain words such as "in 2019" are
        read as filters (`understood`), unless `literal`.
        """
        from retrieval.answer.query import parse_filters

        filters = parse_filters(since, until, source, author)
        answer = self._answerer.answer(question, _limited(hits, MAX_HITS), filters=filters, literal=literal)
        return answer_content(answer)

    def search(self, words: str, count: int = 10) -> dict[str, object]:
        """Find the passages that come nearest to some words, best first, whether or not they answer anything."""
        ranked = self._answerer.answer(words, _limited(count, MAX_HITS), literal=True).considered
        passages = [
            {
                "article": card_as_json(found.passage.article),
                "passage": {"id": found.passage.id, "text": found.passage.text},
                "confidence": round(found.confidence, 4),
            }
            for found in ranked[: _limited(count, MAX_HITS)]
        ]
        return {"words": words, "passages": passages}

    def timeline(
        self,
        name: str,
        since: str | None = None,
        until: str | None = None,
        first: int = 0,
        count: int = 50,
    ) -> dict[str, object]:
        """List every sentence that says what happened to somebody or something, in order of date.

        `first` and `count` choose a part of the list; `total` is the length of all of it.
        """
        from retrieval.answer.query import parse_filters
        from retrieval.timeline.build_timeline import timeline_of

        found = timeline_of(name, self._answerer.archive, parse_filters(since, until))
        part = found.events[max(first, 0) :][: _limited(count, MAX_EVENTS)]
        return {**timeline_content(replace(found, events=part)), "total": len(found.events)}

    def show(self, article: str) -> dict[str, object]:
        """Return the whole text of an article by its id, which every passage names."""
        found = self._answerer.archive.article(article)
        if found is None:
            raise ArticleMissing(f"There is no article with the id {article}.")
        return {**card_as_json(found.card), "text": found.text}


def _limited(number: int, most: int) -> int:
    return max(1, min(number, most))
