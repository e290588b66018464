"""Records as real programs write them (own texts), each with the fields of its one article."""

from datetime import date

TEXT = "The quay of Holm was closed on Sunday, and the ferry to Fenwick did not sail before Tuesday noon."
OTHER = "The mill burned in the night, and nobody was hurt, said the fire brigade of Fenwick on Monday."
DAY = date(2014, 2, 17)
# Title, text, date, author, source, link.
Fields = tuple[object, ...]

KINDS: dict[str, tuple[object, Fields]] = {
    "JSON Feed": (
        {
            "version": "https://jsonfeed.org/version/1",
            "title": "The Quay",
            "home_page_url": "https://quay.example/",
            "description": "News of the harbour",
            "author": {"name": "Anna Lindqvist"},
            "items": [
                {
                    "id": "7",
                    "url": "/a",
                    "title": "Quay shut",
                    "content_html": f"<p>{TEXT}</p>",
                    "date_published": "2014-02-17T10:00:00+01:00",
                }
            ],
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist", "The Quay", "https://quay.example/a"),
    ),
    "JSON Feed without headlines": (
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "The Quay",
            "items": [{"id": "https://quay.example/b", "url": "https://quay.example/b", "content_text": TEXT}],
        },
        (
            "The quay of Holm was closed on Sunday, and the ferry to Fenwick did not sail…",
            TEXT,
            None,
            None,
            "The Quay",
            "https://quay.example/b",
        ),
    ),
    "Ghost export": (
        {
            "db": [
                {
                    "meta": {"exported_on": 1392633600000, "version": "5.1"},
                    "data": {
                        "posts": [
                            {
                                "id": "p1",
                                "title": "Quay shut",
                                "slug": "quay",
                                "html": f"<p>{TEXT}</p>",
                                "plaintext": TEXT,
                                "status": "published",
                                "published_at": "2014-02-17T10:00:00.000Z",
                                "created_at": "2014-01-01T00:00:00.000Z",
                                "custom_excerpt": None,
                            }
                        ],
                        "posts_authors": [
                            {"post_id": "p1", "author_id": "2", "sort_order": 1},
                            {"post_id": "p1", "author_id": "1", "sort_order": 0},
                        ],
                        "tags": [{"id": "t", "name": "Harbour", "description": "All that happens at the quay"}],
                        "users": [
                            {"id": "1", "name": "Anna Lindqvist", "bio": "Writes."},
                            {"id": "2", "name": "Bo Ek"},
                        ],
                        "settings": [{"key": "title", "value": "The Quay"}],
                    },
                }
            ]
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist, Bo Ek", None, None),
    ),
    "NewsAPI with a text that is cut off": (
        {
            "status": "ok",
            "articles": [
                {
                    "source": {"id": None, "name": "The Quay"},
                    "author": "",
                    "title": "Quay shut",
                    "description": TEXT,
                    "url": "https://quay.example/a",
                    "urlToImage": "https://quay.example/a.jpg",
                    "publishedAt": "2014-02-17T10:00:00Z",
                    "content": "The quay of Holm was closed… [+914 chars]",
                }
            ],
        },
        ("Quay shut", TEXT, DAY, None, "The Quay", "https://quay.example/a"),
    ),
    "NYT Article Search": (
        {
            "status": "OK",
            "response": {
                "docs": [
                    {
                        "web_url": "https://times.example/a.html",
                        "snippet": "Short.",
                        "lead_paragraph": TEXT,
                        "abstract": "Shorter.",
                        "source": "The Example Times",
                        "headline": {"main": "Quay shut", "kicker": None, "print_headline": "QUAY SHUT"},
                        "byline": {
                            "original": "By Anna Lindqvist",
                            "person": [{"firstname": "Anna", "lastname": "Lindqvist"}],
                        },
                        "pub_date": "2014-02-17T10:00:00+0000",
                        "multimedia": [{"caption": "x", "url": "images/a.jpg"}],
                        "_id": "nyt://article/1",
                    }
                ],
                "meta": {"hits": 1},
            },
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist", "The Example Times", "https://times.example/a.html"),
    ),
    "NYT without a lead": (
        {
            "response": {
                "docs": [
                    {
                        "headline": {"main": "Quay shut"},
                        "lead_paragraph": "",
                        "abstract": None,
                        "snippet": TEXT,
                        "byline": {"original": None, "person": []},
                        "pub_date": "2014-02-17",
                    }
                ]
            }
        },
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "Guardian, one article": (
        {
            "response": {
                "content": {
                    "id": "a",
                    "webTitle": "Quay shut",
                    "webPublicationDate": "2014-02-17T10:00:00Z",
                    "webUrl": "https://quay.example/a",
                    "fields": {
                        "body": f"<p>{TEXT}</p>",
                        "bodyText": TEXT,
                        "trailText": "x",
                        "byline": "Anna Lindqvist",
                    },
                }
            }
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist", None, "https://quay.example/a"),
    ),
    "Guardian with a trail only": (
        {
            "response": {
                "results": [
                    {
                        "webTitle": "Quay shut",
                        "webPublicationDate": "2014-02-17T10:00:00Z",
                        "webUrl": "https://quay.example/a",
                        "fields": {"trailText": TEXT},
                    }
                ]
            }
        },
        ("Quay shut", TEXT, DAY, None, None, "https://quay.example/a"),
    ),
    "Telegram channel": (
        {
            "name": "The Quay",
            "type": "public_channel",
            "id": 1,
            "messages": [
                {
                    "id": 1,
                    "type": "service",
                    "date": "2014-02-16T10:00:00",
                    "actor": "The Quay",
                    "action": "create_channel",
                    "text": "",
                },
                {
                    "id": 2,
                    "type": "message",
                    "date": "2014-02-17T10:00:00",
                    "date_unixtime": "1392631200",
                    "from": "The Quay",
                    "from_id": "channel1",
                    "photo": "a.jpg",
                    "text": "",
                },
                {
                    "id": 3,
                    "type": "message",
                    "date": "2014-02-17T10:00:00",
                    "date_unixtime": "1392631200",
                    "from": "The Quay",
                    "from_id": "channel1",
                    "text": [
                        {"type": "bold", "text": "Quay shut"},
                        "\nThe ferry to ",
                        {"type": "link", "text": "fenwick.example"},
                        " is late.",
                    ],
                },
            ],
        },
        ("Quay shut", "Quay shut\n\nThe ferry to fenwick.example is late.", DAY, None, "The Quay", None),
    ),
    "Telegram, all chats": (
        {
            "about": "x",
            "chats": {
                "list": [
                    {
                        "name": "The Quay",
                        "type": "public_channel",
                        "messages": [
                            {
                                "id": 3,
                                "type": "message",
                                "date": "2014-02-17T10:00:00",
                                "from": "Anna Lindqvist",
                                "from_id": "user1",
                                "text": TEXT,
                            }
                        ],
                    }
                ]
            },
        },
        (
            "The quay of Holm was closed on Sunday, and the ferry to Fenwick did not sail…",
            TEXT,
            DAY,
            "Anna Lindqvist",
            "The Quay",
            None,
        ),
    ),
    "news-please": (
        {
            "authors": [],
            "date_download": "2019-01-01 00:00:00",
            "date_modify": "2018-01-01 00:00:00",
            "date_publish": "2014-02-17 10:00:00",
            "description": "x",
            "maintext": TEXT,
            "source_domain": "quay.example",
            "title": "Quay shut",
            "title_page": None,
            "url": "https://quay.example/a",
        },
        ("Quay shut", TEXT, DAY, None, "quay.example", "https://quay.example/a"),
    ),
    "fundus": (
        {
            "title": "Quay shut",
            "authors": ["Anna Lindqvist"],
            "publishing_date": "2014-02-17 10:00:00+00:00",
            "body": {
                "summary": ["In short."],
                "sections": [{"headline": [], "paragraphs": [TEXT]}, {"headline": ["Fire"], "paragraphs": [OTHER]}],
            },
            "html": {"requested_url": "https://quay.example/a"},
        },
        ("Quay shut", f"In short.\n\n{TEXT}\n\nFire\n\n{OTHER}", DAY, "Anna Lindqvist", None, None),
    ),
    "trafilatura": (
        {
            "title": "Quay shut",
            "author": "Anna Lindqvist; Bo Ek",
            "hostname": "quay.example",
            "date": "2014-02-17",
            "fingerprint": "abc",
            "id": None,
            "comments": "",
            "raw_text": "x",
            "text": TEXT,
            "language": "en",
            "source": "https://quay.example/a",
            "source-hostname": "The Quay",
            "excerpt": "x",
            "filedate": "2019-01-01",
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist, Bo Ek", "The Quay", "https://quay.example/a"),
    ),
    "MediaCloud": (
        {
            "stories_id": 1,
            "title": "Quay shut",
            "publish_date": "2014-02-17 10:00:00",
            "media_name": "The Quay",
            "media_url": "https://quay.example",
            "url": "https://quay.example/a",
            "story_text": TEXT,
        },
        ("Quay shut", TEXT, DAY, None, "The Quay", "https://quay.example/a"),
    ),
    "Elasticsearch": (
        {
            "took": 1,
            "hits": {
                "total": 1,
                "hits": [
                    {
                        "_id": "1",
                        "_source": {
                            "title": "Quay shut",
                            "content": TEXT,
                            "@timestamp": "2019-01-01",
                            "date": "2014-02-17",
                        },
                    }
                ],
            },
        },
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "Bing": (
        {
            "_type": "News",
            "value": [
                {
                    "name": "Quay shut",
                    "url": "https://quay.example/a",
                    "description": TEXT,
                    "datePublished": "2014-02-17T10:00:00.0000000Z",
                    "provider": [{"name": "The Quay"}],
                }
            ],
        },
        ("Quay shut", TEXT, DAY, None, "The Quay", "https://quay.example/a"),
    ),
    "NewsData.io": (
        {
            "results": [
                {
                    "title": "Quay shut",
                    "link": "https://quay.example/a",
                    "creator": ["Anna Lindqvist"],
                    "description": TEXT,
                    "content": "ONLY AVAILABLE IN PAID PLANS",
                    "pubDate": "2014-02-17 10:00:00",
                    "source_name": "The Quay",
                }
            ]
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist", "The Quay", "https://quay.example/a"),
    ),
    "Event Registry": (
        {
            "articles": {
                "page": 1,
                "results": [
                    {
                        "uri": "123",
                        "lang": "eng",
                        "date": "2014-02-17",
                        "time": "10:00:00",
                        "url": "https://quay.example/a",
                        "title": "Quay shut",
                        "body": TEXT,
                        "source": {"uri": "quay.example", "title": "The Quay"},
                        "authors": [{"uri": "x", "name": "Anna Lindqvist"}],
                    }
                ],
            }
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist", "The Quay", "https://quay.example/a"),
    ),
    "webz.io": (
        {
            "posts": [
                {
                    "thread": {"site": "quay.example", "title": "Quay shut"},
                    "url": "https://quay.example/a",
                    "author": "Anna Lindqvist",
                    "published": "2014-02-17T10:00:00.000+02:00",
                    "title": "",
                    "text": TEXT,
                }
            ]
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist", "quay.example", "https://quay.example/a"),
    ),
    "rss2json": (
        {
            "status": "ok",
            "feed": {"title": "The Quay", "description": "News of the harbour"},
            "items": [
                {
                    "title": "Quay shut",
                    "pubDate": "2014-02-17 10:00:00",
                    "link": "https://quay.example/a",
                    "description": TEXT,
                    "content": "",
                }
            ],
        },
        ("Quay shut", TEXT, DAY, None, None, "https://quay.example/a"),
    ),
    "Reddit": (
        {
            "kind": "Listing",
            "data": {
                "children": [
                    {
                        "kind": "t3",
                        "data": {"title": "Quay shut", "selftext": TEXT, "created_utc": 1392631200.0, "author": "anna"},
                    }
                ]
            },
        },
        ("Quay shut", TEXT, DAY, "anna", None, None),
    ),
    "Solr, with lists of one": (
        {
            "response": {
                "docs": [
                    {
                        "title": ["Quay shut"],
                        "body": [TEXT],
                        "date": ["2014-02-17T00:00:00Z"],
                        "author": ["Anna Lindqvist", "Bo Ek"],
                    }
                ]
            }
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist, Bo Ek", None, None),
    ),
    "a dictionary of articles by id": (
        {"17": {"title": "Quay shut", "text": TEXT, "date": "2014-02-17"}, "18": {"title": "", "text": ""}},
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "three lists down": (
        {"years": [{"months": [{"articles": [{"headline": "Quay shut", "body": TEXT, "date": "2014-02-17"}]}]}]},
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "a day of a spreadsheet": (
        {"title": "Quay shut", "text": TEXT, "date": 41687},
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "a date as a long number": (
        {"title": "Quay shut", "text": TEXT, "date": 20140217103000},
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "nanoseconds": (
        {"title": "Quay shut", "text": TEXT, "date": 1392631200000000000},
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "a date of .NET": (
        {"title": "Quay shut", "text": TEXT, "date": "/Date(1392631200000+0100)/"},
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "MongoDB": (
        {
            "_id": {"$oid": "5f"},
            "title": "Quay shut",
            "text": TEXT,
            "date": {"$date": {"$numberLong": "1392631200000"}},
        },
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "authors as objects with two names": (
        {
            "title": "Quay shut",
            "text": TEXT,
            "authors": [{"first_name": "Anna", "last_name": "Lindqvist"}, {"name": "Bo Ek"}],
        },
        ("Quay shut", TEXT, None, "Anna Lindqvist, Bo Ek", None, None),
    ),
    "schema.org": (
        {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "WebSite", "name": "The Quay", "description": "News of the harbour"},
                {
                    "@type": "NewsArticle",
                    "headline": "Quay shut",
                    "articleBody": TEXT,
                    "datePublished": "2014-02-17",
                    "author": [{"@type": "Person", "name": "Anna Lindqvist"}],
                    "publisher": {"@type": "Organization", "name": "The Quay"},
                    "mainEntityOfPage": {"@id": "https://quay.example/a"},
                },
            ],
        },
        ("Quay shut", TEXT, DAY, "Anna Lindqvist", "The Quay", "https://quay.example/a"),
    ),
    "JSON:API": (
        {
            "data": [
                {"type": "node", "id": "1", "attributes": {"title": "Quay shut", "body": {"value": f"<p>{TEXT}</p>"}}}
            ]
        },
        ("Quay shut", TEXT, None, None, None, None),
    ),
    "Drupal": (
        [
            {
                "title": [{"value": "Quay shut"}],
                "body": [{"value": f"<p>{TEXT}</p>", "format": "basic_html", "summary": ""}],
                "created": [{"value": "2014-02-17T10:00:00+00:00"}],
                "status": [{"value": True}],
            }
        ],
        ("Quay shut", TEXT, DAY, None, None, None),
    ),
    "Contentful": (
        {"items": [{"sys": {"id": "x"}, "fields": {"title": {"en-US": "Quay shut"}, "body": {"en-US": TEXT}}}]},
        ("Quay shut", TEXT, None, None, None, None),
    ),
    "columns of nested values": (
        [
            {
                "headline.main": "Quay shut",
                "fields.bodyText": TEXT,
                "pub_date (UTC)": "2014-02-17",
                "source.name": "The Quay",
            }
        ],
        ("Quay shut", TEXT, DAY, None, "The Quay", None),
    ),
    "a time before 1970": (
        {"title": "Quay shut", "text": TEXT, "timestamp": -157766400},
        ("Quay shut", TEXT, date(1965, 1, 1), None, None, None),
    ),
}
