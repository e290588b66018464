"""Finds the articles in a JSON object that is not one itself: the answer of an API, a JSON Feed, an export."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from corpus.readers.field_names import candidates, is_teaser
from corpus.readers.known_exports import feed_fields, is_message, message_fields, with_ghost_authors
from corpus.readers.record_fields import flat
from corpus.readers.record_values import value_text

# Articles are in lists of lists of lists at most.
MAX_LISTS, MAX_DEPTH = 3, 10
# The ranks of an object with a name and a description, with a whole text, with a whole text and a headline.
LOWEST, WHOLE, HIGHEST = 1, 3, 4
# A description beside one of these lists is one of the list, not the text of an article.
LIST_NAMES = frozenset(
    "items articles entries posts results docs documents stories news records feed hits data".split()
)


class Article(NamedTuple):
    """The values of an article, and its place in the object, for messages: "articles 2"."""

    place: str
    values: Mapping[str, object]


class ArticleList(NamedTuple):
    """Objects side by side, of which some are articles; `is_list` is false for an object that stands alone."""

    name: str
    rank: int
    objects: list[Mapping[str, Any]]
    is_list: bool = True


def articles_in(value: Mapping[str, Any], parent: Mapping[str, Any] | None = None) -> list[Article]:
    """Return the articles in an object: itself, or those in its lists; the object itself if nothing in it is one.

    `parent` has the fields of the object in whose list it is: the name of a chat, the title of a feed.
    """
    if is_message(value):
        return [Article("", message_fields(value, parent or {}))]
    value = feed_fields(value, parent or {})
    if rank(value) == HIGHEST or (rank(value) and not LIST_NAMES & value.keys()):
        return [Article("", value)]
    lists = list(_lists(value, "", 0, 0))
    # A feed's own title and description stand beside the list of its articles, in an object that looks like one.
    best = max(((found.rank, found.is_list) for found in lists), default=None)
    articles = [
        Article(f"{found.name} {number}" if len(found.objects) > 1 else found.name, values)
        for found in lists
        if (found.rank, found.is_list) == best
        for number, values in enumerate(found.objects, start=1)
    ]
    return articles or [Article("", value)]


def rank(value: Mapping[str, Any]) -> int:
    """Return 0 for an object that is no article; 4 for one with a headline and a whole text, less for other names."""
    values = flat(value)
    names = candidates(tuple(values))
    texts = [name for name in names.get("text", ()) if not _holds_articles(values[name])]
    if "title" not in names or not texts:
        return 0
    whole = any(not is_teaser(name) and value_text("text", values[name]) for name in texts)
    named = any(name.casefold() != "name" for name in names["title"])
    return LOWEST + 2 * whole + named


def _holds_articles(value: object) -> bool:
    """Tell whether a value under a name like "content" holds records, not a text."""
    if isinstance(value, list):
        return any(isinstance(item, Mapping) and "title" in candidates(tuple(item)) for item in value[:20])
    return isinstance(value, Mapping) and "title" in candidates(tuple(value)) and bool(rank(value))


def _lists(value: Mapping[str, Any], name: str, lists: int, depth: int) -> Iterator[ArticleList]:
    """Yield the lists of articles in an object, and the objects under its names that are articles themselves."""
    if depth > MAX_DEPTH:
        return
    value = with_ghost_authors(value)
    alone = []
    for key, child in value.items():
        if isinstance(child, Mapping):
            if rank(child):
                alone.append(child)
            else:
                yield from _lists(child, str(key), lists, depth + 1)
        elif isinstance(child, list) and lists < MAX_LISTS:
            yield from _in_list([item for item in child if isinstance(item, Mapping)], value, str(key), lists, depth)
    if alone:
        yield ArticleList(name, max(map(rank, alone)), alone, len(alone) > 1)


def _in_list(
    objects: list[Mapping[str, Any]], parent: Mapping[str, Any], name: str, lists: int, depth: int
) -> Iterator[ArticleList]:
    if any(map(is_message, objects)):
        messages = [message_fields(item, parent) for item in objects if is_message(item)]
        yield ArticleList(name, HIGHEST, [message for message in messages if message])
        return
    completed = [feed_fields(item, parent) for item in objects]
    ranks = list(map(rank, completed))
    if any(ranks):
        # Beside articles, what has only a name and a description is a site, an author or a tag.
        others = (LOWEST,) if max(ranks) >= WHOLE else ()
        yield ArticleList(
            name, max(ranks), [item for item, own in zip(completed, ranks, strict=True) if own not in others]
        )
        return
    for number, item in enumerate(objects, start=1):
        yield from _lists(item, f"{name} {number}", lists + 1, depth + 1)
