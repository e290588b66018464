"""Authors: whole names, all of them, and nobody who is none."""

# ruff: noqa: E501 (the files of a case have long lines)

import json

from tests.cases.case import BRIDGE, STORY, Case, Wanted, page, paragraphs, story_page

KIND = "authors"


def meta(name: str, written: str, author: str | None, lang: str = "en") -> Case:
    content = story_page(f'<meta name="author" content="{written}">', lang=lang)
    return Case(KIND, f"meta-{name}.html", content, (Wanted("Bridge stays shut", author=author),))


def line(name: str, written: str, author: str, lang: str = "en") -> Case:
    content = story_page(above=f'<p class="byline">{written}</p>', lang=lang)
    return Case(KIND, f"line-{name}.html", content, (Wanted("Bridge stays shut", author=author),))


def linked(name: str, data: object, author: str, source: str | None = None) -> Case:
    written = data if isinstance(data, str) else json.dumps(data)
    content = story_page(f'<script type="application/ld+json">{written}</script>')
    return Case(KIND, f"ld-{name}.html", content, (Wanted("Bridge stays shut", STORY, "2014-02-17", author, source),))


def cell(name: str, written: str, author: str | None) -> Case:
    quoted = written.replace('"', '""')
    return Case(
        KIND,
        f"cell-{name}.csv",
        f'title,author,text\nBridge stays shut,"{quoted}","{BRIDGE}"\n',
        (Wanted("Bridge stays shut", (BRIDGE,), author=author),),
    )


def text(name: str, written: str, author: str) -> Case:
    return Case(
        KIND,
        f"text-{name}.txt",
        f"Bridge stays shut\n{written}\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", (BRIDGE,), author=author),),
    )


ARTICLE = {"@type": "NewsArticle", "headline": "Bridge stays shut", "datePublished": "2014-02-17"}
CASES = (
    meta("by-inside", "Bobby Selby", "Bobby Selby"),
    meta("derby", "By Derby Ashby", "Derby Ashby"),
    meta("von", "Greta von Holm", "Greta von Holm", "de"),
    meta("von-in-front", "Von Greta Holm", "Greta Holm", "de"),
    meta("di", "Marco Di Levi", "Marco Di Levi", "it"),
    meta("di-in-front", "di Marco Levi", "Marco Levi", "it"),
    meta("par", "Par Zoé Lenoir", "Zoé Lenoir", "fr"),
    meta("parker", "Parker Portman", "Parker Portman", "es"),
    meta("two", "Ida Moser and Ole Hansen", "Ida Moser, Ole Hansen"),
    meta("ortega", "Luis Ortega y Vega", "Luis Ortega y Vega", "es"),
    meta("none", "None", None),
    meta("admin-null", "null", None),
    line("capitals", "By IDA MOSER", "IDA MOSER"),
    line("role", "By Ida Moser, Staff Writer", "Ida Moser"),
    line("three", "By Ida Moser, Ole Hansen and Abby Kirby", "Ida Moser, Ole Hansen, Abby Kirby"),
    line("date", "By Ida Moser | 17 February 2014", "Ida Moser"),
    linked(
        "id",
        {"@graph": [{"@type": "Person", "@id": "#p1", "name": "Ida Moser"}, {**ARTICLE, "author": {"@id": "#p1"}}]},
        "Ida Moser",
    ),
    linked(
        "list",
        [{"@type": "WebSite", "name": "Site"}, {**ARTICLE, "author": [{"name": "Ida Moser"}, {"name": "Ole Hansen"}]}],
        "Ida Moser, Ole Hansen",
    ),
    linked(
        "nested",
        {"@type": "WebPage", "mainEntity": {**ARTICLE, "author": {"@type": "Person", "name": ["Ida Moser"]}}},
        "Ida Moser",
    ),
    linked(
        "comma",
        '{"@type":"NewsArticle","headline":"Bridge stays shut","datePublished":"2014-02-17",'
        '"author":{"@type":"Person","name":"Ida Moser",},}',
        "Ida Moser",
    ),
    Case(
        KIND,
        "meta-byl.html",
        story_page('<meta name="byl" content="By IDA MOSER">'),
        (Wanted("Bridge stays shut", author="IDA MOSER"),),
    ),
    Case(
        KIND,
        "rel.html",
        story_page(above='<p>Posted by <a rel="author" href="/ida">Ida Moser</a></p>'),
        (Wanted("Bridge stays shut", author="Ida Moser"),),
    ),
    cell("list", "['Ida Moser', 'Ole Hansen']", "Ida Moser, Ole Hansen"),
    cell("json", '["Ida Moser"]', "Ida Moser"),
    cell("empty-list", "[]", None),
    cell("nan", "nan", None),
    cell("null", r"\N", None),
    cell("python-none", "None", None),
    cell("toby", "Toby Di Marco", "Toby Di Marco"),
    text("by", "By Ida Moser", "Ida Moser"),
    text("two", "By Ida Moser and Ole Hansen", "Ida Moser, Ole Hansen"),
    Case(
        KIND,
        "byline.md",
        f"# Bridge stays shut\n\n*By Ida Moser, 17 February 2014*\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser"),),
    ),
    Case(
        KIND,
        "byline-and-date.md",
        f"# Bridge stays shut\n\nBy Ida Moser\n\n17 February 2014\n\n{BRIDGE}\n\nBy Ole Hansen\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", (BRIDGE, "By Ole Hansen", BRIDGE), "2014-02-17", "Ida Moser"),),
    ),
    Case(
        KIND,
        "front-matter-first.md",
        f"---\ntitle: Bridge stays shut\nauthor: Ole Hansen\n---\nBy Ida Moser\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", ("By Ida Moser", BRIDGE), author="Ole Hansen"),),
    ),
    Case(
        KIND,
        "by-the-sea.md",
        f"# Bridge stays shut\n\nBy the sea nobody slept.\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", ("By the sea nobody slept.", BRIDGE)),),
    ),
    Case(
        KIND,
        "by-is-text.txt",
        f"By the sea\n\nBy Monday the wall of Averoy had fallen.\n\n{BRIDGE}\n",
        (Wanted("By the sea", ("By Monday the wall of Averoy had fallen.", BRIDGE)),),
    ),
    Case(
        KIND,
        "by-is-a-paragraph.html",
        page(
            f"<article><h1>Bridge stays shut</h1>{paragraphs('By Sunday the town had no bread left, said the mayor.', *STORY)}</article>"
        ),
        (Wanted("Bridge stays shut", ("By Sunday the town had no bread left, said the mayor.", *STORY)),),
    ),
)
