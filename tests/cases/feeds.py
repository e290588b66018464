"""Feeds as old and broken programs write them."""

# ruff: noqa: E501 (the files of a case have long lines)

from tests.cases.case import BRIDGE, TUGS, Case, Wanted

KIND = "feeds"
SHUT = ("Bridge stays shut", (BRIDGE,), "2014-02-17", None, "Averoy")
DAY = "<pubDate>Mon, 17 Feb 2014 10:00:00 +0000</pubDate>"


def rss(items: str, *, start: str = "", channel: str = "", attributes: str = "") -> str:
    return (
        f'{start}<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"{attributes}><channel><title>Averoy</title>'
        f"<link>https://averoy.example/</link>{channel}{items}</channel></rss>"
    )


def item(
    title: str = "Bridge stays shut",
    text: str = BRIDGE,
    link: str = "<link>https://averoy.example/a</link>",
    day: str = DAY,
    extra: str = "",
) -> str:
    head = f"<title>{title}</title>" if title else ""
    return f"<item>{head}{link}{day}<description>{text}</description>{extra}</item>"


def wanted(url: str | None = "https://averoy.example/a") -> tuple[Wanted, ...]:
    return (Wanted(*SHUT, url=url),)


CASES = (
    Case(KIND, "plain.xml", rss(item()), wanted()),
    Case(
        KIND,
        "warning.xml",
        rss(item(), start="<br />\n<b>Warning</b>: mysql_connect(): gone away in <b>/w/i.php</b><br />\n"),
        wanted(),
    ),
    Case(KIND, "notice.xml", rss(item(), start="Notice: Undefined index: id in /w/i.php on line 7\n\n"), wanted()),
    Case(KIND, "blank-lines.xml", rss(item(), start="\n\n  "), wanted()),
    Case(
        KIND,
        "prefixed.xml",
        rss(item())
        .replace("<item>", "<r:item>")
        .replace("</item>", "</r:item>")
        .replace('<rss version="2.0"', '<rss version="2.0" xmlns:r="http://backend.userland.com/rss2"'),
        wanted(),
    ),
    Case(KIND, "default-namespace.xml", rss(item(), attributes=' xmlns="http://backend.userland.com/rss2"'), wanted()),
    Case(
        KIND,
        "rdf.xml",
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Averoy'
        '</title></channel><item rdf:about="https://averoy.example/a"><title>Bridge stays shut</title>'
        f"<link>https://averoy.example/a</link><description>{BRIDGE}</description><dc:date>2014-02-17</dc:date></item></rdf:RDF>",
        wanted(),
    ),
    Case(
        KIND,
        "atom.xml",
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Averoy</a:title><a:entry>'
        '<a:title>Bridge stays shut</a:title><a:link href="https://averoy.example/a"/><a:published>2014-02-17T10:00:00Z'
        f"</a:published><a:content>{BRIDGE}</a:content></a:entry></a:feed>",
        wanted(),
    ),
    Case(
        KIND,
        "base.xml",
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://averoy.example/"><title>Averoy'
        '</title><entry xml:base="2014/"><title>Bridge stays shut</title><link href="a.html"/><published>2014-02-17'
        f"</published><content>{BRIDGE}</content></entry></feed>",
        wanted("https://averoy.example/2014/a.html"),
    ),
    Case(
        KIND,
        "feedburner.xml",
        rss(
            item(
                link="<link>https://feeds.example/~r/averoy/~3/x</link>",
                extra="<feedburner:origLink>https://averoy.example/a</feedburner:origLink>",
            ),
            attributes=' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"',
        ),
        wanted(),
    ),
    Case(
        KIND,
        "untitled.xml",
        rss(item("", "The ferry is late.") + item("", TUGS, "<link>https://averoy.example/b</link>")),
        (
            Wanted(
                "The ferry is late.", ("The ferry is late.",), "2014-02-17", None, "Averoy", "https://averoy.example/a"
            ),
            Wanted(
                "Two tugs held the grain ship Solvei in the channel until noon, and nobody…",
                (TUGS,),
                "2014-02-17",
                None,
                "Averoy",
                "https://averoy.example/b",
            ),
        ),
    ),
    Case(
        KIND,
        "year-1.xml",
        rss(item(day="<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>")),
        (Wanted("Bridge stays shut", (BRIDGE,), None, None, "Averoy", "https://averoy.example/a"),),
    ),
    Case(
        KIND,
        "epoch.xml",
        rss(item(day="<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>")),
        (Wanted("Bridge stays shut", (BRIDGE,), None, None, "Averoy", "https://averoy.example/a"),),
    ),
    Case(
        KIND,
        "thurs.xml",
        rss(item(day="<pubDate>Thurs, 20 Feb 2014 10:00:00 EST</pubDate>")),
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-20", None, "Averoy", "https://averoy.example/a"),),
    ),
    Case(
        KIND,
        "ids.xml",
        rss(
            item(
                text=f'&lt;p&gt;{BRIDGE}&lt;/p&gt;&lt;h2 id="social-plan"&gt;Social plan&lt;/h2&gt;&lt;p '
                f'id="share-prices"&gt;{TUGS}&lt;/p&gt;'
            )
        ),
        (
            Wanted(
                "Bridge stays shut",
                (BRIDGE, "Social plan", TUGS),
                "2014-02-17",
                None,
                "Averoy",
                "https://averoy.example/a",
            ),
        ),
    ),
    Case(
        KIND,
        "creator.xml",
        rss(
            item(extra="<dc:creator>by Ida Moser</dc:creator>"),
            attributes=' xmlns:dc="http://purl.org/dc/elements/1.1/"',
        ),
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser", "Averoy", "https://averoy.example/a"),),
    ),
    Case(
        KIND,
        "link-only.xml",
        rss("<item><title>Bridge stays shut</title><link>https://averoy.example/a</link></item>"),
        skipped=("only a link",),
    ),
    Case(
        KIND,
        "sitemap.xml",
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>'
        "https://averoy.example/a</loc></url><url><loc></loc></url></urlset>",
        skipped=("only a link", "no link"),
    ),
)
