"""What the command line prints for a question: the passages that answer, and with --explain what spoke for each."""

from typing import TYPE_CHECKING

from retrieval.cli.language_messages import language_name, unread_question
from retrieval.text.write_day import written_day

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from retrieval.types import Answer, Hit

NO_ANSWER = "Nothing in this archive answers that."
CLOSEST = "Closest, but not an answer:"
SEARCHED = "Searched for:"


def show_answer(answer: "Answer", out: "Console") -> None:
    """Print the passages that answer; if none does, say so and print the closest headlines."""
    if answer.searched:
        from retrieval.answer.query import describe_query

        out.print(_dim(f"{SEARCHED} {describe_query(answer.searched)}\n"))
    if answer.understood:
        from retrieval.answer.query import describe_filters

        out.print(_dim(f"Understood as: {describe_filters(answer.understood)} (--literal takes this back)\n"))
    if answer.without:
        from retrieval.answer.query import describe_filters

        out.print(_dim(f"Nothing {describe_filters(answer.without)} answers that: all articles were searched.\n"))
    for hit in answer.hits:
        _show_hit(answer.question, hit, out)
        if hit.rank == 1 and answer.later:
            _show_later(answer.later, out)
    if answer.hits:
        return
    out.print(unread_question(answer.unread_language) if answer.unread_language else NO_ANSWER)
    titles = dict.fromkeys(near.passage.article.title for near in answer.closest)
    if titles:
        out.print(CLOSEST, style="dim")
        for title in titles:
            out.print(f"  {title}", style="dim")


def _show_hit(question: str, hit: "Hit", out: "Console") -> None:
    from rich.text import Text

    from retrieval.answer.answering_sentences import answering_text
    from retrieval.answer.foreign_language import foreign_language

    card = hit.passage.article
    out.print(Text(f"{hit.rank}. {answering_text(hit)}\n", style="bold"))
    foreign = foreign_language(question, card)
    in_language = f"in {language_name(foreign)}" if foreign else None
    published = written_day(card.published) if card.published else None
    out.print(card.title)
    if origin := " · ".join(filter(None, (published, card.source, card.author, in_language))):
        out.print(_dim(origin))
    if card.url:
        out.print(_dim(card.url))
    if hit.also:
        duplicates = dict.fromkeys(f"{card.title} ({card.source})" if card.source else card.title for card in hit.also)
        out.print(_dim(f"The same story: {'; '.join(duplicates)}"))
    out.print()
    if hit.passage.text.strip() != hit.highlight_text.strip():
        out.print(_marked(hit, colour=out.color_system is not None))
        out.print()


def _show_later(hit: "Hit", out: "Console") -> None:
    from retrieval.answer.answering_sentences import answering_text

    card = hit.passage.article
    on = f"Later, on {written_day(card.published)}" if card.published else "Later"
    out.print(f"{on}: {answering_text(hit)} ({card.title})\n", style="italic")


def show_considered(answer: "Answer", strictness: float, out: "Console") -> None:
    """Print a table of the passages that were ranked, best first: what spoke for each, and its best sentence.

    A passage whose confidence is less than `strictness` was passed over.
    """
    from rich.table import Table

    if not answer.considered:
        out.print("No passage that was searched has a word of the question or resembles it.")
        return
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for name in ("", "confidence", *answer.signal_names):
        table.add_column(name.replace("_", " "), justify="right")
    for number, ranked in enumerate(answer.considered, start=1):
        passed_over = ranked.confidence < strictness
        values = (ranked.confidence, *map(ranked.signals.get, answer.signal_names))
        numbers = ("–" if value is None else f"{value:.2f}" for value in values)
        table.add_row(f"{number}.", *numbers, style="dim" if passed_over else None)
    out.print(f"Considered, best first; what has a confidence below {strictness:.2f} was passed over:")
    out.print(table)
    for number, ranked in enumerate(answer.considered, start=1):
        sentence = " ".join(ranked.passage.text[slice(*ranked.highlight)].split())
        out.print(_dim(f"{number}. {sentence} ({ranked.passage.article.title})"))


def _dim(text: str) -> "Text":
    from rich.text import Text

    return Text(text, style="dim")


def _marked(hit: "Hit", *, colour: bool) -> "Text":
    """Return the passage, dim, with the answering sentence in colour; without colour, between double asterisks."""
    from rich.text import Text

    text, (start, end) = hit.passage.text, hit.highlight
    if colour:
        return Text.assemble((text[:start], "dim"), (text[start:end], "bold yellow"), (text[end:], "dim"))
    return Text(f"{text[:start]}**{text[start:end]}**{text[end:]}")
