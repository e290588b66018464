"""`mcp`: other programs ask the archive; tried with the protocol's own client, in this process and over its streams."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retrieval.answer.answerer import Answerer
from retrieval.archive.local.archive import LocalArchive
from retrieval.cli.mcp_server import server_of
from retrieval.encode.encoder import Encoder

if TYPE_CHECKING:
    from mcp import Client

KERRY, CAKE = "Who met Kerry?", "How do I bake a chocolate cake?"
pytestmark = pytest.mark.asyncio


@pytest.fixture
def answerer(seed_archive: Path, encoder: Encoder) -> Iterator[Answerer]:
    """An answerer over the example."""
    answerer = Answerer(LocalArchive.open(seed_archive), encoder)
    yield answerer
    answerer.close()


def client_of(answerer: Answerer) -> "Client":
    from mcp import Client  # takes a second, which only the process that runs these tests spends

    return Client(server_of(answerer))


async def called(client: "Client", tool: str, **arguments: Any) -> Any:
    """Call a tool; return its content."""
    from mcp.types import TextContent

    result = await client.call_tool(tool, arguments)
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return json.loads(content.text)


async def test_a_program_asks_and_quotes(answerer: Answerer) -> None:
    async with client_of(answerer) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "timeline", "show"}
        assert all(tool.description for tool in tools.values())
        answer = await called(client, "ask", question=KERRY, hits=1)
        (hit,) = answer["hits"]
        assert answer["answered"]
        assert hit["highlight"]["text"] in hit["passage"]["text"]
        article = await called(client, "show", article=hit["article"]["id"])
        assert hit["passage"]["text"] in article["text"]
        assert article["title"] == hit["article"]["title"]
        assert not (await called(client, "ask", question=CAKE))["answered"]
        assert not (await called(client, "ask", question=KERRY, since="2015"))["answered"]


async def test_a_program_searches_and_reads_a_timeline(answerer: Answerer) -> None:
    async with client_of(answerer) as client:
        found = await called(client, "search", words="chocolate cake", count=2)
        assert len(found["passages"]) == 2
        timeline = await called(client, "timeline", name="Xu Zhiyong", count=1)
        assert timeline["total"] > len(timeline["events"]) == 1
        assert "Xu" in timeline["events"][0]["sentence"]
        rest = await called(client, "timeline", name="Xu Zhiyong", first=1)
        assert len(rest["events"]) == timeline["total"] - 1


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {"question": "?!"}, "nothing to search for"),
        ("ask", {"question": KERRY, "since": "2014-13"}, "there is no such date"),
        ("show", {"article": "nothing"}, "There is no article with the id nothing."),
        ("timeline", {"name": "?"}, "There is no name in that"),
    ],
)
async def test_what_cannot_be_done_is_told_in_words(
    answerer: Answerer, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with client_of(answerer) as client:
        result = await client.call_tool(tool, arguments)
        assert result.is_error
        assert told in str(result.content)
        assert "Traceback" not in str(result.content)


async def test_over_its_streams_nothing_is_logged_of_what_is_asked(seed_archive: Path, tmp_path: Path) -> None:
    from mcp import Client, StdioServerParameters

    environment = {**os.environ, "CLIPPINGS_ARCHIVE": str(seed_archive)}
    script = tmp_path / "serve.py"
    log = tmp_path / "log"
    script.write_text(
        "import os, sys\n"
        f"os.dup2(os.open({str(log)!r}, os.O_CREAT | os.O_WRONLY), 2)\n"
        "from retrieval.cli.main import main\nsys.exit(main(['mcp']))\n"
    )
    parameters = StdioServerParameters(
        command=sys.executable, args=[str(script)], env={**environment, "PYTHONPATH": str(Path(__file__).parents[3])}
    )
    async with Client(parameters) as client:
        assert (await called(client, "ask", question=KERRY))["answered"]
        assert (await client.call_tool("ask", {"question": "?!"})).is_error
    assert "Kerry" not in log.read_text()
    assert "?!" not in log.read_text()
