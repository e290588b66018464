"""The same two articles in every format that Clippings reads."""

import io
import json
import zipfile

from tests.corpus.pdf_files import Line, paragraphs, pdf

BRIDGE = "The mayor opened a bridge over the Traun on Monday. It took two years, and cost less than was thought."
STRIKE = "The bakers of Linz went back to work on Tuesday. They had asked for more pay, and got a little of it."
HTML = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Bridge opened</title>'
    '<link rel="canonical" href="https://example.org/bridge"></head><body><nav><a href="/">Home</a></nav>'
    f"<article><h1>Bridge opened</h1><p>{BRIDGE}</p><p>{STRIKE}</p></article></body></html>"
)
RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>The Paper</title><link>https://example.org/</link>'
    "<description>News</description>{}</channel></rss>"
)
ITEM = "<item><title>{}</title><link>https://example.org/{}</link><description>{}</description></item>"


def zipped(**entries: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for name, content in entries.items():
            bundle.writestr(f"{name}.txt", content)
    return out.getvalue()


ONE = {
    "news.html": HTML.encode(),
    "news.md": f"---\ntitle: Bridge opened\ndate: 2014-02-03\n---\n\n{BRIDGE}\n".encode(),
    "news.pdf": pdf([[Line("Bridge opened", 20), *paragraphs(BRIDGE, STRIKE)]], {"Title": "Bridge opened"}),
    "news.json": json.dumps({"title": "Bridge opened", "text": BRIDGE}).encode(),
    "without a suffix": f"Bridge opened\n\n{BRIDGE}\n".encode(),
}
MANY = {
    "feed.xml": RSS.format(ITEM.format("Bridge opened", 1, BRIDGE) + ITEM.format("Strike ends", 2, STRIKE)).encode(),
    "export.csv": f'title,text\nBridge opened,"{BRIDGE}"\nStrike ends,"{STRIKE}"\n'.encode(),
    "all.zip": zipped(a=f"Bridge opened\n\n{BRIDGE}\n", b=f"Strike ends\n\n{STRIKE}\n"),
}
