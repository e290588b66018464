"""Charts as SVG elements; the style sheet of the report colours them, for light and dark mode."""

import math
from collections.abc import Callable, Mapping, Sequence
from xml.etree.ElementTree import Element

import numpy as np

from retrieval.evaluate.measures import Figure
from retrieval.text.write_html import element

BINS = 25
WIDTH, SIDE, MIDDLE = 760, 110, 24
LEFT, RIGHT = 8, 8
ROW, PANEL, LABEL = 22, 340, 64


def distribution(answerable: Sequence[float], unanswerable: Sequence[float], strictness: float) -> Element:
    """Draw histograms of confidence, in shares: answerable questions above the axis, unanswerable ones below."""
    shares = [_shares(answerable), _shares(unanswerable)]
    highest = max(max(side, default=0) for side in shares) or 1
    room = WIDTH - LEFT - RIGHT
    at = LEFT + strictness * room
    height = (2 if len(unanswerable) else 1) * SIDE + MIDDLE
    bars = [
        _bar(number, share / highest * (SIDE - 18), room / BINS, below=below, share=share)
        for below, side in enumerate(shares)
        for number, share in enumerate(side)
        if share
    ]
    ticks = [_text(LEFT + tick / 10 * room, SIDE + 16, f"{tick / 10:.1f}", anchor="middle") for tick in range(2, 10, 2)]
    ends = [_text(LEFT, SIDE + 16, "0"), _text(WIDTH - RIGHT, SIDE + 16, "1", anchor="end")]
    threshold = element("line", x1=f"{at:.1f}", x2=f"{at:.1f}", y1=0, y2=height, class_="threshold")
    label = _text(at + 6, 12, f"answered from {strictness:g} on") if strictness < 0.7 else None
    return element(
        "svg",
        *bars,
        *ticks,
        *ends,
        threshold,
        label,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_label="How sure the answers are, for questions with and without an answer",
    )


def _shares(confidences: Sequence[float]) -> list[float]:
    counts, _ = np.histogram(confidences, bins=BINS, range=(0, 1))
    return [float(count) / max(1, len(confidences)) for count in counts]


def _bar(number: int, height: float, width: float, *, below: int, share: float) -> Element:
    """Draw a bar above or below the axis, high enough to be visible."""
    height = max(2.0, height)
    begin, end = number / BINS, (number + 1) / BINS
    return element(
        "rect",
        element("title", f"{begin:.2f} to {end:.2f}: {100 * share:.1f} %"),
        x=f"{LEFT + number * width + 1:.1f}",
        y=f"{SIDE + MIDDLE if below else SIDE - height:.1f}",
        width=f"{width - 2:.1f}",
        height=f"{height:.1f}",
        class_="unanswerable" if below else "answerable",
    )


def intervals(name: str, figures: Mapping[str, Figure]) -> Element:
    """Draw a figure of several systems in per cent: for each a dot with its interval, on an axis that fits them."""
    low, high, step = _axis([100 * end for figure in figures.values() for end in (figure.low, figure.high)])

    def place(value: float) -> float:
        return LABEL + (value - low) / (high - low) * (PANEL - LABEL - 24)

    bottom = 8 + ROW * len(figures)
    ticks = [low + step * number for number in range(round((high - low) / step) + 1)]
    grid = [
        mark
        for tick in ticks
        for mark in (
            element("line", x1=f"{place(tick):.1f}", x2=f"{place(tick):.1f}", y1=4, y2=bottom, class_="grid"),
            _text(place(tick), bottom + 14, f"{tick:g}", anchor="middle"),
        )
    ]
    rows = [part for row, item in enumerate(figures.items()) for part in _row(*item, 8 + ROW * (row + 0.5), place)]
    return element(
        "svg", *grid, *rows, viewBox=f"0 0 {PANEL} {bottom + 20}", role="img", aria_label=f"{name} by system"
    )


def _row(system: str, figure: Figure, y: float, place: Callable[[float], float]) -> list[Element]:
    value, low, high = (place(100 * share) for share in (figure.value, figure.low, figure.high))
    caption = f"{100 * figure.value:.1f}, {100 * figure.low:.1f} to {100 * figure.high:.1f}"
    return [
        _text(0, y + 4, system),
        element("line", x1=f"{low:.1f}", x2=f"{high:.1f}", y1=y, y2=y, class_="interval"),
        element("circle", element("title", f"{system}: {caption}"), cx=f"{value:.1f}", cy=y, r=4, class_="value"),
    ]


def _axis(ends: Sequence[float]) -> tuple[float, float, float]:
    """Return the start, the end and the step of an axis in per cent; it spans at least ten per cent."""
    middle = min(95.0, max(5.0, (min(ends) + max(ends)) / 2))
    lowest, highest = min(*ends, middle - 5), max(*ends, middle + 5)
    step = next(step for step in (2, 5, 10, 25) if step * 5 >= highest - lowest)
    return step * math.floor(lowest / step), min(100, step * math.ceil(highest / step)), step


def _text(x: float, y: float, text: str, anchor: str = "start") -> Element:
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)
