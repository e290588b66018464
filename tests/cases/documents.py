"""Documents, mail, web archives and text exports of news services: each article, and nothing else."""

# ruff: noqa: E501 (the files of a case have long lines)

import io
import zipfile

from tests.cases.case import BRIDGE, STORY, TUGS, Case, Wanted, page, paragraphs
from tests.corpus.pdf_files import Line, pdf
from tests.corpus.pdf_files import paragraphs as pdf_paragraphs

KIND = "documents and exports"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(*parts: tuple[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return stream.getvalue()


def word(*texts: tuple[str, str]) -> bytes:
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>' for style, text in texts
    )
    return packed(
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", f'<?xml version="1.0"?><w:document {W}><w:body>{body}</w:body></w:document>'),
    )


def book() -> bytes:
    opf = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Averoy Weekly</dc:title></metadata><manifest>'
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b" href="b.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    chapter = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{0}</title></head><body><h1>{0}</h1>'
        "<p>{1}</p></body></html>"
    )
    container = (
        '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
        '<rootfiles><rootfile full-path="o/c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    return packed(
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", container),
        ("o/c.opf", opf),
        ("o/a.xhtml", chapter.format("Bridge stays shut", BRIDGE)),
        ("o/b.xhtml", chapter.format("Ship is held", TUGS)),
    )


def open_document() -> bytes:
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
        f'<text:h text:outline-level="1">Bridge stays shut</text:h><text:p>{BRIDGE}</text:p><text:p>{TUGS}</text:p>'
        "</office:text></office:body></office:document-content>"
    )
    return packed(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", content))


def message(subject: str, body: str, headers: str = "") -> str:
    return (
        f"From: Harbour News <news@averoy.example>\nTo: reader@quay.example\nSubject: {subject}\n"
        f"Date: Mon, 17 Feb 2014 10:00:00 +0000\n{headers}\n{body}\n"
    )


def record(kind: str, content: str, address: str = "", content_type: str = "application/http; msgtype=response") -> str:
    content = content.replace("\n", "\r\n")
    target = f"WARC-Target-URI: {address}\r\n" if address else ""
    return (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\n{target}WARC-Date: 2014-02-17T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:{kind}>\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(content.encode())}\r\n\r\n{content}\r\n\r\n"
    )


def nexis(number: int, title: str, text: str, fields: str = "BYLINE: Ida Moser\n\nLENGTH: 99 words\n\n") -> str:
    return (
        f"                    {number} of 2 DOCUMENTS\n\n\n                    The Averoy Post\n\n"
        f"                    February 17, 2014 Monday\n\n{title}\n\n{fields}{text}\n\nLOAD-DATE: February 18, 2014\n\n"
        "LANGUAGE: ENGLISH\n\n                    Copyright 2014 The Averoy Post Ltd\n                    All Rights Reserved\n"
        "\n\n"
    )


FROM_US = ("2014-02-17", "Harbour News", "Harbour News")
SHUT, HELD = Wanted("Bridge stays shut", (BRIDGE,)), Wanted("Ship is held", (TUGS,))
RTF = r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0{\b Bridge stays shut}\par\pard " + BRIDGE + r"\par " + TUGS + r"\par}"
FACTIVA = (
    "HD  Bridge stays shut\nBY  By Ida Moser\nWC  99 words\nPD  17 February 2014\nSN  The Averoy Post\nSC  AVP\n"
    f"LA  English\nCY  (c) 2014 The Averoy Post\nLP  {BRIDGE}\nTD  {TUGS}\nAN  Document AVP0000020140217ea2h00001\n\n"
)
CASES = (
    Case(
        KIND,
        "styled.docx",
        word(("Title", "Bridge stays shut"), ("Normal", BRIDGE), ("Normal", TUGS)),
        (Wanted("Bridge stays shut", (BRIDGE, TUGS)),),
    ),
    Case(
        KIND, "shut-bridge.docx", word(("Normal", BRIDGE), ("Normal", TUGS)), (Wanted("shut-bridge", (BRIDGE, TUGS)),)
    ),
    Case(KIND, "story.odt", open_document(), (Wanted("Bridge stays shut", (BRIDGE, TUGS)),)),
    Case(KIND, "story.rtf", RTF, (Wanted("Bridge stays shut", (BRIDGE, TUGS)),)),
    Case(
        KIND,
        "weekly.epub",
        book(),
        (
            Wanted("Bridge stays shut", (BRIDGE,), source="The Averoy Weekly"),
            Wanted("Ship is held", (TUGS,), source="The Averoy Weekly"),
        ),
    ),
    Case(KIND, "news.eml", message("Bridge stays shut", BRIDGE), (Wanted("Bridge stays shut", (BRIDGE,), *FROM_US),)),
    Case(
        KIND,
        "encoded.eml",
        message(
            "=?utf-8?B?QnLDvGNrZQ==?= shut",
            "PHA+VGhlIGNhZsOpIGJ5IHRoZSBicmlkZ2UgYXQgQXZlcm95IGlzIG9wZW4gYWdhaW4sIHNhaWQgaXRzIG93bmVyLjwvcD4=",
            "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n",
        ),
        (Wanted("Brücke shut", ("The café by the bridge at Averoy is open again, said its owner.",), *FROM_US),),
    ),
    Case(
        KIND,
        "news.mbox",
        "From news@averoy.example Mon Feb 17 10:00:00 2014\n"
        + message("Bridge stays shut", BRIDGE)
        + "\nFrom news@averoy.example Mon Feb 17 11:00:00 2014\n"
        + message("Ship is held", TUGS),
        (Wanted("Bridge stays shut", (BRIDGE,), *FROM_US), Wanted("Ship is held", (TUGS,), *FROM_US)),
    ),
    Case(
        KIND,
        "crawl.warc",
        record("warcinfo", "software: x\n", content_type="application/warc-fields")
        + record("request", "GET /a HTTP/1.1\nHost: averoy.example\n\n", "https://averoy.example/a")
        + record(
            "response",
            "HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + page(f"<article>{paragraphs(*STORY)}</article>"),
            "https://averoy.example/a",
        )
        + record(
            "response", "HTTP/1.1 200 OK\nContent-Type: text/css\n\nbody { color: red }", "https://averoy.example/c"
        ),
        (Wanted("Bridge stays shut", url="https://averoy.example/a"),),
    ),
    Case(
        KIND,
        "saved.mhtml",
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://averoy.example/a\nSubject: Bridge stays shut\n"
        'MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="--b"\n\n----b\n'
        "Content-Type: text/html\nContent-Location: https://averoy.example/a\n\n"
        f"{page(f'<article>{paragraphs(*STORY)}</article>')}\n----b--\n",
        (Wanted("Bridge stays shut", url="https://averoy.example/a"),),
    ),
    Case(
        KIND,
        "nexis.txt",
        nexis(1, "Bridge stays shut", BRIDGE) + nexis(2, "Ship is held", TUGS),
        (
            Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser", "The Averoy Post"),
            Wanted("Ship is held", (TUGS,), "2014-02-17", "Ida Moser", "The Averoy Post"),
        ),
    ),
    Case(
        KIND,
        "factiva.txt",
        FACTIVA,
        (Wanted("Bridge stays shut", (BRIDGE, TUGS), "2014-02-17", "Ida Moser", "The Averoy Post"),),
    ),
    Case(
        KIND,
        "story.pdf",
        pdf([[Line("Bridge stays shut", 20), *pdf_paragraphs(BRIDGE, TUGS)]]),
        (Wanted("Bridge stays shut", (BRIDGE, TUGS)),),
    ),
    Case(
        KIND,
        "many.zip",
        packed(("a/1.txt", f"Bridge stays shut\n\n{BRIDGE}"), ("a/2.txt", f"Ship is held\n\n{TUGS}")),
        (SHUT, HELD),
    ),
)
