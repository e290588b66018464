"""Walls, error pages and lists are no articles, and are refused by name; an article about them is an article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.reader_types import Reading
from corpus.reading import read_content
from tests.corpus.reader_inputs import file

WALL = "The harbour wall at Fenwick held through the storm on Sunday night, engineers said on Monday."
CREWS = (
    "Mayor Bo Ekman praised the crews that had worked for nine hours in the rain to fill four thousand bags with sand."
)
MENU = '<header><nav><ul><li><a href="/">Home page</a></li><li><a href="/news">News</a></li></ul></nav></header>'
FOOT = "<footer><p>© 2024 The Coast Paper. All rights reserved.</p></footer>"


def page(title: str, body: str, h1: str | None = None, head: str = "", names: str = "") -> bytes:
    heading = f"<h1>{title if h1 is None else h1}</h1>" if h1 != "" else ""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Coast</title>{head}</head>'
        f'<body class="{names}">{MENU}<main>{heading}{body}</main>{FOOT}</body></html>'
    ).encode()


def bare_page(title: str, body: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>".encode()


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def teaser(number: int, tag: str = "h2") -> str:
    return (
        f'<article><{tag}><a href="/2014/{number}">The wall at Fenwick holds, part '
        f"{number}</a></{tag}>"
        f"<p>The harbour wall held through night {number} of the storm, and the boats in the harbour "
        f"were safe in the morning.</p></article>"
    )


TEASERS = "".join(map(teaser, range(6)))
RESULTS = (
    "<ul>"
    + "".join(
        f'<li><a href="/{n}">The wall at Fenwick holds, part {n}</a><p>It held all night {n}.</p></li>'
        for n in range(5)
    )
    + "</ul>"
)
CONSENT = paragraphs(
    "We and our 842 partners store and access personal data, like browsing data or unique identifiers, on your device.",
    "You may accept all, or manage your choices at any time. Refer to our privacy policy, and to the list of partners.",
)
NO_ARTICLES = {
    "consent": (page("Wall holds", f'<div class="x"><h2>Your privacy choices</h2>{CONSENT}</div>'), "a consent wall"),
    "consent in a dialog": (
        page("Wall holds", f'<div class="cookie-consent" role="dialog">{CONSENT}</div>', ""),
        "a consent wall",
    ),
    "before you continue": (
        page(
            "Before you continue to Coast Video",
            paragraphs(
                "We use cookies and data to deliver and maintain our services and to track outages.",
                "If you choose to accept all, we will also use cookies to deliver and measure ads.",
            ),
        ),
        "a consent wall",
    ),
    "consent in German": (
        page(
            "Mauer hält",
            paragraphs(
                "Wir und unsere 842 Partner verarbeiten personenbezogene Daten mit Ihrer Einwilligung auf Ihrem Gerät.",
                "Sie können alle akzeptieren oder Ihre Einwilligung widerrufen. Mehr in unserer Datenschutzerklärung.",
            ),
        ),
        "a consent wall",
    ),
    "404": (
        page("Page not found", paragraphs("Sorry, the page you requested could not be found. Try a search.")),
        "an error page",
    ),
    "404 in a long text": (
        page(
            "404 - Not Found",
            paragraphs(
                "It looks like nothing was found at this location. Maybe try one of the links below or a search?",
                "The page may have been moved or deleted since you last came here, or the address may be wrong.",
                "You may go back to the home page, or write to us with the address of that page.",
            ),
        ),
        "an error page",
    ),
    "404 without a title": (
        page("Oops", paragraphs("The article you are looking for no longer exists.")),
        "an error page",
    ),
    "404 in French": (
        page("Page introuvable", paragraphs("La page que vous cherchez n’existe plus.")),
        "an error page",
    ),
    "503": (page("503 Service Unavailable", paragraphs("The server is busy.")), "an error page"),
    "sign in": (
        page("Log in", paragraphs("Please log in with your e-mail address.", "Forgot your password?")),
        "a page behind a sign-in",
    ),
    "sign in to read": (
        page("Wall holds", paragraphs("You must be logged in to view this page.")),
        "a page behind a sign-in",
    ),
    "scripts": (
        page("Coast", paragraphs("You need to enable JavaScript to run this app.")),
        "a page that needs scripts",
    ),
    "scripts in noscript": (
        page("Coast", "<noscript>Please enable JavaScript to view this site.</noscript><div id='root'></div>", ""),
        "a page that needs scripts",
    ),
    "robot": (
        page("Just a moment...", paragraphs("Checking your browser before accessing coast.example. Ray ID: 1234")),
        "a page that asks whether its visitor is human",
    ),
    "captcha": (
        page(
            "Attention Required!",
            paragraphs("Please complete the captcha to prove that you are a human and get to the site."),
        ),
        "a page that asks whether its visitor is human",
    ),
    "paywall": (
        page(
            "Wall holds",
            paragraphs(
                "This article is for subscribers only.",
                "Subscribe to continue reading. Cancel any time.",
                "Already a subscriber? Log in.",
            ),
        ),
        "a page behind a subscription",
    ),
    "search": (page("Search results for “harbour”", TEASERS), "a list of articles"),
    "search with rows": (page("You searched for harbour", RESULTS), "a list of articles"),
    "search without results": (
        page("Search results for: xyz", paragraphs("Nothing matched. Try other words.")),
        "a list of articles",
    ),
    "tag": (page("Tag: harbour", TEASERS), "a list of articles"),
    "category": (page("Category Archives: News", TEASERS), "a list of articles"),
    "archives": (page("Harbour Archives", TEASERS), "a list of articles"),
    "author": (page("Author: Anna Lindqvist", TEASERS), "a list of articles"),
    "author by class": (page("Anna Lindqvist", TEASERS, names="archive author author-anna"), "a list of articles"),
    "category by link": (
        page("News", TEASERS, head='<link rel="canonical" href="https://coast.example/category/news/">'),
        "a list of articles",
    ),
    "month": (page("Monthly Archives: February 2014", TEASERS), "a list of articles"),
    "search in German": (page("Suchergebnisse für Hafen", TEASERS), "a list of articles"),
}
BARE_PAGES = [
    (
        "We'll be back soon",
        "<p>Sorry for the inconvenience. We are performing some maintenance.</p>",
        "an error page",
    ),
    ("This Account has been suspended.", "<p>Contact your hosting provider for more.</p>", "an error page"),
    ("dike.example", "<p>This domain is for sale. Buy this domain now for 999 USD!</p>", "an error page"),
    ("Welcome to nginx!", "<p>If you see this page, the web server is working.</p>", "an error page"),
    ("Redirecting…", "<a href='/a'>Click here if you are not redirected.</a>", "an error page"),
    ("Are you over 18?", "<p>You must be 18 years or older to enter this website.</p>", "an error page"),
    (
        "Nie znaleziono strony",
        "<p>Strona, której szukasz, nie istnieje lub została przeniesiona.</p>",
        "an error page",
    ),
    ("Erro 404", "<p>A página que procura mudou de lugar.</p>", "an error page"),
    ("503 Service Unavailable", "<p>No server is available to handle this request.</p>", "an error page"),
    (
        "Index of /archive",
        "<pre><a href='a'>a.html</a> 2014 <a href='b'>b.html</a> 2014</pre>",
        "a list of articles",
    ),
    (
        "Szanujemy Twoją prywatność",
        "<p>My i nasi 812 partnerzy przechowujemy informacje na urządzeniu, takie jak pliki cookie, i dane "
        "osobowe.</p><button>Akceptuję wszystko</button>",
        "a consent wall",
    ),
    (
        "Vi värnar om din integritet",
        "<p>Vi och våra partners lagrar cookies på din enhet och behandlar personuppgifter.</p><p>Godkänn alla</p>",
        "a consent wall",
    ),
]
NO_ARTICLES |= {title: (bare_page(title, body), kind) for title, body, kind in BARE_PAGES}
LONG = paragraphs(WALL, CREWS, *(f"{WALL} {CREWS}" for _ in range(3)))
MARK = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "x"}</script>'
ARTICLES = {
    "plain": page("Wall holds", paragraphs(WALL, CREWS)),
    "short": page("Wall holds", paragraphs("The wall held through the storm, and nobody was hurt.")),
    "about cookies": page(
        "Court rules on cookies",
        paragraphs(
            "By continuing to lie about cookies and the privacy policy the company broke the law, the court ruled.",
            "“We and our partners store and access personal data,” the banner said, and most clicked on accept all.",
            "The judges found that a company must let its visitors withdraw their consent as easily as they gave it.",
        ),
    ),
    "about consent without a quotation": page(
        "What the banner means",
        paragraphs(
            "Every site now asks its readers for consent, and few of them read the text of the banner to its end.",
            "The banner names hundreds of partners, and behind each of them is a firm that sells data on readers.",
            "A study of forty papers counted the clicks: one to accept all, and seven to reject all of it.",
            "The law asks for the same number of clicks, and the regulator has begun to fine those who make it harder.",
        ),
    ),
    "a plea about consent": page(
        "Read it before you press",
        paragraphs(
            "You give your consent ten times a day, and your choices are sold before the page has loaded.",
            "Our privacy is worth a minute. Read the privacy policy of your paper, and ask what its cookies do.",
            "If a legitimate interest is claimed, ask whose interest it is: it is rarely yours.",
        ),
    ),
    "a recipe": page(
        "Cookies",
        paragraphs(
            "Bake your cookies for ten minutes. We let our cookies cool on a rack, and you should too.",
            "A cookie is done when its edge is brown. If you store your cookies in a tin, they keep for a week.",
        ),
    ),
    "about 404": page(
        "Page not found: why links rot",
        paragraphs(
            "A third of the links in the archive lead to pages that no longer exist, a study of forty papers found.",
            f"The editors said that a page that was not found is a page that has been removed. {WALL}",
        ),
    ),
    "titled 404": page("Page not found", LONG),
    "titled 404, short": page(
        "404", paragraphs(f"The number 404 bus was taken off the road on Monday, the company said. {CREWS}")
    ),
    "about search": page(
        "Search results for sale",
        paragraphs(f"Firms pay for a place in the results, the regulator said. {CREWS}", WALL, CREWS),
    ),
    "about archives": page("The secret archives", LONG),
    "stories from": page("Stories from the sea", paragraphs(WALL, CREWS)),
    "about scripts": page(
        "Why pages ask to enable JavaScript",
        paragraphs(f"Many pages say that one must enable JavaScript, developers said. {CREWS}", WALL, CREWS, WALL),
    ),
    "about captchas": page(
        "Are you a robot?",
        paragraphs(f"The boxes that ask whether one is human train machines, a researcher said. {CREWS}", WALL),
    ),
    "about paywalls": page(
        "Paper drops its paywall",
        paragraphs(f"The articles are no longer for subscribers only, the publisher said on Monday. {CREWS}", WALL),
    ),
    "with a paywall below": page(
        "Wall holds", paragraphs(WALL, CREWS, "This article is for subscribers only. Subscribe to continue reading.")
    ),
    "with consent below": page("Wall holds", paragraphs(WALL, CREWS, f"{WALL} {CREWS}") + CONSENT),
    "with related headlines": page("Wall holds", LONG + f'<div class="related">{TEASERS}</div>', head=MARK),
    "with more headlines": page(
        "Wall holds", LONG + f"<section><h2>More news</h2>{TEASERS}</section>", names="single single-post"
    ),
    "under a tag": page(
        "Wall holds", LONG, head='<link rel="canonical" href="https://coast.example/topic/harbour/wall-holds">'
    ),
    "with its own link": page("Wall holds", paragraphs(WALL, CREWS), h1='<a href="/wall">Wall holds</a>', names="blog"),
    "log in in the headline": page("Log in to the past: an archive opens", paragraphs(WALL, CREWS)),
    "with a list": page(
        "Ten boats",
        "<ul>"
        + "".join(f'<li><a href="/b/{n}">The good boat number {n}</a> sank.</li>' for n in range(9))
        + "</ul>"
        + LONG,
    ),
}


@pytest.mark.parametrize("name", NO_ARTICLES)
def test_a_page_that_is_no_article_is_refused_by_name_with_the_mend(name: str) -> None:
    data, kind = NO_ARTICLES[name]
    with pytest.raises(Unreadable) as error:
        list(read_content(file(data, "page.html")))
    assert str(error.value).startswith(f"{kind}")
    assert ": " in str(error.value)


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_about_such_pages_is_read(name: str) -> None:
    (reading,) = read_content(file(ARTICLES[name], "page.html"))
    assert isinstance(reading, Reading)


@given(
    st.lists(st.sampled_from([WALL, CREWS]), min_size=2, max_size=6),
    st.sampled_from(["Wall holds", "Tides: a report", "News"]),
)
def test_a_page_of_news_is_read_whatever_its_title(texts: list[str], title: str) -> None:
    (reading,) = read_content(file(page(title, paragraphs(*texts)), "page.html"))
    assert isinstance(reading, Reading)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Search results for a lost ferry",
            "The ferry that was lost on Monday has been found near the old quay of Fenwick.",
        ),
        ("503 flee the flood", "The water reached the school in the night, and all who slept there left by boat."),
        ("451 jobs go at the mill", "The mill at Fenwick closes in March, and nobody knows what comes after it."),
        ("Bridge closed", "The bridge at Fenwick is undergoing maintenance and stays closed until the end of March."),
        ("A lost page", "A page of the oldest bible of the town was not found after the fire on Monday night."),
        ("Road gone", "The link between Fenwick and Marsh End no longer exists after the storm of Sunday night."),
    ],
)
def test_short_news_under_such_a_headline_is_news(title: str, text: str) -> None:
    body = f"<p>{text}</p><p>It was the first such case in the county in more than forty years.</p>"
    (reading,) = list(read_content(file(bare_page(title, body), "a.html")))
    assert isinstance(reading, Reading)
    assert reading.article.text.split("\n\n")[0] == text
