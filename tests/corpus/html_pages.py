"""HTML pages of many kinds for the tests, each with the fields and the text that a reader must extract."""

# ruff: noqa: E501 (pages have long lines)

from dataclasses import dataclass
from datetime import date

WALL = (
    "The harbour wall at Northquay held through the night while waves of nine metres broke over it, the harbour master"
    " said on Monday.",
    "“Nobody slept,” said Ida Holm, who runs the ferry office. “We counted the waves, and at four o’clock we stopped"
    " counting.”",
    "Two fishing boats sank at their moorings. No one was on board, and both owners had been told on Sunday to take"
    " their nets ashore.",
    "The council will decide on Thursday what the repair of the lamp costs, and who pays for it.",
)
LONG_TITLE = "Harbour Wall Holds in the Worst Storm for Years"


@dataclass(frozen=True)
class Page:
    """A page, and the article that a reader must extract from it."""

    html: str | bytes
    title: str
    paragraphs: tuple[str, ...]
    headings: tuple[str, ...] = ()
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: date | None = None
    language: str | None = None
    fetched: str | None = None


def paragraphs(*texts: str) -> str:
    return "\n".join(f"<p>{text}</p>" for text in texts)


NEWS = Page(
    f"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{LONG_TITLE} | The Quay Gazette</title>
<link rel="canonical" href="https://quay.example/2014/02/harbour-wall?utm_source=front">
<meta property="og:site_name" content="The Quay Gazette">
<meta property="og:title" content="{LONG_TITLE} - The Quay Gazette">
<meta property="article:published_time" content="2014-02-17T23:30:00-05:00">
<meta property="article:modified_time" content="2014-02-19T08:00:00Z">
<script type="application/ld+json">{{"@context": "https://schema.org", "@graph": [{{"@type": "WebSite", "name": "Q"}},
{{"@type": "NewsArticle", "headline": "Wall holds", "author": [{{"@type": "Person", "name": "Ann Lee"}}, {{"name": "Bo Xi"}}],
"datePublished": "2014-02-17"}}]}}</script></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
<div class="cookie-notice"><p>We use cookies to make this site work. By going on you accept them.</p></div>
<article><h1>{LONG_TITLE}</h1><p class="byline">By Ann Lee and Bo Xi | 17 February 2014</p>
<div class="share"><a href="#">Share on Facebook</a><a href="#">Tweet</a></div>
<figure><img src="w.jpg" alt="Waves"><figcaption>Waves break over the wall. Photo: A. Graph</figcaption></figure>
{paragraphs(*WALL[:2])}
<h2>Two Boats Lost</h2>
{paragraphs(*WALL[2:])}
<p><a href="/more">Read more</a></p>
<div class="related"><h3>Related stories</h3><ul><li><a href="/a">Ferry fares rise again</a></li>
<li><a href="/b">A lamp for the pier</a></li></ul></div></article>
<aside><h3>Most read</h3><ol><li><a href="/c">Something else altogether</a></li></ol></aside>
<footer><p>© 2014 The Quay Gazette. All rights reserved.</p></footer></body></html>""",
    LONG_TITLE,
    (*WALL[:2], "Two Boats Lost", *WALL[2:]),
    ("Two Boats Lost",),
    "https://quay.example/2014/02/harbour-wall",
    "The Quay Gazette",
    "Ann Lee, Bo Xi",
    date(2014, 2, 17),
    "en",
)

BLOG = Page(
    f"""<!doctype html><html lang="en-US"><head><meta charset="UTF-8"><title>{LONG_TITLE} – Quay Notes</title>
<meta name="generator" content="WordPress 6"><link rel="canonical" href="https://notes.example/wall/"></head>
<body class="single single-post no-comments"><div id="page"><header id="masthead"><p class="site-title">Quay Notes</p></header>
<main><article class="post type-post"><header class="entry-header"><h1 class="entry-title">{LONG_TITLE}</h1>
<div class="entry-meta"><span class="posted-on">Posted on <a href="#"><time class="entry-date published"
 datetime="2014-02-17T10:00:00+00:00">February 17, 2014</time><time class="updated"
 datetime="2014-03-01T10:00:00+00:00">March 1, 2014</time></a></span>
<span class="byline"> by <span class="author vcard"><a href="/author/ann">Ann Lee</a></span></span></div></header>
<div class="entry-content">{paragraphs(*WALL)}
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3><ul><li><a href="#">Email</a></li></ul></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3>Related</h3></div></div></article>
<nav class="post-navigation"><a href="/older">Older: the pier</a></nav>
<div id="comments" class="comments-area"><h2>3 thoughts on “{LONG_TITLE}”</h2><ol class="comment-list"><li>
<p>What a night that was, we will never forget it, said my neighbour.</p></li></ol></div></main></div></body></html>""",
    LONG_TITLE,
    WALL,
    url="https://notes.example/wall/",
    author="Ann Lee",
    published=date(2014, 2, 17),
    language="en",
)

BARE = Page(
    f"""<html><head><title>{LONG_TITLE}</title></head><body><h1>{LONG_TITLE}</h1>
<p class="meta"><span class="author">By Ann Lee</span> <span class="date">Published: 17.02.2014</span></p>
{paragraphs(*WALL)}</body></html>""",
    LONG_TITLE,
    WALL,
    author="Ann Lee",
    published=date(2014, 2, 17),
    url="https://quay.example/wall",
    fetched="https://quay.example/wall",
    language="en",
)

MICRODATA = Page(
    f"""<!DOCTYPE html><html lang="en"><head><title>Quay Gazette: News</title></head><body>
<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{LONG_TITLE}</h1>
<span itemprop="author" itemscope><span itemprop="name">Ann Lee</span></span>
<meta itemprop="datePublished" content="2014-02-17"><div itemprop="articleBody">{paragraphs(*WALL)}</div></div></body></html>""",
    LONG_TITLE,
    WALL,
    author="Ann Lee",
    published=date(2014, 2, 17),
    language="en",
)

OLD = Page(
    f"""<HTML><HEAD><TITLE>{LONG_TITLE}</TITLE></HEAD><BODY BGCOLOR="#FFFFFF"><TABLE WIDTH="100%"><TR><TD WIDTH="150">
<A HREF="/">Home</A><BR><A HREF="/sport">Sport</A><BR><A HREF="/weather">Weather</A></TD><TD>
<FONT SIZE="5"><B>{LONG_TITLE}</B></FONT><BR><P>{"<P>".join(WALL)}</TD></TR></TABLE></BODY></HTML>""",
    LONG_TITLE,
    WALL,
    url="https://quay.example/1998/02/17/wall.html",
    fetched="https://quay.example/1998/02/17/wall.html",
    published=date(1998, 2, 17),
    language="en",
)

CHINESE = Page(
    """<!DOCTYPE html><html lang="zh-CN"><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">
<title>港口防波堤经受住多年来最大的风暴_码头日报</title><meta property="og:site_name" content="码头日报"></head><body>
<div class="nav"><a href="/">首页</a> <a href="/news">新闻</a></div><h1>港口防波堤经受住多年来最大的风暴</h1>
<div class="info"><span class="date">2014年02月17日 09:30</span> <span class="author">作者：李安</span></div><div class="article">
<p>港务局长星期一表示，北码头的防波堤整夜经受住了九米高的海浪冲击，没有出现任何裂缝，所有船只都已安全返回港内。</p>
<p>两艘渔船在系泊处沉没，当时船上没有人。两位船主星期天已经接到通知，要求他们把渔网搬到岸上，以免造成更大的损失。</p>
<p>市议会将于星期四决定修复灯塔的费用由谁承担，预计整个工程需要三个月的时间才能完成。</p></div></body></html>""".encode(
        "gb18030"
    ),
    "港口防波堤经受住多年来最大的风暴",
    (
        "港务局长星期一表示，北码头的防波堤整夜经受住了九米高的海浪冲击，没有出现任何裂缝，所有船只都已安全返回港内。",
        "两艘渔船在系泊处沉没，当时船上没有人。两位船主星期天已经接到通知，要求他们把渔网搬到岸上，以免造成更大的损失。",
        "市议会将于星期四决定修复灯塔的费用由谁承担，预计整个工程需要三个月的时间才能完成。",
    ),
    source="码头日报",
    author="李安",
    published=date(2014, 2, 17),
    language="zh",
)

RUSSIAN = Page(
    """<html lang="ru"><head><meta charset="windows-1251"><title>Портовая стена выдержала шторм | Вестник причала</title></head>
<body><h1>Портовая стена выдержала шторм</h1><time>17 февраля 2014</time><div class="text">
<p>Портовая стена на северном причале выдержала ночной шторм, сообщил в понедельник начальник порта. Волны достигали девяти метров.</p>
<p>Две рыбацкие лодки затонули у причала. На борту никого не было, и владельцев предупредили ещё в воскресенье.</p></div>
<div class="footer">Все права защищены</div></body></html>""".encode("cp1251"),
    "Портовая стена выдержала шторм",
    (
        "Портовая стена на северном причале выдержала ночной шторм, сообщил в понедельник начальник порта. Волны достигали"
        " девяти метров.",
        "Две рыбацкие лодки затонули у причала. На борту никого не было, и владельцев предупредили ещё в воскресенье.",
    ),
    published=date(2014, 2, 17),
    language="ru",
)

FRENCH = Page(
    """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>La digue a tenu toute la nuit - Le Quai</title>
<meta property="og:site_name" content="Le Quai"><meta name="author" content="Par Zoé Lefèvre"></head><body>
<article><h1>La digue a tenu toute la nuit</h1><p class="date">Publié le 17 février 2014 à 10h33</p>
<p>La digue du port a tenu toute la nuit malgré des vagues de neuf mètres, a déclaré lundi le capitaine du port. L’été
dernier, elle avait été renforcée.</p>
<p>Deux bateaux de pêche ont coulé à leur mouillage. Personne n’était à bord, et les propriétaires étaient prévenus.</p>
<p><a href="/suite">Lire la suite</a></p></article></body></html>""",
    "La digue a tenu toute la nuit",
    (
        "La digue du port a tenu toute la nuit malgré des vagues de neuf mètres, a déclaré lundi le capitaine du port. L’été"
        " dernier, elle avait été renforcée.",
        "Deux bateaux de pêche ont coulé à leur mouillage. Personne n’était à bord, et les propriétaires étaient prévenus.",
    ),
    source="Le Quai",
    author="Zoé Lefèvre",
    published=date(2014, 2, 17),
    language="fr",
)

SHORT = Page(
    f"""<!DOCTYPE html><html lang="en"><head><title>Lamp Lost</title></head><body><header><a href="/">The Quay</a></header>
<article><h1>Lamp Lost</h1><p>{WALL[3]}</p></article><footer>About us. Contact. Privacy.</footer></body></html>""",
    "Lamp Lost",
    (WALL[3],),
    language="en",
)

LISTED = Page(
    f"""<!DOCTYPE html><html lang="en"><head><title>{LONG_TITLE}</title>
<meta name="date" content="31/02/2014"></head><body><article><h1>{LONG_TITLE}</h1>{paragraphs(*WALL[:3])}
<h2>What Was Lost</h2><ul><li>The Marigold, built in 1962</li><li>The Good Intent, built in 1978</li></ul>
<blockquote><p>We stopped counting at four.</p></blockquote>{paragraphs(WALL[3])}</article></body></html>""",
    LONG_TITLE,
    (
        *WALL[:3],
        "What Was Lost",
        "The Marigold, built in 1962",
        "The Good Intent, built in 1978",
        "We stopped counting at four.",
        WALL[3],
    ),
    ("What Was Lost",),
    language="en",
)

BREAKS = Page(
    f"""<!DOCTYPE html><html lang="en"><head><title>{LONG_TITLE}</title></head><body><div id="menu"><a href="/">Home</a> |
<a href="/x">Sport</a></div><div id="text"><h1>{LONG_TITLE}</h1>{"<br><br>".join(WALL)}</div></body></html>""",
    LONG_TITLE,
    WALL,
    language="en",
)

DIVISIONS = Page(
    f"""<!DOCTYPE html><html lang="en"><body><div><p>We use cookies to make this work. By going on you accept them.</p></div>
<div class="title"><h1>{LONG_TITLE}</h1></div><div class="content">{"".join(f"<div>{text}</div>" for text in WALL)}</div>
<p>Sign up for our weekly newsletter</p><p>Share this article</p><p>© 2014 The Quay. All rights reserved.</p></body></html>""",
    LONG_TITLE,
    WALL,
    language="en",
)

SECTIONS = Page(
    f"""<!DOCTYPE html><html lang="en"><body><main><h1>{LONG_TITLE}</h1><h2>One</h2>{paragraphs(WALL[0], "“No.”", "He left.")}
<h3>Two</h3>{paragraphs(WALL[1], WALL[0])}<h4>Three</h4>{paragraphs(WALL[2])}<pre>wind   9
sea 4</pre><dl><dt>Wave</dt><dd>Nine metres</dd></dl><table><tr><th>Boat</th><th>Built</th></tr><tr><td>Marigold</td>
<td>1962</td></tr></table><p>Sources: <a href="/c">Harbour office</a>, <a href="/d">the ferry company</a>.</p>
{paragraphs(WALL[3])}</main></body></html>""",
    LONG_TITLE,
    (
        *("One", WALL[0], "“No.”", "He left.", "Two", WALL[1], WALL[0], "Three", WALL[2], "wind 9 sea 4", "Wave"),
        *("Nine metres", "Boat | Built", "Marigold | 1962", "Sources: Harbour office, the ferry company.", WALL[3]),
    ),
    ("One", "Two", "Three"),
    language="en",
)

PAGES = {
    "breaks": BREAKS,
    "divisions": DIVISIONS,
    "sections": SECTIONS,
    "news": NEWS,
    "blog": BLOG,
    "bare": BARE,
    "microdata": MICRODATA,
    "old": OLD,
    "chinese": CHINESE,
    "russian": RUSSIAN,
    "french": FRENCH,
    "short": SHORT,
    "listed": LISTED,
}
