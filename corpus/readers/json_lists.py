"""Finds the articles in a JSON object that is not one itself: the answer of an API, a JSON Feed, an export."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from corpus.readers.field_names import candidates, has_article_fields, is_teaser
from corpus.readers.json_export_fields import feed_fields, is_message, message_fields, with_ghost_authors
from corpus.readers.record_fields import choose_fields, flat
from corpus.readers.record_values import value_text

# Articles are in lists of lists of lists at most.
MAX_LISTS, MAX_DEPTH = 3, 10
# An object that is in no list is an article if it has one of these fields, or so long a text.
ATTESTING, MIN_TEXT_CHARACTERS = frozenset(("published", "author", "url", "source")), 200
# The ranks of an object with a name and a description, and of one with a headline and a whole text.
LOWEST, HIGHEST = 1, 4
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
    return articles or [Article("", _without_name(value) if _is_only_named(value) else value)]


def _is_only_named(value: Mapping[str, Any]) -> bool:
    """Tell whether an object has only a name and a description, as programs, products and authors have."""
    return not rank(value) and has_article_fields(flat(value))


def _is_titled(value: Mapping[str, Any]) -> bool:
    """Tell whether an object has a headline; one without a text is refused with the names of its fields."""
    titles = candidates(tuple(flat(value))).get("title", ())
    return any(name.casefold() != "name" for name in titles)


def _without_name(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object so that it is refused: its name is no headline."""
    return {name: item for name, item in value.items() if name.casefold() != "name"}


def rank(value: Mapping[str, Any], depth: int = 0) -> int:
    """Return 0 for an object that is no article; 4 for one with a headline and a whole text, less for other names."""
    if depth > MAX_DEPTH:
        return 0
    values = flat(value)
    names = candidates(tuple(values))
    texts = [name for name in names.get("text", ()) if not _holds_articles(values[name], depth)]
    if "title" not in names or not texts:
        return 0
    whole = any(not is_teaser(name) and value_text("text", values[name]) for name in texts)
    named = any(name.casefold() != "name" for name in names["title"])
    found = LOWEST + 2 * whole + named
    # Programs, products and places have a name and a description too.
    return found if found > LOWEST or "published" in names else 0


def _holds_articles(value: object, depth: int) -> bool:
    """Tell whether a value under a name like "content" holds records, not a text."""
    if isinstance(value, list):
        return any(isinstance(item, Mapping) and "title" in candidates(tuple(item)) for item in value[:20])
    return isinstance(value, Mapping) and bool(rank(value, depth + 1))


def _is_attested(value: Mapping[str, Any]) -> bool:
    """Tell whether an object has more of an article than a title and a short text, as translations of programs have."""
    fields = choose_fields(flat(value))
    return (
        bool(ATTESTING & fields.keys()) or len(fields["text"].text if "text" in fields else "") >= MIN_TEXT_CHARACTERS
    )


def _lists(value: Mapping[str, Any], name: str, lists: int, depth: int) -> Iterator[ArticleList]:
    """Yield the lists of articles in an object, and the objects under its names that are articles themselves."""
    if depth > MAX_DEPTH:
        return
    value = with_ghost_authors(value)
    alone = []
    for key, child in value.items():
        if isinstance(child, Mapping):
            if rank(child) and _is_attested(child):
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
    if any(ranks) or any(map(_is_titled, completed)):
        # An object without a headline is named in a message; beside articles, one with only a name is another thing.
        articles = [item for item, own in zip(completed, ranks, strict=True) if own or not _is_only_named(item)]
        yield ArticleList(name, max(ranks), articles)
        return
    for number, item in enumerate(objects, start=1):
        yield from _lists(item, f"{name} {number}", lists + 1, depth + 1)
