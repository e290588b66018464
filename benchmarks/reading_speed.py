"""Reading alone, against trafilatura on the same articles as pages.

    python -m benchmarks.reading_speed [--plot FILE.png]

--plot FILE.png takes a picture of the memory (with the extra `bench`).
It writes what it reads into a temporary folder: a WordPress export, a feed, a folder of mixed files; and, for the
memory, files of more and more articles, each read by a process of its own.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.support.generated_articles import article
from benchmarks.support.results_table import Figure, markdown
from corpus.reader_types import Reading
from corpus.reading import read_all

POSTS, ENTRIES, FILES = 5_000, 500, 10_000
RUNS = 3
# Pages on which the peer is timed: a part of the articles, since it reads all articles alike.
PAGES = 500
SIZES = (500, 1_000, 2_000, 5_000)
MAX_BYTES = 10_000_000
SEED = 7

# Frequent words of every English text.
SMALL_WORDS = "the of and to the that for with".split()

Story = tuple[str, str]


def stories(count: int, *, english: bool = True) -> list[Story]:
    """Return generated articles: a headline and eight paragraphs of invented words.

    With `english` they have the small words of English in their usual share. Without these, detecting the language of
    a text takes longest.
    """
    random = np.random.default_rng(SEED)
    written = (article(random, paragraphs=8) for _ in range(count))
    return [(title, _in_english(text) if english else text) for title, text in written]


def _in_english(text: str) -> str:
    small = cycle(SMALL_WORDS)
    return "\n\n".join(
        " ".join(f"{word} {next(small)}" if place % 4 == 2 and word[-1] != "." else word for place, word in words)
        for words in (enumerate(paragraph.split()) for paragraph in text.split("\n\n"))
    )


def paragraphs(text: str) -> str:
    """Return a text as HTML."""
    return "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in text.split("\n\n"))


def page(number: int, story: Story) -> str:
    """Return an article as a page with its surroundings."""
    title, text = story
    links = "".join(f'<li><a href="/{each}">Section {each}</a></li>' for each in range(20))
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Post</title>
<meta property="og:title" content="{title}"><meta property="article:published_time" content="2014-02-17">
<meta name="author" content="Ann Lee"><link rel="canonical" href="https://post.example/{number}"></head>
<body><nav><ul>{links}</ul></nav><main><article><h1>{title}</h1>
{paragraphs(text)}</article></main><aside><ul>{links}</ul></aside><footer>All rights reserved</footer></body></html>"""


def export(path: Path, all_stories: Iterable[Story]) -> None:
    """Write a WordPress export."""
    with path.open("w", encoding="utf-8") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"'
            ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            "<channel><title>The Post</title><language>en</language>\n"
        )
        for number, (title, text) in enumerate(all_stories):
            out.write(
                f"<item><title>{title}</title><link>https://post.example/{number}</link><dc:creator>ann</dc:creator>"
                f"<content:encoded><![CDATA[{paragraphs(text)}]]></content:encoded><wp:post_id>{number}</wp:post_id>"
                "<wp:post_date>2014-02-17 10:00:00</wp:post_date><wp:status>publish</wp:status>"
                "<wp:post_type>post</wp:post_type></item>\n"
            )
        out.write("</channel></rss>\n")


def feed(path: Path, all_stories: Iterable[Story]) -> None:
    """Write an Atom feed with the articles' texts."""
    with path.open("w", encoding="utf-8") as out:
        out.write('<feed xmlns="http://www.w3.org/2005/Atom"><title>The Post</title>\n')
        for number, (title, text) in enumerate(all_stories):
            out.write(
                f'<entry><title>{title}</title><id>urn:{number}</id><link href="https://post.example/{number}"/>'
                "<published>2014-02-17T10:00:00Z</published>"
                f'<content type="html">{escape(paragraphs(text))}</content></entry>\n'
            )
        out.write("</feed>\n")


def table(path: Path, all_stories: Iterable[Story]) -> None:
    """Write JSON Lines."""
    with path.open("w", encoding="utf-8") as out:
        for number, (title, text) in enumerate(all_stories):
            out.write(json.dumps({"_id": str(number), "title": title, "text": text, "date": "2014-02-17"}) + "\n")


def folder(path: Path, all_stories: Iterable[Story]) -> None:
    """Write a file an article: text, Markdown, pages, JSON, one after the other."""
    path.mkdir()
    for number, (title, text) in enumerate(all_stories):
        name, content = (
            ("txt", f"{title}\nOn 17/02/2014 by The Post\nhttps://post.example/{number}\n\n{text}\n"),
            ("md", f"---\ntitle: {title}\ndate: 2014-02-17\nauthor: Ann Lee\n---\n\n{text}\n"),
            ("html", page(number, (title, text))),
            ("json", json.dumps({"id": number, "title": title, "text": text, "date": "2014-02-17"})),
        )[number % 4]
        (path / f"{number}.{name}").write_text(content, encoding="utf-8")


def figures(place: Path) -> Iterator[Figure]:
    """Measure articles read a second, in turns with trafilatura on the same articles as pages."""
    from trafilatura import extract

    every, foreign = stories(FILES), stories(POSTS, english=False)
    pages = [page(number, story) for number, story in enumerate(every[:PAGES])]
    formats: tuple[tuple[str, Callable[[Path, Iterable[Story]], None], list[Story]], ...] = (
        (f"a WordPress export of {POSTS:,} posts", export, every[:POSTS]),
        ("another, in a language that it takes longest to tell", export, foreign),
        (f"a feed of {ENTRIES:,} entries", feed, every[:ENTRIES]),
        (f"a folder of {FILES:,} files: txt, md, html, json", folder, every),
    )
    for what, write, articles in formats:
        path, count = place / write.__name__, len(articles)
        write(path, articles)
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(count / _seconds(lambda path=path, count=count: _read(path, count)))  # type: ignore[misc]
            theirs.append(PAGES / _seconds(lambda: [extract(html) for html in pages]))
        yield Figure(f"{what}: articles a second of processor time", "/s", tuple(ours), tuple(theirs), 1, more=True)


def memory(place: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the peak memory (MB) of a process that reads a file, by format, for files of more and more articles."""
    points: dict[str, list[tuple[int, float]]] = {}
    every = stories(max(SIZES))
    for name, write in (("WordPress export", export), ("Atom feed", feed), ("JSON Lines", table)):
        for size in SIZES:
            path = place / f"{write.__name__}-{size}"
            write(path, every[:size])
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.reading_speed", "--read", path],
                capture_output=True,
                text=True,
                check=True,
            )
            points.setdefault(name, []).append((size, float(done.stdout)))
            path.unlink()
    return points


def plot(memory_by_format: dict[str, list[tuple[int, float]]], to: Path) -> None:
    """Draw the memory against the number of articles."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    drawing, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for name, points in memory_by_format.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xlabel="articles in the file", ylabel="most memory resident, MB", xlim=(0, None))
    axes.set_ylim(0, 1.2 * max(megabytes for points in memory_by_format.values() for _, megabytes in points))
    axes.legend()
    to.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(to, dpi=150)


def _read(path: Path, count: int) -> None:
    read = sum(isinstance(result, Reading) for result in read_all([path], MAX_BYTES))
    if read != count:
        raise SystemExit(f"Of {count:,} articles in {path.name}, {read:,} were read.")


def _seconds(what: Callable[[], object]) -> float:
    # Processor time, since both read on one thread, and the machine may have other work.
    began = time.process_time()
    what()
    return time.process_time() - began


def _read_alone(path: Path) -> None:
    for _ in read_all([path], MAX_BYTES):
        pass
    # Not getrusage: a child's value there starts with its parent's memory.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert peak
    print(int(peak[1]) / 1e3)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plot", type=Path, metavar="FILE", help="where the picture of the memory goes, a PNG")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        _read_alone(args.read)
        return
    with TemporaryDirectory() as name:
        place = Path(name)
        measured = list(figures(place))
        print(markdown(measured))
        peaks = memory(place)
    print("| most memory, MB | " + " | ".join(f"{size:,}" for size in SIZES) + " |")
    print("| --- " * (len(SIZES) + 1) + "|")
    for what, points in peaks.items():
        print(f"| {what} | " + " | ".join(f"{megabytes:.0f}" for _, megabytes in points) + " |")
    if args.plot:
        plot(peaks, args.plot)


if __name__ == "__main__":
    main()
