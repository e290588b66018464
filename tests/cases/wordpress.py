"""WordPress exports: types of posts by a setting, shortcodes, excerpts, all authors, posts without a headline."""

# ruff: noqa: E501 (the files of a case have long lines)

from tests.cases.case import BRIDGE, TUGS, UNPRINTED, Case, Wanted

KIND = "WordPress"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>The Averoy Post</title><link>https://averoy.example</link>'
    "<wp:wxr_version>1.2</wp:wxr_version><wp:author><wp:author_login>ida</wp:author_login>"
    "<wp:author_display_name>Ida Moser</wp:author_display_name></wp:author>"
)
LINK = "https://averoy.example/p/"


def post(
    content: str = BRIDGE,
    title: str = "Bridge stays shut",
    kind: str = "post",
    status: str = "publish",
    excerpt: str = "",
    locked: str = "",
    extra: str = "",
) -> str:
    return (
        f"{HEAD}<item><title><![CDATA[{title}]]></title><link>{LINK}</link><pubDate>Mon, 17 Feb 2014 10:00:00 +0000</pubDate>"
        f"<dc:creator><![CDATA[ida]]></dc:creator><description></description><content:encoded><![CDATA[{content}]]>"
        f"</content:encoded><excerpt:encoded><![CDATA[{excerpt}]]></excerpt:encoded><wp:post_id>1</wp:post_id>"
        f"<wp:post_date>2014-02-17 10:00:00</wp:post_date><wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>"
        f"<wp:post_password>{locked}</wp:post_password>{extra}</item></channel></rss>"
    )


def shown(name: str, content: str, *text: str, title: str = "Bridge stays shut", author: str = "Ida Moser") -> Case:
    return Case(KIND, f"{name}.xml", content, (Wanted(title, text, "2014-02-17", author, "The Averoy Post", LINK),))


def hidden(name: str, content: str, reason: str) -> Case:
    return Case(KIND, f"{name}.xml", content, skipped=(reason,))


NEWS = post(kind="news")
CASES = (
    shown("plain", post(f"{BRIDGE}\n\n{TUGS}"), BRIDGE, TUGS),
    shown("page", post(kind="page"), BRIDGE),
    shown("blocks", post(f"<!-- wp:paragraph -->\n<p>{BRIDGE}</p>\n<!-- /wp:paragraph -->"), BRIDGE),
    shown(
        "builder",
        post(
            f'[vc_row][vc_column width="1/2"][vc_column_text]\n{BRIDGE}\n\n{TUGS}\n[/vc_column_text][/vc_column]'
            "[/vc_row][vc_row][vc_column][vc_separator][vc_column_text]It is free.[/vc_column_text][/vc_column][/vc_row]"
        ),
        BRIDGE,
        TUGS,
        "It is free.",
    ),
    shown(
        "divi",
        post(
            f"[et_pb_section][et_pb_row][et_pb_text]{BRIDGE}[/et_pb_text][et_pb_text]{TUGS}[/et_pb_text][/et_pb_row]"
            "[/et_pb_section]"
        ),
        BRIDGE,
        TUGS,
    ),
    shown("gallery", post(f"{BRIDGE}\n\n[gallery]\n\n{TUGS}"), BRIDGE, TUGS),
    shown(
        "brackets",
        post(f"“[The bridge] is shut,” she said [sic].\n\n{TUGS}"),
        "“[The bridge] is shut,” she said [sic].",
        TUGS,
    ),
    shown("excerpt-only", post("", excerpt=BRIDGE), BRIDGE),
    shown("standfirst", post(BRIDGE, excerpt="The mayor resigned over it."), "The mayor resigned over it.", BRIDGE),
    shown("excerpt-again", post(f"{BRIDGE}\n\n{TUGS}", excerpt=BRIDGE), BRIDGE, TUGS),
    shown(
        "untitled",
        post("The ferry is stuck again.", title=""),
        "The ferry is stuck again.",
        title="The ferry is stuck again.",
    ),
    shown(
        "co-authors",
        post(
            extra='<category domain="author" nicename="cap-ida"><![CDATA[Ida Moser]]></category>'
            '<category domain="author" nicename="cap-ole"><![CDATA[Ole Hansen]]></category>'
        ),
        BRIDGE,
        author="Ida Moser, Ole Hansen",
    ),
    Case(
        KIND,
        "news-by-setting.xml",
        NEWS,
        (Wanted("Bridge stays shut", (BRIDGE,), "2014-02-17", "Ida Moser", "The Averoy Post", LINK),),
        post_types=("post", "news"),
    ),
    hidden("news", NEWS, "of the post type news: add it to the setting post_types"),
    hidden("release", post(kind="press_release"), "of the post type press_release: add it to the setting post_types"),
    *(
        hidden(status, post(UNPRINTED, status=status), "not published")
        for status in ("draft", "private", "trash", "future", "pending")
    ),
    hidden("password", post(UNPRINTED, locked="sesame"), "behind a password"),
)
