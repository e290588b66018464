"""A case: a file as people hand it in, and what must come out of it."""

from dataclasses import dataclass

# The paragraphs that most cases are about (own texts, no real persons).
BRIDGE = (
    "The swing bridge at Averoy stayed shut on Friday because a bearing had cracked in the frost, the port office said."
)
TUGS = "Two tugs held the grain ship Solvei in the channel until noon, and nobody aboard was hurt."
VOTE = "The council of Averoy will vote in March on a new bearing, which costs four hundred thousand."
STORY = (BRIDGE, TUGS, VOTE)
UNPRINTED = "The editor suspects that the harbour clerk took money, and this must never be printed anywhere."


@dataclass(frozen=True)
class Wanted:
    """An article that must come out: each field, and all paragraphs, word for word."""

    title: str
    text: tuple[str, ...] = STORY
    published: str | None = None
    author: str | None = None
    source: str | None = None
    url: str | None = None

    def __str__(self) -> str:
        fields = (self.title, self.published, self.author, self.source, self.url)
        return "\n".join([" | ".join(field or "-" for field in fields), *self.text])


@dataclass(frozen=True)
class Case:
    """A file, the articles that must come out of it, and how the reasons for all that is skipped begin.

    `kind` is a row of the table. `name` is the file's name, which may have folders in front.
    """

    kind: str
    name: str
    content: bytes | str
    articles: tuple[Wanted, ...] = ()
    skipped: tuple[str, ...] = ()
    post_types: tuple[str, ...] = ("post", "page")

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.content.encode() if isinstance(self.content, str) else self.content


def paragraphs(*texts: str) -> str:
    """Return texts as paragraphs of HTML."""
    return "".join(f"<p>{text}</p>\n" for text in texts)


def page(body: str, head: str = "", title: str = "Bridge stays shut", lang: str = "en") -> str:
    """Return a page of a newspaper around a body."""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        '<header><nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav></header>'
        f"{body}<footer><p>© 2019 The Averoy Post. All rights reserved.</p></footer></body></html>"
    )


def story_page(head: str = "", above: str = "", title: str = "Bridge stays shut", lang: str = "en") -> str:
    """Return a page with the story, and something between its headline and its text."""
    return page(f"<article><h1>{title}</h1>{above}{paragraphs(*STORY)}</article>", head, title, lang)
