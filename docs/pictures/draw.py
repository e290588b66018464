"""Draw the README's pictures of the chat: `make pictures`, or `python -m docs.pictures.draw`.

The real bot talks to the tests' Bot API server. Its archive holds the shipped article, embedded by the bundled model.
docs/pictures/chat_page.py turns the bot's messages into a page, and headless Chromium photographs the page.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

from corpus.reader_types import Reading
from corpus.reading import read_all
from docs.pictures.chat_page import ChatMessage, page
from retrieval.answer.answerer import Answerer
from retrieval.encode.sentence_transformers import SentenceEncoder
from tests.bot.running_bot import bot
from tests.fakes import archive_at, take_in
from tests.telegram_server.chat import Chat
from tests.telegram_server.messages import entities_in
from tests.telegram_server.server import BotApiServer

HERE = Path(__file__).parent
ARTICLES = HERE.parent.parent / "corpus" / "articles"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NAME = "Clippings"
MAX_BYTES = 10_000_000
WIDTH = 400  # as docs/pictures/chat_page.css has it
SCALE = 2
MAX_WATCH_SECONDS = 60  # seconds; a watch waits until an import is over


def answer(chat: Chat, _: Path, __: SentenceEncoder) -> None:
    """Ask a question that the archive answers."""
    chat.says("What happened to Xu Zhiyong?")


def no(chat: Chat, _: Path, __: SentenceEncoder) -> None:
    """Ask a question that the archive does not answer."""
    chat.says("Who won the World Cup in Brazil?")


def watch(chat: Chat, path: Path, encoder: SentenceEncoder) -> None:
    """Watch a question, then add the article that answers it."""
    chat.says("/watch what happened to Xu Zhiyong?")
    add_article(path, encoder)
    chat.wait_for(lambda: len(chat.shown) > 1, "the watch's message", MAX_WATCH_SECONDS)


def timeline(chat: Chat, _: Path, __: SentenceEncoder) -> None:
    """Ask for a timeline."""
    chat.says("/timeline Xu Zhiyong")


# Each picture, and whether the article is in the archive before the chat begins.
PICTURES: dict[Callable[[Chat, Path, SentenceEncoder], None], bool] = {
    answer: True,
    no: True,
    watch: False,
    timeline: True,
}


def main() -> int:
    """Draw every picture."""
    try:
        browser = find_browser()
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    encoder = SentenceEncoder()
    pages = {
        scene.__name__: page(NAME, play_scene(scene, has_article, encoder)) for scene, has_article in PICTURES.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, html in pages.items():
            (Path(folder) / f"{name}.html").write_text(html, encoding="utf-8")
        for name in pages:
            picture = HERE / f"{name}.png"
            _photograph(browser, Path(folder) / f"{name}.html", picture)
            print(f"{picture.relative_to(HERE.parent.parent)}: {picture.stat().st_size / 1000:.0f} kB")
    return 0


def find_browser() -> str:
    """Find Chromium or Chrome; raises LookupError."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise LookupError(
            "No Chromium is installed to draw the pictures with (on Debian: apt-get install chromium optipng "
            f"fonts-roboto-unhinted fonts-noto-color-emoji). Looked for: {', '.join(BROWSERS)}."
        )
    return path


def play_scene(
    scene: Callable[[Chat, Path, SentenceEncoder], None], has_article: bool, encoder: SentenceEncoder
) -> list[ChatMessage]:
    """Run the bot for a scene; return the messages in the chat at its end."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    with tempfile.TemporaryDirectory() as folder, chdir(folder), BotApiServer() as server:
        path = Path("archive")
        archive = archive_at(path, encoder)
        if has_article:
            add_article(path, encoder)
        chat = server.private_chat("Ada", language="en")
        with bot(server, Answerer(archive, encoder)):
            scene(chat, path, encoder)
        if server.violations:
            raise RuntimeError(f"Telegram would have refused: {server.violations}")
        return messages_in(chat)


def add_article(path: Path, encoder: SentenceEncoder) -> None:
    """Add the shipped article to the archive, as another process does while the bot runs."""
    archive = archive_at(path, encoder)
    take_in(archive, encoder, *(reading for reading in read_all([ARTICLES], MAX_BYTES) if isinstance(reading, Reading)))
    archive.close()


def messages_in(chat: Chat) -> list[ChatMessage]:
    """Return every message in a chat, in order, as it looks now."""
    bot_messages = {message.id: message for message in chat.shown}
    messages = []
    for number, raw in sorted(chat.messages.items()):
        if message := bot_messages.get(number):
            question = chat.messages.get(message.reply_to) if message.reply_to else None
            entities = [*message.entities, *entities_in(message.text)]  # commands and mentions Telegram finds itself
            messages.append(ChatMessage(message.text, entities, message.labels, question["text"] if question else None))
        else:
            messages.append(ChatMessage(raw["text"], entities_in(raw["text"]), by_user=True))
    return messages


def _height(browser: str, html: Path) -> int:
    """Measure how tall a page is."""
    measuring = "<script>document.title = document.body.scrollHeight</script>"
    measured = html.with_suffix(".measured.html")
    measured.write_text(html.read_text(encoding="utf-8").replace("</body>", f"{measuring}</body>"), encoding="utf-8")
    dumped = _browse(browser, "--dump-dom", f"--window-size={WIDTH},100", measured.as_uri())
    match = re.search(r"<title>(\d+)</title>", dumped)
    if match is None:
        raise RuntimeError(f"{browser} did not say how tall the page is.")
    return int(match[1])


def _photograph(browser: str, html: Path, picture: Path) -> None:
    height = _height(browser, html)
    _browse(
        browser,
        f"--screenshot={picture}",
        f"--window-size={WIDTH},{height}",
        f"--force-device-scale-factor={SCALE}",
        html.as_uri(),
    )
    if smaller := shutil.which("optipng"):  # without loss
        subprocess.run([smaller, "-quiet", "-o2", picture], check=True)


def _browse(browser: str, *arguments: str) -> str:
    # Root, as in a container, has no sandbox; the pages are our own, and nothing on them is fetched.
    always = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=1000")
    result = subprocess.run([browser, *always, *arguments], capture_output=True, text=True, check=True, timeout=120)
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
