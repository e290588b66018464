import io

import pytest

from retrieval.cli.output import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", stderr := Terminal() if terminal else io.StringIO())
    with progress_bar("[Indexing]", "files") as progress:
        progress(3)
        progress(7, 9, "[Checking]")
    shown = stderr.getvalue()
    assert ("[Checking]" in shown and "7/9" in shown and "files" in shown) == terminal
    assert terminal or shown == ""
