"""What is not published is skipped and named, in whatever format an export says so."""

import io
import json
import zipfile
from collections.abc import Sequence

import pytest

from corpus.reader_types import ReaderOutput, Skipped, SourceFile
from corpus.reading import read_content
from tests.corpus.reader_inputs import LONG, readings, skipped

UNPRINTED = "The clerk suspects that the treasurer took the money; nobody may print this before Friday."


def read(content: str | bytes, name: str) -> Sequence[ReaderOutput]:
    """Read a file as `index` does; a file that is refused whole is one skipped part."""
    data = content.encode() if isinstance(content, str) else content
    try:
        outputs = list(read_content(SourceFile.of(data, name, name, f"/archive/{name}")))
    except Exception as error:  # noqa: BLE001 - the test looks at the type
        outputs = [Skipped.because(error, name)]  # type: ignore[arg-type]
    assert all(UNPRINTED not in reading.article.text for reading in readings(outputs))
    return outputs


def titles(outputs: Sequence[ReaderOutput]) -> list[str]:
    return [reading.article.title for reading in readings(outputs)]


def reasons(outputs: Sequence[ReaderOutput]) -> list[str]:
    assert all(output.unpublished for output in outputs if isinstance(output, Skipped))
    return [reason for _, reason in skipped(outputs)]


@pytest.mark.parametrize(
    ("front_matter", "reason"),
    [
        ("---\ntitle: Secret\ndraft: true\n---", "not published (draft)"),
        ("---\ntitle: Secret\nDraft: yes\n---", "not published (draft)"),
        ("---\ntitle: Secret\npublished: false\n---", "not published (published: false)"),
        ("---\ntitle: Secret\nstatus: Scheduled\n---", "not published (scheduled)"),
        ("---\ntitle: Secret\nvisibility: private\n---", "not published (private)"),
        ("---\ntitle: Secret\npassword: hush\n---", "behind a password"),
        ("---\ntitle: Secret\npublishDate: 9999-01-01\n---", "not published (scheduled)"),
        ("---\ntitle: Secret\ndate: 2999-01-01\n---", "not published (scheduled)"),
        ("title: Secret\ndate: 2014-02-17\npublished: false\n---", "not published (published: false)"),
        ("---\ntitle: Secret\nexpiryDate: 2010-01-01\n---", "not published (expired)"),
        ("---\ntitle: Secret\n_build:\n  render: never\n---", "not published (the site has no page of it)"),
        ("---\ntitle: Secret\npermalink: false\n---", "not published (the site has no page of it)"),
        ('{\n "title": "Secret",\n "draft": true\n}', "not published (draft)"),
        ("Title: Secret\nDate: 2014-02-17\nStatus: draft", "not published (draft)"),
        ('+++\ntitle = "Secret"\ndraft = true\n+++', "not published (draft)"),
        ('+++\ntitle = "Secret"\nstatus = "draft"\n+++', "not published (draft)"),
    ],
)
def test_front_matter_says_that_an_article_is_no_published_one(front_matter: str, reason: str) -> None:
    assert reasons(read(f"{front_matter}\n\n{UNPRINTED}\n", "a.md")) == [reason]


@pytest.mark.parametrize(
    "front_matter",
    [
        "---\ntitle: Wall\ndraft: false\npublished: true\nstatus: publish\nprivate: no\npassword:\n---",
        "---\ntitle: Wall\npublished: 2014-02-17\npublishDate: 2014-02-17\nexpiryDate: 9999-01-01\n---",
        '{\n "title": "Wall",\n "draft": false, "build": {"render": "always"}\n}',
        "Title: Wall\nStatus: published\nSummary: One\n  and two",
        '+++\ntitle = "Wall"\ndraft = false\n+++',
    ],
)
def test_front_matter_of_a_published_article_is_read(front_matter: str) -> None:
    assert titles(read(f"{front_matter}\n\n{LONG}\n", "a.md")) == ["Wall"]


@pytest.mark.parametrize("name", ["_drafts/a.md", "blog/drafts/a.txt", "_drafts/a.html", "x/Drafts/a.jsonl"])
def test_a_file_in_a_folder_of_drafts_is_skipped(name: str) -> None:
    (reason,) = reasons(read(f"Secret\n\n{UNPRINTED}\n", name))
    assert reason.startswith("not published (in the folder ")


def test_a_folder_of_drafts_in_an_archive_file_is_skipped_and_the_posts_are_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("_posts/2014-02-17-wall.md", f"---\ntitle: Wall\n---\n{LONG}")
        archive.writestr("_drafts/secret.md", f"---\ntitle: Secret\n---\n{UNPRINTED}")
        archive.writestr("_posts/2014-02-18-b.md", f"---\ntitle: B\npublished: false\n---\n{UNPRINTED}")
    outputs = read(stream.getvalue(), "site.zip")
    assert titles(outputs) == ["Wall"]
    assert reasons(outputs) == ["not published (in the folder _drafts)", "not published (published: false)"]


def test_a_page_at_a_link_may_have_drafts_in_its_path() -> None:
    url = "https://pub.example/drafts/ale"
    data = f"---\ntitle: Ale\n---\n{LONG}".encode()
    assert titles(list(read_content(SourceFile(url, url, url, lambda: io.BytesIO(data), url=url)))) == ["Ale"]


UNPUBLISHED_FIELDS: list[tuple[str, object, str]] = [
    ("status", "draft", "not published (draft)"),
    ("post_status", "future", "not published (future)"),
    ("published", False, "not published (published: false)"),
    ("is_published", 0, "not published (published: 0)"),
    ("draft", True, "not published (draft)"),
    ("visibility", "paid", "not published (paid)"),
]
NESTED: tuple[str, object, str] = ("metadata", {"status": "private"}, "not published (private)")


def good_and_secret(field: str, value: object) -> list[dict[str, object]]:
    """Return a published record, and another whose field says that it is not."""
    good: dict[str, object] = {
        "title": "Wall",
        "text": LONG,
        field: True if field in ("published", "is_published") else "",
    }
    return [good, {"title": "Secret", "text": UNPRINTED, field: value}]


@pytest.mark.parametrize(("field", "value", "reason"), [*UNPUBLISHED_FIELDS, NESTED])
@pytest.mark.parametrize("name", ["dump.json", "dump.jsonl"])
def test_a_record_says_that_it_is_no_published_article(field: str, value: object, reason: str, name: str) -> None:
    records = good_and_secret(field, value)
    outputs = read(json.dumps(records) if name == "dump.json" else "\n".join(map(json.dumps, records)), name)
    assert titles(outputs) == ["Wall"]
    assert reasons(outputs) == [reason]


@pytest.mark.parametrize(("field", "value", "reason"), UNPUBLISHED_FIELDS)
def test_a_row_of_a_table_says_that_it_is_no_published_article(field: str, value: object, reason: str) -> None:
    records = good_and_secret(field, value)
    rows = ["|".join(records[0]), *("|".join(map(str, record.values())) for record in records)]
    outputs = read("\n".join(rows), "dump.csv")
    assert titles(outputs) == ["Wall"]
    assert reasons(outputs) == [reason]


def rest(number: int, **fields: object) -> dict[str, object]:
    """Return a post as WordPress's REST interface gives it."""
    return {
        "id": number,
        "date": "2014-02-17T10:00:00",
        "guid": {"rendered": f"https://coast.example/?p={number}"},
        "status": "publish",
        "type": "post",
        "link": f"https://coast.example/{number}/",
        "title": {"rendered": "Wall &#8211; sea"},
        "content": {"rendered": f"<p>{LONG}</p>", "protected": False},
        "excerpt": {"rendered": "<p>x</p>", "protected": False},
        "author": 7,
        **fields,
    }


def test_rest_output_of_wordpress_is_read_with_its_status() -> None:
    secret = {"rendered": f"<p>{UNPRINTED}</p>", "protected": False}
    posts = [rest(1), *(rest(2, status=status, content=secret) for status in ("draft", "private", "future", "trash"))]
    locked = rest(3, content={"rendered": "", "protected": True})
    outputs = read(json.dumps([*posts, locked]), "posts.json")
    assert titles(outputs) == ["Wall – sea"]
    (card,) = (reading.article.card for reading in readings(outputs))
    assert (card.author, card.url, str(card.published)) == (None, "https://coast.example/1/", "2014-02-17")
    assert reasons(outputs) == [
        *(f"not published ({s})" for s in ("draft", "private", "future", "trash")),
        "behind a password",
    ]


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ({"author": "12"}, None),
        ({"_embedded": {"author": [{"id": 7, "name": "Anna Lindqvist"}]}}, "Anna Lindqvist"),
        ({"yoast_head_json": {"author": "Anna Lindqvist"}}, "Anna Lindqvist"),
        ({"author": "Blink 182"}, "Blink 182"),
    ],
)
def test_the_number_of_a_user_is_no_author(fields: dict[str, object], author: str | None) -> None:
    (reading,) = readings(read(json.dumps(rest(1, **fields), indent=1), "post.json"))
    assert reading.article.card.author == author


ATOM = """<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'
 xmlns:blogger='http://schemas.google.com/blogger/2018'><title>The Coast</title>{entries}</feed>"""


def entry(title: str, text: str, inside: str = "") -> str:
    return (
        f"<entry><id>tag:{title}</id><title>{title}</title>{inside}"
        f"<content type='html'>&lt;p&gt;{text}&lt;/p&gt;</content></entry>"
    )


def kind(name: str) -> str:
    term = f"http://schemas.google.com/blogger/2008/kind#{name}"
    return f"<category scheme='http://schemas.google.com/g/2005#kind' term='{term}'/>"


CONTROL = "<app:control xmlns:app='{}'><app:draft>yes</app:draft></app:control>"


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        *[
            (kind(name), f"no post of the blog (Blogger {name})")
            for name in ("comment", "settings", "template", "page")
        ],
        (kind("post") + CONTROL.format("http://purl.org/atom/app#"), "not published (draft)"),
        (CONTROL.format("http://www.w3.org/2007/app"), "not published (draft)"),
        ("<blogger:type>COMMENT</blogger:type>", "no post of the blog (Blogger comment)"),
        ("<blogger:type>POST</blogger:type><blogger:status>DRAFT</blogger:status>", "not published (draft)"),
        (
            "<blogger:type>POST</blogger:type><blogger:status>SOFT_TRASHED</blogger:status>",
            "not published (soft trashed)",
        ),
        ("<status>draft</status>", "not published (draft)"),
    ],
)
def test_an_entry_that_is_no_published_post_is_skipped(inside: str, reason: str) -> None:
    published = [
        entry("Wall", LONG, kind("post") + CONTROL.format("http://purl.org/atom/app#").replace("yes", "no")),
        entry("Sea", LONG, "<blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status>"),
    ]
    outputs = read(ATOM.format(entries="".join([*published, entry("Secret", UNPRINTED, inside)])), "feed.xml")
    assert titles(outputs) == ["Wall", "Sea"]
    assert reasons(outputs) == [reason]


MEDIUM_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>{0}</title></head><body>{1}</body></html>"""
MAIL = "anna.lindqvist@mail.example"


def medium_post(title: str, text: str) -> str:
    body = (
        f'<section class="e-content"><h3 class="graf--title">{title}</h3><p class="graf graf--p">{text}</p></section>'
    )
    return MEDIUM_PAGE.format(title, f'<article class="h-entry"><h1 class="p-name">{title}</h1>{body}</article>')


MEDIUM = {
    "README.html": MEDIUM_PAGE.format("README", f"<h1>Your Medium archive</h1><p>{LONG}</p>"),
    "posts/2018-02-17_Wall-abc.html": medium_post("Wall", LONG),
    "posts/draft_Secret-def.html": medium_post("Secret", UNPRINTED),
    "profile/profile.html": MEDIUM_PAGE.format("Anna", f'<h3 class="p-name">Anna</h3><p>E-mail: {MAIL}</p>{LONG}'),
    "ips/ips-0001.html": MEDIUM_PAGE.format("IPs", f'<h1 class="p-name">IPs</h1><ul><li>203.0.113.5 {LONG}</li></ul>'),
    "bookmarks/bookmarks-0001.html": MEDIUM_PAGE.format("B", f'<section class="h-feed"><p>{LONG}</p></section>'),
    "interests/topics.html": MEDIUM_PAGE.format("T", f'<p>{LONG}</p><a href="https://medium.com/x">x</a>'),
    "images/readme.txt": f"Images\n\n{LONG}",
}


@pytest.mark.parametrize("root", ["", "medium-export-2021/"])
@pytest.mark.parametrize("packed", [True, False])
def test_only_the_published_posts_of_a_medium_export_are_read(root: str, *, packed: bool) -> None:
    files = {f"{root}{name}": page for name, page in MEDIUM.items() if packed or not name.startswith("images")}
    outputs: list[ReaderOutput] = []
    if packed:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, page in files.items():
                archive.writestr(name, page)
        outputs += read(stream.getvalue(), "medium.zip")
    else:
        for name, page in files.items():
            outputs += read(page, name)
    assert titles(outputs) == ["Wall"]
    found = reasons(outputs)
    assert found.count("not published (draft)") == 1
    assert len(found) == len(files) - 1
    assert all("tells of the account" in reason for reason in found if reason != "not published (draft)")


def test_an_exported_draft_is_known_by_its_missing_date_too() -> None:
    end = '<footer><p>Exported from <a href="https://medium.com">Medium</a> on April 1, 2021.</p></footer>'
    page = medium_post("Secret", UNPRINTED) + end
    assert reasons(read(page, "3f2a.html")) == ["not published (draft)"]
    assert titles(read(medium_post("Wall", LONG) + f'<time class="dt-published">2014-02-17</time>{end}', "b.html")) == [
        "Wall"
    ]


def test_a_site_with_posts_and_profiles_is_no_medium_export() -> None:
    page = MEDIUM_PAGE.format("Wall", f"<article><h1>Wall</h1><p>{LONG}</p></article>")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("posts/a.html", "profile/profile.html", "lists/b.html", "README.html", "posts/draft-horses.html"):
            archive.writestr(name, page)
    assert titles(read(stream.getvalue(), "site.zip")) == ["Wall"] * 5


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.txt", "Secret\n\nStatus: Draft"),
        ("a.rst", "Secret\n######\n\n:status: draft"),
        ("a.org", "#+TITLE: Secret\n#+DRAFT: true"),
    ],
)
def test_the_head_of_a_plain_text_may_say_that_it_is_a_draft(name: str, head: str) -> None:
    (reason,) = reasons(read(f"{head}\n\n{UNPRINTED}\n", name))
    assert reason == "not published (draft)"


@pytest.mark.parametrize(
    "line",
    ["Status: a draft of the law", "Published: 17 February 2014 or so.", "Private: keep out.", "Draft: Smith to Leeds"],
)
def test_a_line_of_a_text_that_looks_like_a_field_is_text(line: str) -> None:
    assert readings(read(f"Wall holds\n\n{LONG}\n\n{line}\n\n{LONG}\n", "a.txt"))


NOTICE = "This content is password protected. To view it please enter your password below: Password:"


def test_a_notice_that_a_password_is_needed_is_no_article() -> None:
    item = "<item><title>Protected: Secret</title><description>{}</description></item>"
    feed = f"<rss version='2.0'><channel><title>C</title>{item.format(NOTICE)}{item.format(LONG)}</channel></rss>"
    outputs = read(feed, "feed.xml")
    assert (len(readings(outputs)), reasons(outputs)) == (1, ["behind a password"])
    assert titles(read("Hackers ahead\n\nThe page is password protected, and the hackers knew it.\n", "a.txt"))


SUBSTACK_TABLE = """post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle
1.wall,2021-02-17T10:00:00.000Z,true,,newsletter,everyone,Wall holds,What they said.
2.secret,,false,,newsletter,everyone,Secret,
3.paid,2021-02-17T10:00:00.000Z,true,,newsletter,only_paid,Paid,
"""


@pytest.mark.parametrize("root", ["", "export/"])
def test_only_the_posts_of_a_substack_export_that_everybody_may_see_are_read(root: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(f"{root}email_list.coast.csv", f"title,text\n{MAIL},{LONG}\n")
        archive.writestr(f"{root}posts/1.wall.html", f"<p>{LONG}</p>")
        archive.writestr(f"{root}posts/2.secret.html", f"<p>{UNPRINTED}</p>")
        archive.writestr(f"{root}posts/3.paid.html", f"<p>{UNPRINTED}</p>")
        archive.writestr(f"{root}posts/4.lost.html", f"<p>{UNPRINTED}</p>")
        archive.writestr(f"{root}posts/1.wall.opens.csv", f"title,text\n{MAIL},{LONG}\n")
        archive.writestr(f"{root}posts.csv", SUBSTACK_TABLE)
    outputs = read(stream.getvalue(), "substack.zip")
    (article,) = (reading.article for reading in readings(outputs))
    assert (article.title, str(article.card.published)) == ("Wall holds", "2021-02-17")
    assert article.text == f"What they said.\n\n{LONG.strip()}"
    assert sorted(reasons(outputs)) == [
        *["no article, but a part of a Substack export that tells of its readers; only its posts are read"] * 2,
        "not published (not in the table of posts)",
        "not published (only_paid)",
        "not published (published: false)",
    ]
