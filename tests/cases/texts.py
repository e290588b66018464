"""Plain text: wrapped lines, divided words, no headline, lines of metadata; encodings; PDF."""

from textwrap import fill

from tests.cases.case import BRIDGE, STORY, TUGS, VOTE, Case, Wanted
from tests.corpus.encoded_texts import ENCODINGS, TEXTS
from tests.corpus.pdf_files import Line, paragraphs, pdf

KIND, ENCODED = "plain text and PDF", "encodings"


def text(
    name: str, content: str, title: str, *paragraphs: str, published: str | None = None, author: str | None = None
) -> Case:
    return Case(KIND, name, content, (Wanted(title, paragraphs, published, author),))


def wrapped(width: int) -> Case:
    lines = "\n\n".join(fill(paragraph, width) for paragraph in STORY)
    return text(f"width-{width}.txt", f"Bridge stays shut\n\n{lines}\n", "Bridge stays shut", *STORY)


def divided(name: str, lines: str, joined: str) -> Case:
    return text(name, f"Bridge stays shut\n\n{BRIDGE}\n\n{lines}\n", "Bridge stays shut", BRIDGE, joined)


def encoded(language: str, encoding: str) -> Case:
    title, *paragraphs = (TEXTS / f"{language}.txt").read_text("utf-8").strip().split("\n\n")
    content = "\n\n".join((title, *paragraphs))
    data = content.encode(encoding, "ignore")
    title, *paragraphs = data.decode(encoding).split("\n\n")
    return Case(ENCODED, f"{language}-{encoding}.txt", data, (Wanted(title, tuple(paragraphs)),))


OLD_PAGE = pdf([[Line("Bridge stays shut", 20), *paragraphs(*STORY, width=60)]])
CASES = (
    *map(wrapped, (40, 65, 80, 132)),
    divided(
        "govern.txt",
        "On Sun-\nday the govern-\nment sent a tele-\ngram to the Lieutenant-\nGovernor.",
        "On Sunday the government sent a telegram to the Lieutenant-Governor.",
    ),
    divided(
        "self.txt",
        "A self-\nmade man of twenty-\none years paid for the well-\nknown lamp.",
        "A self-made man of twenty-one years paid for the well-known lamp.",
    ),
    divided(
        "names.txt",
        "Mr. Ek-\nman met Jean-\nPaul Lenoir at the sta-\ntion.",
        "Mr. Ekman met Jean-Paul Lenoir at the station.",
    ),
    divided("and.txt", "The pre-\nand post-war bridges fell.", "The pre- and post-war bridges fell."),
    text(
        "no-headline.txt",
        f"{BRIDGE}\n\n{TUGS}\n\n{VOTE}\n",
        "The swing bridge at Averoy stayed shut on Friday because a bearing had cracked…",
        *STORY,
    ),
    text(
        "dateline.txt",
        f"Bridge stays shut\n\nBy Ida Moser\nFebruary 17, 2014\n\nAVEROY (Reuters) - {BRIDGE}\n",
        "Bridge stays shut",
        f"AVEROY (Reuters) - {BRIDGE}",
        published="2014-02-17",
        author="Ida Moser",
    ),
    text(
        "date-line.txt",
        f"Bridge stays shut\n17 February 2014\n\n{BRIDGE}\n",
        "Bridge stays shut",
        BRIDGE,
        published="2014-02-17",
    ),
    text("windows.txt", f"Bridge stays shut\r\n\r\n{BRIDGE}\r\n\r\n{TUGS}\r\n", "Bridge stays shut", BRIDGE, TUGS),
    text("old-mac.txt", f"Bridge stays shut\r\r{BRIDGE}\r\r{TUGS}\r", "Bridge stays shut", BRIDGE, TUGS),
    text(
        "verse.txt",
        f"Song of the pier\n\n{BRIDGE}\n\nThe sea was grey,\nthe pier was long,\n\n{TUGS}\n",
        "Song of the pier",
        BRIDGE,
        "The sea was grey, the pier was long,",
        TUGS,
    ),
    Case(KIND, "wrapped.pdf", OLD_PAGE, (Wanted("Bridge stays shut"),)),
    Case(
        KIND,
        "drop-cap.pdf",
        pdf(
            [
                [
                    Line("Bridge stays shut", 20),
                    Line("T", 30, 40),
                    Line(BRIDGE[1:58], 10, 0, 92),
                    Line(BRIDGE[59:], 10, 14),
                ]
            ]
        ),
        (Wanted("Bridge stays shut", (BRIDGE,)),),
    ),
    *(encoded(language, encoding.split()[0]) for language, encoding in ENCODINGS.items()),
    *(encoded(language, "utf-16-le") for language in ("de", "ru", "ja", "zh-hans", "ar")),
    *(encoded(language, "utf-16-be") for language in ("fr", "el")),
    Case(
        ENCODED, "one-nul.txt", f"Bridge stays shut\n\n{BRIDGE}\0\n".encode(), (Wanted("Bridge stays shut", (BRIDGE,)),)
    ),
    Case(
        ENCODED,
        "marked.txt",
        f"Bridge stays shut\n\n{BRIDGE}\n".encode("utf-8-sig"),
        (Wanted("Bridge stays shut", (BRIDGE,)),),
    ),
    Case(ENCODED, "binary.txt", bytes(range(256)) * 40, skipped=("not a text file",)),
)
