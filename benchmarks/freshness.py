"""How long until a new article is found: python -m benchmarks.freshness [PASSAGES]

`index --watch` and `chat` are two processes on an archive of 100,000 passages (generated text and vectors). An article
is written to the watched folder, and the chat is asked for it again and again until it answers. A user expects less
than 3 seconds.
"""

import os
import statistics
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.support.generated_articles import article, clustered_vectors
from corpus.article import Article, Card
from retrieval.archive.contract import IndexedArticle
from retrieval.archive.index_spec import wanted_spec
from retrieval.archive.local.archive import LocalArchive
from retrieval.archive.row_digests import key_of
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.text.chunking import split

ARTICLES = 5
ARTICLES_A_BATCH = 500


def fill(folder: Path, passages: int) -> None:
    """Make an archive of generated passages."""
    random = np.random.default_rng(2)
    encoder = SentenceEncoder()
    archive = LocalArchive.open_or_create(folder, lambda: wanted_spec(encoder, 0))
    vectors = clustered_vectors(random, passages + 1000, encoder.dimension)
    done, batch = 0, list[IndexedArticle]()
    with archive.write_lock("benchmark"):
        while done < passages:
            title, text = article(random, 16)
            new_article = Article(Card(f"generated{done:08}", title), text)
            split_passages = tuple(split(new_article, encoder, archive.spec.passage_tokens))
            keys = tuple(key_of(title, passage.text) for passage in split_passages)
            batch.append(
                IndexedArticle(
                    new_article,
                    None,
                    b"",
                    split_passages,
                    keys,
                    np.stack(list(islice(vectors, len(split_passages)))),
                    spec=archive.spec,
                )
            )
            done += len(split_passages)
            if len(batch) == ARTICLES_A_BATCH or done >= passages:
                archive.put(batch)
                batch = []
        archive.checkpoint()


def ask(chat: subprocess.Popen[str], question: str) -> str:
    """Ask a running chat; return what it prints up to its next prompt."""
    assert chat.stdin is not None
    assert chat.stdout is not None
    chat.stdin.write(f"{question}\n")
    chat.stdin.flush()
    return read_to_prompt(chat)


def read_to_prompt(chat: subprocess.Popen[str]) -> str:
    """Read what a chat prints until it prompts."""
    assert chat.stdout is not None
    shown = ""
    while not shown.endswith("\n? "):
        shown += chat.stdout.read(1)
    return shown


def main() -> None:
    """Print the seconds from an article's last write to its answer."""
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with TemporaryDirectory() as place:
        folder = Path(place, "articles")
        folder.mkdir()
        (folder / "first.txt").write_text("The first article\n\nIt stands here from the beginning.\n")
        fill(Path(place, "archive"), passages)
        environment = os.environ | {"CLIPPINGS_ARCHIVE": str(Path(place, "archive")), "NO_COLOR": "1"}
        command = [sys.executable, "-u", "-m", "retrieval"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
        with (
            subprocess.Popen([*command, "index", "--watch", str(folder)], **pipes) as watch,  # type: ignore[call-overload]
            subprocess.Popen([*command, "chat"], **pipes) as chat,  # type: ignore[call-overload]
        ):
            assert watch.stdout is not None
            next(line for line in watch.stdout if line.startswith("Watching"))
            read_to_prompt(chat)
            waits, questions = [], []
            for number in range(ARTICLES):
                name = f"Wolfgang{chr(97 + number)} Pichler{chr(97 + number)}"
                ask(chat, f"Who elected {name}?")
                (folder / f"new{number}.txt").write_text(f"Election\n\nThe council elected {name} on Monday.\n")
                start = time.perf_counter()
                while f"The council elected {name}" not in ask(chat, f"Who elected {name}?"):
                    assert time.perf_counter() - start < 60
                waits.append(time.perf_counter() - start)
                start = time.perf_counter()
                ask(chat, f"Who elected {name}?")
                questions.append(time.perf_counter() - start)
            watch.terminate()
            chat.terminate()
    print(f"{passages:,} passages; {ARTICLES} articles, one after the other")
    print(f"from the last write to the answer: {statistics.median(waits):.2f} s ({min(waits):.2f} to {max(waits):.2f})")
    print(f"one question alone: {statistics.median(questions):.2f} s")
    print(f"ratio: {statistics.median(waits) / statistics.median(questions):.1f}")


if __name__ == "__main__":
    main()
