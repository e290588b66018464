"""Records of APIs, exports and data sets; a field is chosen by name and value. And the dates of tables."""

import json

from tests.cases.case import BRIDGE, TUGS, Case, Wanted
from tests.corpus.record_exports import KINDS

KIND, DATES = "records", "dates"
SHUT = Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser", "The Post", "https://averoy.example/a")


def fetched(name: str, data: object, *articles: Wanted, skipped: tuple[str, ...] = ()) -> Case:
    return Case(KIND, f"{name}.json", json.dumps(data), articles or (SHUT,), skipped)


def dated(name: str, *pairs: tuple[str, str | None], column: str = "date") -> Case:
    rows = "".join(f'Story {number},"{written}","{BRIDGE}"\n' for number, (written, _) in enumerate(pairs))
    articles = tuple(Wanted(f"Story {number}", (BRIDGE,), day) for number, (_, day) in enumerate(pairs))
    return Case(DATES, f"{name}.csv", f"title,{column},text\n{rows}", articles)


def known(name: str) -> Case:
    data, (title, text, published, author, source, url) = KINDS[name]
    texts = tuple(str(text).split("\n\n"))
    fields = [str(value) if value is not None else None for value in (published, author, source, url)]
    return Case(KIND, f"{name}.json".replace("/", "-"), json.dumps(data), (Wanted(str(title), texts, *fields),))


CASES = (
    *map(known, KINDS),
    fetched(
        "newsapi",
        {
            "status": "ok",
            "totalResults": 1,
            "articles": [
                {
                    "source": {"id": None, "name": "The Post"},
                    "author": "Ida Moser",
                    "title": "Bridge stays shut",
                    "description": "Short.",
                    "url": "https://averoy.example/a",
                    "publishedAt": "2014-02-17T10:00:00Z",
                    "content": BRIDGE,
                }
            ],
        },
    ),
    fetched(
        "guardian",
        {
            "response": {
                "status": "ok",
                "results": [
                    {
                        "webTitle": "Bridge stays shut",
                        "webUrl": "https://averoy.example/a",
                        "webPublicationDate": "2014-02-17T10:00:00Z",
                        "fields": {"byline": "Ida Moser", "publication": "The Post", "bodyText": BRIDGE},
                    }
                ],
            }
        },
    ),
    fetched(
        "news-please-crawl",
        {
            "title": "Bridge stays shut",
            "maintext": BRIDGE,
            "date_publish": "2014-02-17 10:00:00",
            "date_download": "2020-01-01 00:00:00",
            "authors": ["Ida Moser"],
            "source_domain": "averoy.example",
            "url": "https://averoy.example/a",
        },
        Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser", "averoy.example", "https://averoy.example/a"),
    ),
    fetched(
        "wordpress-rest",
        [
            {
                "id": 7,
                "date": "2014-02-17T10:00:00",
                "status": "publish",
                "link": "https://averoy.example/a",
                "author": 9,
                "title": {"rendered": "Bridge stays shut"},
                "content": {"rendered": f"<p>{BRIDGE}</p>", "protected": False},
            },
            {
                "id": 8,
                "date": "2014-02-18T10:00:00",
                "status": "draft",
                "link": "https://averoy.example/b",
                "author": 9,
                "title": {"rendered": "Secret"},
                "content": {"rendered": "<p>Nobody may see this one.</p>", "protected": False},
            },
        ],
        Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", None, None, "https://averoy.example/a"),
        skipped=("not published (draft)",),
    ),
    fetched(
        "empty-first",
        {
            "title": "Bridge stays shut",
            "content": "",
            "body": None,
            "description": BRIDGE,
            "author": "",
            "byline": "Ida Moser",
            "published": True,
            "date": "2014-02-17",
            "source": "nan",
            "publisher": "The Post",
            "link": "https://averoy.example/a",
        },
    ),
    fetched(
        "nested-one",
        {"data": {"items": [{"headline": "Bridge stays shut", "text": BRIDGE}]}},
        Wanted("Bridge stays shut", (BRIDGE,)),
    ),
    Case(
        KIND,
        "lines.jsonl",
        "\n".join(
            json.dumps({"title": title, "text": text})
            for title, text in (("Bridge stays shut", BRIDGE), ("Ship is held", TUGS))
        ),
        (Wanted("Bridge stays shut", (BRIDGE,)), Wanted("Ship is held", (TUGS,))),
    ),
    Case(
        KIND,
        "semicolons.csv",
        f'Titel;Datum;Autor;Text\nBridge stays shut;17.02.2014;Ida Moser;"{BRIDGE}"\n',
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser"),),
    ),
    Case(KIND, "tabs.tsv", f"headline\tbody\nBridge stays shut\t{BRIDGE}\n", (Wanted("Bridge stays shut", (BRIDGE,)),)),
    Case(
        KIND,
        "index-column.csv",
        f',title,published,date,content,description\n0,Bridge stays shut,TRUE,2014-02-17,,"{BRIDGE}"\n',
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17"),),
    ),
    dated("american", ("2/17/2014", "2014-02-17"), ("3/4/2014", "2014-03-04"), ("11/12/2013", "2013-11-12")),
    dated("european", ("17/2/2014", "2014-02-17"), ("3/4/2014", "2014-04-03"), ("11/12/2013", "2013-12-11")),
    dated("european-dots", ("17.02.2014", "2014-02-17"), ("03.04.2014", "2014-04-03")),
    dated("late-proof", ("3/4/2014", "2014-03-04"), ("5/6/2014", "2014-05-06"), ("12/31/2013", "2013-12-31")),
    dated("two-digits", ("2/17/14", "2014-02-17"), ("12/31/99", "1999-12-31")),
    dated("excel", ("17-Feb-14", "2014-02-17"), ("4-Mar-13", "2013-03-04")),
    dated("serial", ("41687", "2014-02-17"), ("41688", "2014-02-18")),
    dated("epoch", ("1392631200", "2014-02-17"), ("1392717600", "2014-02-18"), column="timestamp"),
    dated(
        "unset",
        ("0001-01-01", None),
        ("1970-01-01T00:00:00Z", None),
        ("0000-00-00 00:00:00", None),
        ("2014-02-17", "2014-02-17"),
    ),
    dated(
        "words",
        ("Thurs, Feb 20 2014", "2014-02-20"),
        ("Feb. 20, 2014", "2014-02-20"),
        ("20th February 2014", "2014-02-20"),
    ),
    dated("german", ("17. Februar 2014", "2014-02-17"), ("4. März 2014", "2014-03-04")),
    dated("never", ("soon", None), ("2014-02-17", "2014-02-17")),
    Case(
        DATES,
        "2014-02-17-bridge.txt",
        f"Bridge stays shut\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17"),),
    ),
    Case(
        DATES,
        "2014/02/17/bridge.txt",
        f"Bridge stays shut\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17"),),
    ),
)
