"""What is no article is refused by its name, with the mend; prose is read whatever its extension."""

from tests.cases.case import BRIDGE, STORY, Case, Wanted, page, paragraphs

KIND = "no article"
WALL_OF_CONSENT = (
    "We and our 311 partners store and access personal data, like browsing data or unique identifiers, on your device. "
    "Selecting Accept all enables tracking technologies to support the purposes shown below."
)
RESULTS = "".join(
    f'<li><h3><a href="/a/{number}">Bridge story number {number}</a></h3><p>The bridge at Averoy is …</p></li>'
    for number in range(9)
)


def refused(name: str, content: str | bytes, reason: str) -> Case:
    return Case(KIND, name, content, skipped=(reason,))


CASES = (
    refused("consent.html", page(f"<main><h1>Bridge shut</h1><p>{WALL_OF_CONSENT}</p></main>"), "a consent wall"),
    refused(
        "consent-de.html",
        page(
            "<main><h1>Brücke gesperrt</h1><p>Wir und unsere 214 Partner speichern und verarbeiten personenbezogene "
            "Daten wie Cookies auf Ihrem Gerät. Mit „Alle akzeptieren“ stimmen Sie der Verarbeitung zu.</p></main>",
            lang="de",
        ),
        "a consent wall",
    ),
    refused(
        "404.html",
        page(
            "<main><h1>Page not found</h1><p>Sorry, the page you are looking for could not be found.</p></main>",
            title="Page not found",
        ),
        "an error page",
    ),
    refused(
        "search.html",
        page(f"<main><h1>Search results for “bridge”</h1><ol>{RESULTS}</ol></main>", title="Search results for bridge"),
        "a list of articles",
    ),
    refused(
        "robots.txt", "User-agent: *\nDisallow: /admin/\nSitemap: https://averoy.example/map.xml\n", "a robots.txt"
    ),
    refused("dump.sql", "INSERT INTO `posts` VALUES (1,'Bridge','It is shut.');\n" * 3, "a database dump (SQL)"),
    refused("desktop.ini", "[.ShellClassInfo]\r\nIconResource=C:\\x.dll,3\r\n", "settings (INI)"),
    refused("sheet.xlsx", b"PK\x03\x04" + b"\0" * 40, "a broken zip file"),
    refused("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(range(256)) * 9, "a picture (JPEG)"),
    refused("film.mp4", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(range(256)) * 9, "a film"),
    refused("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a document of an older program"),
    refused("sound.mp3", b"ID3\x03\0\0\0\0\0\x21" + bytes(range(256)), "a recording"),
    refused("old.db", b"SQLite format 3\0" + bytes(600), "a database (SQLite)"),
    refused("rows.parquet", b"PAR1\x15\x04\x15" + bytes(600), "a data set"),
    Case(
        KIND,
        "gif.txt",
        f"GIF89a or PNG\n\n{BRIDGE}\n",
        (Wanted("GIF89a or PNG", (BRIDGE,)),),
    ),
    refused("empty.txt", "", "an empty file"),
    refused("blank.txt", " \n\n\t\n", "an empty file"),
    refused("broken.pdf", b"%PDF-1.4\nnothing else", "a broken PDF file"),
    refused("broken.zip", b"PK\x03\x04 broken", "a broken zip file"),
    refused("packed.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60), "packed by 7-Zip"),
    refused("numbers.json", '{"width": 3, "height": 4}', "no field has"),
    refused(
        "empty-feed.xml", '<rss version="2.0"><channel><title>T</title></channel></rss>', "a feed with no articles"
    ),
    refused("drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"><text>Bridge</text></svg>', "XML that is no feed"),
    refused("film.srt", "1\n00:00:01,000 --> 00:00:02,000\nThe bridge is shut.\n", "subtitles"),
    refused(
        "index.html",
        page("<main><h1>Index of /news</h1></main>", title="Index of /news"),
        "a list of articles",
    ),
    Case(
        KIND,
        "cookies.html",
        page(
            f"<article><h1>Court rules on cookies</h1><p>By continuing to lie about cookies the company broke the law, "
            f"the court ruled on Monday.</p>{paragraphs(*STORY)}</article>",
            title="Court rules on cookies",
        ),
        (
            Wanted(
                "Court rules on cookies",
                ("By continuing to lie about cookies the company broke the law, the court ruled on Monday.", *STORY),
            ),
        ),
    ),
    Case(
        KIND,
        "not-found.html",
        page(f"<article><h1>Ship not found</h1>{paragraphs(*STORY)}</article>", title="Ship not found"),
        (Wanted("Ship not found"),),
    ),
    Case(KIND, "story.sql", f"Bridge stays shut\n\n{BRIDGE}\n", (Wanted("Bridge stays shut", (BRIDGE,)),)),
    Case(KIND, "story.log", f"Bridge stays shut\n\n{BRIDGE}\n", (Wanted("Bridge stays shut", (BRIDGE,)),)),
    Case(KIND, "no-suffix", f"Bridge stays shut\n\n{BRIDGE}\n", (Wanted("Bridge stays shut", (BRIDGE,)),)),
)
