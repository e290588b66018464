"""Views for reading on: the passages around a hit, and an article's full text."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import StaleButton
from bot.i18n.translation import Language
from bot.views.answer import GAP, View, paged
from bot.views.callback_data import ORIGIN_LIST, ORIGIN_NO, ORIGIN_SOURCE, CallbackData
from bot.views.header import NOT_KNOWN, header
from bot.views.keyboards import context_keyboard, full_text_keyboard
from bot.views.question_lines import Asked
from bot.views.telegram_html import LIMIT, Block, Run, html, page_at, pages, runs, shown_units, units
from corpus.article import Article, Span
from retrieval.types import Hit, Passage

WINDOW = 3  # passages in a view
ELLIPSES = ("… ", " …")  # before and after a cut text
TAGS = ("blockquote",)
UNMARKED = frozenset({ORIGIN_NO, ORIGIN_LIST, ORIGIN_SOURCE})  # there, no sentence answers


def context_view(
    language: Language,
    data: CallbackData,
    article: Article,
    passages: Sequence[Passage],
    hit: Hit,
    asked: Asked = NOT_KNOWN,
) -> View:
    """Show a hit's passage with its neighbours, or three other passages of its article, by the page in `data`.

    `passages` are all of the article. Raises StaleButton if the hit's passage is not among them.
    """
    number = next((n for n, passage in enumerate(passages) if passage.id == hit.passage.id), None)
    if number is None:
        raise StaleButton("The article has changed, and this passage is no longer in it. Ask again.")
    wanted_first = data.page - 1 if data.page else number - 1
    first = max(min(wanted_first, len(passages) - WINDOW), 0)
    shown = passages[first : first + WINDOW]
    above = header(language, article.card, origin=data.origin, asked=asked)
    room = LIMIT - shown_units(above) - units(GAP)
    body = _around(article.text, shown, _highlight(hit), room, marked=data.origin not in UNMARKED)
    keyboard = context_keyboard(
        language,
        data,
        earlier=first if first else None,
        later=first + 2 if first + WINDOW < len(passages) else None,
    )
    return View(f"{above}{GAP}{html(body)}", keyboard)


def full_text_view(
    language: Language,
    data: CallbackData,
    article: Article,
    passages: Sequence[Passage],
    hit: Hit,
    asked: Asked = NOT_KNOWN,
) -> View:
    """Show a page of a hit's article with bold subheadings, by the page in `data`; the hit's sentence is bold too.

    `passages` are all of the article, with its sentences.
    """
    above = header(language, article.card, origin=data.origin, asked=asked)
    highlight = _highlight(hit)
    bold = article.headings if data.origin in UNMARKED else sorted([*article.headings, highlight])
    body = runs(article.text, _starts(article.text, passages), bold, headings=article.headings)
    room = LIMIT - shown_units(above) - units(GAP)
    number = data.page - 1 if data.page else page_at(body, highlight.start, room)
    text, number, count = paged(above, body, number)
    return View(text, full_text_keyboard(language, replace(data, page=number + 1), pages=count))


def _highlight(hit: Hit) -> Span:
    """Return a hit's highlight as a span of its article's text."""
    start = hit.passage.start
    return Span(start + hit.highlight.start, start + hit.highlight.end)


def _around(text: str, shown: Sequence[Passage], highlight: Span, room: int, *, marked: bool) -> Block:
    """Quote passages; if they are too long, as many sentences around the highlight as fit into `room`.

    The highlight is bold if it is `marked`: a passage that does not answer has none to mark.
    """
    start, end = shown[0].start, shown[-1].end
    edges = sorted({start, end, *_starts(text, shown)})
    in_view = start <= highlight.start and highlight.end <= end
    centre = shown[len(shown) // 2].start
    middle = highlight if in_view else Span(centre, centre)
    low = max(number for number, edge in enumerate(edges[:-1]) if edge <= middle.start)
    high = min(number for number, edge in enumerate(edges) if edge >= middle.end and number > low)
    room -= units("".join(ELLIPSES))
    grown = True
    while grown:
        grown = False
        for down, up in ((0, 1), (1, 0)):
            first, last = low - down, high + up
            if first >= 0 and last < len(edges) and units(text[edges[first] : edges[last]]) <= room:
                low, high, grown = first, last, True
    start, end = edges[low], edges[high]
    bold = [Span(highlight.start - start, highlight.end - start)] if in_view and marked else []
    quote, *beyond = pages(runs(text[start:end], [edge - start for edge in edges[low:high]], bold, TAGS), room)
    before, after = (Run(cut, TAGS) for cut in ELLIPSES)
    return [*([before] if low else []), *quote, *([after] if beyond or high < len(edges) - 1 else [])]


def _starts(text: str, passages: Sequence[Passage]) -> list[int]:
    """Return the offsets in the article's text at which the passages' sentences start, with the headings above them."""
    starts: list[int] = []
    end = passages[0].start if passages else 0
    for passage in passages:
        for sentence in passage.sentences:
            between = text[end : passage.start + sentence.start]
            starts.append(end + len(between) - len(between.lstrip()))
            end = passage.start + sentence.end
    return starts
