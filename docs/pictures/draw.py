"""Draw the README's pictures of the chat: `make pictures`, or `python -m docs.pictures.draw`.

The real bot talks to the tests' Bot API, over an archive of the shipped article embedded by the bundled model. What it
sends is drawn by docs/pictures/chat.py, and headless Chromium makes a picture of that.
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

from corpus.documents import Reading
from corpus.reading import read_all
from docs.pictures.chat import Said, page
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
MOST_BYTES = 10_000_000
WIDTH = 400  # as docs/pictures/chat.css has it
SCALE = 2
PATIENCE = 60  # seconds; a watch waits until an import is over


def answer(chat: Chat, _: Path, __: SentenceEncoder) -> None:
    """Ask what the archive answers."""
    chat.says("What happened to Xu Zhiyong?")


def no(chat: Chat, _: Path, __: SentenceEncoder) -> None:
    """Ask what it does not answer."""
    chat.says("Who won the World Cup in Brazil?")


def watch(chat: Chat, archive: Path, encoder: SentenceEncoder) -> None:
    """Watch a question, and let the article come that answers it."""
    chat.says("/watch what happened to Xu Zhiyong?")
    fill(archive, encoder)
    chat.wait_for(lambda: len(chat.shown) > 1, "what the watch tells", PATIENCE)


# Each picture, and whether the article is in the archive before the chat begins.
PICTURES: dict[Callable[[Chat, Path, SentenceEncoder], None], bool] = {answer: True, no: True, watch: False}


def main() -> int:
    """Draw every picture."""
    try:
        browser = find_browser()
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    encoder = SentenceEncoder()
    pages = {scene.__name__: page(NAME, spoken(scene, filled, encoder)) for scene, filled in PICTURES.items()}
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
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise LookupError(
            "No Chromium is installed to draw the pictures with (on Debian: apt-get install chromium optipng "
            f"fonts-roboto-unhinted fonts-noto-color-emoji). Looked for: {', '.join(BROWSERS)}."
        )
    return found


def spoken(scene: Callable[[Chat, Path, SentenceEncoder], None], filled: bool, encoder: SentenceEncoder) -> list[Said]:
    """Run the bot for a scene; return what is in the chat at its end."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    with tempfile.TemporaryDirectory() as folder, chdir(folder), BotApiServer() as server:
        archive = Path("archive")
        opened = archive_at(archive, encoder)
        if filled:
            fill(archive, encoder)
        chat = server.private_chat("Ada", language="en")
        with bot(server, Answerer(opened, encoder)):
            scene(chat, archive, encoder)
        if server.violations:
            raise RuntimeError(f"Telegram would have refused: {server.violations}")
        return seen(chat)


def fill(archive: Path, encoder: SentenceEncoder) -> None:
    """Take the shipped article into the archive, as another process does while the bot runs."""
    opened = archive_at(archive, encoder)
    take_in(opened, encoder, *(one for one in read_all([ARTICLES], MOST_BYTES) if isinstance(one, Reading)))
    opened.close()


def seen(chat: Chat) -> list[Said]:
    """Return everything in a chat, in order, as it looks now."""
    bots = {message.id: message for message in chat.shown}
    said = []
    for number, raw in sorted(chat.messages.items()):
        if message := bots.get(number):
            asked = chat.messages.get(message.reply_to) if message.reply_to else None
            entities = [*message.entities, *entities_in(message.text)]  # commands and mentions Telegram finds itself
            said.append(Said(message.text, entities, message.labels, asked["text"] if asked else None))
        else:
            said.append(Said(raw["text"], entities_in(raw["text"]), by_user=True))
    return said


def _height(browser: str, html: Path) -> int:
    """Measure how tall a page is."""
    measuring = "<script>document.title = document.body.scrollHeight</script>"
    measured = html.with_suffix(".measured.html")
    measured.write_text(html.read_text(encoding="utf-8").replace("</body>", f"{measuring}</body>"), encoding="utf-8")
    dumped = _browse(browser, "--dump-dom", f"--window-size={WIDTH},100", measured.as_uri())
    found = re.search(r"<title>(\d+)</title>", dumped)
    if found is None:
        raise RuntimeError(f"{browser} did not say how tall the page is.")
    return int(found[1])


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
    done = subprocess.run([browser, *always, *arguments], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
