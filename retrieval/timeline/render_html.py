"""A timeline as a self-contained HTML page that prints well: how much was written when, then the sentences by day."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element

from corpus.article import Card
from retrieval.text.write_day import written_day
from retrieval.text.write_html import Content, element, page
from retrieval.timeline.build_timeline import Event, Timeline, by_article

STYLE = Path(__file__).with_name("render_html.css")
WIDTH, HEIGHT, LABEL = 760, 90, 18
# Up to so many months, a bar is a month; beyond, it is a year.
MAX_MONTHS = 72
WEB = ("https://", "http://")


def timeline_page(timeline: Timeline) -> str:
    """Return the HTML page of a timeline."""
    days = [event.day for event in timeline.events if event.day]
    return page(
        f"{timeline.subject}: a timeline",
        STYLE.read_text(encoding="utf-8"),
        element("h1", timeline.subject),
        element("p", summary(timeline), class_="soft"),
        _chart(days) if len(set(days)) > 1 else None,
        *(_day(day, list(events)) for day, events in groupby(timeline.events, key=lambda event: event.day)),
    )


def summary(timeline: Timeline) -> str:
    """Say how many sentences of how many articles a timeline has, and from when to when."""
    count, days = len(timeline.events), [event.day for event in timeline.events if event.day]
    text = f"{count:,} {'sentence' if count == 1 else 'sentences'} from {timeline.articles:,} "
    text += "article" if timeline.articles == 1 else "articles"
    if days:
        text += f", {' to '.join(map(written_day, dict.fromkeys((days[0], days[-1]))))}"
    return f"{text}, word for word." if timeline.complete else f"{text}, word for word. There are more."


def _day(day: date | None, events: Sequence[Event]) -> Element:
    runs = (_run(cards, run) for cards, run in by_article(events))
    return element("section", element("h2", written_day(day) if day else "Without a date"), *runs)


def _run(cards: Sequence[Card], events: Sequence[Event]) -> Element:
    where: list[Content] = []
    for card in cards:
        where += [" · " if where else None, _headline(card), f", {card.source}" if card.source else None]
    sentences = (element("p", event.text) for event in events)
    return element("div", *sentences, element("p", *where, class_="soft"), class_="event")


def _headline(card: Card) -> Content:
    """Return a headline, as a link if the article is on the web."""
    title = " ".join(card.title.split()) or "Untitled"
    return element("a", title, href=card.url) if card.url and card.url.lower().startswith(WEB) else title


def _chart(days: Sequence[date]) -> Element:
    """Draw a bar for each month, or for each year, as high as the number of its sentences."""
    first, last = days[0], days[-1]
    monthly = (last.year - first.year) * 12 + last.month - first.month < MAX_MONTHS
    bins = _months(first, last) if monthly else [(year, 0) for year in range(first.year, last.year + 1)]
    counts = Counter((day.year, day.month if monthly else 0) for day in days)
    width, highest = WIDTH / len(bins), max(counts.values())
    bars = [
        element(
            "rect",
            element("title", f"{date(year, month or 1, 1):{'%B %Y' if month else '%Y'}}: {counts[year, month]}"),
            x=f"{number * width + 1:.1f}",
            y=f"{HEIGHT - counts[year, month] / highest * HEIGHT:.1f}",
            width=f"{max(width - 2, 1):.1f}",
            height=f"{counts[year, month] / highest * HEIGHT:.1f}",
        )
        for number, (year, month) in enumerate(bins)
        if counts[year, month]
    ]
    labels = [
        element("text", str(year), x=f"{number * width + 1:.1f}", y=HEIGHT + LABEL - 4)
        for number, (year, month) in enumerate(bins)
        if month <= 1 or number == 0
    ]
    every = -(-len(labels) * 40 // WIDTH)  # a label takes forty units
    line = element("line", x1=0, x2=WIDTH, y1=HEIGHT, y2=HEIGHT)
    return element(
        "svg",
        *bars,
        line,
        *labels[::every],
        viewBox=f"0 0 {WIDTH} {HEIGHT + LABEL}",
        role="img",
        aria_label=f"How much was written in each {'month' if monthly else 'year'}",
    )


def _months(first: date, last: date) -> list[tuple[int, int]]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [(number // 12, number % 12 + 1) for number in numbers]
