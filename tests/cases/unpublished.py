"""What is not published is not quoted, in any format."""

# ruff: noqa: E501 (the files of a case have long lines)

import io
import json
import zipfile

from tests.cases.case import BRIDGE, STORY, TUGS, UNPRINTED, Case, Wanted, page, paragraphs

KIND = "not published"


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/", 1), content)
    return stream.getvalue()


def markdown(name: str, field: str, reason: str) -> Case:
    return Case(KIND, name, f"---\ntitle: Secret\n{field}\n---\n\n{UNPRINTED}\n", skipped=(reason,))


def record(name: str, fields: dict[str, object], reason: str) -> Case:
    return Case(KIND, name, json.dumps({"title": "Secret", "text": UNPRINTED, **fields}), skipped=(reason,))


def blogger(kind: str, extra: str = "", text: str = UNPRINTED, title: str = "Secret") -> str:
    return (
        f"<entry><id>tag:blogger.com,1999:blog-1.post-{title}</id><published>2012-07-01T10:00:00.000Z</published>"
        "<category scheme='http://schemas.google.com/g/2005#kind' "
        f"term='http://schemas.google.com/blogger/2008/kind#{kind}'/><title type='text'>{title}</title>"
        f"<content type='html'>&lt;p&gt;{text}&lt;/p&gt;</content>{extra}</entry>"
    )


BLOGGER = (
    "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' "
    "xmlns:app='http://purl.org/atom/app#'><id>tag:blogger.com,1999:blog-1.archive</id><title>Averoy notes</title>{}"
    "</feed>"
)
APP_DRAFT = "<app:control xmlns:app='http://purl.org/atom/app#'><app:draft>yes</app:draft></app:control>"
MEDIUM = page(
    '<article class="h-entry"><header><h1 class="p-name">Bridge stays shut</h1></header><section data-field="body" '
    f'class="e-content"><section class="section"><p class="graf graf--p">{BRIDGE}</p><p class="graf graf--p">{TUGS}</p>'
    '</section></section><footer><p>By <a class="p-author h-card" href="https://medium.com/@ida">Ida Moser</a> on '
    '<time class="dt-published" datetime="2018-02-17T10:00:00.000Z">February 17, 2018</time>.</p>'
    '<p><a href="https://medium.com/@ida/bridge-1" class="p-canonical">Canonical link</a></p>'
    "<p>Exported from Medium on April 1, 2021.</p></footer></article>"
)
CASES = (
    markdown("a.md", "draft: true", "not published (draft)"),
    markdown("b.md", "published: false", "not published (published: false)"),
    markdown("c.md", "status: private", "not published (private)"),
    markdown("d.md", "Status: Draft", "not published (draft)"),
    markdown("e.md", "publishDate: 2999-01-01", "not published"),
    markdown("_drafts/f.md", "layout: post", "not published (in the folder _drafts)"),
    markdown("site/_drafts/g.md", "date: 2014-02-17", "not published (in the folder _drafts)"),
    markdown("h.md", 'visibility: "hidden"', "not published"),
    Case(
        KIND, "i.md", f'+++\ntitle = "Secret"\ndraft = true\n+++\n\n{UNPRINTED}\n', skipped=("not published (draft)",)
    ),
    Case(
        KIND,
        "shown.md",
        f"---\ntitle: Bridge stays shut\ndraft: false\nstatus: publish\n---\n\n{BRIDGE}\n",
        (Wanted("Bridge stays shut", (BRIDGE,)),),
    ),
    record("a.json", {"status": "draft"}, "not published (draft)"),
    record("b.json", {"draft": True}, "not published (draft)"),
    record("c.json", {"post_status": "trash"}, "not published (trash)"),
    record("d.json", {"status": "future", "date": "2999-01-01T00:00:00"}, "not published"),
    record("e.json", {"visibility": "private"}, "not published (private)"),
    record("f.json", {"deleted_at": "2014-02-18"}, "not published"),
    record("g.json", {"post_password": "sesame"}, "behind a password"),
    Case(
        KIND,
        "table.csv",
        f'title,status,text\nSecret,pending,"{UNPRINTED}"\nBridge stays shut,published,"{BRIDGE}"\n',
        (Wanted("Bridge stays shut", (BRIDGE,)),),
        ("not published (pending)",),
    ),
    Case(
        KIND,
        "blogger.xml",
        BLOGGER.format(
            blogger("settings")
            + blogger("template")
            + blogger("comment")
            + blogger("post", APP_DRAFT)
            + blogger("post", text=BRIDGE, title="Bridge stays shut")
        ),
        (Wanted("Bridge stays shut", (BRIDGE,), "2012-07-01", source="Averoy notes"),),
        (*(f"no post of the blog (Blogger {kind})" for kind in ("settings", "template", "comment")), "not published"),
    ),
    Case(
        KIND,
        "atom.xml",
        BLOGGER.format(
            f"<entry><id>urn:1</id><title>Secret</title><content>{UNPRINTED}</content>{APP_DRAFT}</entry>"
            f"<entry><id>urn:2</id><title>Bridge stays shut</title><content>{BRIDGE}</content></entry>"
        ),
        (Wanted("Bridge stays shut", (BRIDGE,), source="Averoy notes"),),
        ("not published (draft)",),
    ),
    Case(
        KIND,
        "medium.zip",
        zipped(
            **{
                "posts__2018-02-17_Bridge-1.html": MEDIUM,
                "posts__draft_Secret-2.html": MEDIUM.replace(BRIDGE, UNPRINTED),
                "profile__profile.html": page("<h1>Profile</h1><p>Ida Moser, ida@averoy.example</p>"),
                "ips__ips-0001.html": page("<h1>IPs</h1><ul><li>203.0.113.9</li></ul>"),
                "sessions__sessions-0001.html": page("<h1>Sessions</h1><p>203.0.113.9 Firefox</p>"),
                "README.html": page("<h1>README</h1><p>This archive has all that we know of you.</p>"),
            }
        ),
        (
            Wanted(
                "Bridge stays shut",
                (BRIDGE, TUGS),
                "2018-02-17",
                "Ida Moser",
                None,
                "https://medium.com/@ida/bridge-1",
            ),
        ),
        ("not published (draft)", *["no article, but a part of a Medium export"] * 4),
    ),
    Case(
        KIND,
        "movable.txt",
        f"AUTHOR: Ida Moser\nTITLE: Secret\nSTATUS: Draft\nDATE: 02/18/2014 10:00:00 AM\n-----\nBODY:\n{UNPRINTED}\n-----\n"
        f"--------\nAUTHOR: Ida Moser\nTITLE: Bridge stays shut\nSTATUS: Publish\nDATE: 02/17/2014 10:00:00 AM\n-----\n"
        f"BODY:\n{BRIDGE}\n-----\nCOMMENT:\nAUTHOR: passer\nDATE: 02/18/2014 11:00:00 AM\n{UNPRINTED}\n-----\n--------\n",
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser"),),
        ("not published (draft)",),
    ),
    Case(KIND, "status.txt", f"Secret\nStatus: draft\n\n{UNPRINTED}\n", skipped=("not published (draft)",)),
    Case(
        KIND,
        "wordpress-page.html",
        page(
            "<article><h1>Protected: Secret</h1><p>This content is password protected. To view it please enter your "
            'password below:</p><form><input type="password"></form></article>'
        ),
        skipped=("behind a password",),
    ),
    Case(
        KIND,
        "about-drafts.html",
        page(f"<article><h1>Draft of the treaty</h1>{paragraphs(*STORY)}</article>"),
        (Wanted("Draft of the treaty"),),
    ),
)
