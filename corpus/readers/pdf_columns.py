"""Puts the lines of a page into the order in which they are read: columns one by one, initials with their words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from corpus.readers.pdf_layout import MIN_LARGER_RATIO, Line

# A place where so many rows go on is the start of a column, if that is so in this share of the rows.
MIN_ROWS, MIN_ROWS_SHARE = 4, 0.4
# The cells of a table are shorter than the lines of a column of text.
MIN_COLUMN_CHARACTERS = 18
# A line that is so much longer than those of its column goes across the page.
MAX_LONGER_RATIO = 1.25
# An initial that reaches over several lines is at least so much larger than they are.
MIN_INITIAL_RATIO = 1.8
INITIAL_CHARACTERS = 2
# A page with more is no page of a newspaper.
MAX_COLUMNS, MAX_INITIALS = 10, 50
# Letters that are words, and how the usual words that begin with them go on.
ALONE = {
    "A": frozenset(
        """
        fter s t n nd ll lthough mong bout bove cross gain gainst head lmost lone long lready lso ny nyone nother re
        round part way merica merican mericans pril ugust frica frican sia sian ustralia ustria thens part ccording
        s t dvocates nna nn
        """.split()
    ),
    "I": frozenset(
        """
        t n f s ts nside nstead nto srael sraeli ran raq ndia ndian taly talian reland rish slam slamic nternational
        magine nvestigators nspectors nquiries nflation van t's t’s f n
        """.split()
    ),
}

Row = Sequence[Line]


def in_reading_order(rows: Sequence[Row]) -> list[Line]:
    """Return the lines of a page from its rows, each of them the pieces of text that were drawn side by side."""
    rows = [part for row in rows for part in _initials_apart(row)]
    starts = _column_starts(rows)
    if not starts:
        return with_initials([_line(row) for row in rows])
    lines: list[Line] = []
    region: list[list[Line]] = []
    usual_size = _usual_size(rows)
    longest = max(len(cell.text) for row in rows if len(cells := _cells(row, starts)) > 1 for cell in cells)
    for row in rows:
        cells = _cells(row, starts)
        if len(cells) == 1 and (
            len(cells[0].text) > MAX_LONGER_RATIO * longest or cells[0].size > MIN_LARGER_RATIO * usual_size
        ):
            lines += _by_column(region, starts)
            lines.append(cells[0])
            region = []
        else:
            region.append(cells)
    return with_initials([*lines, *_by_column(region, starts)])


def with_initials(lines: Sequence[Line]) -> list[Line]:
    """Join each initial that is larger than its text with the word that it begins."""
    joined = list(lines)
    initials = [line for line in lines if _is_initial(line)]
    for initial in initials if len(initials) <= MAX_INITIALS else ():
        beside = [
            index
            for index, line in enumerate(joined)
            if initial.size >= MIN_INITIAL_RATIO * line.size
            and initial.x < line.x <= initial.x + 2 * initial.size
            and initial.y - line.size < line.y <= initial.y + initial.size
        ]
        if not beside:
            continue
        first = max(beside, key=lambda index: joined[index].y)
        x, joined[first] = joined[first].x, joined[first]._replace(text=_begun(initial.text, joined[first].text))
        # The lines beside the initial are no indented ones.
        for index in range(first, len(joined)):
            if index not in beside and abs(joined[index].x - x) > 1:
                if joined[index] is not initial:
                    break
                continue
            joined[index] = joined[index]._replace(x=initial.x)
        joined = [line for line in joined if line != initial]
    return joined


def _is_initial(line: Line) -> bool:
    return len(line.text) <= INITIAL_CHARACTERS and line.text.strip("“\"'«„").isupper()


def _begun(initial: str, rest: str) -> str:
    """Return a line that begins with an initial; "A" and "I" may also be words of their own."""
    word, rest = (rest.split(maxsplit=1) or [""])[0].strip(",.;:").lower(), rest.lstrip()
    if initial[-1] in ALONE and word not in ALONE[initial[-1]]:
        return f"{initial} {rest}"
    return f"{initial}{rest}"


def _column_starts(rows: Sequence[Row]) -> list[float]:
    """Return where columns of text begin, but the first; none if the page has one column, or a table."""
    counts = Counter(round(piece.x) for row in rows for piece in row[1:])
    starts: list[float] = sorted(
        x for x, count in counts.items() if count >= MIN_ROWS and count >= MIN_ROWS_SHARE * len(rows)
    )
    if not 0 < len(starts) < MAX_COLUMNS:
        return []
    split = [cells for row in rows if len(cells := _cells(row, starts)) > 1]
    for column in range(len(starts) + 1):
        lengths = [len(cells[column].text) for cells in split if column < len(cells)]
        if not lengths or median(lengths) < MIN_COLUMN_CHARACTERS:
            return []
    return starts


def _cells(row: Row, starts: Sequence[float]) -> list[Line]:
    """Return the parts of a row in its columns."""
    groups: list[list[Line]] = []
    for piece in row:
        if not groups or any(abs(piece.x - start) <= 1 for start in starts):
            groups.append([])
        groups[-1].append(piece)
    return [_line(group) for group in groups]


def _by_column(region: Sequence[Sequence[Line]], starts: Sequence[float]) -> Iterator[Line]:
    for column in range(len(starts) + 1):
        for cells in region:
            yield from (cell for cell in cells if sum(cell.x >= start - 1 for start in starts) == column)


def _usual_size(rows: Sequence[Row]) -> float:
    sizes = Counter(piece.size for row in rows for piece in row for _ in piece.text)
    return sizes.most_common(1)[0][0]


def _line(pieces: Row) -> Line:
    text = " ".join("".join(piece.text for piece in pieces).split())
    size = max(pieces, key=lambda piece: len(piece.text)).size
    return Line(text, pieces[0].x, pieces[0].y, size, all(piece.bold for piece in pieces))


def _initials_apart(row: Row) -> Iterator[Row]:
    """Split off the initial in front of a row."""
    if len(row) > 1 and _is_initial(row[0]) and row[0].size >= MIN_INITIAL_RATIO * row[1].size:
        yield row[:1]
        yield row[1:]
    else:
        yield row
