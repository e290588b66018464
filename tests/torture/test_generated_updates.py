"""Ten thousand generated updates; tests/bot/test_generated_updates.py uses a few hundred."""

import pytest

from bot.access import Access
from tests.bot.test_generated_updates import survive
from tests.telegram_server.server import BotApiServer


@pytest.mark.parametrize("absurd", [0.0, 0.003, 0.02, 0.1])
@pytest.mark.parametrize("access", [Access(), Access(admins=[7], users=[77], public=False)], ids=["open", "closed"])
async def test_ten_thousand_updates_are_dealt_with_or_refused_in_a_line(
    server: BotApiServer, caplog: pytest.LogCaptureFixture, absurd: float, access: Access
) -> None:
    refused = await survive(server, caplog, 1250, int(absurd * 1000) + 10, absurd, access)
    called = {name for _, name, _ in server.calls}
    assert {"sendMessage", "answerCallbackQuery", "answerInlineQuery"} <= called
    print(f"\n{absurd}: of 1250 updates {refused['all']} refused, {len(server.calls)} calls, {len(server.chats)} chats")
    assert (refused["all"] == 0) == (absurd == 0.0)
